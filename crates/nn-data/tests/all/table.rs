//! Tables as people have them become features and come back; what is not understood is an error that says where.

use ndarray::{Array2, Axis, Slice, array};
use nn_data::{
    DataError, DecimalMark, Delimiter, Dialect, FieldKind, Labels, Missing, NumberFormat, Scaler, Scaling,
    StandardScaler, Table, TableEncoder, TableOptions, TableTarget, TargetColumn, Task, Unseen,
};
use proptest::prelude::*;

const CARS: &str = "\
make,year,price,diesel,colour,sold
VW,2010,9500.5,yes,red,12
Fiat,2015,NA,no,blue,7
VW,2012,12000,no,?,15
Lada,2001,800,yes,red,2
Fiat,2011,5100,no,white,6
";

fn fit(text: &str, options: &TableOptions) -> Result<TableEncoder, DataError> {
    TableEncoder::fit_reader(text.as_bytes(), options)
}

fn options(missing: Missing) -> TableOptions {
    TableOptions { missing, ..TableOptions::default() }
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn message(text: &str, options: &TableOptions) -> String {
    fit(text, options).expect_err("it should not be understood").to_string()
}

#[test]
fn every_kind_of_column_becomes_its_features() {
    let cars = fit(CARS, &options(Missing::Mean)).expect("a table");
    let kinds: Vec<_> =
        cars.columns().iter().map(|column| (column.name(), column.kind(), column.missing())).collect();
    assert_eq!(
        kinds,
        [
            ("make", FieldKind::Category, 0),
            ("year", FieldKind::Number, 0),
            ("price", FieldKind::Number, 1),
            ("diesel", FieldKind::YesNo, 0),
            ("colour", FieldKind::Category, 1)
        ]
    );
    let names = [
        "make=Fiat",
        "make=Lada",
        "make=VW",
        "year",
        "price",
        "diesel=yes",
        "colour=blue",
        "colour=red",
        "colour=white",
    ];
    assert_eq!((cars.feature_names(), cars.features()), (names.map(str::to_owned).into(), 9));

    // Numbers as the scaler has them, the mean in place of what is missing; the most frequent colour.
    let data = cars.regression_from_reader::<f64, _>(CARS.as_bytes()).expect("values");
    let numbers =
        array![[2010.0, 9500.5], [2015.0, 6850.125], [2012.0, 12000.0], [2001.0, 800.0], [2011.0, 5100.0]];
    let years = StandardScaler::fit(numbers.slice_axis(Axis(1), Slice::from(..1))).expect("numbers");
    let prices = StandardScaler::fit(array![[9500.5], [12000.0], [800.0], [5100.0]].view()).expect("numbers");
    for (row, numbers) in data.x().rows().into_iter().zip(numbers.rows()) {
        assert!((row[3] - years.scale(0, numbers[0])).abs() < 1e-12);
        assert!((row[4] - prices.scale(0, numbers[1])).abs() < 1e-12);
    }
    assert_eq!(data.x().column(2), array![1.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(data.x().column(5), array![1.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(data.x().column(7), array![1.0, 0.0, 1.0, 1.0, 0.0]);
    assert_eq!(data.feature_names(), names);
    assert!(matches!(cars.target(), Some(TableTarget::Values { name, .. }) if name == "sold"));
    for (row, sold) in [12.0, 7.0, 15.0, 2.0, 6.0].into_iter().enumerate() {
        assert!((cars.decode_value(data.y()[[row, 0]]).expect("values") - sold).abs() < 1e-12);
    }
    assert_eq!(
        cars.decode_row(data.x().row(0).as_slice().expect("a row")),
        ["VW", "2010", "9500.5", "yes", "red"]
    );
}

#[test]
fn gaps_are_filled_left_out_or_refused() {
    let text = "a,b,y\n1,x,1.5\n2,,2.5\n,y,3.5\n4,y,\n9,y,4.5\n";
    let refused = message(text, &options(Missing::Refuse));
    assert_eq!(
        refused,
        "column `a` has 1 missing value, on line 4; fill them in or leave such rows out by `missing`"
    );
    // A target is not made up.
    for missing in [Missing::Mean, Missing::Median, Missing::MostFrequent] {
        let filled = fit(text, &options(missing)).expect("a row is left out");
        assert_eq!((filled.rows(), filled.dropped()), (4, 1));
        let data = filled.regression_from_reader::<f64, _>(text.as_bytes()).expect("values");
        assert_eq!(data.samples(), 4);
        // Whoever asks for features only has them of every row.
        assert_eq!(filled.features_from_reader::<f64, _>(text.as_bytes()).expect("features").nrows(), 5);
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let (train, test) = filled.split_rows(&table, 0.5, 0).expect("rows");
        assert!(train.len() + test.len() == 4 && !train.iter().chain(&test).any(|&row| row == 3));
        let part = filled.part_from_table::<f64>(&table, &[0, 1, 2, 3, 4]).expect("rows");
        assert_eq!((part.x.nrows(), part.dropped), (4, 1));
    }
    let dropped = fit(text, &options(Missing::DropRows)).expect("two rows are left");
    assert_eq!((dropped.rows(), dropped.dropped()), (2, 3));
    let counts: Vec<_> = dropped.columns().iter().map(nn_data::TableColumn::missing).collect();
    assert_eq!(counts, [1, 1]);
    let data = dropped.regression_from_reader::<f64, _>(text.as_bytes()).expect("values");
    assert_eq!(data.x(), array![[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0]]);
    let error = dropped
        .features_from_reader::<f64, _>(text.as_bytes())
        .expect_err("every row is asked for")
        .to_string();
    assert_eq!(
        error,
        "column `b` has 1 missing value, on line 3; fill them in or leave such rows out by `missing`"
    );
    // What such a row has besides was not looked at, and is not.
    let strange = text.replacen("2,,2.5", "x,,2.5", 1);
    let data = fit(&strange, &options(Missing::DropRows)).expect("two rows are left");
    assert_eq!((data.rows(), data.dropped()), (2, 3));
    let data = data.regression_from_reader::<f64, _>(strange.as_bytes()).expect("values");
    assert_eq!(data.samples(), 2);
    // So that nothing is known of what a gap is, a row to be predicted must not have one.
    let error = dropped.encode_row(&["", "x"], &mut [0.0_f64; 3]).expect_err("a gap").to_string();
    assert!(error.starts_with("column `a` has 1 missing value"), "{error}");

    let text = "a,b,y\n1,yes,1.5\n2,,2.5\n,no,3.5\n4,no,0\n2.0,no,4.5\n";
    for (missing, expected) in [(Missing::Mean, 2.25), (Missing::Median, 2.0), (Missing::MostFrequent, 2.0)] {
        let options = TableOptions { scaling: Scaling::Off, ..options(missing) };
        let mut row = [0.0_f64; 2];
        fit(text, &options).expect("gaps are filled").encode_row(&["n/a", "NULL"], &mut row).expect("gaps");
        assert_eq!(row, [expected, 0.0], "{missing:?}");
    }
    assert!(
        message("a,y\nNA,1\n?,2.5\n", &options(Missing::Mean)).contains("column `a` has missing values only")
    );
    for missing in [Missing::Refuse, Missing::Mean, Missing::DropRows] {
        let error = message("a,y\n2,NA\n1,?\n", &options(missing));
        assert!(
            error.starts_with(
                "column `y` has missing values only; leave it out by `leave_out`, or learn another"
            ),
            "{error}"
        );
    }
    let none = message("a,y\nNA,1\n3,\n", &options(Missing::DropRows));
    assert_eq!(none, "expected at least one row of data, found missing values in every row");
}

#[test]
fn targets_are_classes_or_values() {
    let of = |text: &str, options: &TableOptions| fit(text, options).expect("a table").classes().join(" ");
    let any = TableOptions::default();
    assert_eq!(
        of("a,y\n1,10\n2,9\n3,100\n4,9\n5,10\n6,100\n", &any),
        "9 10 100",
        "in the order of their numbers"
    );
    assert_eq!(of("a,y\n1,b\n2,B\n3,a\n", &any), "B a b");
    assert_eq!(of("a,y\n1,1.5\n2,2\n3,3\n", &any), "", "values");
    let many = lines((0..60).map(|n| format!("{n},{}", n % 30)));
    assert_eq!(of(&format!("a,y\n{many}"), &any), "", "more different whole numbers than classes have");
    let task = |task| TableOptions { task, ..TableOptions::default() };
    assert_eq!(of("a,y\n1,1.5\n2,2\n3,3\n", &task(Task::Classes)), "1.5 2 3");
    assert_eq!(of("a,y\n1,1\n2,2\n3,3\n", &task(Task::Values)), "");
    assert!(message("a,y\n1,1\n2,two\n", &task(Task::Values)).contains("among numbers: `two`;"));

    let forms = "a,y\n1,1\n2,01\n3,1.0\n4,2\n";
    let refused = message(forms, &any);
    assert_eq!(
        refused,
        "the target `y` has the labels `01` and `1`, which are one number; write them alike, or say by `labels` whether they are one class or two"
    );
    let labels = |labels| TableOptions { labels, ..TableOptions::default() };
    assert_eq!(of(forms, &labels(Labels::Texts)), "01 1 1.0 2");
    let one = fit(forms, &labels(Labels::Numbers)).expect("numbers");
    assert_eq!(
        one.classification_from_reader::<f32, _>(forms.as_bytes()).expect("classes").y(),
        [0, 0, 0, 1]
    );
    assert_eq!(one.decode_class(1).expect("a class"), "2");
    assert!(one.decode_class(2).is_err() && one.decode_value(0.5).is_err());
    assert!(
        message("a,y\n1,x\n2,x\n", &any)
            .starts_with("the target `y` is `x` in every row; expected two classes")
    );
    let error = one.regression_from_reader::<f32, _>(forms.as_bytes()).expect_err("classes").to_string();
    assert_eq!(error, "the encoder has classes as its target; expected values");
}

#[test]
fn columns_are_found_by_name_in_any_order() {
    let cars = fit(CARS, &options(Missing::Median)).expect("a table");
    let mut rows: Vec<Vec<&str>> = CARS.lines().map(|line| line.split(',').collect()).collect();
    for row in &mut rows {
        row.rotate_left(2);
        row.insert(1, "more");
    }
    rows[0][1] = "mileage";
    let turned: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    let x = |text: &str| cars.features_from_reader::<f32, _>(text.as_bytes()).expect("features");
    assert_eq!(x(CARS), x(&turned));
    assert_eq!(cars.regression_from_reader::<f32, _>(turned.as_bytes()).expect("values").x(), x(CARS));
    // Without the target, and without a column that is needed.
    let alone: String =
        CARS.lines().map(|line| line.rsplit_once(',').expect("fields").0.to_owned() + "\n").collect();
    assert_eq!(x(&alone), x(CARS));
    let error =
        cars.features_from_reader::<f32, _>("make,year,price,colour\n".as_bytes()).expect_err("no diesel");
    assert_eq!(
        error.to_string(),
        "there is no column `diesel`; the columns are `make`, `year`, `price`, `colour`"
    );
    let target = |target| TableOptions { target: Some(target), ..options(Missing::Mean) };
    let error = message(CARS, &target(TargetColumn::Name("Sold".into())));
    assert!(
        error.starts_with("there is no column `Sold`; did you mean `sold`? The columns are `make`, "),
        "{error}"
    );
    let diesel = fit(CARS, &target(TargetColumn::Name("diesel".into()))).expect("a table");
    assert_eq!((diesel.classes().join(" "), diesel.columns().len()), ("no yes".into(), 5));
}

#[test]
fn parts_are_the_whole() {
    let cars = fit(CARS, &options(Missing::MostFrequent)).expect("a table");
    let whole = cars.regression_from_reader::<f32, _>(CARS.as_bytes()).expect("values");
    for size in 1..7 {
        let (mut x, mut values) = (Vec::new(), Vec::new());
        for part in cars.parts::<f32, _>(CARS.as_bytes(), size).expect("a table") {
            let part = part.expect("rows");
            assert!(part.x.nrows() <= size && part.dropped == 0);
            x.extend(part.x.iter().copied());
            values.extend(part.values);
        }
        assert_eq!(Array2::from_shape_vec(whole.x().dim(), x).expect("as many"), whole.x());
        assert_eq!(values, whole.y().iter().copied().collect::<Vec<_>>());
    }
    assert!(cars.parts::<f32, _>(CARS.as_bytes(), 0).is_err());
    let broken = format!("{CARS}VW,x,1,no,red,3\n");
    let mut parts = cars.parts::<f32, _>(broken.as_bytes(), 2).expect("a table");
    let error = parts.find_map(Result::err).expect("the last row").to_string();
    assert_eq!(error, "line 7: column `year` has `x`; expected a number");
    assert!(parts.next().is_none(), "nothing after an error");
}

#[test]
fn rare_categories_are_joined_and_unseen_ones_refused_or_joined() {
    let text = "c,y\na,1.5\na,2\nb,3\nb,4\nc,5\nd,6\n";
    let rare = TableOptions { min_frequency: 2, ..TableOptions::default() };
    let encoder = fit(text, &rare).expect("a table");
    assert_eq!(encoder.feature_names(), ["c=a", "c=b", "c=(other)"]);
    let encode = |encoder: &TableEncoder, word: &str| {
        let mut row = vec![0.0_f32; encoder.features()];
        encoder.encode_row(&[word], &mut row).map(|()| row).map_err(|error| error.to_string())
    };
    assert_eq!(encode(&encoder, " d "), Ok(vec![0.0, 0.0, 1.0]));
    assert_eq!(encode(&encoder, "e").expect_err("unseen"), "column `c` has `e`; expected one of `a`, `b`");
    let other = fit(text, &TableOptions { unseen: Unseen::Other, ..rare }).expect("a table");
    assert_eq!(encode(&other, "e"), Ok(vec![0.0, 0.0, 1.0]));
    let none =
        fit(text, &TableOptions { unseen: Unseen::Other, ..TableOptions::default() }).expect("a table");
    assert_eq!(encode(&none, "e"), Ok(vec![0.0; 4]));
    assert_eq!(encode(&none, "c"), Ok(vec![0.0, 0.0, 1.0, 0.0]));
}

#[test]
fn other_peoples_ways_of_writing_are_read_when_told_so() {
    let text = "Name;Preis;Rabatt;gekauft\r\n\"M\u{fc}ller; S\u{f6}hne\";1.234,50 \u{20ac};5%;ja\r\n\"O\"\"Neill\";99,9 \u{20ac};10 %;nein\r\n\"M\u{fc}ller; S\u{f6}hne\";7,5;0%;ja\r\n";
    let numbers =
        NumberFormat { decimal: DecimalMark::Comma, thousands: Some('.'), percent: true, currency: true };
    let dialect = Dialect { delimiter: Delimiter::Detect, numbers, ..Dialect::default() };
    let told = TableOptions { dialect, scaling: Scaling::Off, ..TableOptions::default() };
    let encoder = fit(text, &told).expect("told so");
    assert_eq!(encoder.classes(), ["ja", "nein"]);
    let data = encoder.classification_from_reader::<f64, _>(text.as_bytes()).expect("classes");
    assert_eq!(data.x(), array![[1.0, 0.0, 1234.5, 0.05], [0.0, 1.0, 99.9, 0.1], [1.0, 0.0, 7.5, 0.0]]);
    assert_eq!(data.feature_names()[0], "Name=M\u{fc}ller; S\u{f6}hne");
    assert_eq!(data.feature_names()[1], "Name=O\"Neill");
}

#[test]
fn options_that_name_what_is_not_there_are_errors() {
    let leave = TableOptions { leave_out: vec!["none".into()], ..TableOptions::default() };
    assert!(message("a,y\n1,2.5\n", &leave).starts_with("there is no column `none`"));
    let all = TableOptions { leave_out: vec!["a".into()], ..TableOptions::default() };
    assert!(message("a,y\n1,2.5\n", &all).starts_with("no column is left for features"));
    let kinds = |kind| TableOptions { kinds: [("a".to_owned(), kind)].into(), ..TableOptions::default() };
    assert!(message("a,y\nx,2.5\n", &kinds(FieldKind::Number)).contains("among numbers: `x`;"));
    assert!(
        message("a,y\nx,2.5\n", &kinds(FieldKind::YesNo)).contains("column `a` has `x`; expected yes and no")
    );
    let codes = fit("a,y\n1,2.5\n2,3\n1,1\n", &kinds(FieldKind::Category)).expect("codes");
    assert_eq!(codes.feature_names(), ["a=1", "a=2"]);
    let ids = lines((0..50).map(|n| format!("id{n},{n}.5")));
    let text = format!("a,y\n{ids}");
    assert!(message(&text, &TableOptions::default()).contains("50 different texts in 50 rows"));
    assert_eq!(fit(&text, &kinds(FieldKind::Category)).expect("said so").features(), 50);
}

/// Written before there were columns set aside, warnings, and decimal marks that are detected.
#[test]
fn an_encoder_of_an_earlier_version_is_read() {
    let encoder: TableEncoder =
        serde_json::from_str(include_str!("../fixtures/encoder-1.json")).expect("an encoder");
    let text = "a,b,c,y\n1,x,yes,0\n2,y,no,1\n,x,yes,01\n4,z,no,1\n";
    let options = TableOptions { labels: Labels::Numbers, min_frequency: 2, ..options(Missing::Mean) };
    assert_eq!(encoder, fit(text, &options).expect("a table"));
}

#[test]
fn an_encoder_is_written_and_read_back_and_checked() {
    for missing in [Missing::Mean, Missing::DropRows] {
        let encoder = fit(CARS, &options(missing)).expect("a table");
        let json = serde_json::to_string(&encoder).expect("a value");
        assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
    }
    let encoder =
        serde_json::to_value(fit(CARS, &options(Missing::Mean)).expect("a table")).expect("a value");
    let refused = |place: &str, value: serde_json::Value| {
        let mut changed = encoder.clone();
        *changed.pointer_mut(place).unwrap_or_else(|| panic!("{place} in {encoder}")) = value;
        let error = serde_json::from_value::<TableEncoder>(changed).expect_err("it is checked");
        assert!(!error.to_string().is_empty());
    };
    refused("/columns/1/code/number/factor", 0.0.into());
    refused("/columns/1/code/number/factor", (-1.0).into());
    refused("/columns/0/name", "year".into());
    refused("/columns/0/code/category/categories", serde_json::json!([]));
    refused("/columns/0/code/category/categories", serde_json::json!(["VW", "Fiat"]));
    refused("/columns/0/code/category/rare", serde_json::json!(["VW"]));
    refused("/columns/4/code/category/fill", "green".into());
    refused("/columns/3/code/yes_no/no", "YES".into());
    refused("/columns", serde_json::json!([]));
    refused("/target/values/factor", 0.0.into());
    refused("/options/dialect/comment", ",".into());
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,2}",
        "-?[0-9]{1,3}(\\.[0-9])?",
        Just("NA".into()),
        Just("yes".into()),
        Just("no".into()),
        Just("\"".into())
    ]
}

proptest! {
    #[test]
    fn rows_come_back(table in prop::collection::vec((-1e6..1e6_f64, "[a-c]", any::<bool>()), 2..40)) {
        let row = |(x, word, yes): &(f64, String, bool)| format!("{x},{word},{}\n", if *yes { "yes" } else { "no" });
        let text = String::from("x,word,sure\n") + &table.iter().map(row).collect::<String>();
        let options = TableOptions { target: None, ..TableOptions::default() };
        let encoder = fit(&text, &options).expect("a table");
        let x = encoder.features_from_reader::<f64, _>(text.as_bytes()).expect("features");
        for (features, (number, word, yes)) in x.rows().into_iter().zip(&table) {
            let back = encoder.decode_row(&features.to_vec());
            prop_assert!((back[0].parse::<f64>().expect("a number") - number).abs() < 1e-6);
            prop_assert_eq!(&back[1..], [word.clone(), (if *yes { "yes" } else { "no" }).to_owned()]);
        }
    }

    #[test]
    fn no_table_is_too_strange(
        rows in prop::collection::vec(prop::collection::vec(field(), 1..5), 0..12), missing in 0..5_usize, other: bool
    ) {
        let text: String = rows.iter().map(|row| row.join(",") + "\n").collect();
        let missing = [Missing::Refuse, Missing::DropRows, Missing::Mean, Missing::Median, Missing::MostFrequent][missing];
        let unseen = if other { Unseen::Other } else { Unseen::Refuse };
        if let Ok(encoder) = fit(&text, &TableOptions { missing, unseen, ..TableOptions::default() }) {
            // What it was fitted to, it reads.
            for part in encoder.parts::<f32, _>(text.as_bytes(), 3).expect("its columns") {
                prop_assert!(part.expect("fitted to it").x.iter().all(|x| x.is_finite()));
            }
            let json = serde_json::to_string(&encoder).expect("a value");
            prop_assert_eq!(serde_json::from_str::<TableEncoder>(&json).expect("it was written"), encoder);
        }
    }
}
