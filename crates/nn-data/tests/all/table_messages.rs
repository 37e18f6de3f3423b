//! What is wrong with a table is said with the place, the right name and the number of times, and as data.

use nn_data::{
    DataError, DecimalMark, Delimiter, Dialect, DuplicateNames, FieldKind, Labels, NumberFormat, Table,
    TableEncoder, TableError, TableOptions, TableReader, TargetColumn, Task,
};
use proptest::prelude::*;

fn fit(text: &str, options: &TableOptions) -> Result<TableEncoder, DataError> {
    TableEncoder::fit_reader(text.as_bytes(), options)
}

fn target(name: &str) -> TableOptions {
    TableOptions { target: Some(TargetColumn::Name(name.into())), ..TableOptions::default() }
}

fn refused(text: &str, options: &TableOptions) -> TableError {
    match fit(text, options) {
        Err(DataError::Table(error)) => error,
        other => panic!("it should not be understood: {other:?}"),
    }
}

/// A header and so many rows.
fn rows(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    (0..count).fold(format!("{header}\n"), |text, n| text + &row(n) + "\n")
}

#[test]
fn the_name_that_was_meant_is_said() {
    let text = "width,kind\n1,a\n2,b\n";
    let error = refused(text, &target("Kind"));
    assert_eq!(
        error.to_string(),
        "there is no column `Kind`; did you mean `kind`? The columns are `width`, `kind`"
    );
    let columns = vec!["width".to_owned(), "kind".to_owned()];
    let expected = |name: &str, nearest: Option<&str>| TableError::NoColumn {
        name: name.into(),
        nearest: nearest.map(str::to_owned),
        columns: columns.clone(),
    };
    assert_eq!(error, expected("Kind", Some("kind")));
    assert_eq!(refused(text, &target("colour")), expected("colour", None));
    let index = TableOptions { target: Some(TargetColumn::Index(2)), ..TableOptions::default() };
    assert_eq!(refused(text, &index), expected("2", None));
    let leave_out = TableOptions { leave_out: vec!["widht".into()], ..TableOptions::default() };
    assert_eq!(refused(text, &leave_out), expected("widht", Some("width")));
    // The table of later rows, too.
    let encoder = fit(text, &TableOptions::default()).expect("a table");
    let error = encoder.features_from_reader::<f32, _>("Width\n1\n".as_bytes()).expect_err("another name");
    assert_eq!(
        error.to_string(),
        "there is no column `width`; did you mean `Width`? The columns are `Width`"
    );
}

#[test]
fn a_target_that_tells_rows_apart_is_no_class() {
    let names = rows("x,name", 30, |n| format!("{},n{n}", n % 7));
    assert_eq!(
        refused(&names, &TableOptions::default()).to_string(),
        "the target `name` has 30 different labels in 30 rows, as names and identifiers have; learn another column, or say in \
         `kinds` that they are categories"
    );
    let numbers = rows("x,y", 50, |n| format!("1,{}.5", n - n / 20));
    let classes = TableOptions { task: Task::Classes, ..TableOptions::default() };
    let error = refused(&numbers, &classes);
    assert_eq!(
        error,
        TableError::TargetIdentifier { column: "y".into(), different: 48, rows: 50, numbers: true }
    );
    assert!(
        error
            .to_string()
            .contains("as measurements and identifiers have; say by `task` that they are values, ")
    );
    assert!(fit(&numbers, &TableOptions::default()).expect("values").classes().is_empty());
    // Whoever says so has his way; few rows, and labels that are there again, are classes.
    let kinds = [("name".to_owned(), FieldKind::Category)].into();
    let asked = TableOptions { kinds, ..TableOptions::default() };
    assert_eq!(fit(&names, &asked).expect("said so").classes().len(), 30);
    let few = rows("x,name", 20, |n| format!("1,n{n}"));
    assert_eq!(fit(&few, &TableOptions::default()).expect("few").classes().len(), 20);
    let again = rows("x,name", 60, |n| format!("1,n{}", n % 30));
    assert_eq!(fit(&again, &TableOptions::default()).expect("each twice").classes().len(), 30);
    let many = rows("x,name", 30_000, |n| format!("1,n{}", n % 15_000));
    let error = refused(&many, &TableOptions::default()).to_string();
    assert!(
        error.starts_with("the target `name` has more than 10000 different labels in 30000 rows"),
        "{error}"
    );
}

#[test]
fn a_target_of_one_class_is_refused() {
    for text in ["x,y\n1,a\n2,a\n", "x,y\n1,7\n2,7\n"] {
        let class = text[6..7].to_owned();
        assert_eq!(
            refused(text, &TableOptions::default()),
            TableError::OneClass { column: "y".into(), class }
        );
    }
    let one = TableOptions { labels: Labels::Numbers, ..TableOptions::default() };
    let class = "7".to_owned();
    assert_eq!(refused("x,y\n1,7\n2,7.0\n", &one), TableError::OneClass { column: "y".into(), class });
}

#[test]
fn an_unclosed_mark_is_named_whatever_the_delimiter() {
    for delimiter in [Delimiter::Detect, Delimiter::Comma] {
        let dialect = Dialect { delimiter, ..Dialect::default() };
        let options = TableOptions { dialect, ..TableOptions::default() };
        for (text, line) in [
            ("a,\"b\n1,2\n3,4\n", 1),
            ("a,b\n1,2\n3,\"4\n5,6\n", 3),
            // Another mark closes it, far below: what was between is no name.
            ("name,y\nx,1\n\"x,2\nx,1\n\"z\",2\n", 3),
        ] {
            assert_eq!(refused(text, &options), TableError::UnclosedQuote { line }, "{text}");
        }
        assert!(fit("name,y\n\"x\ny\",2.5\n\"z\",1\n", &options).is_ok(), "a field of two lines");
    }
}

#[test]
fn columns_of_one_name_are_refused_or_numbered_on_every_path() {
    let text = "a,b, a ,y\n1,2,3,0\n4,5,6,1\n7,8,10,0\n2,2,2,1\n";
    let expected = DataError::Table(TableError::DuplicateName { name: "a".into(), first: 0, second: 2 });
    let dialect = Dialect::default();
    let options = TableOptions::default();
    let encoder = fit("a,y\n1,0\n2,1\n3,0\n4,1\n", &options).expect("a table");
    let errors = [
        TableReader::new(text.as_bytes(), &dialect).err(),
        Table::from_reader(text.as_bytes(), &dialect).err(),
        fit(text, &options).err(),
        encoder.parts::<f32, _>(text.as_bytes(), 2).err(),
        encoder.feature_parts::<f32, _>(text.as_bytes(), 2).err(),
        encoder.features_from_reader::<f32, _>(text.as_bytes()).err(),
        encoder.classification_from_reader::<f32, _>(text.as_bytes()).err(),
    ];
    errors.into_iter().for_each(|error| assert_eq!(error, Some(expected.clone())));
    assert!(expected.to_string().starts_with("columns 0 and 2, counted from 0, are both called `a`;"));

    let dialect = Dialect { duplicate_names: DuplicateNames::Number, ..dialect };
    let options = TableOptions { dialect: dialect.clone(), ..options };
    let names = ["a", "b", "a_2", "y"];
    assert_eq!(TableReader::new(text.as_bytes(), &dialect).expect("numbered").names(), names);
    let table = Table::from_reader(text.as_bytes(), &dialect).expect("numbered");
    assert_eq!(table.names(), names);
    let encoder = fit(text, &options).expect("numbered");
    assert_eq!(encoder.feature_names(), names[..3]);
    assert_eq!(TableEncoder::fit_table(&table, &options).expect("numbered"), encoder);
    let x = encoder.features_from_reader::<f32, _>(text.as_bytes()).expect("the same columns");
    assert_eq!(encoder.part_from_table::<f32>(&table, &[0, 1, 2, 3]).expect("rows").x, x);
}

#[test]
fn rows_of_another_length_are_counted_to_the_end() {
    let text = rows("a,b,y", 40, |n| if n % 4 == 1 { "1,2".into() } else { format!("{n},2,3.5") });
    let expected = DataError::FieldCount { expected: 3, found: 2, count: 10, lines: vec![3, 7, 11, 15, 19] };
    let options = TableOptions::default();
    assert_eq!(
        expected.to_string(),
        "lines 3, 7, 11, 15, 19 and 5 more: expected 3 fields, found 2 on the first: check delimiters and quotes"
    );
    assert_eq!(fit(&text, &options).err(), Some(expected.clone()));
    assert_eq!(Table::from_reader(text.as_bytes(), &options.dialect).err(), Some(expected.clone()));
    let encoder = fit("a,b,y\n1,2,3.5\n2,4,4\n", &options).expect("a table");
    assert_eq!(encoder.regression_from_reader::<f64, _>(text.as_bytes()).err(), Some(expected));
    // Row by row, one is told of at a time.
    let mut reader = TableReader::new(text.as_bytes(), &options.dialect).expect("a header");
    assert!(reader.advance().expect("a row"));
    let first = DataError::FieldCount { expected: 3, found: 2, count: 1, lines: vec![3] };
    assert_eq!(reader.advance(), Err(first));
    assert!(reader.advance().expect("the row behind it"));
    // What cannot be read any further ends the count.
    let broken = "a,b\n1\n2\n\"3,4\n";
    let two = DataError::FieldCount { expected: 2, found: 1, count: 2, lines: vec![2, 3] };
    assert_eq!(fit(broken, &options).err(), Some(two));
}

#[test]
fn fields_that_are_not_understood_are_counted_to_the_end() {
    let known = "a,c,y\n1,red,0\n2,blue,1\n3,red,0\n4,blue,1\n";
    let encoder = fit(known, &TableOptions::default()).expect("a table");
    let text = rows("a,c,y", 30, |n| match n % 3 {
        0 => "x,red,1".into(),
        1 => "1,green,1".into(),
        _ => "2,red,0".into(),
    });
    let lines = vec![2, 5, 8, 11, 14];
    let (column, value, known) = ("a".to_owned(), "x".to_owned(), Vec::new());
    let expected = TableError::Unseen { column, value, known, count: 10, lines };
    assert_eq!(
        expected.to_string(),
        "lines 2, 5, 8, 11, 14 and 5 more: column `a` has `x` on the first; expected a number"
    );
    let expected = DataError::Table(expected);
    let found = encoder.classification_from_reader::<f64, _>(text.as_bytes());
    assert_eq!(found.err(), Some(expected.clone()));
    let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
    let all: Vec<usize> = (0..30).collect();
    assert_eq!(encoder.part_from_table::<f64>(&table, &all).err(), Some(expected));
    // Of gaps, too.
    let gaps = rows("a,c", 9, |n| if n % 2 == 0 { ",red".into() } else { "1,red".into() });
    let lines = vec![2, 4, 6, 8, 10];
    let expected = TableError::Missing { column: "a".into(), count: 5, lines };
    assert_eq!(
        encoder.features_from_reader::<f32, _>(gaps.as_bytes()).err(),
        Some(DataError::Table(expected))
    );
    let error = encoder.encode_row(&["1", "green"], &mut [0.0_f64; 3]).expect_err("no such colour");
    let known = vec!["blue".to_owned(), "red".to_owned()];
    let (column, value) = ("c".to_owned(), "green".to_owned());
    let expected = TableError::Unseen { column, value, known, count: 1, lines: vec![0] };
    assert_eq!(error, DataError::Table(expected));
    assert_eq!(error.to_string(), "column `c` has `green`; expected one of `blue`, `red`");
}

/// Whoever reads in parts learns how many rows are wrong from the part that has the first.
#[test]
fn fields_that_are_not_understood_are_counted_from_part_to_part() {
    let encoder = fit("a,word,y\n1,x,p\n2,z,q\n3,x,p\n", &TableOptions::default()).expect("a table");
    let text = rows("a,word", 40, |n| format!("{n},{}", if n % 10 == 7 { "w" } else { "x" }));
    let mut parts = encoder.feature_parts::<f32, _>(text.as_bytes(), 5).expect("columns");
    assert_eq!(parts.next().expect("a part").expect("rows").x.nrows(), 5);
    let error = parts.next().expect("an error").expect_err("a word that was not there");
    assert_eq!(
        error.to_string(),
        "lines 9, 19, 29, 39: column `word` has `w` on the first; expected one of `x`, `z`"
    );
    assert!(parts.next().is_none());
}

/// One table in each dialect that people have, and as many numbers.
#[test]
fn numbers_are_read_as_they_are_written() {
    let detect = Dialect {
        delimiter: Delimiter::Detect,
        numbers: NumberFormat {
            decimal: DecimalMark::Detect,
            percent: true,
            currency: true,
            ..NumberFormat::default()
        },
        ..Dialect::default()
    };
    let options =
        TableOptions { dialect: detect.clone(), scaling: nn_data::Scaling::Off, ..TableOptions::default() };
    for text in [
        "price,share,y\n1234.5,0.125,x\n7.25,0.5,z\n",
        "price;share;y\n1234,5;0,125;x\n7,25;0,5;z\n",
        "price;share;y\n1.234,5 €;12,5 %;x\n7,25 €;50 %;z\n",
        "price,share,y\n\"$1,234.50\",12.5%,x\n$7.25,50%,z\n",
        "price\tshare\ty\n1\u{202f}234,50 €\t12,5%\tx\n7,25 €\t50%\tz\n",
        "price|share|y\n1'234.5|0.125|x\n7.25|0.5|z\n",
    ] {
        let encoder = fit(text, &options).unwrap_or_else(|error| panic!("{text}: {error}"));
        let x = encoder.features_from_reader::<f64, _>(text.as_bytes()).expect("features");
        assert_eq!(x, ndarray::array![[1234.5, 0.125], [7.25, 0.5]], "{text}");
    }
    // What is said is taken, whatever cuts the fields.
    let mut said = detect;
    said.numbers = NumberFormat { decimal: DecimalMark::Comma, ..NumberFormat::default() };
    let text = "a,y\n\"1,5\",x\n\"2,5\",z\n";
    let encoder = fit(text, &TableOptions { dialect: said, scaling: nn_data::Scaling::Off, ..options })
        .expect("a table");
    assert_eq!(encoder.features_from_reader::<f64, _>(text.as_bytes()), Ok(ndarray::array![[1.5], [2.5]]));
}

#[test]
fn labels_that_are_one_number_are_one_class_when_numbers() {
    let german =
        NumberFormat { decimal: DecimalMark::Comma, thousands: Some('.'), ..NumberFormat::default() };
    let dialect = Dialect { delimiter: Delimiter::Semicolon, numbers: german, ..Dialect::default() };
    let options =
        TableOptions { dialect, labels: Labels::Numbers, task: Task::Classes, ..TableOptions::default() };
    let text = "x;y\n1;1,5\n2;1,50\n3;2\n4;1.000\n5;1000,0\n6;-0\n7;0\n";
    let encoder = fit(text, &options).expect("classes");
    assert_eq!(encoder.classes(), ["0", "1,5", "2", "1.000"]);
    let data = encoder.classification_from_reader::<f32, _>(text.as_bytes()).expect("what it was fitted to");
    assert_eq!(data.y(), [1, 1, 2, 3, 3, 0, 0]);
    // Also among labels that are none.
    let plain = TableOptions { labels: Labels::Numbers, ..TableOptions::default() };
    let text = "x,y\n1,1\n2,01\n3,b\n4,1.0\n5,2\n";
    let encoder = fit(text, &plain).expect("classes");
    assert_eq!(encoder.classes(), ["1", "2", "b"]);
    let data = encoder.classification_from_reader::<f32, _>(text.as_bytes()).expect("classes");
    assert_eq!(data.y(), [0, 0, 2, 0, 1]);
    let json = serde_json::to_string(&encoder).expect("a value");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
}

proptest! {
    /// No class of a fitted table is empty, and each is found again, however numbers are written.
    #[test]
    fn every_label_is_a_class(
        labels in prop::collection::vec("-?0{0,2}[0-3]([.,]0{0,2}5?0?)?|[ab]", 1..30), comma: bool, mode in 0..3_usize
    ) {
        let decimal = if comma { DecimalMark::Comma } else { DecimalMark::Point };
        let numbers = NumberFormat { decimal, ..NumberFormat::default() };
        let dialect = Dialect { delimiter: Delimiter::Semicolon, numbers, ..Dialect::default() };
        let labels_are = [Labels::Refuse, Labels::Texts, Labels::Numbers][mode];
        let options = TableOptions { dialect, labels: labels_are, task: Task::Classes, ..TableOptions::default() };
        let text = rows("x;y", labels.len(), |n| format!("{n};{}", labels[n]));
        if let Ok(encoder) = fit(&text, &options) {
            let data = encoder.classification_from_reader::<f64, _>(text.as_bytes()).expect("what it was fitted to");
            prop_assert!(data.class_counts().iter().all(|&count| count > 0), "{:?} of {:?}", data.class_counts(), encoder.classes());
            for (a, b) in labels.iter().zip(data.y()).flat_map(|one| labels.iter().zip(data.y()).map(move |other| (one, other))) {
                let number = |text: &String| numbers.parse(text);
                let one_class = a.0 == b.0 || (mode == 2 && number(a.0).is_some() && number(a.0) == number(b.0));
                prop_assert_eq!(a.1 == b.1, one_class, "{} and {}", a.0, b.0);
            }
        }
    }
}
