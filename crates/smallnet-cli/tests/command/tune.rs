//! Searches for settings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::{command, done, flats, read, refused, smallnet, write};

const TUNE: [&str; 12] = [
    "tune",
    "flats.csv",
    "--missing",
    "median",
    "--hidden",
    "4",
    "--hidden",
    "8,4",
    "--epochs",
    "12",
    "--seed",
    "1",
];

fn tune<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&TUNE[..], more].concat()
}

fn search(folder: &Path, name: &str) -> Value {
    serde_json::from_slice::<Value>(&read(folder, name)).expect("JSON")["search"].take()
}

/// All results of a trial, rung by rung.
fn results(trial: &Value) -> impl Iterator<Item = &Value> {
    trial["outcomes"].as_array().expect("rungs").iter().flat_map(|folds| folds.as_array().expect("folds"))
}

#[test]
fn the_best_is_trained_as_by_the_line_that_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    let table = ["--leave-out", "street,heated", "--kind", "rooms=category", "--trials", "6"];
    let said = done(folder, &tune(&[&table[..], &["--out", "m.safetensors"]].concat()));
    assert!(said.contains("6 trials, 0 failed\nrank  trial         score  budget  settings\n   1"), "{said}");
    let line =
        said.split("The best again, as by\n  ").nth(1).expect("a line").lines().next().expect("a line");
    let words: Vec<&str> = line.split(' ').collect();
    let begin = [
        "smallnet",
        "train",
        "flats.csv",
        "--leave-out=street",
        "--leave-out=heated",
        "--missing=median",
        "--kind=rooms=category",
    ];
    assert!(begin.iter().all(|word| words.contains(word)), "{line}");
    let settings = said.lines().find(|line| line.starts_with("   1  ")).expect("the first");
    let settings: Vec<&str> = settings.split_whitespace().skip(4).collect();
    assert!(line.ends_with(&settings.join(" ")) && settings.len() == 6, "{said}");

    let again: Vec<String> =
        words[1..].iter().map(|word| word.replace("m.safetensors", "again.safetensors")).collect();
    done(folder, &again.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(read(folder, "m.safetensors") == read(folder, "again.safetensors"));

    // The score is what the training came to.
    let trials = search(folder, "m-tune.json")["trials"].take();
    let scores = trials.as_array().expect("a list").iter().flat_map(results);
    let best = scores.map(|result| result["score"].as_f64().expect("a score")).fold(f64::MIN, f64::max);
    let report: Value = serde_json::from_slice(&read(folder, "m-report/result.json")).expect("JSON");
    let loss = report["validation"]["log_loss"].as_f64().expect("a loss");
    assert!((best + loss).abs() < 1e-6, "{best} and {loss}");

    assert_eq!(said.matches("column  kind").count(), 1, "what the columns are is said once: {said}");

    // The search is over: it is not run again, and the model is not overwritten.
    let before = fs::metadata(folder.join("m-tune.json")).expect("a file").len();
    let message = refused(folder, &tune(&[&table[..], &["--out", "m.safetensors"]].concat()));
    assert_eq!(message, "m.safetensors is there already; give another --out, or --force to overwrite it");
    let more = [&table[..], &["--out", "m.safetensors", "--force", "--quiet"]].concat();
    assert_eq!(done(folder, &tune(&more)), "");
    assert_eq!(fs::metadata(folder.join("m-tune.json")).expect("a file").len(), before);
}

/// The first trials are those of a shorter search, and are not run again.
#[test]
fn a_search_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    let with = |trials, name: &str| {
        let (model, state) = (format!("{name}.safetensors"), format!("{name}.json"));
        let more =
            ["--trials", trials, "--folds", "2", "--force", "--quiet", "--out", &model, "--state", &state];
        done(folder, &tune(&more));
        search(folder, &state)
    };
    let short = with("3", "grown");
    let long = with("5", "grown");
    assert_eq!(
        long["trials"].as_array().map(|trials| trials[..3].to_vec()),
        short["trials"].as_array().cloned()
    );
    assert_eq!(long, with("5", "whole"));
    assert!(read(folder, "grown.safetensors") == read(folder, "whole.safetensors"));
    let message = refused(
        folder,
        &tune(&["--trials", "4", "--folds", "2", "--force", "--out", "x", "--state", "grown.json"]),
    );
    assert!(message.contains("--trials was 5 and is 4"), "{message}");
}

#[test]
fn threads_and_the_order_of_results_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    for threads in ["1", "3"] {
        let (model, state) = (format!("{threads}.safetensors"), format!("{threads}.json"));
        let more = ["--trials", "9", "--halving", "--folds", "2", "--quiet", "--threads", threads];
        done(folder, &tune(&[&more[..], &["--out", &model, "--state", &state]].concat()));
    }
    assert!(read(folder, "1.safetensors") == read(folder, "3.safetensors"));
    assert!(read(folder, "1.json") == read(folder, "3.json"));

    // A ninth of 12 epochs, a third and nearly all, each on two folds.
    let search = search(folder, "1.json");
    let rungs = [(9, 1), (3, 3), (1, 9)]
        .map(|(trials, budget)| serde_json::json!({"trials": trials, "budget": budget}));
    assert_eq!(search["rungs"], serde_json::json!(rungs));
    let trials = search["trials"].as_array().expect("a list");
    let with = |count| trials.iter().filter(|trial| results(trial).count() == count).count();
    assert_eq!([with(2), with(4), with(6)], [6, 2, 1]);
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_the_search_and_the_same_command_goes_on_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    let whole = ["--trials", "120", "--threads", "2"];
    let first = tune(&[&whole[..], &["--out", "m.safetensors"]].concat());
    let child =
        command(folder, &first).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    while !fs::read_to_string(folder.join("m-tune.json")).is_ok_and(|text| text.contains("score")) {
        sleep(Duration::from_millis(1));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("it runs");
    assert!(kill.success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert_eq!(
        String::from_utf8(output.stderr).expect("text"),
        "smallnet: ending the search, which the same command goes on with; Ctrl-C again ends at once\n"
    );
    assert!(said.contains("120 trials, 0 failed, not finished\n"), "{said}");
    assert!(said.ends_with("\ninterrupted; the same command goes on with m-tune.json\n"), "{said}");
    assert!(!folder.join("m.safetensors").exists());

    assert!(done(folder, &first).contains("\ngoing on with m-tune.json\n"));
    done(folder, &tune(&[&whole[..], &["--out", "n.safetensors"]].concat()));
    assert!(read(folder, "m-tune.json") == read(folder, "n-tune.json"));
    assert!(read(folder, "m.safetensors") == read(folder, "n.safetensors"));
}

#[test]
fn the_file_of_another_search_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    let tuned = |more: &[&str]| tune(&[&["--trials", "2", "--state", "s.json"], more].concat()).join(" ");
    let run = |line: &str| refused(folder, &line.split(' ').collect::<Vec<_>>());
    done(folder, &tuned(&[]).split(' ').collect::<Vec<_>>());
    let before = read(folder, "s.json");
    let other = |option: &str, was: &str, is: &str| {
        format!(
            "s.json is of a search with other arguments: {option} was {was} and is {is}; give those it began with, another --state, or remove it to begin anew"
        )
    };
    let message = run(&tuned(&["--force"]).replace("--trials 2", "--trials 1"));
    assert_eq!(message, other("--trials", "2", "1"));
    assert_eq!(run(&tuned(&["--force", "--folds", "3"])), other("--folds", "null", "3"));
    let message = run(&tuned(&["--force", "--l2", "0"]));
    assert!(
        message.contains(r#"--l2 was {"high":0.01,"low":1e-6} and is {"high":0.0,"low":0.0}"#),
        "{message}"
    );
    let message = run(&tuned(&["--force", "--leave-out", "area"]));
    assert!(message.contains(r#"the table was ["--missing=median"] and is ["#), "{message}");
    write(folder, "flats.csv", &flats().replacen("1;20;", "1;21;", 1));
    assert!(run(&tuned(&["--force"])).contains("the table's rows (a hash) was "), "another table");
    assert!(read(folder, "s.json") == before);

    write(folder, "s.json", "{}");
    assert!(run(&tuned(&["--force"])).starts_with("s.json is not the file of a search (missing field"));
    let message = run(&tuned(&["--force"]).replace("s.json", "none/s.json"));
    assert!(
        message.starts_with("cannot write the search down: none/s.json: there is no folder none"),
        "{message}"
    );
}

#[test]
fn what_cannot_be_searched_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder, "flats.csv", &flats());
    let message = refused(folder, &["tune", "-"]);
    assert_eq!(message, "tune reads the table more than once; give a file instead of the standard input");
    let message = refused(folder, &tune(&["--out", "flats.csv", "--force"]));
    assert_eq!(message, "flats.csv is the table that is read; give another --out for the model");
    let message = refused(folder, &tune(&["--state", "model.safetensors"]));
    assert_eq!(message, "model.safetensors cannot be both the model and the search; give another --state");
    let message = refused(folder, &tune(&["--state", "flats.csv"]));
    assert!(message.starts_with("flats.csv is not the file of a search ("), "{message}");
    let output = smallnet(folder, &tune(&["--trials", "3", "--learning-rate", "1e30"]));
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(message.starts_with("smallnet: every trial failed, the first so: "), "{message}");
    assert_eq!(output.status.code(), Some(1));
    for (option, value) in
        [("--learning-rate", "0.1..0.01"), ("--l2", "0..1"), ("--dropout", "1"), ("--folds", "1")]
    {
        let output = smallnet(folder, &tune(&[option, value]));
        let message = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains("expected "), "{message}");
    }
    assert_eq!(smallnet(folder, &tune(&["--min-epochs", "3"])).status.code(), Some(2), "without --halving");
}
