//! Odd data, names and sizes: a sensible picture or a clear error.

use ndarray::{Array2, ArrayView2, array};
use nn_data::Classification;
use nn_plot::{
    BarChart, ConfusionHeatmap, DecisionRegions, LineChart, LossCurve, MetricCurve, Picture, PlotError,
    PredictedVsTrue, Residuals, Terminal,
};
use nn_train::{ConfusionMatrix, History};

use crate::formats::{Pixels, texts};
use crate::history;

/// Draws in every format, and gives back the texts.
pub(crate) fn all(picture: &impl Picture) -> Vec<String> {
    let drawing = picture.draw().expect("drawn");
    assert!(!Pixels::of(&drawing).is_cut(), "something is cut at the edge: {:?}", texts(&drawing));
    texts(&drawing)
}

pub(crate) fn message(result: Result<impl Sized, PlotError>) -> String {
    result.err().expect("an error").to_string()
}

#[test]
fn odd_histories() {
    let empty = History::default();
    assert_eq!(
        message(LossCurve::new(&empty).draw()),
        "expected at least one point whose numbers are finite, found none"
    );
    assert!(
        message(MetricCurve::new(&history(2, |_| 0.0), "none").draw())
            .starts_with("expected at least one point")
    );
    for epochs in [1, 2] {
        let history = history(epochs, |_| f64::NAN);
        assert!(all(&LossCurve::new(&history)).contains(&"epoch".to_owned()));
        assert!(all(&MetricCurve::accuracy(&history)).contains(&"training accuracy".to_owned()));
        assert!(
            message(MetricCurve::new(&history, "metric").draw()).starts_with("expected at least one point")
        );
    }
    let gaps = history(9, |epoch| [f64::NAN, 1.0, f64::INFINITY, 2.0, -3.0][epoch % 5]);
    let text = all(&MetricCurve::new(&gaps, "metric"));
    assert!(text.contains(&"(3 of the points not finite)".to_owned()), "{text:?}");
    assert!(text.contains(&"best: -3 in epoch 4".to_owned()), "{text:?}");
    let text = MetricCurve::new(&gaps, "metric").to_terminal(Terminal::new(40)).expect("text");
    assert!(text.contains("metric"), "{text}");
}

#[test]
fn odd_numbers() {
    let nan = f64::NAN;
    for values in [
        vec![(0.0, 0.0)],
        vec![(1.0, 5.0), (1.0, 5.0)],
        vec![(0.0, 7.0), (1.0, 7.0), (2.0, 7.0)],
        vec![(0.0, 1e-300), (1.0, 1e299)],
        vec![(0.0, -9e299), (1.0, 9e299)],
        vec![(1e17, 1.0), (1e17 + 16.0, 1.0 + 1e-15)],
        vec![(nan, 1.0), (0.0, nan), (f64::INFINITY, 1.0), (3.0, 2.0), (4.0, 1e308)],
        vec![(0.0, 5e-324), (1.0, 1e-310)],
    ] {
        all(&LineChart::new().line_and_points("a line", values.clone()).y_label("y").x_label("x"));
        let chart = LineChart::new().line("a line", values.clone());
        let text = chart.to_terminal(Terminal::new(50)).expect("text");
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
        let positive: Vec<_> = values.iter().map(|&(x, y)| (x, y.abs())).filter(|p| p.1 != 0.0).collect();
        if !positive.is_empty() {
            all(&LineChart::new().line("a line", positive).log_y(true));
        }
    }
    let log = LineChart::new().line("", [(0.0, 1.0), (1.0, 0.0)]).log_y(true);
    assert_eq!(
        message(log.draw()),
        "a logarithmic axis has no place for 0; expected numbers above 0: use a linear one"
    );
    assert!(message(LineChart::new().draw()).starts_with("expected at least one point"));
    assert!(message(PredictedVsTrue::new::<f64>(&[], &[]).draw()).starts_with("expected at least one value"));
    assert_eq!(message(Residuals::new(&[1.0], &[1.0, 2.0]).draw()), "expected 1 predictions, found 2");
    let error = message(PredictedVsTrue::new(&[1.0, nan], &[1.0, 2.0]).draw());
    assert_eq!(error, "true values[1] is NaN; expected a finite number below 1e300 in size");
    all(&PredictedVsTrue::new(&[1.0_f32], &[2.0]));
    all(&PredictedVsTrue::new(&[3.0, 3.0], &[3.0, 3.0]));
    all(&Residuals::new(&[0.0, 0.0], &[0.0, 0.0]));
    all(&LineChart::new().line("long", (0..200_000).map(|i| (f64::from(i), f64::from(i).sin()))));
}

#[test]
fn odd_names_and_sizes() {
    let long = "a name that goes on and on, as the names of columns in tables sometimes do, to no end";
    let odd = "\u{1b}[31m\0<&>\"日本語\n\t";
    let names = [long, odd, ""];
    for (width, height) in [(640, 480), (320, 240), (200, 1200)] {
        let chart = LineChart::new().title(long).x_label(long).y_label(long).size(width, height);
        all(&names.iter().fold(chart, |chart, name| chart.line(*name, [(0.0, 0.0), (1.0, 1.0)])));
        all(&BarChart::new(names, &[1.0, -2.0, 3.0]).size(width, height).label(long));
        let matrix = ConfusionMatrix::new(&[0, 1, 2], &[0, 1, 1], 3).expect("a matrix");
        all(&ConfusionHeatmap::new(&matrix.with_class_names(names).expect("names"))
            .size(width, height)
            .title(odd));
    }
    let chart = LineChart::new().line("", [(0.0, 0.0)]);
    let error = message(chart.clone().size(100, 480).draw());
    assert_eq!(error, "the size is 100 x 480; expected from 160 x 160 to 8192 x 8192 pixels");
    assert!(message(chart.clone().size(640, 9000).draw()).contains("8192"));
    let error = message(chart.clone().size(160, 160).title(long).x_label("x").draw());
    assert!(error.contains("room for the chart"), "{error}");
    assert!(message(chart.to_terminal(Terminal::new(19))).contains("from 20 to 1000 columns"));
    let many = (0..60).fold(LineChart::new(), |chart, n| {
        chart.line(format!("line number {n}"), [(0.0, 0.0), (1.0, f64::from(n))])
    });
    assert!(all(&many).iter().any(|text| text.starts_with("and ") && text.ends_with(" more")));
}

#[test]
fn any_number_of_classes() {
    for classes in [1_usize, 2, 20, 50] {
        let labels: Vec<usize> = (0..2 * classes).map(|n| n % classes).collect();
        let x = Array2::from_shape_fn((2 * classes, 2), |(n, k)| (n * (k + 3) % 17) as f64);
        let data = Classification::new(x, labels.clone(), classes).expect("samples");
        let even = |x: ArrayView2<'_, f64>| {
            Ok::<_, nn_core::Error>(Array2::from_elem((x.nrows(), classes), 1.0 / classes as f64))
        };
        let regions = DecisionRegions::new(&data, even);
        assert!(all(&regions).contains(&"class_0".to_owned()));
        regions.to_terminal(Terminal::new(40)).expect("text");
        let matrix = ConfusionMatrix::new(&labels, &labels, classes).expect("a matrix");
        let text = all(&ConfusionHeatmap::new(&matrix));
        assert!(text.contains(&"0".to_owned()) && text.contains(&(classes - 1).to_string()), "{text:?}");
    }
    let matrix = ConfusionMatrix::new(&[0], &[0], 101).expect("a matrix");
    assert_eq!(
        message(ConfusionHeatmap::new(&matrix).draw()),
        "the number of classes is 101; expected at most 100"
    );
    let matrix = ConfusionMatrix::new(&[0], &[0], 50).expect("a matrix");
    let error = message(ConfusionHeatmap::new(&matrix).to_terminal(Terminal::new(40)));
    assert!(error.contains("50 classes"), "{error}");
}

#[test]
fn odd_regions() {
    let one = Classification::new(array![[3.0, 3.0]], vec![0], 2).expect("a sample");
    let give = |value: f64, columns: usize| {
        move |x: ArrayView2<'_, f64>| Ok::<_, nn_core::Error>(Array2::from_elem((x.nrows(), columns), value))
    };
    all(&DecisionRegions::new(&one, give(0.5, 2)));
    all(&DecisionRegions::new(&one, give(1.0, 1)));
    let draw = |value, columns| message(DecisionRegions::new(&one, give(value, columns)).draw());
    assert_eq!(draw(1.5, 2), "a probability is 1.5; expected a number from 0 to 1: use `predict_proba`");
    assert!(draw(f64::NAN, 2).starts_with("a probability is NaN"));
    assert_eq!(draw(0.5, 3), "expected 2 columns of probabilities, found 3");
    let with = |x, y| message(DecisionRegions::new(&one, give(0.5, 2)).features(x, y).draw());
    assert_eq!(with(0, 2), "a feature is 2; expected a column from 0 to 1");
    assert_eq!(with(1, 1), "the second feature is 1; expected another than the first");
    let fails = |_: ArrayView2<'_, f64>| Err::<Array2<f64>, _>("out of order");
    assert_eq!(message(DecisionRegions::new(&one, fails).draw()), "the predictions: out of order");
    let narrow = Classification::new(array![[3.0], [4.0]], vec![0, 1], 2).expect("samples");
    assert!(message(DecisionRegions::new(&narrow, give(0.5, 2)).draw()).contains("a column from 0 to 0"));
    let error = message(DecisionRegions::new(&one, give(0.5, 2)).others(&[1.0]).draw());
    assert_eq!(error, "expected 2 values of features, found 1");
}

#[test]
fn odd_bars() {
    let bars = |names: &[&str], values: &[f64]| BarChart::new(names.to_vec(), values);
    assert!(message(bars(&[], &[]).draw()).starts_with("expected at least one value"));
    assert_eq!(message(bars(&["a"], &[1.0, 2.0]).draw()), "expected 2 names, found 1");
    assert!(message(bars(&["a"], &[f64::NAN]).draw()).starts_with("values[0] is NaN"));
    assert_eq!(message(bars(&["a"], &[1.0]).errors(&[-1.0]).draw()), "an error is -1; expected at least 0");
    assert_eq!(message(bars(&["a"], &[1.0]).errors(&[]).draw()), "expected 1 errors, found 0");
    assert!(message(bars(&["a"; 201], &[1.0; 201]).draw()).contains("at most 200"));
    for values in [vec![0.0], vec![-1.0, -2.0], vec![1e299, -1e299], vec![0.1; 200]] {
        let names = vec!["bar"; values.len()];
        all(&bars(&names, &values));
        let text = bars(&names, &values).to_terminal(Terminal::new(30)).expect("text");
        assert!(text.lines().all(|line| line.chars().count() <= 30), "{text}");
    }
}
