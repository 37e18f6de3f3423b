//! Gradients of models.

use crate::{command, done, flats, line, refused, trained, write};

#[test]
fn every_derivative_of_a_model_is_proven() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report", "--epochs", "3"]);
    let text = done(folder.path(), &["gradcheck", "m.safetensors"]);
    // 6 features, 16 hidden units, 2 classes, 3 samples; each in training and in use.
    assert!(text.starts_with("SoftmaxCrossEntropy, 3 samples, in training and in use\n"), "{text}");
    for (tensor, derivatives) in [
        ("layer 0 Dense 6->16, weight", 2 * 96),
        ("layer 0 Dense 6->16, bias", 2 * 16),
        ("layer 1 Dense 16->2, weight", 2 * 32),
        ("layer 1 Dense 16->2, bias", 2 * 2),
        ("Chain 6->2, input", 2 * 18),
    ] {
        let row = text.lines().find(|row| row.starts_with(tensor));
        let row = row.unwrap_or_else(|| panic!("{tensor}: {text}"));
        let columns: Vec<&str> = row[tensor.len()..].split_whitespace().collect();
        assert_eq!(columns[0], derivatives.to_string(), "{row}");
        assert!(columns[1].parse::<f64>().expect("an error") < 1e-7, "{row}");
    }
    assert!(text.contains("328 derivatives agree with finite differences to "), "{text}");

    let json = done(folder.path(), &["gradcheck", "m.safetensors", "--json", "--rows", "5"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["derivatives"], &json["tensors"][4]["derivatives"]), (&352.into(), &60.into()));
    assert!(json["worst_exact"].as_f64().expect("a number") < 1e-12);

    write(folder.path(), "y.csv", &line());
    done(folder.path(), &["train", "y.csv", "--task", "values", "--quiet", "--epochs", "1", "--no-report"]);
    assert!(done(folder.path(), &["gradcheck", "model.safetensors"]).starts_with("MeanSquaredError, 3 "));
}

#[test]
fn of_many_derivatives_some_are_proven() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &flats());
    let train =
        "train flats.csv --missing mean --epochs 1 --hidden 150,150 --no-report --quiet --out m.safetensors";
    done(folder.path(), &train.split(' ').collect::<Vec<_>>());
    let output = command(folder.path(), &["gradcheck", "m.safetensors", "--json"]).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("of 24002 weights 100 of each tensor are proven"), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    // Three layers: 100 of each, but for 2 biases and 18 inputs; in training and in use.
    assert_eq!(json["derivatives"], 2 * (5 * 100 + 2 + 18));
    let one = command(folder.path(), &["gradcheck", "m.safetensors", "--json", "--derivatives", "1"]);
    let output = { one }.output().expect("it runs");
    assert!(output.stderr.is_empty(), "{output:?}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["derivatives"], 2 * 7);
}

#[test]
fn what_is_no_model_or_no_batch_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = refused(folder.path(), &["gradcheck", "none.safetensors"]);
    assert!(text.starts_with("cannot open none.safetensors: "), "{text}");
    let none = command(folder.path(), &["gradcheck", "none.safetensors", "--rows", "0"]);
    assert_eq!({ none }.output().expect("it runs").status.code(), Some(2));
}
