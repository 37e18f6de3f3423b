//! Every scaler is part of the compiled file: raw features in, raw targets out.

use std::fmt::Write as _;

use ndarray::Array2;
use nn_core::{Dense, Network, Tanh};
use nn_data::{MinMaxScaler, RobustScaler, Scaler, StandardScaler};
use nn_model::export::Plan;

use super::{c, networks, rust};

struct Case {
    plan: Plan,
    /// What scaler, network and scaler give.
    expected: Array2<f64>,
}

fn case<S: Scaler>(name: &str, x: &Array2<f64>, input: &S, target: &S) -> Case {
    let network = Network::<f64, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 0).unwrap();
    let scaled = network.predict(input.transform(x.view()).unwrap().view()).unwrap();
    let expected = target.inverse_transform(scaled.view()).unwrap();
    let plan = Plan::new(&network).unwrap().named(name);
    Case { plan: plan.scale_inputs(input).unwrap().unscale_outputs(target).unwrap(), expected }
}

fn cases(x: &Array2<f64>) -> Vec<Case> {
    let targets = networks::samples::<f64>(2, 50).mapv(|x| x * 1e-3 - 7.0);
    let (x_view, y_view) = (x.view(), targets.view());
    let narrow = |values| MinMaxScaler::fit_range(values, -1.0, 3.0).unwrap();
    vec![
        case("n0", x, &StandardScaler::fit(x_view).unwrap(), &StandardScaler::fit(y_view).unwrap()),
        case("n1", x, &MinMaxScaler::fit(x_view).unwrap(), &MinMaxScaler::fit(y_view).unwrap()),
        case("n2", x, &narrow(x_view), &narrow(y_view)),
        case("n3", x, &RobustScaler::fit(x_view).unwrap(), &RobustScaler::fit(y_view).unwrap()),
    ]
}

/// Far from 0, of other sizes, and one that is constant.
fn features() -> Array2<f64> {
    let mut x = networks::samples::<f64>(3, 50).mapv(|x| 1000.0 + 3.0 * x);
    x.column_mut(1).mapv_inplace(|x| (x - 1000.0) * 1e-4);
    x.column_mut(2).fill(-12.5);
    x
}

fn check(cases: &[Case], output: &str) {
    let mut lines = output.lines();
    for (index, case) in cases.iter().enumerate() {
        for expected in &case.expected {
            let y: f64 = lines.next().unwrap().parse().unwrap();
            assert!((y - expected).abs() < 1e-12, "scaler {index}: {y}, expected {expected}");
        }
    }
    assert_eq!(lines.next(), None);
}

fn rows(x: &Array2<f64>, brackets: [&str; 2]) -> String {
    let row = |row: ndarray::ArrayView1<'_, f64>| {
        let numbers: Vec<String> = row.iter().map(|x| format!("{x:?}")).collect();
        format!("{}{}{}", brackets[0], numbers.join(", "), brackets[1])
    };
    x.rows().into_iter().map(row).collect::<Vec<_>>().join(", ")
}

#[test]
fn scalers_are_in_the_rust_file() {
    let x = features();
    let cases = cases(&x);
    let mut main = format!("fn main() {{\n    let x: &[[f64; 3]] = &[{}];\n", rows(&x, ["[", "]"]));
    for index in 0..cases.len() {
        let _ = writeln!(
            main,
            "    for x in x {{ for y in nets::n{index}::predict(x) {{ println!(\"{{y:?}}\"); }} }}"
        );
    }
    let files: Vec<String> = cases.iter().map(|case| case.plan.to_rust()).collect();
    let folder = tempfile::tempdir().unwrap();
    check(&cases, &rust::compile_and_run(folder.path(), &files, &(main + "}\n"), &[]));
}

#[test]
fn scalers_are_in_the_c_header() {
    if !c::has("cc") {
        return;
    }
    let x = features();
    let cases = cases(&x);
    let mut main =
        format!("int main(void) {{\n    static const double x[50][3] = {{{}}};\n", rows(&x, ["{", "}"]));
    for index in 0..cases.len() {
        let _ = writeln!(
            main,
            "    for (int k = 0; k < 50; k++) {{\n        double y[2];\n        n{index}_predict(x[k], y);\n        \
             printf(\"%.17g\\n%.17g\\n\", y[0], y[1]);\n    }}"
        );
    }
    let file = |(index, case): (usize, &Case)| (format!("n{index}.h"), case.plan.to_c());
    let files: Vec<_> = cases.iter().enumerate().map(file).collect();
    let folder = tempfile::tempdir().unwrap();
    check(&cases, &c::run("cc", folder.path(), &files, &(main + "    return 0;\n}\n"), &["-std=c99"]));
}
