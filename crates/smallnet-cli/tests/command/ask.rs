//! Models that were trained are asked, judged, looked into and exported.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;

use crate::{accuracy, command, done, read, trained};

#[test]
fn a_model_answers_rows_in_another_order_from_the_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    // One column more, and without the answer.
    let rows = "heated;note;street;area;rooms\nno;\"a; b\";elm;100;3\nyes;;oak;25;1\n";
    let mut child = command(folder.path(), &["predict", "m.safetensors", "-"])
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
}

#[test]
fn a_model_is_judged_by_a_file_or_the_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let judged = done(folder.path(), &["evaluate", "m.safetensors", "flats.csv"]);
    assert!(accuracy(&judged) > 0.9 && judged.contains("true \\ predicted"), "{judged}");
    let file = File::open(folder.path().join("flats.csv")).expect("a file");
    let output =
        command(folder.path(), &["evaluate", "m.safetensors", "-"]).stdin(file).output().expect("it runs");
    assert_eq!(String::from_utf8(output.stdout).expect("text"), judged);
}

#[test]
fn a_model_file_says_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert!(
        held.contains("classes: large, small")
            && held.contains("learned from flats.csv; set aside: accuracy "),
        "{held}"
    );
}

#[test]
fn a_model_is_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    done(folder.path(), &["export", "m.safetensors", "--rust", "m.rs", "--c", "m.h", "--onnx", "m.onnx"]);
    let c = String::from_utf8(read(folder.path(), "m.h")).expect("text");
    assert!(c.contains("static inline void m_predict(const float x[6], float y[2])"), "{c}");
    assert!(["m.rs", "m.onnx"].iter().all(|name| fs::metadata(folder.path().join(name)).is_ok()));
}
