//! Trials are given out as ranks ask for them.

use std::process::Command;

use crate::mpirun::{SIZES, on, said};

fn local() -> String {
    said(Command::new(env!("CARGO_BIN_EXE_scenarios")).args(["search", "local"]).output().expect("it runs"))
}

#[test]
fn the_winner_is_that_of_one_machine() {
    let expected = local();
    for size in SIZES {
        assert_eq!(said(on(size, ["search", "plain"])), expected, "{size} ranks");
    }
}

#[test]
fn a_trial_that_takes_longer_than_the_timeout_is_waited_for() {
    assert_eq!(said(on(3, ["search", "long"])), local());
}

#[test]
fn a_search_ends_everywhere_when_a_rank_dies_or_results_cannot_be_written() {
    for (how, message) in [("dies", "signal 6"), ("full", "nn-mpi: rank 0 of 3: the disk is full")] {
        let output = on(3, ["search", how]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(message), "{how}: {error}");
    }
}
