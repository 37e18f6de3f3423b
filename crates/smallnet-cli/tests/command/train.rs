//! What a training promises.

use crate::{TRAIN, accuracy, done, flats, line, read, refused, trained, write};

#[test]
fn a_table_is_learned_and_what_is_known_of_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path(), &[]);
    assert!(
        said.starts_with(
            "column  kind      features  missing\n\
             rooms   number           1        0\n\
             area    number           1        1\n\
             street  category         3        0\n\
             heated  yesno            1        0\n\
             target: kind, 2 classes; 120 rows\n\n\
             96 rows to learn from, 24 set aside; 146 parameters\n"
        ),
        "{said}"
    );
    assert!(said.ends_with("written: m.safetensors, m-report\n"), "{said}");
    assert!(accuracy(&said) > 0.9, "{said}");
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let again = |name, seed| {
        done(folder.path(), &[&TRAIN[..], &["--out", name, "--seed", seed, "--quiet"]].concat());
        read(folder.path(), name)
    };
    let first = read(folder.path(), "m.safetensors");
    assert!(first == again("again.safetensors", "0"));
    assert!(first != again("other.safetensors", "1"));
}

#[test]
fn values_are_learned_in_their_own_units() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "y.csv", &line());
    let said = done(folder.path(), &["train", "y.csv", "--task", "values"]);
    let r2 = said.lines().find(|line| line.starts_with("R² ")).expect("a line");
    assert!(r2.starts_with("R² 0.99") || r2.starts_with("R² 1.0"), "{said}");
    // A fifth of the rows have each of 20 values.
    assert!(said.contains("; always the mean, 1"), "{said}");
    let answers = done(folder.path(), &["predict", "model.safetensors", "y.csv"]);
    let first: f64 = answers.lines().nth(1).expect("a row").parse().expect("a number");
    assert!(answers.starts_with("y\n") && (first - 1_000_000.0).abs() < 20_000.0, "{first}");
}

/// The front page shows what the command says, to the digit, which is the same on every machine with fused products.
#[test]
fn the_front_page_shows_what_is_said() {
    #[cfg(target_arch = "x86_64")]
    if !std::arch::is_x86_feature_detected!("fma") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/penguins.csv");
    let train =
        ["train", data, "--target", "species", "--leave-out", "year", "--missing", "mean", "--no-report"];
    let said = done(folder.path(), &train);
    let readme = include_str!("../../README.md");
    let shown =
        readme.split("```text\n").nth(2).and_then(|text| text.split("```").next()).expect("an example");
    assert!(said.contains(shown.trim_end()), "{said}");
}

/// What can tell nothing of other rows is no feature, and is said; a later table need not have it.
#[test]
fn names_dates_and_numbers_of_rows_are_set_aside() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..60).map(|n| {
        format!(
            "{n};n{n};2024-01-{:02};{},5;{}\n",
            1 + n % 28,
            n * 7 % 60,
            if n * 7 % 60 > 30 { "x" } else { "z" }
        )
    });
    write(
        folder.path(),
        "t.csv",
        &rows.fold("row;full name;day;size;kind\n".to_owned(), |text, row| text + &row),
    );
    let said = done(folder.path(), &["train", "t.csv", "--epochs", "3"]);
    assert!(
        said.starts_with(
            "column  kind      features  missing\n\
             size    number           1        0\n\
             target: kind, 2 classes; 60 rows\n\
             note: column `row` is set aside, since it numbers the rows; to have it learned, say --kind 'row=number'\n\
             note: column `full name` is set aside, since it has 60 different texts in 60 rows, as names and identifiers have; to have it learned, say --kind 'full name=category'\n\
             note: column `day` is set aside, since it has dates or times; to have it learned, say --kind 'day=category'\n"
        ),
        "{said}"
    );
    write(folder.path(), "new.csv", "size;note\n1,5;a\n55,0;b\n");
    assert_eq!(done(folder.path(), &["predict", "model.safetensors", "new.csv"]).lines().count(), 3);
    let said = done(
        folder.path(),
        &["train", "t.csv", "--epochs", "3", "--kind", "row=number", "--out", "n.safetensors"],
    );
    assert!(said.contains("\nrow     number "), "{said}");
}

/// Euros with separators of thousands, percentages, gaps marked by numbers, a column that is the target, and one that is constant.
#[test]
fn a_table_as_people_have_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..60).map(|n| {
        let (size, share) = (1000 + n * 37 % 500, n * 7 % 60);
        let age = if n % 10 == 3 { -999 } else { 18 + n * 11 % 60 };
        let kind = if share > 30 { "x" } else { "z" };
        format!("1.{:03},50 €;{share},5 %;{age};7;{kind};{kind}\n", size % 1000)
    });
    let text = rows.fold("price;share;age;tax;copy;kind\n".to_owned(), |text, row| text + &row);
    write(folder.path(), "t.csv", &text);
    let said = done(folder.path(), &["train", "t.csv", "--epochs", "3", "--no-report"]);
    assert!(
        said.starts_with(
            "column  kind      features  missing\n\
             price   number           1        0\n\
             share   number           1        0\n\
             age     number           1        0\n\
             tax     number           1        0\n\
             copy    category         2        0\n\
             target: kind, 2 classes; 60 rows\n\
             note: `1.234,5` is read as 1234.5\n\
             note: column `age` has -999 in 6 rows, and else numbers from 18 to 77; if it stands for a missing value, say --missing-marker -999\n\
             note: column `tax` has no other value than `7`, which tells nothing; it can be left out (--leave-out 'tax')\n\
             note: column `copy` is the target over again in every row; leave it out (--leave-out 'copy'), unless it is known before the target is\n"
        ),
        "{said}"
    );
    assert!(!said.contains("it has one value in every row"), "what is noted is not said twice: {said}");
    let marked = [
        "train",
        "t.csv",
        "--missing-marker",
        "-999",
        "--missing",
        "mean",
        "--epochs",
        "3",
        "--no-report",
        "--force",
    ];
    let said = done(folder.path(), &marked);
    assert!(said.contains("\nage     number           1        6\n") && !said.contains("-999"), "{said}");

    // Without the line of names.
    write(folder.path(), "rows.csv", text.split_once('\n').expect("lines").1);
    let bare = [
        "train",
        "rows.csv",
        "--no-header",
        "--delimiter",
        ";",
        "--epochs",
        "3",
        "--no-report",
        "--out",
        "rows.safetensors",
    ];
    let said = done(folder.path(), &bare);
    assert!(said.contains("\ntarget: x5, 2 classes; 60 rows\n"), "{said}");
    assert_eq!(done(folder.path(), &["predict", "rows.safetensors", "rows.csv"]).lines().count(), 61);
}

/// Twelve rows do not say when to stop.
#[test]
fn folds_of_a_short_table_say_how_long_all_rows_are_learned_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = |n: usize| {
        let (x, y) = (n * 37 % 101, n * 53 % 89);
        format!("{x},{y},{}\n", if 2 * x + y > 110 + 2 * (n * 29 % 41) { "a" } else { "b" })
    };
    let text = (0..60).map(row).fold("x,y,class\n".to_owned(), |text, row| text + &row);
    write(folder.path(), "t.csv", &text);
    let said = done(folder.path(), &["train", "t.csv"]);
    assert!(
        said.contains(": the median of what is best for 5 folds, since few rows were set aside.\n"),
        "{said}"
    );
    let json: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "model-report/result.json")).expect("JSON");
    let epochs = json["training"]["refit_epochs"].as_u64().expect("a number");
    assert!(said.contains(&format!("on all 60 rows, for {epochs} epochs: ")), "{said}");
    let held = done(folder.path(), &["inspect", "model.safetensors"]);
    assert!(held.contains(&format!("\nthen trained on all rows, for {epochs} epochs\n")), "{held}");
}

/// Rows of the rare class are found more often, at the price of others that are taken for it.
#[test]
fn classes_may_count_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..1200).map(|n| {
        // The rare ones lie among the others, a bit to the right.
        let some = |factor: usize| (n * factor % 1009) as f64 / 1009.0;
        let rare = n % 20 == 0;
        let x = some(7919) + some(611) + some(353) + if rare { 0.7 } else { 0.0 };
        format!("{x},{},{}\n", n % 7, if rare { "ill" } else { "well" })
    });
    write(folder.path(), "t.csv", &rows.fold("x,y,state\n".to_owned(), |text, row| text + &row));
    let train =
        ["train", "t.csv", "--epochs", "60", "--learning-rate", "0.01", "--json", "--no-report", "--force"];
    let recall = |arguments: &[&str]| -> f64 {
        let said = done(folder.path(), &[&train[..], arguments].concat());
        let json: serde_json::Value = serde_json::from_str(&said).expect("one document");
        let advice = json["findings"].to_string();
        assert_eq!(advice.contains("--class-weight balanced"), arguments.is_empty(), "{advice}");
        json["validation"]["classes"][0]["recall"].as_f64().expect("a figure")
    };
    let (even, balanced) = (recall(&[]), recall(&["--class-weight", "balanced"]));
    assert!(even < 0.3 && balanced > 0.6, "{even} and {balanced}");
    assert_eq!(
        refused(
            folder.path(),
            &["train", "t.csv", "--target", "x", "--class-weight", "balanced", "--out", "x"]
        ),
        "--class-weight is for classes, and `x` is learned as values; leave it out, or say --task classes"
    );
}

/// Rows that are set aside have no say in means and categories, unless the network is trained again on all of them.
#[test]
fn the_encoder_knows_the_rows_that_were_learned_from() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = trained(folder.path(), &["--refit=no"]);
    assert!(!said.contains("trained anew"), "{said}");
    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert!(held.contains("target: kind, 2 classes; 96 rows\n"), "{held}");

    let said = trained(folder.path(), &["--refit", "--force"]);
    assert!(said.contains("The network in the file was then trained anew on all 120 rows, for "), "{said}");
    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert!(held.contains("target: kind, 2 classes; 120 rows\n"), "{held}");
    assert!(held.contains("\nthen trained on all rows, for "), "{held}");
}

#[test]
fn it_is_judged_by_another_table_whose_columns_stand_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        "test.csv",
        "kind;heated;note;street;area;rooms\nlarge;no;x;elm;100;3\nsmall;yes;;oak;25;1\nsmall;no;;oak;105;2\n",
    );
    let said = trained(folder.path(), &["--test", "test.csv"]);
    let test = said.split("On test.csv:\n").nth(1).expect("a report of it");
    assert!(test.starts_with("accuracy 0.6667 on 3 rows; always `small` would be 0.6667\n"), "{said}");
    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert!(held.contains("\non test.csv: accuracy 0.6667 on 3 rows; "), "{held}");

    // What is wrong with it is said before anything is learned.
    write(folder.path(), "test.csv", "rooms;area;street;heated;kind\n2;50;birch;no;small\n");
    let message = refused(folder.path(), &[&TRAIN[..], &["--test", "test.csv", "--out", "x"]].concat());
    assert_eq!(
        message,
        "test.csv: line 2: column `street` has `birch`; expected one of `ash`, `elm`, `oak`; a model trained with --other takes new ones for rare ones"
    );
}

#[test]
fn the_table_may_come_from_the_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "flats.csv", &flats());
    let file = std::fs::File::open(folder.path().join("flats.csv")).expect("a file");
    let arguments =
        ["train", "-", "--missing", "median", "--hidden", "16", "--no-report", "--out", "piped.safetensors"];
    let output = crate::command(folder.path(), &arguments).stdin(file).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let held = done(folder.path(), &["inspect", "piped.safetensors"]);
    assert!(held.contains("learned from the standard input; set aside: accuracy "), "{held}");
}

/// No hidden layer, dropout, another activation.
#[test]
fn the_network_is_what_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    trained_anew(folder.path(), &["--hidden", "none", "--epochs", "3"]);
    let layers = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(1).take_while(|line| !line.starts_with("total"));
        lines.filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned)).collect()
    };
    assert_eq!(layers(&done(folder.path(), &["inspect", "m.safetensors"])), ["Dense"]);
    trained_anew(folder.path(), &["--hidden", "4,3", "--dropout", "0.1", "--epochs", "3", "--force"]);
    let held = done(folder.path(), &["inspect", "m.safetensors"]);
    assert_eq!(layers(&held), ["Dense", "Dropout", "Dense", "Dropout", "Dense"]);
}

fn trained_anew(folder: &std::path::Path, arguments: &[&str]) -> String {
    write(folder, "flats.csv", &flats());
    done(
        folder,
        &[&["train", "flats.csv", "--missing", "median", "--out", "m.safetensors"], arguments].concat(),
    )
}
