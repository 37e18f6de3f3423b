//! What is wrong is said with what to do, word for word.

use crate::{TRAIN, done, refused, smallnet, trained, write};

/// A table that is refused, and the message.
const TABLES: [(&str, &str); 17] = [
    (
        "a,b,y\n1,2,x\n3,,z\nNA,5,x\n",
        "column `a` has 1 missing value, on line 4; have them filled in (--missing mean, median or most-frequent) or such rows left out (--missing drop)",
    ),
    (
        "a,a,y\n1,2,x\n3,4,z\n",
        "columns 1 and 2 are both called `a`; rename one, or have them numbered by --number-duplicates",
    ),
    (
        "a,b,y\n1,\"1,x\n2,3,y\n",
        "line 2: a quotation mark is opened and never closed; close it, or double it to mean itself",
    ),
    (
        "a,b,y\n1,\"1,x\n2,\"3\",y\n",
        "line 2: a quotation mark is opened and never closed; close it, or double it to mean itself",
    ),
    (
        "a b y\n1 2 x\n",
        "the table has one column, `a b y`; expected a target, and one at least to learn it from: if there are more, say by --delimiter what stands between two fields",
    ),
    (
        "Dear all\nwe, who\nare here; now\nwrite|this\n",
        "cannot tell what stands between two fields: none does; expected one of `,` `;` tab `|` that cuts every line into as many fields, two at least: say which by --delimiter; lines that are broken are then named",
    ),
    (
        "a;b;y\n1;2;x\n3;4,5;z;\n5;6;x\n7;z\n8;9;x\n9;9;z\n",
        "lines 3, 5: expected 3 fields, found 4 on the first: check delimiters and quotes",
    ),
    (
        "a,b,y\n1,2,x\n2,-,x\n3,n/k,z\n4,4,z\n5,-,x\n6,6,z\n7,7,z\n8,8,x\n9,9,z\n1,1,x\n2,2,x\n3,3,z\n4,4,x\n5,5,x\n6,6,z\n",
        "column `b` has 3 texts, on lines 3, 4, 6, among numbers: `-`, `n/k`; if they stand for missing values, say --missing-marker '-' --missing-marker 'n/k'; if the column holds categories, --kind 'b=category'; if numbers are written otherwise, see --decimal and --thousands",
    ),
    ("\n \n", "the table is empty; expected a line with the names of the columns, and rows"),
    (
        "PK\u{3}\u{4}",
        "the bytes are no UTF-8 text; they begin as those of a spreadsheet such as .xlsx do, or of an archive: save the table as CSV",
    ),
    (
        "a,y\n1,x\n2,\n3,z\n4,\n",
        "the target `y` has 2 missing values, on lines 3, 5, which cannot be made up; such rows are left out with --missing drop, and with --missing mean, which fills in gaps of other columns",
    ),
    (
        "a,b,y\n1,1e308,x\n2,-1e308,z\n3,3,x\n4,4,z\n",
        "the numbers of column `b` lie too far apart; divide them by a power of ten, or leave the column out: --leave-out 'b'",
    ),
    ("", "t.csv is empty; expected a line with the names of the columns, and rows"),
    (
        "a,b,y\n1,2,x\n2,2,x\n3,n/k,z\n4,4,z\n5,5,x\n6,6,z\n",
        "column `b` has 1 text, on line 4, among numbers: `n/k`; if it stands for a missing value, say --missing-marker 'n/k'; if the column holds categories, --kind 'b=category'; if numbers are written otherwise, see --decimal and --thousands",
    ),
    (
        "a,y\n1,x\n2,x\n",
        "the target `y` is `x` in every row; expected two classes at least: is it the right column? Another is chosen by --target",
    ),
    (
        "a,y\n1,1\n2,1.0\n3,2\n4,2\n",
        "the target `y` has the labels `1` and `1.0`, which are one number; write them alike, or say whether they are one class (--labels numbers) or two (--labels texts)",
    ),
    ("y,z\n", "the table has the names of its columns, and no row below them"),
];

#[test]
fn a_table_that_cannot_be_learned() {
    let folder = tempfile::tempdir().expect("a folder");
    let found: Vec<(&str, String)> = TABLES
        .iter()
        .map(|(table, _)| {
            write(folder.path(), "t.csv", table);
            (*table, refused(folder.path(), &["train", "t.csv", "--out", "x"]))
        })
        .collect();
    let expected: Vec<(&str, String)> =
        TABLES.iter().map(|(table, text)| (*table, (*text).to_owned())).collect();
    assert_eq!(found, expected);
    assert!(
        !folder.path().join("x").exists() && !folder.path().join("x-report").exists(),
        "nothing is written"
    );
}

#[test]
fn a_column_of_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..60).map(|n| format!("n{n},{},{}\n", n % 7, if n % 2 == 0 { "x" } else { "z" }));
    write(folder.path(), "t.csv", &rows.fold("full name,a,y\n".to_owned(), |text, row| text + &row));
    assert_eq!(
        refused(folder.path(), &["train", "t.csv", "--out", "x", "--set-aside", "off"]),
        "column `full name` has 60 different texts in 60 rows, as names and identifiers have; leave it out (--leave-out 'full name'), or say that they are categories (--kind 'full name=category')"
    );
    done(folder.path(), &["train", "t.csv", "--out", "x", "--leave-out", "full name", "--epochs", "2"]);
    assert_eq!(
        refused(folder.path(), &["train", "t.csv", "--out", "z", "--target", "full name"]),
        "nearly each of the 60 rows has another label in the target `full name`, as names and identifiers have; learn another column (--target), or say that they are categories (--kind 'full name=category')"
    );
}

#[test]
fn what_is_asked_of_a_table_that_it_has_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    trained(folder, &["--no-report"]);
    let train =
        |arguments: &[&str]| refused(folder, &[&["train", "flats.csv", "--out", "x"], arguments].concat());
    assert_eq!(
        train(&["--target", "Kind"]),
        "there is no column `Kind`; did you mean `kind`? The columns are `rooms`, `area`, `street`, `heated`, `kind`"
    );
    assert_eq!(
        train(&["--leave-out", "rooms,area,street,heated"]),
        "no column is left to learn from; expected one at least that is neither the --target nor in --leave-out"
    );
    assert_eq!(
        train(&["--missing", "drop", "--folds", "500"]),
        "cannot deal 119 rows out among 500 folds; give fewer --folds, or more rows"
    );
    assert_eq!(
        train(&["--missing", "drop", "--hidden", "100000,100000"]),
        "the number of weights is 10000800000; expected 100,000,000 at most; take fewer units (--hidden), or join rare categories (--min-frequency 10)"
    );
    let lost = refused(folder, &["train", "none.csv", "--out", "x"]);
    assert!(lost.starts_with("cannot open none.csv: ") && lost.ends_with("; check the path"), "{lost}");
}

#[test]
fn what_a_model_cannot_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    trained(folder, &["--no-report", "--refit=no"]);
    write(folder, "new.csv", "rooms;area;street;heated\n2;50;birch;no\n");
    assert_eq!(
        refused(folder, &["evaluate", "m.safetensors", "new.csv"]),
        "there is no column `kind`; the columns are `rooms`, `area`, `street`, `heated`; `kind` is what the model answers: give rows whose answers are known, or ask for them by `smallnet predict`"
    );
    assert_eq!(
        refused(folder, &["predict", "m.safetensors", "new.csv"]),
        "line 2: column `street` has `birch`; expected one of `ash`, `elm`, `oak`; a model trained with --other takes new ones for rare ones"
    );
    assert_eq!(
        refused(folder, &["predict", "flats.csv", "m.safetensors"]),
        "flats.csv is a text, no model; expected a file that `smallnet train` wrote: the model comes first, then the table"
    );
    let bytes = std::fs::read(folder.join("m.safetensors")).expect("a file");
    std::fs::write(folder.join("half"), &bytes[..bytes.len() / 2]).expect("a file");
    let half = refused(folder, &["inspect", "half"]);
    assert!(half.starts_with("half: the file is damaged"), "{half}");
    std::fs::create_dir(folder.join("here")).expect("a folder");
    assert_eq!(
        refused(folder, &["inspect", "here"]),
        "here is a folder; expected a model file, as `smallnet train` writes them"
    );
    assert_eq!(
        refused(folder, &["evaluate", "m.safetensors", "here"]),
        "here is a folder; expected a CSV file"
    );
    let none = refused(folder, &["inspect", "none"]);
    assert!(none.starts_with("cannot open none: ") && none.ends_with("; check the path"), "{none}");
    done(
        folder,
        &["train", "flats.csv", "--leave-out", "area", "--out", "n.safetensors", "--epochs", "2", "--quiet"],
    );
    write(folder, "gap.csv", "rooms;area;street;heated\n;50;oak;no\n");
    assert_eq!(
        refused(folder, &["predict", "n.safetensors", "gap.csv"]),
        "column `rooms` has 1 missing value, on line 2, and the model was trained without any; fill it in, or train with --missing mean"
    );
    // Every row is counted, also those of parts that are read later.
    let rows = (0..9000).map(|n| format!("2;50;{};no\n", if n % 1000 == 999 { "birch" } else { "oak" }));
    write(folder, "many.csv", &rows.fold("rooms;area;street;heated\n".to_owned(), |text, row| text + &row));
    let message = refused(folder, &["predict", "m.safetensors", "many.csv"]);
    assert!(
        message.starts_with(
            "lines 1001, 2001, 3001, 4001, 5001 and 4 more: column `street` has `birch` on the first;"
        ),
        "{message}"
    );
}

/// Of the arguments, clap says what is wrong, with the exit code 2.
#[test]
fn arguments_that_mean_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, expected) in [
        (["--activation", "rleu"], "unknown variant `rleu`"),
        (
            ["--folds", "2"],
            "expected a whole number, 3 at least: one fold tests, one says when to stop, and the others are learned from",
        ),
        (
            ["--hidden", "64,,32"],
            "expected whole numbers from 1 to 100000 with commas between them, such as `64,32`, or `none`",
        ),
        (["--validation", "1"], "expected a number above 0, below 1"),
        (["--dropout", "1"], "expected a number from 0 to below 1"),
        (["--learning-rate", "0"], "expected a number above 0"),
        (["--l2", "NaN"], "expected a number, 0 at least"),
        (["--epochs", "0"], "expected a whole number, 1 at least"),
        (
            ["--kind", "zip"],
            "expected `column=number`, `column=category` or `column=yesno`, such as `zip=category`",
        ),
        (["--delimiter", "::"], "expected one character, `tab`, or `detect`"),
    ] {
        let output = smallnet(folder.path(), &[&["train", "flats.csv"], &arguments[..]].concat());
        let message = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.code() == Some(2) && message.contains(expected), "{message}");
    }
}

/// The message says what to try, and nothing is written.
#[test]
fn a_training_that_explodes() {
    let folder = tempfile::tempdir().expect("a folder");
    trained(folder.path(), &["--no-report"]);
    let message = refused(folder.path(), &[&TRAIN[..6], &["--learning-rate", "1e30", "--out", "x"]].concat());
    assert_eq!(
        message,
        "the loss became NaN in epoch 1, so that nothing was learned; take smaller steps: --learning-rate 0.001"
    );
    assert!(!folder.path().join("x").exists() && !folder.path().join("x-report").exists());
}
