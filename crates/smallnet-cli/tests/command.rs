//! The command as people call it: what it writes, and what it says when something is wrong.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Two kinds of flats in the plane of rooms and area, with a street and gaps.
const FLATS: &str = "\
rooms;area;street;heated;kind
";

fn flats() -> String {
    let row = |n: usize| {
        let (rooms, area) = (1 + n % 5, 20 + (n * 37) % 90);
        let street = ["elm", "oak", "ash"][n % 3];
        let heated = if n.is_multiple_of(2) { "yes" } else { "no" };
        let kind = if area > 60 { "large" } else { "small" };
        let area = if n == 7 { "NA".to_owned() } else { area.to_string() };
        format!("{rooms};{area};{street};{heated};{kind}\n")
    };
    (0..120).map(row).fold(FLATS.to_owned(), |text, row| text + &row)
}

fn smallnet(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smallnet"));
    command.current_dir(folder).args(arguments).output().expect("it runs")
}

fn done(folder: &Path, arguments: &[&str]) -> String {
    let output = smallnet(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What it says on the error stream, in one line, with the exit code 1.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = smallnet(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty() || arguments[0] == "train", "nothing but the message: {output:?}");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().to_owned()
}

const TRAIN: [&str; 7] = ["train", "flats.csv", "--missing", "median", "--hidden", "16", "--out"];

fn trained(folder: &Path) -> String {
    fs::write(folder.join("flats.csv"), flats()).expect("a file");
    done(folder, &[&TRAIN[..], &["m.safetensors"]].concat())
}

#[test]
fn a_table_is_learned_and_the_network_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path());
    for line in [
        "area    number           1        1",
        "street  category         3        0",
        "heated  yesno            1        0",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(
        said.contains("target: kind, 2 classes; 120 rows") && said.contains("written: m.safetensors"),
        "{said}"
    );
    let accuracy = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("accuracy ")).expect("a line").to_owned();
        line.split(' ').nth(1).expect("a figure").parse::<f64>().expect("a number")
    };
    assert!(accuracy(&said) > 0.9, "{said}");
    let judged = done(folder.path(), &["evaluate", "m.safetensors", "flats.csv"]);
    assert!(accuracy(&judged) > 0.9 && judged.contains("true \\ predicted"), "{judged}");

    // Columns in another order, one more, and without the answer; from the standard input.
    let rows = "heated;note;street;area;rooms\nno;\"a; b\";elm;100;3\nyes;;oak;25;1\n";
    let mut child = Command::new(env!("CARGO_BIN_EXE_smallnet"))
        .current_dir(folder.path())
        .args(["predict", "m.safetensors", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child.stdin.take().expect("a pipe").write_all(rows.as_bytes()).expect("it reads");
    let answers = String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("text");
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "kind,p(large),p(small)");
    assert!(
        lines.len() == 3 && lines[1].starts_with("large,") && lines[2].starts_with("small,"),
        "{answers}"
    );

    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert!(
        held.contains("classes: large, small") && held.contains("learned from flats.csv; accuracy "),
        "{held}"
    );
    done(folder.path(), &["export", "m.safetensors", "--rust", "m.rs", "--c", "m.h", "--onnx", "m.onnx"]);
    let c = fs::read_to_string(folder.path().join("m.h")).expect("a file");
    assert!(c.contains("static inline void m_predict(const float x[6], float y[2])"), "{c}");
    assert!(["m.rs", "m.onnx"].iter().all(|name| folder.path().join(name).exists()));
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path());
    done(folder.path(), &[&TRAIN[..], &["again.safetensors", "--quiet"]].concat());
    done(folder.path(), &[&TRAIN[..], &["other.safetensors", "--seed", "1"]].concat());
    let read = |name: &str| fs::read(folder.path().join(name)).expect("a file");
    assert!(read("m.safetensors") == read("again.safetensors"));
    assert!(read("m.safetensors") != read("other.safetensors"));
}

#[test]
fn values_are_learned_in_their_own_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..200).map(|n| format!("{},{}\n", n % 20, 1_000_000.0 + 5000.5 * f64::from(n % 20)));
    fs::write(folder.path().join("y.csv"), rows.fold("x,y\n".to_owned(), |text, row| text + &row))
        .expect("a file");
    let said = done(folder.path(), &["train", "y.csv", "--task", "values"]);
    let r2 = said.lines().find(|line| line.starts_with("R² ")).expect("a line");
    assert!(r2.starts_with("R² 0.99") || r2.starts_with("R² 1.0"), "{said}");
    let answers = done(folder.path(), &["predict", "model.safetensors", "y.csv"]);
    let first: f64 = answers.lines().nth(1).expect("a row").parse().expect("a number");
    assert!(answers.starts_with("y\n") && (first - 1_000_000.0).abs() < 20_000.0, "{first}");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    trained(folder);
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    assert_eq!(
        refused(folder, &[&TRAIN[..], &["m.safetensors"]].concat()),
        "smallnet: m.safetensors is there already; give another --out, or --force to overwrite it"
    );
    done(folder, &[&TRAIN[..], &["m.safetensors", "--force", "--quiet"]].concat());
    assert_eq!(
        refused(folder, &["train", "flats.csv", "--out", "x"]),
        "smallnet: column `area` has 1 missing value, on line 9; fill them in or leave such rows out by `missing`"
    );
    let unknown = refused(folder, &["train", "flats.csv", "--target", "Kind", "--out", "x"]);
    assert_eq!(
        unknown,
        "smallnet: there is no column `Kind`; expected one of `rooms`, `area`, `street`, `heated`, `kind`"
    );
    let lost = refused(folder, &["train", "none.csv", "--out", "x"]);
    assert!(
        lost.starts_with("smallnet: cannot open none.csv: ") && lost.ends_with("; check the path"),
        "{lost}"
    );
    write("two.csv", "a,a,y\n1,2,x\n");
    assert!(refused(folder, &["train", "two.csv", "--out", "x"]).contains("are both called `a`"));
    write("quote.csv", "a,y\n\"1,x\n2,y\n");
    let quote = refused(folder, &["train", "quote.csv", "--delimiter", ",", "--out", "x"]);
    assert!(quote.contains("line 2: a quotation mark is opened and never closed"), "{quote}");
    write("new.csv", "rooms;area;street;heated\n2;50;birch;no\n");
    assert_eq!(
        refused(folder, &["evaluate", "m.safetensors", "new.csv"]),
        "smallnet: there is no column `kind`; expected one of `rooms`, `area`, `street`, `heated`"
    );
    let output = smallnet(folder, &["predict", "m.safetensors", "new.csv"]);
    let message = String::from_utf8(output.stderr).expect("text");
    assert_eq!(
        message,
        "smallnet: line 2: column `street` has `birch`; expected one of `ash`, `elm`, `oak`\n"
    );
    let table = refused(folder, &["inspect", "flats.csv"]);
    assert!(table.starts_with("smallnet: flats.csv: the file is damaged or no safetensors file"), "{table}");
    assert!(!folder.join("x").exists(), "nothing is written after an error");
    // Of the arguments, clap says what is wrong, with the exit code 2.
    let output = smallnet(folder, &["train", "flats.csv", "--activation", "rleu"]);
    let message = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.code() == Some(2) && message.contains("unknown variant `rleu`"), "{message}");
}
