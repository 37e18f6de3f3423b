//! The folder of a report, and the JSON document.

use std::fs;

use serde_json::Value;

use crate::{TRAIN, done, line, read, refused, smallnet, trained, write};

#[test]
fn the_document_and_the_folder_say_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path(), &["--json", "--seed", "3"]);
    let json: Value = serde_json::from_str(&said).expect("one document");
    let written: Value = serde_json::from_slice(&read(folder.path(), "m-report/result.json")).expect("JSON");
    assert_eq!(json, written);
    assert_eq!((&json["model"], &json["report"]), (&"m.safetensors".into(), &"m-report".into()));
    assert_eq!(json["data"]["rows"], 120);
    assert_eq!(json["data"]["columns"][2]["categories"], serde_json::json!(["ash", "elm", "oak"]));
    assert_eq!(
        (&json["settings"]["hidden"], &json["settings"]["seed"]),
        (&serde_json::json!([16]), &3.into())
    );
    let matrix = json["validation"]["confusion_matrix"].as_array().expect("a matrix");
    let rows: u64 = matrix.iter().filter_map(|row| row.as_array()).flatten().filter_map(Value::as_u64).sum();
    assert_eq!((rows, &json["validation"]["rows"]), (24, &24.into()));
    assert_eq!(json["score"], json["validation"]["accuracy"]);
    // The area tells the kinds apart; one column has three features.
    let importance = json["importance"].as_array().expect("a list");
    let columns: Vec<&str> = importance.iter().filter_map(|one| one["column"].as_str()).collect();
    assert_eq!((columns.len(), columns[0]), (4, "area"));
    assert!(columns.contains(&"street") && importance[0]["mean"].as_f64() > Some(0.2), "{importance:?}");
    let mut names: Vec<String> = fs::read_dir(folder.path().join("m-report"))
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "accuracy.png",
            "confusion.png",
            "history.csv",
            "importance.png",
            "loss.png",
            "reliability.png",
            "result.json",
            "roc.png"
        ]
    );

    let history = String::from_utf8(read(folder.path(), "m-report/history.csv")).expect("text");
    assert!(
        history.starts_with("epoch,train_loss,train_accuracy,validation_loss,validation_accuracy\n1,"),
        "{history}"
    );
    let epochs = json["training"]["epochs"].as_u64().expect("a number");
    assert_eq!(history.lines().count() as u64, epochs + 1);
    // The best epoch is the one with the least validation loss.
    let losses = json["history"]
        .as_array()
        .expect("records")
        .iter()
        .map(|record| record["validation_loss"].as_f64().expect("a loss"));
    let best = losses.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("epochs").0 as u64 + 1;
    assert_eq!(json["training"]["best_epoch"], best);
}

#[test]
fn nothing_is_overwritten_unless_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &[]);
    let before = read(folder.path(), "m.safetensors");
    let again = |arguments: &[&str]| refused(folder.path(), &[&TRAIN[..], arguments].concat());
    assert_eq!(
        again(&["--out", "m.safetensors", "--seed", "1"]),
        "m.safetensors is there already; give another --out, or --force to overwrite it"
    );
    assert_eq!(
        again(&["--out", "n.safetensors", "--report", "m-report"]),
        "m-report is there already; give another --report, or --force to overwrite it"
    );
    assert!(read(folder.path(), "m.safetensors") == before && !folder.path().join("n.safetensors").exists());
    assert_eq!(again(&["--out", "none/n.safetensors"]), "there is no folder none; create it first");
    assert_eq!(
        again(&["--out", "n", "--report", "flats.csv"]),
        "flats.csv is a file; give another --report for the folder"
    );
    assert_eq!(
        again(&["--out", "./flats.csv", "--force"]),
        "flats.csv is the table that is read; give another --out for the model"
    );
    assert_eq!(
        again(&["--out", "m-report", "--force"]),
        "m-report is a folder; give another --out for the file"
    );
    assert_eq!(
        again(&["--out", "n", "--test", "./flats.csv"]),
        "./flats.csv is the table that is learned, which tells nothing of other rows; give others for --test, or say --folds 5"
    );
    trained(folder.path(), &["--seed", "1", "--force"]);
    assert!(read(folder.path(), "m.safetensors") != before);
}

/// What could not be written would be lost after hours.
#[test]
#[cfg(target_os = "linux")]
fn a_folder_into_which_nothing_can_be_written_is_known_before_anything_is_learned() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &crate::flats());
    for (arguments, option) in
        [(["--out", "/proc/self/m"], "--out"), (["--report", "/proc/self/none/here"], "--report")]
    {
        let output = smallnet(folder.path(), &[&TRAIN[..], &arguments].concat());
        let message = String::from_utf8(output.stderr).expect("text");
        assert!(message.starts_with("smallnet: cannot write into the folder /proc/self: "), "{message}");
        assert!(
            message.ends_with(&format!("; give another {option}\n")) && output.stdout.is_empty(),
            "{message}"
        );
    }
}

/// Of hundreds of columns and classes, what is said fits on some screens.
#[test]
fn a_wide_table_of_many_classes() {
    let folder = tempfile::tempdir().expect("a folder");
    let names: Vec<String> = (0..250).map(|n| format!("f{n}")).collect();
    let rows = (0..450).map(|row| {
        let fields: Vec<String> = (0..250).map(|n| (row * (n + 7) % 31).to_string()).collect();
        format!("{},c{}\n", fields.join(","), row % 45)
    });
    write(folder.path(), "wide.csv", &rows.fold(names.join(",") + ",class\n", |text, row| text + &row));
    let train = ["train", "wide.csv", "--hidden", "2", "--epochs", "1", "--set-aside", "off"];
    let said = done(folder.path(), &train);
    for part in [
        "\nf29     number           1        0\nand 220 others: 220 number\ntarget: class, 45 classes; 450 rows\n",
        "\nwhich are the worst of 45 classes\n\n",
        "\nand 220 other columns, which matter less\n",
    ] {
        assert!(said.contains(part), "{part}{said}");
    }
    assert!(
        said.lines().count() < 150 && folder.path().join("model-report/importance.png").exists(),
        "{said}"
    );
    let json: Value = serde_json::from_slice(&read(folder.path(), "model-report/result.json")).expect("JSON");
    assert_eq!(json["importance"].as_array().map(Vec::len), Some(250), "all of them");
    let held = done(folder.path(), &["inspect", "model.safetensors"]);
    assert!(held.contains(", c35 and 15 more\n"), "{held}");
}

/// Values have other pictures, and take those of classes away.
#[test]
fn a_report_has_no_pictures_of_an_earlier_one() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &[]);
    write(folder.path(), "y.csv", &line());
    let train = ["train", "y.csv", "--task", "values", "--out", "m.safetensors", "--force", "--epochs", "5"];
    done(folder.path(), &train);
    let is_there = |name: &str| folder.path().join("m-report").join(name).exists();
    assert!(["loss.png", "predicted.png", "residuals.png", "importance.png"].into_iter().all(is_there));
    assert!(!["accuracy.png", "confusion.png", "reliability.png", "roc.png"].into_iter().any(is_there));
}

#[test]
fn there_is_no_report_where_none_is_wanted() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path(), &["--no-report"]);
    assert!(said.ends_with("written: m.safetensors\n"), "{said}");
    assert_eq!(
        done(
            folder.path(),
            &[&TRAIN[..], &["--quiet", "--out", "q.safetensors", "--report", "elsewhere"]].concat()
        ),
        ""
    );
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["elsewhere", "flats.csv", "m.safetensors", "q.safetensors"]);
}
