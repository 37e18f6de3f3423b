//! Pictures as text.

use ndarray::{Array2, ArrayView2, array};
use nn_data::Classification;
use nn_plot::{BarChart, ConfusionHeatmap, DecisionRegions, LineChart, Terminal};
use nn_train::ConfusionMatrix;

#[test]
fn bars() {
    let chart = BarChart::new(["bill length", "year", "mass"], &[0.5, 0.0, -0.25])
        .errors(&[0.03, 0.0, 0.1])
        .title("Features");
    let text = chart.to_terminal(Terminal::new(40)).expect("text");
    let expected = "                Features
bill length ████████████████ 0.5 ± 0.03
year                         0 ± 0
mass        ░░░░░░░░         -0.25 ± 0.1";
    assert_eq!(text, expected, "found:\n{text}");
}

#[test]
fn a_confusion_matrix() {
    let matrix = ConfusionMatrix::new(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 1], 2).expect("a matrix");
    let matrix = matrix.with_class_names(["Adelie", "Chinstrap"]).expect("names");
    let text = ConfusionHeatmap::new(&matrix).to_terminal(Terminal::new(40)).expect("text");
    let expected = "\
true          Adelie  Chinstrap
Adelie         2 67%      1 33%
Chinstrap       0 0%     2 100%";
    assert_eq!(text, expected, "found:\n{text}");
}

#[test]
fn a_curve() {
    let chart = LineChart::new().line("falling", (0..=20).map(|i| (f64::from(i), 1.0 - f64::from(i) / 20.0)));
    let chart = chart.line("level", [(0.0, 0.5), (20.0, 0.5)]).x_label("epoch").title("Two lines");
    let text = chart.to_terminal(Terminal::new(32)).expect("text");
    let expected = "           Two lines
* falling  + level
1┤ ⠒⠤⣀
 │    ⠉⠢⢄⡀
 │       ⠈⠑⠢⣄
 │ ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣉⣒⣤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀+
 │               ⠉⠒⠤⣀
 │                   ⠉⠢⢄⡀
 │                      ⠈⠑⠢⣄
0┤                          ⠉⠒*
 └─┬─────────────┬────────────┬─
   0            10           20
              epoch";
    assert_eq!(text, expected, "found:\n{text}");
}

#[test]
fn regions() {
    let x = array![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    let data = Classification::new(x, vec![0, 1, 0, 1], 2).expect("samples");
    let right = |x: ArrayView2<'_, f64>| {
        let p = x.column(0).mapv(|x| if x > 0.5 { 1.0 } else { 0.0 });
        Ok::<Array2<f64>, nn_core::Error>(p.insert_axis(ndarray::Axis(1)))
    };
    let regions = DecisionRegions::new(&data, right);
    let text = regions.to_terminal(Terminal::new(33)).expect("text");
    assert!(!text.contains('\u{1b}'));
    let expected = "\
. A class_0  : B class_1
x1
1┤.A..........::::::::::B:
 │............::::::::::::
 │............::::::::::::
 │............::::::::::::
 │............::::::::::::
 │............::::::::::::
 │............::::::::::::
0┤.A..........::::::::::B:
 └─┬────────────────────┬─
   0                    1
             x0";
    assert_eq!(text, expected, "found:\n{text}");
    let colourful = regions.to_terminal(Terminal::new(33).colour(true)).expect("text");
    assert!(colourful.contains("\u{1b}[48;2;"));
}
