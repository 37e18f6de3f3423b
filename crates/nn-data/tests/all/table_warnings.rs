//! What is odd about a table that is understood is said, each in a sentence, and kept with the encoder.

use nn_data::{Missing, Scaling, TableEncoder, TableOptions, TableWarning, TargetColumn};
use proptest::prelude::*;

fn fit(text: &str, options: &TableOptions) -> TableEncoder {
    TableEncoder::fit_reader(text.as_bytes(), options).unwrap_or_else(|error| panic!("{error}"))
}

fn said(text: &str, options: &TableOptions) -> Vec<String> {
    fit(text, options).warnings().iter().map(ToString::to_string).collect()
}

/// So many rows of these columns.
fn table(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    (0..rows).fold(format!("{header}\n"), |text, n| text + &row(n) + "\n")
}

#[test]
fn columns_that_tell_the_target_are_named() {
    let text = table("size,label,code,colour,class", 40, |n| {
        format!(
            "{},{},{},{},{}",
            n * n % 13,
            ["no", "yes"][n % 2],
            7 + n % 2,
            ["red", "blue"][n / 2 % 2],
            ["no", "yes"][n % 2]
        )
    });
    assert_eq!(
        said(&text, &TableOptions::default()),
        [
            "column `label` is the target over again in every row; put it into `leave_out`, unless it is known before the target is",
            "column `code` tells the target exactly, as a copy under another name does; put it into `leave_out`, unless it is known before the target is",
        ]
    );
    // Values in other units, with a gap; what is nearly so is none.
    let text = table("area,celsius,close,fahrenheit", 40, |n| {
        let celsius = (n * 7 % 11) as f64;
        let gap = if n == 20 { "NA".into() } else { format!("{celsius}") };
        let close = if n == 39 { celsius + 0.001 } else { celsius };
        format!("{},{gap},{close},{}", n * n % 17, 32.0 + 1.8 * celsius)
    });
    let options = TableOptions { missing: Missing::Mean, ..TableOptions::default() };
    let expected = TableWarning::TellsTarget { column: "celsius".into() };
    assert_eq!(fit(&text, &options).warnings(), [expected]);
    let alone = TableOptions { target: None, ..options };
    assert_eq!(fit(&text, &alone).warnings(), []);
    let few = table("a,y", 9, |n| format!("{n},{n}"));
    assert_eq!(fit(&few, &TableOptions::default()).warnings(), []);
}

#[test]
fn numbers_that_may_stand_for_missing_values_are_named() {
    let age = |n: usize| if n % 10 == 3 { "-999".to_owned() } else { (18 + n * 7 % 60).to_string() };
    let text = table("age,y", 40, |n| format!("{},{}.5", age(n), n * n % 7));
    let expected = "column `age` has -999 in 4 rows, and else numbers from 18 to 77; if it stands for a missing value, add it to `markers`";
    assert_eq!(said(&text, &TableOptions::default()), [expected]);
    // Where they are markers, nothing is left to say.
    let mut markers = TableOptions::default().markers;
    markers.push("-999".into());
    assert!(
        said(&text, &TableOptions { markers, missing: Missing::Mean, ..TableOptions::default() }).is_empty()
    );
}

#[test]
fn percentages_among_other_numbers_are_named() {
    let mut options = TableOptions::default();
    options.dialect.numbers.percent = true;
    let share = |n: usize| format!("{}{}", n % 9, if n < 5 { "%" } else { "" });
    let text = table("share,y", 40, |n| format!("{},{}.5", share(n), n * n % 7));
    assert_eq!(
        said(&text, &options),
        [
            "column `share` has 5 percentages among 40 numbers: `50%` is read as 0.5, and `50` as 50; write them alike if they are one measure"
        ]
    );
    let text = table("share,y", 40, |n| format!("{}%,{}.5", n % 9, n * n % 7));
    assert!(said(&text, &options).is_empty());
}

#[test]
fn a_table_without_a_line_of_names_is_known() {
    let text = table("3.5,12,no", 40, |n| {
        format!("{},{},{}", (n * 7 % 11) as f64 / 2.0, n % 9 + 5, ["no", "yes"][n * n % 2])
    });
    assert_eq!(
        said(&text, &TableOptions::default()),
        [
            "the names of the columns are numbers, such as `3.5`; if the table has no line of names, say so by `has_header` of the dialect"
        ]
    );
    // Years are names, and so is a number beside words.
    for names in ["2019,2020,class", "3.5,size,class"] {
        let text = text.replacen("3.5,12,no", names, 1);
        assert!(said(&text, &TableOptions::default()).is_empty(), "{names}");
    }
    let mut options = TableOptions::default();
    options.dialect.has_header = false;
    assert!(said(&text, &options).is_empty());
}

#[test]
fn columns_that_tell_nothing_are_named() {
    let text = table("a,b,c,y", 20, |n| format!("5,x,{n},{}.5", n * n % 7));
    assert_eq!(
        said(&text, &TableOptions::default()),
        [
            "column `a` has no other value than `5`, which tells nothing; put it into `leave_out`, or give rows with others",
            "column `b` has no other value than `x`, which tells nothing; put it into `leave_out`, or give rows with others",
        ]
    );
    let text = table("a,y", 20, |n| format!("{},0.5", n * n % 7));
    assert_eq!(
        said(&text, &TableOptions::default()),
        [
            "the target `y` has no other value than `0.5`, so there is nothing to learn; is it the right column?"
        ]
    );
    let text = table("a,y", 20, |n| {
        format!("{},{}.5", if n % 10 == 3 { "NA".into() } else { n.to_string() }, n * n % 7)
    });
    let text = text.replace("3,", "NA,");
    let options = TableOptions { missing: Missing::Median, ..TableOptions::default() };
    assert_eq!(said(&text, &options).len(), 0, "a few are missing");
    let text = table("a,b,y", 20, |n| {
        format!("{},{n},{}.5", if n < 2 { n.to_string() } else { String::new() }, n * n % 7)
    });
    assert_eq!(
        said(&text, &options),
        [
            "column `a` has no value in 18 of 20 rows, so that most of it is made up; put it into `leave_out`, or fill it in"
        ]
    );
}

#[test]
fn texts_that_are_alike_are_named() {
    let text = table("c,d,y", 12, |n| {
        format!(
            "{},{},{}",
            ["Red", "red", "blue"][n % 3],
            ["Yes", "yes", "no"][n % 3],
            ["New York", "new  york", "Oslo"][n / 2 % 3]
        )
    });
    assert_eq!(
        said(&text, &TableOptions::default()),
        [
            "column `c` has `Red` and `red`, which differ in capitals or spaces only and count as two; write them alike if they are one",
            "column `y` has `New York` and `new  york`, which differ in capitals or spaces only and count as two; write them alike if they are one",
        ]
    );
    // Blanks around a field are none of it.
    assert_eq!(
        fit("c,y\n red ,1.5\nred,2\n\"red \",3\nblue,4\n", &TableOptions::default()).feature_names(),
        ["c=blue", "c=red"]
    );
}

#[test]
fn warnings_are_kept_with_the_encoder() {
    let text = table("a,copy,class", 30, |n| format!("5,{0},{0}", ["no", "No", "yes"][n % 3]));
    let encoder = fit(&text, &TableOptions::default());
    let (column, first, second) = ("class".to_owned(), "No".to_owned(), "no".to_owned());
    assert_eq!(
        encoder.warnings(),
        [
            TableWarning::Constant { column: "a".into(), value: "5".into() },
            TableWarning::EqualsTarget { column: "copy".into() },
            TableWarning::AlikeTexts { column, first, second },
        ]
    );
    let json = serde_json::to_string(&encoder).expect("a value");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
}

/// A marker that is a number, as -999 often is, stands for no value all the same.
#[test]
fn markers_may_be_numbers() {
    let text = "a,y\n1,1.5\n-999,2\n3,2.5\n2,-999\n";
    let markers = vec!["-999".to_owned()];
    let options =
        TableOptions { markers, scaling: Scaling::Off, missing: Missing::Mean, ..TableOptions::default() };
    let target = TargetColumn::Name("a".into());
    let gap = fit(text, &options);
    assert_eq!((gap.rows(), gap.dropped()), (3, 1), "a target is not made up");
    let text = &text[..text.len() - 7];
    let encoder = fit(text, &options);
    let data = encoder.regression_from_reader::<f64, _>(text.as_bytes()).expect("values");
    assert_eq!(data.x().column(0).to_vec(), [1.0, 2.0, 3.0]);
    let json = serde_json::to_string(&encoder).expect("a value");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
    let drop = TableOptions { missing: Missing::DropRows, target: Some(target), ..options };
    let encoder = fit(text, &drop);
    assert_eq!((encoder.rows(), encoder.dropped()), (2, 1));
    assert_eq!(encoder.regression_from_reader::<f64, _>(text.as_bytes()).expect("values").samples(), 2);
}

proptest! {
    /// A copy is always found, and what is drawn for itself never.
    #[test]
    fn only_copies_are_taken_for_them(seed in any::<u64>(), rows in 20..200_usize, classes in 2..6_u64) {
        let mut state = seed;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) % below
        };
        let columns: Vec<[u64; 3]> = (0..rows).map(|_| [draw(classes), draw(1000), draw(classes)]).collect();
        prop_assume!(columns.iter().any(|row| row[2] != columns[0][2]));
        let text = table("a,b,copy,y", rows, |n| {
            let [a, b, class] = columns[n];
            format!("{a},{b},k{class},c{class}")
        });
        let encoder = TableEncoder::fit_reader(text.as_bytes(), &TableOptions::default());
        let warnings = encoder.expect("a table").warnings().to_vec();
        let tells = |warning: &&TableWarning| matches!(warning, TableWarning::TellsTarget { .. } | TableWarning::EqualsTarget { .. });
        let found: Vec<_> = warnings.iter().filter(tells).collect();
        prop_assert_eq!(found, [&TableWarning::TellsTarget { column: "copy".into() }]);
    }
}
