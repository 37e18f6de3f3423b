//! What is fitted to some rows of a table knows nothing of the others, and encodes them.

use std::collections::BTreeSet;

use ndarray::{Axis, array};
use nn_data::{
    DataError, DecimalMark, Delimiter, Dialect, FieldKind, Missing, NumberFormat, Scaling, SetAside, Table,
    TableEncoder, TableFile, TableOptions, TableRows, TableTarget, TargetColumn,
};
use proptest::prelude::*;

const PENGUINS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/data/penguins.csv");

fn table(text: &str) -> Table {
    Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table")
}

fn penguins(missing: Missing) -> (Table, TableEncoder) {
    let table = Table::read(PENGUINS, &Dialect::default()).expect("penguins");
    let target = Some(TargetColumn::Name("species".into()));
    let options = TableOptions { target, missing, ..TableOptions::default() };
    let encoder = TableEncoder::fit_table(&table, &options).expect("penguins");
    (table, encoder)
}

/// The text of the chosen rows alone.
fn text_of(table: &Table, rows: &[usize]) -> String {
    let line = |fields: Vec<&str>| fields.join(",") + "\n";
    let names = line(table.names().iter().map(String::as_str).collect());
    let field = |row: usize| line((0..table.names().len()).map(|n| table.field(row, n)).collect());
    names + &rows.iter().map(|&row| field(row)).collect::<String>()
}

#[test]
fn a_table_in_memory_is_what_the_reader_reads() {
    let found = table("a,b\n\n1,\" x\ny \"\n , 2\n");
    assert_eq!((found.rows(), found.names()), (2, &["a", "b"].map(str::to_owned)[..]));
    let rows: Vec<_> =
        (0..2).map(|row| (found.line(row), found.field(row, 0), found.field(row, 1))).collect();
    assert_eq!(rows, [(3, "1", "x\ny"), (5, "", "2")]);
    let error = Table::from_reader("a,b\n".as_bytes(), &Dialect::default()).expect_err("no row");
    assert_eq!(error.to_string(), "expected at least one row of data, found nothing");
}

#[test]
fn a_table_in_memory_is_fitted_and_encoded_as_its_file_is() {
    for missing in [Missing::Mean, Missing::Median, Missing::DropRows] {
        let (table, encoder) = penguins(missing);
        assert_eq!(TableEncoder::fit(PENGUINS, encoder.options()).expect("penguins"), encoder);
        let all: Vec<usize> = (0..table.rows()).collect();
        let data = encoder.classification_from_table::<f32>(&table, &all).expect("classes");
        assert_eq!(data, encoder.read_classification(PENGUINS).expect("classes"));
        // Fitted again to all rows, nothing changes.
        assert_eq!(encoder.refit(&table, &all).expect("all rows"), encoder);
    }
}

#[test]
fn fitted_to_some_rows_it_knows_nothing_of_the_others() {
    for missing in [Missing::Mean, Missing::Median, Missing::MostFrequent, Missing::DropRows] {
        let (table, whole) = penguins(missing);
        let (train, test) = whole.split_rows(&table, 0.25, 1).expect("rows");
        let encoder = whole.refit(&table, &train).expect("rows");
        // As fitted to a file of these rows alone, in the order that they have in the table.
        let mut ordered = train.clone();
        ordered.sort_unstable();
        assert_ne!(ordered, train);
        let alone = TableEncoder::fit_reader(text_of(&table, &ordered).as_bytes(), whole.options());
        assert_eq!(encoder, alone.expect("the same table, shorter"));
        assert_ne!(encoder, whole);
        let data = encoder.classification_from_table::<f64>(&table, &test).expect("the others");
        let file = encoder.classification_from_reader::<f64, _>(text_of(&table, &test).as_bytes());
        assert_eq!(data, file.expect("the others"));
    }
}

#[test]
fn a_table_that_stays_in_its_file_is_as_one_in_memory() {
    for missing in [Missing::Mean, Missing::Median, Missing::DropRows] {
        let (table, whole) = penguins(missing);
        let file = TableFile::open(PENGUINS, &Dialect::default()).expect("penguins");
        assert_eq!(TableEncoder::fit_table(&file, whole.options()).expect("penguins"), whole);
        let (train, test) = whole.split_rows(&table, 0.25, 1).expect("rows");
        assert_eq!(whole.split_rows(&file, 0.25, 1).expect("rows"), (train.clone(), test.clone()));
        let folds =
            |table: &dyn TableRows| whole.k_fold_rows(table, 3, 2).expect("folds").collect::<Vec<_>>();
        assert_eq!(folds(&file), folds(&table));
        let encoder = whole.refit(&file, &train).expect("rows");
        assert_eq!(encoder, whole.refit(&table, &train).expect("rows"));
        // In the order in which they are asked for, one of them twice.
        let rows = [&test[..], &test[..1], &train[..5]].concat();
        let part = |table: &dyn TableRows| encoder.part_from_table::<f32>(table, &rows).expect("rows");
        assert_eq!(part(&file), part(&table));
        assert_eq!(part(&file).x.nrows(), rows.len());
        let one = |row: &usize| encoder.part_from_table::<f32>(&table, &[*row]).expect("a row");
        for (n, row) in rows.iter().enumerate() {
            assert_eq!(part(&file).x.row(n), one(row).x.row(0), "row {row}");
        }
        let names = |table: &dyn TableRows| {
            let mut names = vec![(0, String::new()); rows.len()];
            table
                .visit(&rows, &mut |place, row| names[place] = (row.line(), row.field(0).to_owned()))
                .expect("rows");
            names
        };
        assert_eq!(names(&file), names(&table));
        assert_eq!(names(&file)[1], (table.line(rows[1]), table.field(rows[1], 0).to_owned()));
    }
}

#[test]
fn rows_that_lack_something_leave_no_gap_in_the_order() {
    let text = "a,b,class\n1,x,no\n,x,yes\n3,y,yes\n4,y,no\n";
    let options =
        TableOptions { missing: Missing::DropRows, scaling: Scaling::Off, ..TableOptions::default() };
    let whole = TableEncoder::fit_reader(text.as_bytes(), &options).expect("a table");
    let part = whole.part_from_table::<f32>(&table(text), &[3, 1, 0, 2]).expect("rows");
    assert_eq!(
        (part.x.column(0).to_vec(), part.labels, part.dropped),
        (vec![4.0, 1.0, 3.0], vec![0, 0, 1], 1)
    );
}

#[test]
fn a_file_that_changes_while_it_is_read_is_noticed() {
    let path = std::env::temp_dir().join(format!("nn_data_table_file_{}.csv", std::process::id()));
    let write = |text: &str| std::fs::write(&path, text).expect("a folder");
    let text = "a,class\n1,no\n3,no\n2,yes\n";
    write(text);
    let file = TableFile::open(&path, &Dialect::default()).expect("a table");
    let other = |text: &str| {
        write(text);
        TableFile::open(&path, &Dialect::default()).expect("a table").fingerprint()
    };
    assert_eq!(other(text), file.fingerprint());
    assert_eq!(other("a , class\n1,no\n\n3,no\n2,yes"), file.fingerprint(), "the fields count");
    for other_text in
        ["a,class\n1,no\n3,no\n", "a,class\n1,no\n3,no\n2,yes\n4,yes\n", "aa,class\n1,no\n3,no\n2,yes\n"]
    {
        assert_ne!(other(other_text), file.fingerprint());
        for error in [file.visit_all(&mut |_| {}), file.visit(&[2], &mut |_, _| {})] {
            let error = error.expect_err("another file");
            assert!(error.to_string().contains("was written to after it had been opened"), "{error}");
        }
    }
    let row = DataError::Row { row: 3, samples: 3 };
    assert_eq!(file.visit(&[3], &mut |_, _| {}).expect_err("three rows"), row);
    std::fs::remove_file(&path).expect("it is there");
    assert!(matches!(file.visit_all(&mut |_| {}), Err(DataError::Open { .. })));
    let error = TableFile::open(std::env::temp_dir(), &Dialect::default()).expect_err("a folder");
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[test]
fn a_target_of_values_is_scaled_by_the_rows_alone() {
    let table = table("a,y\n1,10.5\n2,20\n3,1e6\n");
    let whole = TableEncoder::fit_table(&table, &TableOptions::default()).expect("a table");
    let encoder = whole.refit(&table, &[0, 1]).expect("rows");
    assert!(matches!(encoder.target(), Some(TableTarget::Values { offset: 15.25, factor: 4.75, .. })));
    let data = encoder.regression_from_table::<f64>(&table, &[2, 0]).expect("values");
    assert_eq!(data.y(), array![[(1e6 - 15.25) / 4.75], [-1.0]]);
    assert_eq!(data.x(), array![[3.0], [-1.0]]);
}

#[test]
fn what_columns_and_classes_are_is_known_from_the_whole_table() {
    // Seen alone, the first two rows are numbers, a word that may be yes, and one class.
    let table = table("code,sure,c,class\n1,yes,red,b\n2,yes,red,b\nx,no,blue,a\ny,no,green,c\n");
    let whole = TableEncoder::fit_table(&table, &TableOptions::default()).expect("a table");
    let encoder = whole.refit(&table, &[0, 1]).expect("rows");
    let kinds: Vec<_> = encoder.columns().iter().map(nn_data::TableColumn::kind).collect();
    assert_eq!(kinds, [FieldKind::Category, FieldKind::YesNo, FieldKind::Category]);
    assert_eq!(encoder.classes(), ["a", "b", "c"]);
    assert_eq!(encoder.feature_names(), ["code=1", "code=2", "sure=yes", "c=red"]);
    assert_eq!(encoder.columns()[2].absent(), ["blue", "green"]);
    assert!(whole.columns().iter().all(|column| column.absent().is_empty()));
    let held = encoder.part_from_table::<f32>(&table, &[2, 3, 0]).expect("rows");
    assert_eq!(held.x, array![[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 1.0, 1.0]]);
    assert_eq!((held.labels, held.unseen, held.dropped), (vec![0, 2, 1], 2, 0));
    // What no row of the table has is not known still.
    let mut row = [0.0_f32; 4];
    assert!(encoder.encode_row(&["y", "no", "blue"], &mut row).is_ok());
    let error = encoder.encode_row(&["y", "no", "pink"], &mut row).expect_err("no pink");
    assert_eq!(error.to_string(), "column `c` has `pink`; expected one of `red`");
    // Fitted once more, to other rows, the absent ones are back.
    assert_eq!(encoder.refit(&table, &[0, 1, 2, 3]).expect("all rows"), whole);
    let json = serde_json::to_string(&encoder).expect("a value");
    assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
}

#[test]
fn an_absent_category_is_a_rare_one_where_there_are_some() {
    let table = table("c,y\na,1.5\na,2\na,3\nb,4\nc,5\nc,6\n");
    let options = TableOptions { min_frequency: 2, scaling: Scaling::Off, ..TableOptions::default() };
    let whole = TableEncoder::fit_table(&table, &options).expect("a table");
    assert_eq!(whole.feature_names(), ["c=a", "c=c", "c=(other)"]);
    let encoder = whole.refit(&table, &[0, 1, 4]).expect("rows");
    assert_eq!(encoder.feature_names(), ["c=a", "c=(other)"]);
    assert_eq!(encoder.columns()[0].absent(), ["b"]);
    let held = encoder.part_from_table::<f32>(&table, &[3, 5]).expect("rows");
    assert_eq!((held.x, held.unseen), (array![[0.0, 1.0], [0.0, 1.0]], 1));
}

#[test]
fn rows_that_are_not_there_are_refused() {
    let (table, encoder) = penguins(Missing::Mean);
    let row = DataError::Row { row: 344, samples: 344 };
    assert_eq!(encoder.refit(&table, &[0, 344]).expect_err("344 rows"), row);
    assert_eq!(encoder.part_from_table::<f32>(&table, &[344]).expect_err("344 rows"), row);
    assert!(matches!(encoder.refit(&table, &[]), Err(DataError::NoRows { .. })));
    let fraction = encoder.split_rows(&table, 0.0001, 0).expect_err("an empty part");
    assert!(matches!(fraction, DataError::Split { test: 0, samples: 344, .. }), "{fraction}");
    assert!(matches!(encoder.k_fold_rows(&table, 345, 0).err(), Some(DataError::Folds { .. })));
}

#[test]
fn rows_are_set_aside_as_samples_are() {
    let (table, encoder) = penguins(Missing::Mean);
    let all: Vec<usize> = (0..table.rows()).collect();
    let data = encoder.classification_from_table::<f32>(&table, &all).expect("classes");
    let (train, test) = encoder.split_rows(&table, 0.2, 7).expect("rows");
    let expected = data.stratified_split(0.2, 7).expect("samples");
    assert_eq!((data.select(&train).expect("rows"), data.select(&test).expect("rows")), expected);
    let folds = encoder.k_fold_rows(&table, 5, 7).expect("folds");
    let expected = data.stratified_k_fold(5, 7).expect("folds");
    assert_eq!(folds.len(), 5);
    for ((train, test), expected) in folds.zip(expected) {
        assert_eq!((data.select(&train).expect("rows"), data.select(&test).expect("rows")), expected);
    }
    // Values have no classes to be stratified by.
    let options = TableOptions { missing: Missing::Mean, ..TableOptions::default() };
    let text: Vec<String> = (0..50).map(|n| format!("{n},{n}.5")).collect();
    let table = self::table(&format!("a,y\n{}", text.join("\n")));
    let encoder = TableEncoder::fit_table(&table, &options).expect("values");
    let data = encoder.regression_from_table::<f64>(&table, &(0..50).collect::<Vec<_>>()).expect("values");
    let (train, test) = encoder.split_rows(&table, 0.3, 2).expect("rows");
    let expected = data.split(0.3, 2).expect("samples");
    assert_eq!((data.select(&train).expect("rows"), data.select(&test).expect("rows")), expected);
}

#[test]
fn rows_without_a_value_are_in_no_part_when_they_are_left_out() {
    let (table, encoder) = penguins(Missing::DropRows);
    let (train, test) = encoder.split_rows(&table, 0.2, 0).expect("rows");
    assert_eq!((train.len() + test.len(), encoder.dropped()), (333, 11));
    let part = encoder.part_from_table::<f32>(&table, &test).expect("rows");
    assert_eq!((part.x.len_of(Axis(0)), part.dropped), (test.len(), 0));
    let folded: usize = encoder.k_fold_rows(&table, 3, 0).expect("folds").map(|(_, test)| test.len()).sum();
    assert_eq!(folded, 333);
}

proptest! {
    #[test]
    fn every_row_is_in_one_part(
        words in prop::collection::vec("[a-c]", 6..40), fraction in 0.2..0.8, folds in 2..6_usize, seed: u64
    ) {
        let text: Vec<String> = words.iter().enumerate().map(|(n, word)| format!("{n},{word}")).collect();
        let table = table(&format!("n,class\n{}", text.join("\n")));
        let options = TableOptions { scaling: Scaling::Off, ..TableOptions::default() };
        if let Ok(whole) = TableEncoder::fit_table(&table, &options) {
            let all: BTreeSet<usize> = (0..table.rows()).collect();
            let together = |train: &[usize], test: &[usize]| train.iter().chain(test).copied().collect::<BTreeSet<_>>();
            let (train, test) = whole.split_rows(&table, fraction, seed).expect("rows");
            prop_assert_eq!(together(&train, &test), all.clone());
            prop_assert_eq!(train.len() + test.len(), table.rows());
            let mut tested = Vec::new();
            for (train, test) in whole.k_fold_rows(&table, folds, seed).expect("folds") {
                prop_assert_eq!(together(&train, &test), all.clone());
                prop_assert_eq!(train.len() + test.len(), table.rows());
                // Encoded in the order that was asked for.
                let encoder = whole.refit(&table, &train).expect("rows");
                let part = encoder.part_from_table::<f64>(&table, &test).expect("rows");
                prop_assert_eq!(part.x.column(0).to_vec(), test.iter().map(|&row| row as f64).collect::<Vec<_>>());
                tested.extend(test);
            }
            prop_assert_eq!(tested.iter().copied().collect::<BTreeSet<_>>(), all);
            prop_assert_eq!(tested.len(), table.rows());
        }
    }
    /// Whatever stands in it: the same columns, parts and bits, or the same error.
    #[test]
    fn a_table_in_its_file_is_as_in_memory_whatever_stands_in_it(
        rows in prop::collection::vec((-20..20_i32, "[xyz]|yes|no|[?]", "p|q|r|[?]"), 4..40),
        odd in prop::option::weighted(0.2, "1,2|,,|2024-01-02,x,p|\"|é,é,é|1,\"\n\",q"),
        values: bool, missing in 0..5_usize, detect: bool, seed: u64
    ) {
        let row = |(n, word, class): &(i32, String, String)| {
            let number = if n % 11 == 5 { "?".to_owned() } else { format!("{n}.5") };
            if values { format!("{word},{class},{number}") } else { format!("{number},{word},{class}") }
        };
        let lines: Vec<String> = rows.iter().map(row).chain(odd).collect();
        let text = format!("a,b,c\n{}\n", lines.join("\n"));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("table.csv");
        std::fs::write(&path, &text).expect("a folder");
        let dialect = Dialect {
            delimiter: Delimiter::Detect,
            numbers: NumberFormat { decimal: DecimalMark::Detect, ..NumberFormat::default() },
            ..Dialect::default()
        };
        let missing = [Missing::DropRows, Missing::DropRows, Missing::Mean, Missing::Median, Missing::Refuse][missing];
        let set_aside = if detect { SetAside::Detect } else { SetAside::Off };
        let options = TableOptions { missing, set_aside, ..TableOptions::default() };
        let all = |table: &dyn TableRows| -> Result<_, DataError> {
            let whole = TableEncoder::fit_table(table, &options)?;
            let (train, test) = whole.split_rows(table, 0.3, seed)?;
            let encoder = whole.refit(table, &train)?;
            let parts = (encoder.part_from_table::<f32>(table, &test)?, encoder.part_from_table::<f32>(table, &train)?);
            Ok((whole, encoder, parts, train, test))
        };
        match (TableFile::open(&path, &dialect), Table::read(&path, &dialect)) {
            (Ok(file), Ok(table)) => prop_assert_eq!(all(&file), all(&table)),
            (file, table) => prop_assert_eq!(file.err(), table.err()),
        }
    }
}
