//! Whatever becomes of one rank, all of them end, soon and with a word about it.

use std::fs;
use std::process::{Command, Output};

use crate::mpirun::{ended, mpirun, on, said};

/// What is said on the standard error, by all ranks.
#[track_caller]
fn error_of(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_is_wrong_with_one_rank_is_said_once_and_ends_all() {
    let cases = [
        (
            "no rows",
            "nn-mpi: rank 1 of 3 has no rows: there are 800 in all; start fewer ranks, or give each of them some",
        ),
        (
            "other features",
            "nn-mpi: ranks differ in their data: rank 0 has rows of 4 features and 1 numbers as a class, rank 1 has rows of 5 features",
        ),
        ("not a number", "nn-mpi: rank 1 of 3: "),
        ("another class", "nn-mpi: rank 1 of 3: "),
        ("other weights", "nn-mpi: ranks differ in the network: rank 0 has "),
        ("other settings", "nn-mpi: ranks differ in settings: rank 0 has "),
    ];
    for (how, message) in cases {
        let error = error_of(&on(3, ["fails", how]));
        let lines = error.lines().filter(|line| line.starts_with("nn-mpi: ")).collect::<Vec<_>>();
        assert_eq!(lines.len(), 1, "{how}: {error}");
        assert!(lines[0].starts_with(message), "{how}: {}", lines[0]);
    }
}

#[test]
fn a_rank_that_dies_ends_all() {
    for how in ["abort", "kill", "exit", "panic"] {
        let error = error_of(&on(3, ["fails", how]));
        assert!(!error.contains("has waited"), "{how} is seen before the timeout: {error}");
    }
}

#[test]
fn a_rank_that_hangs_is_not_waited_for_in_vain() {
    let error = error_of(&on(3, ["fails", "hang"]));
    assert!(error.contains("of 3 has waited 4 s for the other ranks ("), "{error}");
    assert!(error.contains("go on from the last checkpoint"), "{error}");
}

#[test]
fn an_error_of_one_rank_alone_ends_all() {
    let error = error_of(&on(3, ["fails", "an error of its own"]));
    assert!(error.contains("nn-mpi: rank 1 of 3: the disk is gone"), "{error}");
}

#[test]
fn a_callback_of_one_rank_ends_the_run_of_all() {
    let out = said(on(3, ["fails", "callback"]));
    for rank in 0..3 {
        assert!(out.contains(&format!("rank {rank}: enough, says rank 1 after 3 epochs")), "{out}");
    }
}

#[test]
fn ranks_of_different_builds_do_not_begin() {
    let folder = tempfile::tempdir().expect("a folder");
    let (scenarios, other) = (env!("CARGO_BIN_EXE_scenarios"), folder.path().join("scenarios"));
    fs::copy(scenarios, &other).expect("a copy");
    let mut bytes = fs::read(&other).expect("it is there");
    bytes.push(0);
    fs::write(&other, bytes).expect("it can be written");
    let mut command = mpirun();
    command.args(["-n", "2", scenarios, "fit", ":", "-n", "1"]).arg(&other).arg("fit");
    let error = error_of(&ended(&mut command));
    assert!(error.contains("nn-mpi: ranks differ in the program: rank 0 has the program "), "{error}");
    assert!(error.contains("install the same build on all machines"), "{error}");
}

/// Killed in the middle, and gone on with on another number of ranks: the fingerprint of a run that was not.
#[test]
fn a_killed_run_goes_on_with_any_number_of_ranks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let train = |size, name: &str, more: &[&str]| on(size, [&["train", &path(name), "12"], more].concat());
    let expected = said(train(1, "whole", &[]));
    for (killed, again, dies) in [(3, 2, "4"), (2, 4, "7"), (4, 1, "1")] {
        let name = format!("{killed} {again}");
        error_of(&train(killed, &name, &[dies]));
        let output = train(again, &name, &[]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("goes on after"), "{error}");
        assert_eq!(said(output), expected, "killed on {killed} ranks, gone on with on {again}");
    }
}

#[test]
fn without_mpirun_it_is_one_rank() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_scenarios")).args(["fails", "kill"]).output().expect("it runs");
    assert!(said(output).starts_with("rank 0: "), "there is no rank 1 to have trouble");
}
