//! Scalers against scikit-learn's values in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what the file holds.

use approx::assert_relative_eq;
use ndarray::{Array2, ArrayView2, array};
use nn_data::{DataError, LabelEncoder, MinMaxScaler, RobustScaler, Scaler, StandardScaler};
use serde_json::Value;

const TOLERANCE: f64 = 1e-12;

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).expect("rows of numbers");
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn scaled<S: Scaler>(scaler: Result<S, DataError>, x: ArrayView2<'_, f64>, expected: &Value) {
    let scaler = scaler.expect("finite features");
    let found = scaler.transform(x).expect("the same features");
    let back = scaler.inverse_transform(found.view()).expect("the same features");
    // A difference of features is no more exact than they are: 4e-16 of at most 30, over a spread of 0.07 at least.
    let close = |found: &f64, expected: &f64| {
        assert_relative_eq!(found, expected, max_relative = TOLERANCE, epsilon = 1e-13);
    };
    found.iter().zip(&matrix(expected)).for_each(|(found, expected)| close(found, expected));
    back.iter().zip(x).for_each(|(found, expected)| close(found, expected));
}

#[test]
fn scalers() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/scalers.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let table: Value = serde_json::from_str(&text).expect("it can be read");
    let x = matrix(&table["x"]);
    scaled(StandardScaler::fit(x.view()), x.view(), &table["standard"]);
    scaled(MinMaxScaler::fit(x.view()), x.view(), &table["min_max"]);
    scaled(MinMaxScaler::fit_range(x.view(), -1.0, 1.0), x.view(), &table["min_max(-1,1)"]);
    scaled(RobustScaler::fit(x.view()), x.view(), &table["robust"]);
}

#[test]
fn scalers_and_encoders_are_written_and_read_back() {
    let x = array![[0.1, -3.0], [0.7, 5.0], [0.2, 5.0]];
    macro_rules! round_trip {
        ($($value:expr),*) => {
            $(
                let json = serde_json::to_string(&$value).expect("it can be written");
                assert_eq!(serde_json::from_str(&json).ok(), Some($value), "{json}");
            )*
        };
    }
    round_trip!(
        StandardScaler::fit(x.view()).expect("finite features"),
        MinMaxScaler::fit_range(x.view(), -1.0, 1.0).expect("finite features"),
        RobustScaler::fit(x.view()).expect("finite features"),
        LabelEncoder::fit(["b", "a"]).expect("names")
    );
    let error = serde_json::from_str::<LabelEncoder>(r#"["b", "a"]"#).unwrap_err().to_string();
    assert_eq!(error, "classes is b, a; expected different names in the order of their characters");
}
