//! Models that were trained are asked, judged, looked into and exported.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::{accuracy, command, done, flats, line, read, refused, smallnet, trained, write};

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
    for line in [
        "6 -> 16 relu -> 2, softmax\n",
        "column  kind      features  missing  learned as\n",
        "rooms   number           1        0  (x - 3.0000) / 1.4142\n",
        "street  category         3        0  ash, elm, oak\n",
        "heated  yesno            1        0  0 or 1\n",
        "by --hidden 16 --activation relu --dropout 0 --epochs 1000 --patience 50 --batch-size 32 --learning-rate 0.01 --l2 0.003 --seed 0, and --validation 0.2\n",
    ] {
        assert!(held.contains(line), "{line}{held}");
    }
}

#[test]
fn a_model_is_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let export = ["export", "m.safetensors", "--rust", "m.rs", "--c", "m.h", "--onnx", "m.onnx"];
    assert_eq!(done(folder.path(), &export), "written: m.rs, m.h, m.onnx\n");
    assert_eq!(
        refused(folder.path(), &export),
        "m.rs is there already; give another --rust, or --force to overwrite it"
    );
    done(folder.path(), &[&export[..], &["--force"]].concat());
    let nothing = smallnet(folder.path(), &["export", "m.safetensors"]);
    let message = String::from_utf8(nothing.stderr).expect("text");
    assert!(
        nothing.status.code() == Some(2) && message.contains("--rust <FILE>|--c <FILE>|--onnx <FILE>"),
        "{message}"
    );
    let c = String::from_utf8(read(folder.path(), "m.h")).expect("text");
    assert!(c.contains("static inline void m_predict(const float x[6], float y[2])"), "{c}");
    assert!(["m.rs", "m.onnx"].iter().all(|name| fs::metadata(folder.path().join(name)).is_ok()));
}

#[test]
fn json_says_what_is_said_to_people() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let judged = done(folder.path(), &["evaluate", "m.safetensors", "flats.csv"]);
    let json: Value =
        serde_json::from_str(&done(folder.path(), &["evaluate", "m.safetensors", "flats.csv", "--json"]))
            .expect("one document");
    let score = json["score"].as_f64().expect("a figure");
    assert!(judged.starts_with(&format!("accuracy {score:.4} on 120 rows; ")), "{judged}");
    assert_eq!(json["evaluation"]["constant_guess"]["class"], "large");
    assert_eq!(json["evaluation"]["classes"][0]["support"], 66);

    let json: Value = serde_json::from_str(&done(folder.path(), &["inspect", "m.safetensors", "--json"]))
        .expect("one document");
    assert_eq!((&json["inputs"], &json["outputs"], &json["parameters"]), (&6.into(), &2.into(), &146.into()));
    assert_eq!(
        json["features"],
        serde_json::json!(["rooms", "area", "street=ash", "street=elm", "street=oak", "heated=yes"])
    );
    assert_eq!((&json["target"], &json["classes"]), (&"kind".into(), &serde_json::json!(["large", "small"])));
    assert_eq!((&json["columns"][1]["missing"], &json["columns"][1]["kind"]), (&1.into(), &"number".into()));
    assert_eq!(json["layers"].as_array().map(Vec::len), Some(2));
}

/// The file says what 8 bits cost, as the command does.
#[test]
fn a_model_is_exported_in_integers() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let said = done(
        folder.path(),
        &["export", "m.safetensors", "--int8", "flats.csv", "--rust", "m.rs", "--c", "m.h"],
    );
    let judged = done(folder.path(), &["evaluate", "m.safetensors", "flats.csv"]);
    let float = format!(" in integers of 8 bits, {:.4} in floating point, on 120 rows\n", accuracy(&judged));
    let said = said.strip_suffix("written: m.rs, m.h\n").expect("the files");
    assert!(said.ends_with(&float) && (accuracy(said) - accuracy(&judged)).abs() < 0.03, "{said}{judged}");
    for name in ["m.rs", "m.h"] {
        let code = String::from_utf8(read(folder.path(), name)).expect("text");
        assert!(
            code.contains(said.trim_end()) && code.contains(if name == "m.rs" { "i8" } else { "int8_t" }),
            "{name}"
        );
    }
    write(folder.path(), "rows.csv", "rooms;area;street;heated\n2;50;oak;no\n");
    assert_eq!(
        refused(folder.path(), &["export", "m.safetensors", "--int8", "rows.csv", "--c", "n.h"]),
        "there is no column `kind` to tell by what 8 bits cost; give rows whose answers are known, such as those that were learned from"
    );
    let output =
        smallnet(folder.path(), &["export", "m.safetensors", "--int8", "flats.csv", "--onnx", "m.onnx"]);
    assert_eq!(output.status.code(), Some(2), "integers have no ONNX file");
}

#[test]
fn values_are_exported_in_integers() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "y.csv", &line());
    done(folder.path(), &["train", "y.csv", "--task", "values", "--no-report", "--quiet"]);
    let said = done(folder.path(), &["export", "model.safetensors", "--int8", "y.csv", "--c", "m.h"]);
    let figures: Vec<f64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
    // Values spread by 28,835; a step of 8 bits is some 400.
    let [integer, _, float, _] = figures[..] else { panic!("{said}") };
    assert!(float < 1000.0 && integer > 0.5 * float && integer < 3000.0, "{said}");
}

#[test]
fn columns_are_kept_beside_the_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    write(
        folder.path(),
        "new.csv",
        "id;rooms;area;street;heated;note;kind\n7;3;100;elm;no;\"a, b\";?\n9;1;25;oak;yes;;?\n",
    );
    let ask = |arguments: &[&str]| {
        done(folder.path(), &[&["predict", "m.safetensors", "new.csv"], arguments].concat())
    };
    let alone = ask(&[]);
    let answers: Vec<&str> = alone.lines().collect();
    let kept = ask(&["--keep", "note,id"]);
    let lines: Vec<&str> = kept.lines().collect();
    assert_eq!(lines[0], "note,id,kind,p(large),p(small)");
    assert_eq!(lines[1..], [format!("\"a, b\",7,{}", answers[1]), format!(",9,{}", answers[2])]);
    let all = ask(&["--keep-all"]);
    assert!(
        all.starts_with("id,rooms,area,street,heated,note,kind,predicted kind,p(large),p(small)\n"),
        "{all}"
    );
    assert!(all.contains("\n9,1,25,oak,yes,,?,small,"), "{all}");
    assert_eq!(
        refused(folder.path(), &["predict", "m.safetensors", "new.csv", "--keep", "name"]),
        "there is no column `name` to keep; the columns are id, rooms, area, street, heated, note, kind"
    );
}

#[test]
fn rows_that_are_left_out_or_rare_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &flats());
    let train = [
        "train",
        "flats.csv",
        "--missing",
        "drop",
        "--other",
        "--epochs",
        "3",
        "--quiet",
        "--out",
        "m.safetensors",
    ];
    done(folder.path(), &train);
    write(
        folder.path(),
        "others.csv",
        "rooms;area;street;heated;kind\n2;50;oak;no;small\n2;;oak;no;small\n2;90;birch;no;large\n1;20;fir;no;small\n",
    );
    let output = smallnet(folder.path(), &["evaluate", "m.safetensors", "others.csv"]);
    assert_eq!(
        String::from_utf8(output.stderr).expect("text"),
        "smallnet: 1 row was left out for a missing value; 2 rows have a category that was not there in training, which is taken for a rare one\n"
    );
    assert!(String::from_utf8(output.stdout).expect("text").contains(" on 3 rows; "));
}
