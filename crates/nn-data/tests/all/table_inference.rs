//! What is no feature is set aside with the reason, what is a measurement is not; decimal marks are detected or refused.

use std::fmt::Write as _;

use ndarray::array;
use nn_data::{
    DataError, DecimalMark, Delimiter, Dialect, FieldKind, Missing, NumberFormat, Scaling, SetAside,
    SetAsideReason, Table, TableEncoder, TableError, TableOptions, TableReader, TableWarning, TargetColumn,
};
use proptest::prelude::*;

fn detect() -> TableOptions {
    TableOptions { set_aside: SetAside::Detect, ..TableOptions::default() }
}

fn fit(text: &str, options: &TableOptions) -> Result<TableEncoder, DataError> {
    TableEncoder::fit_reader(text.as_bytes(), options)
}

/// Rows of what people have in their tables: from such columns, only `price` and `rooms` tell anything.
fn flats(rows: usize) -> String {
    let mut text = String::from("id,seen,street,owner,key,price,rooms,left,empty,kind\n");
    for n in 0..rows {
        let (id, price) = (1000 + n * 7919 % 1009, 900 + n * 523 % 997);
        let day = format!("2024-{:02}-{:02}", 1 + n % 12, 1 + n % 28);
        let (street, rooms) = (["ash", "elm", "oak"][n % 3], 1 + n % 4);
        let hash = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let kind = if n % 2 == 0 { "let" } else { "sold" };
        let _ = writeln!(
            text,
            "{id},{day},{street},owner {n},{hash:016x}z,{price},{rooms},{:.3},,{kind}",
            n as f64 * 0.37
        );
    }
    text
}

#[test]
fn columns_that_tell_nothing_of_other_rows_are_set_aside() {
    let text = flats(50);
    let encoder = fit(&text, &TableOptions { missing: Missing::Mean, ..detect() }).expect("a table");
    let texts = SetAsideReason::Texts { different: 50, rows: 50 };
    let aside: Vec<_> = encoder.set_aside().collect();
    assert_eq!(
        aside,
        [
            ("id", SetAsideReason::Identifiers),
            ("seen", SetAsideReason::Dates),
            ("owner", texts),
            ("key", texts),
            ("empty", SetAsideReason::Empty)
        ]
    );
    let names = ["street=ash", "street=elm", "street=oak", "price", "rooms", "left"];
    assert_eq!(encoder.feature_names(), names);
    let said: Vec<String> = encoder.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "column `id` is set aside, since it is called an identifier, and has another number in every row; to have it learned, say in `kinds` what it is",
            "column `seen` is set aside, since it has dates or times; to have it learned, say in `kinds` what it is",
            "column `owner` is set aside, since it has 50 different texts in 50 rows, as names and identifiers have; to have it learned, say in `kinds` what it is",
            "column `key` is set aside, since it has 50 different texts in 50 rows, as names and identifiers have; to have it learned, say in `kinds` what it is",
            "column `empty` is set aside, since all its values are missing; fill it in to have it learned",
        ]
    );
    // They are remembered, need not be there later, and stay aside when rows are held out.
    let json = serde_json::to_string(&encoder).expect("a value");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
    let later = "left,rooms,price,street\n1,2,900,elm\n";
    assert_eq!(encoder.features_from_reader::<f32, _>(later.as_bytes()).expect("its columns").dim(), (1, 6));
    let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
    let again = encoder.refit(&table, &(0..40).collect::<Vec<_>>()).expect("rows");
    assert_eq!((again.feature_names(), again.warnings()), (encoder.feature_names(), encoder.warnings()));
    // Nothing is set aside unasked, and what was asked for by name is not.
    let error =
        fit(&text, &TableOptions { missing: Missing::Mean, ..TableOptions::default() }).expect_err("names");
    assert!(error.to_string().starts_with("column `seen` has 50 different texts in 50 rows"), "{error}");
    let kinds = [("id".into(), FieldKind::Number), ("seen".into(), FieldKind::Category)].into();
    let asked = fit(&text, &TableOptions { kinds, missing: Missing::Mean, ..detect() }).expect("a table");
    assert_eq!(asked.set_aside().map(|(name, _)| name).collect::<Vec<_>>(), ["owner", "key", "empty"]);
}

#[test]
fn rows_are_left_out_for_features_alone() {
    let text = flats(50);
    let drop = TableOptions { missing: Missing::DropRows, ..detect() };
    let encoder = fit(&text, &drop).expect("`empty` drops no row");
    let filled = fit(&text, &TableOptions { missing: Missing::Mean, ..detect() }).expect("a table");
    assert_eq!((encoder.rows(), encoder.dropped()), (50, 0));
    assert_eq!(encoder.warnings(), filled.warnings());
    let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
    assert_eq!(TableEncoder::fit_table(&table, &drop).expect("a table"), encoder);
    let gap = text.replacen(",900,1,", ",?,1,", 1);
    let encoder = fit(&gap, &drop).expect("a table");
    assert_eq!((encoder.rows(), encoder.dropped()), (49, 1));
    let data = encoder.classification_from_reader::<f32, _>(gap.as_bytes()).expect("classes");
    assert_eq!(data.samples(), 49);
}

/// Among the rows that are left, nearly every name is another, though among all it was not.
#[test]
fn names_among_the_rows_that_are_left_are_set_aside() {
    let text = (0..60).fold(String::from("name,size,class\n"), |text, n| {
        let size = if n % 2 == 0 { (n * n % 17).to_string() } else { "NA".into() };
        format!("{text}n{},{size},{}\n", n / 2, n / 2 % 2)
    });
    let drop = TableOptions { missing: Missing::DropRows, ..detect() };
    let encoder = fit(&text, &drop).expect("numbers are left");
    let reason = SetAsideReason::Texts { different: 30, rows: 30 };
    assert_eq!(encoder.set_aside().collect::<Vec<_>>(), [("name", reason)]);
    assert_eq!(
        (encoder.feature_names(), encoder.rows(), encoder.dropped()),
        (vec!["size".to_owned()], 30, 30)
    );
}

/// Rows that are left out are rows that are numbered.
#[test]
fn numbers_of_rows_are_known_among_those_that_are_left() {
    let text = (0..60).fold(String::from("n,size,class\n"), |text, n| {
        let class = if n % 5 == 0 { "" } else { ["a", "b"][n % 2] };
        format!("{text}{},{},{class}\n", n + 1, n * n % 17)
    });
    for missing in [Missing::Mean, Missing::DropRows] {
        let encoder = fit(&text, &TableOptions { missing, ..detect() }).expect("a table");
        assert_eq!(encoder.set_aside().collect::<Vec<_>>(), [("n", SetAsideReason::RowNumbers)]);
        assert_eq!((encoder.rows(), encoder.dropped()), (48, 12));
    }
}

#[test]
fn the_last_columns_and_the_target_are_kept() {
    let rows = |name: &str, row: fn(usize) -> String| {
        (0..40).fold(format!("{name},y\n"), |text, n| format!("{text}{},{}.5\n", row(n), n % 7))
    };
    let only = fit(&rows("t", |n| n.to_string()), &detect()).expect("numbers are better than nothing");
    assert_eq!((only.feature_names(), only.warnings()), (vec!["t".to_owned()], &[][..]));
    let error = fit(&rows("day", |n| format!("{n}:30")).replace("24:", "3:"), &detect());
    assert!(error.is_err());
    let error = fit(&rows("day", |n| format!("{}:30", n % 24)), &detect()).expect_err("nothing is left");
    assert_eq!(error, DataError::Table(TableError::AllSetAside { columns: vec!["day".into()] }));
    assert_eq!(
        error.to_string(),
        "no column is left for features, since each is set aside: `day`; say in `kinds` what they are"
    );
    let target = TargetColumn::Name("t".into());
    let text = rows("t", |n| n.to_string());
    let encoder = fit(&text, &TableOptions { target: Some(target), ..detect() }).expect("a target");
    assert_eq!((encoder.set_aside().count(), encoder.feature_names()), (0, vec!["y".to_owned()]));
    // An index that a program wrote without a name; columns that only a number names have one.
    let unnamed =
        rows("", |n| (n * 7919 % 1009).to_string()).replace(",y\n", ",b,y\n").replace('\n', ",1.5\n");
    let unnamed = unnamed.replacen(",b,y,1.5", ",b,y", 1);
    let encoder = fit(&unnamed, &detect()).expect("a table");
    assert_eq!(encoder.set_aside().collect::<Vec<_>>(), [("x0", SetAsideReason::Identifiers)]);
    let headless = Dialect { has_header: false, ..Dialect::default() };
    let body = unnamed.split_once('\n').expect("a header").1;
    let encoder = fit(body, &TableOptions { dialect: headless, ..detect() }).expect("a table");
    assert_eq!(encoder.set_aside().count(), 0);
}

fn decimal(delimiter: Delimiter) -> TableOptions {
    let numbers = NumberFormat { decimal: DecimalMark::Detect, ..NumberFormat::default() };
    let dialect = Dialect { delimiter, numbers, ..Dialect::default() };
    TableOptions { dialect, scaling: Scaling::Off, scale_target: false, ..TableOptions::default() }
}

#[test]
fn decimal_commas_are_recognised() {
    for (text, delimiter) in
        [("a;b;y\n1,5;2;0,25\n2;1,234;1\n", ';'), ("a\tb\ty\n1,5\t2\t0,25\n2\t1,234\t1\n", '\t')]
    {
        let options = decimal(Delimiter::Detect);
        let reader = TableReader::new(text.as_bytes(), &options.dialect).expect("a header");
        assert_eq!((reader.delimiter(), reader.numbers().decimal), (delimiter, DecimalMark::Comma));
        let encoder = fit(text, &options).expect("numbers");
        let data = encoder.regression_from_reader::<f64, _>(text.as_bytes()).expect("numbers");
        assert_eq!(data.x(), array![[1.5, 2.0], [2.0, 1.234]]);
        assert_eq!(data.y(), array![[0.25], [1.0]]);
        // The encoder knows the mark, for rows that do not tell.
        assert_eq!(encoder.options().dialect.numbers.decimal, DecimalMark::Comma);
        let mut row = [0.0_f64; 2];
        encoder.encode_row(&["1,234", "7"], &mut row).expect("a row");
        assert_eq!(row, [1.234, 7.0]);
        let table = Table::from_reader(text.as_bytes(), &options.dialect).expect("a table");
        assert_eq!(table.dialect().numbers.decimal, DecimalMark::Comma);
        assert_eq!(TableEncoder::fit_table(&table, &options).expect("numbers"), encoder);
    }
    let points = "a;y\n1.5;2\n1.234;3\n";
    let encoder = fit(points, &decimal(Delimiter::Semicolon)).expect("numbers");
    assert_eq!(encoder.options().dialect.numbers.decimal, DecimalMark::Point);
    let separated = |thousands| {
        let mut options = decimal(Delimiter::Semicolon);
        options.dialect.numbers.thousands = Some(thousands);
        let mut row = [0.0_f64; 1];
        let encoder = fit("a;y\n1,234;2\n5;3\n", &options).or_else(|_| fit("a;y\n1.234;2\n5;3\n", &options));
        encoder
            .expect("it is said")
            .encode_row(&[if thousands == ',' { "1,234" } else { "1.234" }], &mut row)
            .map(|()| row[0])
    };
    assert_eq!((separated(','), separated('.')), (Ok(1234.0), Ok(1234.0)));
}

#[test]
fn a_decimal_mark_is_not_guessed() {
    let refused = |text: &str, delimiter| match fit(text, &decimal(delimiter)) {
        Err(DataError::Table(error)) => error,
        other => panic!("{text}: {other:?}"),
    };
    let (column, text) = ("a".to_owned(), "1,234".to_owned());
    let unclear = TableError::DecimalUnclear { column: column.clone(), text: text.clone() };
    assert_eq!(refused("a;y\n1,234;2\n5;3\n", Delimiter::Detect), unclear);
    let mixed = |text: &str, line, detected| TableError::DecimalMixed {
        line,
        column: column.clone(),
        text: text.into(),
        detected,
    };
    // Among points, behind the first rows, and in quotation marks where commas cut fields.
    assert_eq!(refused("a;y\n1,234;2.5\n5;3\n", Delimiter::Detect), mixed("1,234", 2, DecimalMark::Point));
    assert_eq!(refused("a;y\n1,5;2\n2.5;3\n", Delimiter::Detect), mixed("2.5", 3, DecimalMark::Comma));
    let late = (0..30_000).fold(String::from("a;y\n"), |text, n| text + &format!("{n};1\n")) + "1,5;2\n";
    assert_eq!(refused(&late, Delimiter::Semicolon), mixed("1,5", 30_002, DecimalMark::Point));
    assert_eq!(refused("a,y\n\"1,5\",2\n\"2,5\",3\n", Delimiter::Comma), mixed("1,5", 2, DecimalMark::Point));
    let class = refused("x,a\n1,\"1,5\"\n2,\"2,5\"\n", Delimiter::Comma);
    assert_eq!(class, mixed("1,5", 2, DecimalMark::Point), "nor in the target");
    let table = Table::from_reader("a;y\n1,5;2\n2.5;3\n".as_bytes(), &decimal(Delimiter::Detect).dialect);
    let error = TableEncoder::fit_table(&table.expect("a table"), &TableOptions::default());
    assert_eq!(error, Err(DataError::Table(mixed("2.5", 3, DecimalMark::Comma))));
    // Whoever says what the column is, is believed.
    let kinds = [("a".to_owned(), FieldKind::Category)].into();
    let codes = TableOptions { kinds, ..decimal(Delimiter::Comma) };
    assert_eq!(fit("a,y\n\"1,5\",2\n\"2,5\",3\n", &codes).expect("codes").features(), 2);
}

proptest! {
    /// A number is read as it was written, or the table is refused.
    #[test]
    fn no_comma_becomes_another_number(
        numbers in prop::collection::vec((0..5000_u32, prop::option::of(0..1000_u32)), 1..12), comma: bool, tab: bool
    ) {
        let mark = if comma { ',' } else { '.' };
        let write = |(whole, fraction): &(u32, Option<u32>)| match fraction {
            Some(fraction) => format!("{whole}{mark}{fraction:03}"),
            None => whole.to_string(),
        };
        let cut = if tab { '\t' } else { ';' };
        let text = numbers.iter().fold(format!("a{cut}b\n"), |text, number| text + &write(number) + &format!("{cut}1\n"));
        let options = TableOptions { target: None, ..decimal(Delimiter::Detect) };
        match fit(&text, &options) {
            Ok(encoder) => {
                let x = encoder.features_from_reader::<f64, _>(text.as_bytes()).expect("what it was fitted to");
                for (row, (whole, fraction)) in x.rows().into_iter().zip(&numbers) {
                    let written: f64 = format!("{whole}.{:03}", fraction.unwrap_or(0)).parse().expect("a number");
                    prop_assert_eq!(row[0], written);
                }
            }
            Err(error) => prop_assert!(matches!(error, DataError::Table(TableError::DecimalUnclear { .. })), "{error}"),
        }
    }

    #[test]
    fn no_table_is_too_strange_to_look_into(
        rows in prop::collection::vec(prop::collection::vec("[0-9]{1,3}([.,:/-][0-9]{1,4}){0,2}|[a-c]{0,2}|NA|\"", 1..4), 0..14),
        drops: bool, delimiter in 0..3_usize
    ) {
        let cut = [",", ";", "\t"][delimiter];
        let text: String = rows.iter().map(|row| row.join(cut) + "\n").collect();
        let missing = if drops { Missing::DropRows } else { Missing::MostFrequent };
        let options = TableOptions { set_aside: SetAside::Detect, missing, ..decimal(Delimiter::Detect) };
        if let Ok(encoder) = fit(&text, &options) {
            prop_assert!(encoder.features() > 0);
            for part in encoder.parts::<f32, _>(text.as_bytes(), 3).expect("its columns") {
                prop_assert!(part.expect("fitted to it").x.iter().all(|x| x.is_finite()));
            }
            let aside = |warning: &TableWarning| matches!(warning, TableWarning::SetAside { .. });
            prop_assert_eq!(encoder.set_aside().count(), encoder.warnings().iter().filter(|warning| aside(warning)).count());
            let json = serde_json::to_string(&encoder).expect("a value");
            prop_assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
        }
    }
}
