//! What shells and the manual know of the command.

use std::fs;

use crate::{done, smallnet};

const COMMANDS: [&str; 11] = [
    "train",
    "tune",
    "predict",
    "evaluate",
    "inspect",
    "export",
    "plot",
    "demo",
    "gradcheck",
    "completions",
    "man",
];

#[test]
fn every_shell_completes_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = done(folder.path(), &["completions", shell]);
        assert!(COMMANDS.iter().all(|command| text.contains(command)), "{shell}");
        assert!(text.contains("learning-rate"), "{shell}");
        // The other two complete no values.
        let of_values = ["bash", "zsh", "fish"].contains(&shell);
        assert!(text.contains("most-frequent") == of_values, "{shell}");
    }
    assert_eq!(smallnet(folder.path(), &["completions", "cmd"]).status.code(), Some(2));
}

#[test]
fn there_is_a_page_for_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = done(folder.path(), &["man"]);
    assert!(page.contains(".TH smallnet 1") && page.contains("smallnet\\-train(1)"), "{page}");
    assert_eq!(done(folder.path(), &["man", "--out", "pages"]), "");
    for command in COMMANDS {
        let page =
            fs::read_to_string(folder.path().join(format!("pages/smallnet-{command}.1"))).expect("a page");
        assert!(page.contains("SYNOPSIS"), "{command}");
    }
    let page = fs::read_to_string(folder.path().join("pages/smallnet-train.1")).expect("a page");
    assert!(page.contains("smallnet train penguins.csv"), "the examples: {page}");
}

/// Each help ends in examples that are commands of this program.
#[test]
fn every_help_teaches_by_examples() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in COMMANDS {
        let help = done(folder.path(), &["help", command]);
        let examples = help.split("Example").nth(1).unwrap_or_else(|| panic!("{command} has no example"));
        let all = examples.lines().skip(1).filter(|line| !line.trim().is_empty());
        assert!(all.clone().count() > 0 && all.clone().all(|line| line.contains("smallnet ")), "{help}");
    }
}
