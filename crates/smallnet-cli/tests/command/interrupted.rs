//! Trainings that are ended from outside.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::{TRAIN, command, done, flats, read, refused, write};

/// More epochs than anyone waits for.
const LONG: [&str; 6] = ["--epochs", "100000000", "--patience", "100000000", "--out", "m.safetensors"];

/// Whether there is a whole checkpoint.
fn is_checkpoint(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut files| {
        files.any(|file| {
            file.is_ok_and(|file| file.path().extension().is_some_and(|end| end == "safetensors"))
        })
    })
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_training_and_keeps_what_it_has() {
    ends_the_training("-INT");
}

/// As clusters and containers do it.
#[test]
#[cfg(unix)]
fn so_does_a_system_that_asks_it_to_end() {
    ends_the_training("-TERM");
}

#[cfg(unix)]
fn ends_the_training(signal: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &flats());
    let arguments = [&TRAIN[..], &LONG, &["--checkpoint", "run", "--folds", "3"]].concat();
    let child = command(folder.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    while !is_checkpoint(&folder.path().join("run")) {
        sleep(Duration::from_millis(5));
    }
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("it runs");
    assert!(kill.success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert_eq!(
        String::from_utf8(output.stderr).expect("text"),
        "smallnet: ending after this epoch, with the best network so far; Ctrl-C again ends at once\n"
    );
    assert!(
        said.contains(": interrupted\n") && said.ends_with("written: m.safetensors, m-report\n"),
        "{said}"
    );
    assert!(!said.contains("trained anew") && !said.contains("fold 1"), "{said}");
    // The network is that of the best epoch.
    let json: Value = serde_json::from_slice(&read(folder.path(), "m-report/result.json")).expect("JSON");
    let losses = json["history"].as_array().expect("records").iter();
    let best = losses.filter_map(|record| record["validation_loss"].as_f64()).fold(f64::INFINITY, f64::min);
    assert!((json["validation"]["log_loss"].as_f64().expect("a loss") / best - 1.0).abs() < 1e-5, "{best}");
    assert_eq!(json["training"]["interrupted"], true);
    done(folder.path(), &["evaluate", "m.safetensors", "flats.csv"]);
}

/// Killed after some checkpoint, gone on with, and the same file as if it had not been.
#[test]
fn a_killed_run_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &flats());
    let settings = [&TRAIN[..], &["--epochs", "400", "--patience", "400", "--quiet", "--no-report"]].concat();
    let with = |arguments: &[&'static str]| [&settings[..], arguments].concat();
    done(folder.path(), &with(&["--out", "whole.safetensors"]));
    let checkpointed = with(&["--out", "m.safetensors", "--checkpoint", "run"]);
    let mut child = command(folder.path(), &checkpointed).spawn().expect("it runs");
    while !is_checkpoint(&folder.path().join("run")) {
        sleep(Duration::from_millis(1));
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(!folder.path().join("m.safetensors").exists(), "it was killed too late");

    assert_eq!(
        refused(folder.path(), &checkpointed),
        "run has checkpoints of a run already; go on with it by --resume, or give another --checkpoint"
    );
    let other = [&checkpointed[..], &["--resume", "--seed", "1"]].concat();
    assert_eq!(
        refused(folder.path(), &other),
        "the run in run is of another table or other settings; give those it began with, or another --checkpoint"
    );
    done(folder.path(), &[&checkpointed[..], &["--resume"]].concat());
    assert!(read(folder.path(), "m.safetensors") == read(folder.path(), "whole.safetensors"));
}
