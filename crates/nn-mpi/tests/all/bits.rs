//! The number of ranks changes no bit: of weights, history and fingerprint.

use std::process::Command;

use crate::mpirun::{SIZES, ended, mpirun, on, said};

fn local() -> String {
    said(Command::new(env!("CARGO_BIN_EXE_scenarios")).arg("local").output().expect("it runs"))
}

#[test]
fn runs_are_those_of_one_process() {
    let expected = local();
    assert!(expected.lines().count() > 8 && expected.contains("diverges: the loss became"), "{expected}");
    for size in SIZES {
        let found = said(on(size, ["fit"]));
        for (expected, found) in expected.lines().zip(found.lines()) {
            assert_eq!(expected, found, "{size} ranks");
        }
        assert_eq!(expected.lines().count(), found.lines().count(), "{size} ranks");
    }
}

/// Ranks dealt out to two "machines" in two orders.
#[test]
fn the_mapping_of_ranks_changes_no_bit() {
    let expected = local();
    let scenarios = env!("CARGO_BIN_EXE_scenarios");
    for by in ["slot", "node"] {
        let mut command = mpirun();
        command.args(["--map-by", by, "-n", "3", scenarios, "fit"]);
        assert_eq!(said(ended(&mut command)), expected, "by {by}");
    }
}
