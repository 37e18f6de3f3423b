//! Folds: every row is judged once.

use serde_json::Value;

use crate::{done, line, trained, write};

#[test]
fn every_fold_is_printed_with_mean_and_deviation() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path(), &["--folds", "4", "--epochs", "40"]);
    let table =
        said.split("On every row once, by a network that did not know it:\n").nth(1).expect("a table");
    let lines: Vec<Vec<&str>> = table.lines().take(7).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["accuracy", "macro", "F1", "log", "loss", "rows"]);
    let accuracy: Vec<f64> = lines[1..5].iter().map(|line| line[2].parse().expect("a number")).collect();
    assert!(
        lines[1..5].iter().enumerate().all(|(n, line)| line[1] == (n + 1).to_string() && line[5] == "30")
    );
    let mean = accuracy.iter().sum::<f64>() / 4.0;
    let deviation = (accuracy.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3.0).sqrt();
    assert_eq!((lines[5][0], lines[5][4]), ("mean", "120"));
    assert!((lines[5][1].parse::<f64>().expect("a number") - mean).abs() < 1e-4, "{table}");
    assert_eq!(lines[6][0], "deviation");
    assert!((lines[6][1].parse::<f64>().expect("a number") - deviation).abs() < 2e-4, "{table}");
}

#[test]
fn the_json_has_every_fold_and_all_rows_together() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "y.csv", &line());
    let said = done(
        folder.path(),
        &["train", "y.csv", "--task", "values", "--folds", "3", "--json", "--epochs", "20"],
    );
    let json: Value = serde_json::from_str(&said).expect("one document");
    let folds = &json["folds"];
    let each = folds["each"].as_array().expect("a list");
    assert_eq!(each.len(), 3);
    assert_eq!(each.iter().map(|fold| fold["rows"].as_u64().expect("rows")).sum::<u64>(), 200);
    assert_eq!(folds["together"]["rows"], 200);
    // Errors of all rows are the mean of the folds', each by its rows.
    let error = |of: &Value| of["mean_absolute_error"].as_f64().expect("a number");
    let weighed: f64 =
        each.iter().map(|fold| error(fold) * fold["rows"].as_f64().expect("rows")).sum::<f64>() / 200.0;
    assert!((error(&folds["together"]) / weighed - 1.0).abs() < 1e-9);
    let mean = each.iter().map(error).sum::<f64>() / 3.0;
    assert!((folds["mean"]["mean absolute error"].as_f64().expect("a number") / mean - 1.0).abs() < 1e-12);
}
