//! Pictures into folders and terminals.

use std::fs;

use crate::{done, line, read, refused, trained, write};

/// The signature of a PNG, and its size.
fn size(bytes: &[u8]) -> [u32; 2] {
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    [16, 20].map(|at| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")))
}

#[test]
fn a_model_and_a_table_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let plot = ["plot", "m.safetensors", "flats.csv"];
    assert_eq!(
        done(folder.path(), &plot),
        "written: m-pictures: confusion.png, reliability.png, roc.png, regions.png, weights.png\n"
    );
    for name in ["reliability", "roc", "regions", "weights"] {
        assert_eq!(size(&read(folder.path(), &format!("m-pictures/{name}.png"))), [640, 480]);
    }
    assert_eq!(
        refused(folder.path(), &plot),
        "m-pictures is there already; give another --out, or --force to overwrite it"
    );
    // Other features, other regions; the rest is the same.
    done(folder.path(), &[&plot[..], &["--out", "other", "--features", "area,street=elm"]].concat());
    let same = |name: &str| {
        read(folder.path(), &format!("m-pictures/{name}")) == read(folder.path(), &format!("other/{name}"))
    };
    assert!(same("confusion.png") && !same("regions.png"));
    done(folder.path(), &["plot", "m.safetensors", "--out", "weights"]);
    assert_eq!(fs::read_dir(folder.path().join("weights")).expect("a folder").count(), 1);
}

#[test]
fn a_terminal_has_pictures_of_letters() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &[]);
    let text = done(
        folder.path(),
        &["plot", "m.safetensors", "flats.csv", "--terminal", "--features", "area,rooms"],
    );
    assert!(text.contains("area and rooms, the others at their means") && text.contains("A large"), "{text}");
    assert!(text.contains("true") && !text.contains('\u{1b}'), "no colours, since it is no terminal: {text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let text = done(folder.path(), &["plot", "m-report/history.csv", "--terminal"]);
    assert!(text.contains("training loss") && text.contains("validation accuracy"), "{text}");
    // The same loss as in the report.
    done(folder.path(), &["plot", "m-report/history.csv", "--out", "run"]);
    assert!(read(folder.path(), "run/loss.png") == read(folder.path(), "m-report/loss.png"));
    assert!(read(folder.path(), "run/accuracy.png") == read(folder.path(), "m-report/accuracy.png"));

    write(folder.path(), "y.csv", &line());
    done(folder.path(), &["train", "y.csv", "--task", "values", "--quiet"]);
    let text = done(folder.path(), &["plot", "model.safetensors", "y.csv", "--terminal"]);
    assert!(text.contains("true y") && text.contains("predicted"), "{text}");
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &[]);
    assert_eq!(
        refused(folder.path(), &["plot", "flats.csv"]),
        "flats.csv is no history of a run; expected the columns epoch, train_loss, .., as in the history.csv of a report; a table is drawn with a model: smallnet plot model.safetensors flats.csv"
    );
    assert_eq!(
        refused(folder.path(), &["plot", "m-report/history.csv", "flats.csv"]),
        "m-report/history.csv is the history of a run, which takes no table; a table is drawn with a model, which comes first"
    );
    assert_eq!(
        refused(
            folder.path(),
            &["plot", "m.safetensors", "flats.csv", "--features", "area,garden", "--terminal"]
        ),
        "--features area,garden are no two of the features; expected two of rooms, area, street=ash, street=elm, street=oak, heated=yes"
    );
    write(folder.path(), "h.csv", "epoch,train_loss\n1,x\n");
    assert_eq!(
        refused(folder.path(), &["plot", "h.csv"]),
        "h.csv, line 2: column `train_loss` has `x`; expected a number"
    );
    assert_eq!(
        refused(folder.path(), &["plot", "m.safetensors", "--terminal"]),
        "a model without a table has pictures, but none for a terminal; give a table with answers, or leave --terminal out"
    );
}
