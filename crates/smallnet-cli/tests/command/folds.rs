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

/// Labels that are drawn by lot are learned by heart, and guessed elsewhere: half of them, whatever the network knows of other folds.
#[test]
fn no_fold_is_judged_by_a_network_that_knew_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let lot = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(0xbf58_476d_1ce4_e5b9)) >> 40;
    let rows = (1..=150).map(|n| {
        let label = if lot(n * 31) % 2 == 0 { "heads" } else { "tails" };
        format!("{}.5,{}.5,{}.5,{label}\n", lot(n) % 97, lot(n + 1000) % 89, lot(n + 2000) % 83)
    });
    write(folder.path(), "lots.csv", &rows.fold("a,b,c,coin\n".to_owned(), |text, row| text + &row));
    let train = [
        "train",
        "lots.csv",
        "--folds",
        "3",
        "--json",
        "--l2",
        "0",
        "--learning-rate",
        "0.01",
        "--patience",
        "400",
        "--epochs",
        "400",
    ];
    let json: Value = serde_json::from_str(&done(folder.path(), &train)).expect("one document");
    let last = &json["history"].as_array().expect("records")[399];
    assert!(last["train_loss"].as_f64() < Some(0.2), "learned by heart: {last}");
    let together = json["folds"]["together"]["accuracy"].as_f64().expect("a figure");
    // 150 throws: half of them, give or take three standard deviations.
    assert!((together - 0.5).abs() < 0.125, "{together}");
}
