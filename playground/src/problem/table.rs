//! A table of one's own: numbers in columns, of which the last is learned.

use nn_data::CsvOptions;

use super::{Samples, Target};
use crate::Result;
use crate::settings::MOST_SAMPLES;

/// What the page can draw as inputs.
const MOST_FEATURES: usize = 16;
/// More different whole numbers are values, not classes.
const MOST_CLASSES: usize = 8;

/// The rows of a CSV text. nn-data has a reader of tables with categories and gaps, which is too large for a page.
pub(crate) fn samples(text: &str) -> Result<Samples> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|&sign| header.contains(char::from(sign))).unwrap_or(b',');
    let options = CsvOptions { delimiter, ..CsvOptions::default() };
    if let Ok(data) = options.values_from_reader::<f64, _>(text.as_bytes()) {
        let values: Vec<f64> = data.y().iter().copied().collect();
        let mut different = values.clone();
        different.sort_unstable_by(f64::total_cmp);
        different.dedup();
        if different.len() > MOST_CLASSES || values.iter().any(|value| value.fract() != 0.0) {
            let names = (data.feature_names().to_vec(), data.target_names().to_vec());
            return checked(data.x().to_owned(), Target::Values(values), names);
        }
    }
    let data = options.classes_from_reader::<f64, _>(text.as_bytes()).map_err(|error| {
        format!("table: {error}\nExpected CSV with a header: columns of numbers, and last what is to be learned, classes or values.")
    })?;
    if data.classes() > MOST_CLASSES {
        return Err(format!(
            "table: expected at most {MOST_CLASSES} classes in the last column, found {}",
            data.classes()
        ));
    }
    let target = Target::Classes(data.y().to_vec(), data.classes());
    checked(data.x().to_owned(), target, (data.feature_names().to_vec(), data.class_names().to_vec()))
}

fn checked(
    points: ndarray::Array2<f64>,
    target: Target,
    (columns, targets): (Vec<String>, Vec<String>),
) -> Result<Samples> {
    let (rows, features) = points.dim();
    if rows > MOST_SAMPLES || features > MOST_FEATURES {
        return Err(format!(
            "table: expected at most {MOST_SAMPLES} rows and {MOST_FEATURES} features, found {rows} and {features}; leave some out"
        ));
    }
    Ok(Samples { points, target, columns, targets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_values_and_messages() {
        let table = samples("width;height;kind\n1;2;cat\n3;4;dog\n5;6;cat\n").unwrap();
        assert_eq!((table.columns.len(), table.targets), (2, vec!["cat".to_owned(), "dog".to_owned()]));
        assert!(matches!(table.target, Target::Classes(labels, 2) if labels == [0, 1, 0]));

        let table = samples("x,y\n1,0\n2,1\n3,0\n").unwrap();
        assert!(
            matches!(table.target, Target::Classes(labels, 2) if labels == [0, 1, 0]),
            "few whole numbers are classes"
        );
        let table = samples("x,y\n1,0.5\n2,1\n3,0\n").unwrap();
        assert!(matches!(table.target, Target::Values(values) if values == [0.5, 1.0, 0.0]));

        for (text, message) in [
            (" ", "table: "),
            ("a,b\n1,x\nred,y\n", "table: line 3, column 0 `a`: expected a finite number, found \"red\""),
        ] {
            let error = samples(text).unwrap_err();
            assert!(error.starts_with(message) && error.contains("Expected CSV with a header"), "{error}");
        }
        let wide: Vec<String> = (0..18).map(|j| format!("c{j}")).collect();
        let row = ["1"; 18].join(",");
        let error = samples(&format!("{}\n{row}\n{}\n", wide.join(","), row.replace('1', "2"))).unwrap_err();
        assert!(error.contains("at most 5000 rows and 16 features, found 2 and 17"), "{error}");
    }
}
