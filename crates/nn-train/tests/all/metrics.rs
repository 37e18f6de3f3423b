//! Metrics against scikit-learn's values in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what each file holds.

use approx::assert_relative_eq;
use ndarray::{Array2, array};
use nn_train::{
    Average, ConfusionMatrix, MetricError, accuracy_score, balanced_accuracy_score, brier_score_loss,
    cohen_kappa_score, expected_calibration_error, explained_variance_score, f1_score, log_loss,
    matthews_corrcoef, mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
    precision_score, r2_score, recall_score, roc_auc_ovr_score, roc_auc_score, root_mean_squared_error,
    top_k_accuracy_score,
};
use serde_json::Value;

const TOLERANCE: f64 = 1e-12;

fn fixture(file: &str) -> Value {
    let path = format!("{}/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there"))
        .expect("it can be read")
}

fn labels(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).expect("a list of classes")
}

fn vector(value: &Value) -> Vec<f64> {
    serde_json::from_value(value.clone()).expect("a list of numbers")
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(vector).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn close(found: Result<f64, MetricError>, expected: &Value) {
    let expected = expected.as_f64().expect("a number");
    assert_relative_eq!(found.expect("valid predictions"), expected, max_relative = TOLERANCE);
}

/// Precision, recall and F1 in each average.
fn averages(y_true: &[usize], y_pred: &[usize], table: &Value) {
    for (key, average) in
        [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)]
    {
        close(precision_score(y_true, y_pred, average), &table[key]["precision"]);
        close(recall_score(y_true, y_pred, average), &table[key]["recall"]);
        close(f1_score(y_true, y_pred, average), &table[key]["f1"]);
    }
}

#[test]
fn classes() {
    let table = &fixture("metrics.json")["classification"];
    let (y_true, y_pred) = (labels(&table["y_true"]), labels(&table["y_pred"]));
    close(accuracy_score(&y_true, &y_pred), &table["accuracy"]);
    close(balanced_accuracy_score(&y_true, &y_pred), &table["balanced_accuracy"]);
    close(matthews_corrcoef(&y_true, &y_pred), &table["matthews"]);
    close(cohen_kappa_score(&y_true, &y_pred), &table["cohen_kappa"]);
    averages(&y_true, &y_pred, table);
    let confusion = ConfusionMatrix::new(&y_true, &y_pred, 4).expect("four classes");
    assert_eq!(confusion.counts().mapv(|count| count as f64), matrix(&table["confusion_matrix"]));
}

#[test]
fn classes_that_are_absent_on_one_side() {
    let more = fixture("metrics_more.json");
    let table = &more["absent_inputs"];
    let (y_true, y_pred) = (labels(&table["y_true"]), labels(&table["y_pred"]));
    close(balanced_accuracy_score(&y_true, &y_pred), &table["balanced_accuracy"]);
    close(matthews_corrcoef(&y_true, &y_pred), &table["matthews"]);
    close(cohen_kappa_score(&y_true, &y_pred), &table["cohen_kappa"]);
    averages(&y_true, &y_pred, &more["absent"]);
}

#[test]
fn probabilities() {
    let (all, more) = (fixture("metrics.json"), fixture("metrics_more.json"));
    let table = &all["classification"];
    let (y_true, probabilities) = (labels(&table["y_true"]), matrix(&table["probabilities"]));
    close(log_loss(&y_true, probabilities.view()), &table["log_loss"]);
    close(brier_score_loss(&y_true, probabilities.view()), &more["brier"]);
    close(roc_auc_ovr_score(&y_true, probabilities.view()), &more["roc_auc_ovr"]);
    close(top_k_accuracy_score(&y_true, probabilities.view(), 1), &more["top1_accuracy"]);
    close(top_k_accuracy_score(&y_true, probabilities.view(), 2), &table["top2_accuracy"]);
    close(top_k_accuracy_score(&y_true, probabilities.view(), 3), &more["top3_accuracy"]);
}

#[test]
fn two_classes_by_one_score() {
    let (all, more) = (fixture("metrics.json"), fixture("metrics_more.json"));
    let table = &all["binary"];
    let (y_true, score) = (labels(&table["y_true"]), vector(&table["score"]));
    close(roc_auc_score(&y_true, &score), &table["roc_auc"]);
    let column = Array2::from_shape_vec((score.len(), 1), score).expect("a column");
    close(log_loss(&y_true, column.view()), &more["binary"]["log_loss"]);
    close(brier_score_loss(&y_true, column.view()), &more["binary"]["brier"]);
}

#[test]
fn values() {
    let (all, more) = (fixture("metrics.json"), fixture("metrics_more.json"));
    let table = &all["regression"];
    let (y_true, y_pred) = (matrix(&table["y_true"]), matrix(&table["y_pred"]));
    let (y_true, y_pred) = (y_true.view(), y_pred.view());
    close(mean_squared_error(y_true, y_pred), &table["mse"]);
    close(root_mean_squared_error(y_true, y_pred), &more["rmse"]);
    close(mean_absolute_error(y_true, y_pred), &table["mae"]);
    close(r2_score(y_true, y_pred), &table["r2"]);
    close(explained_variance_score(y_true, y_pred), &more["explained_variance"]);
}

/// The values of scikit-learn's manual.
#[test]
fn percentages() {
    let close = |y_true: Array2<f64>, y_pred: Array2<f64>, expected: f64| {
        let found = mean_absolute_percentage_error(y_true.view(), y_pred.view()).expect("valid");
        assert_relative_eq!(found, expected, max_relative = TOLERANCE);
    };
    close(array![[3.0], [-0.5], [2.0], [7.0]], array![[2.5], [0.0], [2.0], [8.0]], 0.327_380_952_380_952_4);
    let (y_true, y_pred) =
        (array![[0.5, 1.0], [-1.0, 1.0], [7.0, -6.0]], array![[0.0, 2.0], [-1.0, 2.0], [8.0, -5.0]]);
    close(y_true, y_pred, 0.551_587_301_587_301_6);
    // A target of 0.
    close(array![[1.0], [0.0], [2.4], [7.0]], array![[1.2], [0.1], [2.4], [8.0]], 112_589_990_684_262.48);
}

/// By hand, since scikit-learn has none.
#[test]
fn calibration() {
    let probabilities = array![[0.7, 0.2, 0.1], [0.1, 0.65, 0.25], [0.05, 0.05, 0.9], [0.4, 0.35, 0.25]];
    // (0.25, 0.5]: right, 0.4. (0.5, 0.75]: right and wrong, 0.7 and 0.65. (0.75, 1]: right, 0.9.
    let expected = (0.6 + (1.0 - 1.35_f64).abs() + 0.1) / 4.0;
    let found = expected_calibration_error(&[0, 2, 2, 0], probabilities.view(), 4).expect("valid");
    assert_relative_eq!(found, expected, max_relative = TOLERANCE);
}
