//! The command as people call it: what it writes, and what it says when something is wrong.

mod ask;
mod demo;
mod folds;
mod gradcheck;
mod interrupted;
mod plot;
mod report;
mod shell;
mod train;
mod tune;
mod wrong;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Two kinds of flats in the plane of rooms and area, with a street and a gap.
fn flats() -> String {
    let row = |n: usize| {
        let (rooms, area) = (1 + n % 5, 20 + (n * 37) % 90);
        let street = ["elm", "oak", "ash"][n % 3];
        let heated = if n.is_multiple_of(2) { "yes" } else { "no" };
        let kind = if area > 60 { "large" } else { "small" };
        let area = if n == 7 { "NA".to_owned() } else { area.to_string() };
        format!("{rooms};{area};{street};{heated};{kind}\n")
    };
    (0..120).map(row).fold("rooms;area;street;heated;kind\n".to_owned(), |text, row| text + &row)
}

/// Values of some million on a line.
fn line() -> String {
    let rows = (0..200).map(|n| format!("{},{}\n", n % 20, 1_000_000.0 + 5000.5 * f64::from(n % 20)));
    rows.fold("x,y\n".to_owned(), |text, row| text + &row)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smallnet"));
    command.current_dir(folder).args(arguments);
    command
}

fn smallnet(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().expect("it runs")
}

/// What it says when all goes well.
fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = smallnet(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What it says on the error stream, with the exit code 1.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = smallnet(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty() || arguments[0] == "train", "nothing but the message: {output:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    text.trim_end().strip_prefix("smallnet: ").expect("who says it").to_owned()
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("a file");
}

fn read(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).expect("a file")
}

/// Steps are longer than the usual ones, so that it takes fewer.
const TRAIN: [&str; 8] =
    ["train", "flats.csv", "--missing", "median", "--hidden", "16", "--learning-rate", "0.01"];

/// A model of flats, `m.safetensors`, with these arguments besides.
fn trained(folder: &Path, arguments: &[&str]) -> String {
    write(folder, "flats.csv", &flats());
    done(folder, &[&TRAIN[..], &["--out", "m.safetensors"], arguments].concat())
}

/// The first accuracy that is printed.
fn accuracy(text: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with("accuracy ")).expect("a line");
    line.split(' ').nth(1).expect("a figure").parse().expect("a number")
}
