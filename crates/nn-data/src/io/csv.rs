//! Data from comma-separated values.

use std::{collections::HashMap, io::Read, path::Path};

use ndarray::{Array1, Axis};
use nn_core::Scalar;

use super::open::open;
use super::table;
use crate::{Classification, DataError, Regression};

/// How a CSV file is read: one sample a row, one of the columns the target, all others features.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `has_header` | `true` | |
/// | `delimiter` | `b','` | one ASCII character; neither a quotation mark nor a line break |
/// | `target` | [`TargetColumn::Last`] | a column of the file |
/// | `classes` | empty: those of the file | different names |
///
/// Fields may be quoted as in RFC 4180; spaces around a field and empty lines are ignored. The header names the features
/// and, for [`read_values`](Self::read_values), the target.
///
/// # Example
/// ```
/// use nn_data::{CsvOptions, TargetColumn};
///
/// let text = "species;length;width\niris;1.4;0.2\nrose;2.5;1.5\niris;1.3;0.2\n";
/// let options =
///     CsvOptions { delimiter: b';', target: TargetColumn::Name("species".into()), ..CsvOptions::default() };
/// let flowers = options.classes_from_reader::<f32, _>(text.as_bytes())?;
/// assert_eq!(flowers.feature_names(), ["length", "width"]);
/// assert_eq!(flowers.class_names(), ["iris", "rose"]);
/// assert_eq!(flowers.y(), [0, 1, 0]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct CsvOptions {
    /// Whether the first row holds the names of the columns.
    pub has_header: bool,
    /// What stands between two fields.
    pub delimiter: u8,
    /// The column to learn.
    pub target: TargetColumn,
    /// The classes in the order of their labels, so that a test file without one of them is read as the training file
    /// was; if empty, those that the file names.
    pub classes: Vec<String>,
}

/// The column of a CSV file that is to be learned.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TargetColumn {
    /// The last one.
    #[default]
    Last,
    /// The one of this number, counted from 0.
    Index(usize),
    /// The one of this name in the header.
    Name(String),
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { has_header: true, delimiter: b',', target: TargetColumn::default(), classes: Vec::new() }
    }
}

impl CsvOptions {
    /// Reads a file whose target column names classes.
    ///
    /// The classes are the different texts of the target column, in alphabetical order; if all of them are whole numbers,
    /// in numerical order. A label is the rank of its class: digits "0" to "9" get the labels 0 to 9.
    ///
    /// A second file may lack a class, and would then rank the others differently. Read it with the classes of the first:
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let options = CsvOptions::default();
    /// let train = options.classes_from_reader::<f64, _>("x,y\n1,a\n2,b\n3,c\n".as_bytes())?;
    /// let options = CsvOptions { classes: train.class_names().to_vec(), ..options };
    /// let test = options.classes_from_reader::<f64, _>("x,y\n4,c\n5,b\n".as_bytes())?;
    /// assert_eq!(test.y(), [2, 1]);
    ///
    /// let error = options.classes_from_reader::<f64, _>("x,y\n6,d\n".as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), "sample 0 is of class \"d\"; expected one of a, b, c");
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Open`] when the file cannot be opened, and those of
    /// [`classes_from_reader`](Self::classes_from_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let error = CsvOptions::default().read_classes::<f64>("no/such.csv").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot open no/such.csv: "));
    /// ```
    pub fn read_classes<T: Scalar>(&self, path: impl AsRef<Path>) -> Result<Classification<T>, DataError> {
        self.classes_from_reader(open(path.as_ref())?)
    }

    /// Reads a file whose target column holds numbers.
    ///
    /// # Errors
    /// [`DataError::Open`] when the file cannot be opened, and those of
    /// [`values_from_reader`](Self::values_from_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let path = std::env::temp_dir().join("nn_data_read_values.csv");
    /// std::fs::write(&path, "length,period\n0.25,1.0\n1.0,2.0\n")?;
    /// let pendulums = CsvOptions::default().read_values::<f64>(&path)?;
    /// assert_eq!(pendulums.target_names(), ["period"]);
    /// assert_eq!(pendulums.y().column(0).to_vec(), [1.0, 2.0]);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_values<T: Scalar>(&self, path: impl AsRef<Path>) -> Result<Regression<T>, DataError> {
        self.values_from_reader(open(path.as_ref())?)
    }

    /// Reads text whose target column names classes; see [`read_classes`](Self::read_classes).
    ///
    /// # Errors
    /// [`DataError::Read`] when the bytes cannot be read or are not UTF-8, [`DataError::NoRows`] without data,
    /// [`DataError::OneColumn`] without features, [`DataError::TargetColumn`] when the target is not one of the columns,
    /// [`DataError::FieldCount`] for a row of another length, [`DataError::NotANumber`] for a feature that is no finite
    /// number, [`DataError::NoClass`] for a target that is empty, [`DataError::UnknownClass`] for one that is not among
    /// `classes` if these were given, [`DataError::Parameter`] for an unusable delimiter.
    ///
    /// # Example
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let error = CsvOptions::default().classes_from_reader::<f64, _>("x,y\n1,a\n?,b\n".as_bytes()).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "line 3, column 0 `x`: expected a finite number, found \"?\": correct it or leave the row out"
    /// );
    /// ```
    pub fn classes_from_reader<T: Scalar, R: Read>(&self, reader: R) -> Result<Classification<T>, DataError> {
        let table = table::read(self, reader, table::class)?;
        let classes = if self.classes.is_empty() {
            class_order(&table.targets)
        } else {
            self.classes.iter().map(String::as_str).collect()
        };
        let ranks: HashMap<&str, usize> =
            classes.iter().enumerate().map(|(rank, &name)| (name, rank)).collect();
        if ranks.len() < classes.len() {
            return Err(DataError::parameter("classes", "different names", classes.join(", ")));
        }
        let label = |(row, name): (usize, &String)| {
            ranks.get(name.as_str()).copied().ok_or_else(|| DataError::UnknownClass {
                row,
                class: name.clone(),
                classes: self.classes.clone(),
            })
        };
        let labels: Result<Vec<usize>, DataError> = table.targets.iter().enumerate().map(label).collect();
        let data = Classification::new(table.x, labels?, classes.len())?.with_class_names(classes)?;
        match table.names {
            Some((features, _)) => data.with_feature_names(features),
            None => Ok(data),
        }
    }

    /// Reads text whose target column holds numbers.
    ///
    /// # Errors
    /// [`DataError::Read`] when the bytes cannot be read or are not UTF-8, [`DataError::NoRows`] without data,
    /// [`DataError::OneColumn`] without features, [`DataError::TargetColumn`] when the target is not one of the columns,
    /// [`DataError::FieldCount`] for a row of another length, [`DataError::NotANumber`] for a field that is no finite
    /// number, [`DataError::Parameter`] for an unusable delimiter.
    ///
    /// # Example
    /// ```
    /// use nn_data::CsvOptions;
    ///
    /// let options = CsvOptions { has_header: false, ..CsvOptions::default() };
    /// let data = options.values_from_reader::<f64, _>("0, 1, 0.5\n1, 1, 2e3\n".as_bytes())?;
    /// assert_eq!(data.feature_names(), ["x0", "x1"]);
    /// assert_eq!(data.y().column(0).to_vec(), [0.5, 2000.0]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn values_from_reader<T: Scalar, R: Read>(&self, reader: R) -> Result<Regression<T>, DataError> {
        let table = table::read(self, reader, table::number)?;
        let y = Array1::from_vec(table.targets).insert_axis(Axis(1));
        let data = Regression::new(table.x, y)?;
        match table.names {
            Some((features, target)) => data.with_feature_names(features)?.with_target_names([target]),
            None => Ok(data),
        }
    }
}

/// The different names, in numerical order if all are whole numbers, else in alphabetical order.
fn class_order(names: &[String]) -> Vec<&str> {
    let mut classes: Vec<&str> = names.iter().map(String::as_str).collect();
    classes.sort_unstable();
    classes.dedup();
    let number = |name: &str| name.parse::<i64>().ok();
    if classes.iter().all(|name| number(name).is_some()) {
        classes.sort_by_key(|name| number(name));
    }
    classes
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ndarray::array;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn classes(text: &str) -> Result<Classification<f64>, DataError> {
        CsvOptions::default().classes_from_reader(text.as_bytes())
    }

    fn values(text: &str) -> Result<Regression<f64>, DataError> {
        CsvOptions::default().values_from_reader(text.as_bytes())
    }

    #[test]
    fn classes_that_occur_twice_are_refused() {
        let options =
            CsvOptions { classes: ["a", "b", "a"].map(str::to_owned).to_vec(), ..CsvOptions::default() };
        let error = options.classes_from_reader::<f64, _>("x,y\n1,a\n".as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "classes is a, b, a; expected different names");
    }

    #[test]
    fn classes_are_ranked_by_name() {
        let data = classes("length,width,species\n5.1,3.5,setosa\n7,3.2,virginica\n6.4,3,setosa\n").unwrap();
        assert_eq!(data.x(), array![[5.1, 3.5], [7.0, 3.2], [6.4, 3.0]]);
        assert_eq!(data.y(), [0, 1, 0]);
        assert_eq!(data.class_names(), ["setosa", "virginica"]);
        assert_eq!(data.feature_names(), ["length", "width"]);
    }

    #[test]
    fn whole_numbers_are_ranked_by_value() {
        let data = classes("x,y\n0,10\n0,9\n0,-1\n0,10\n").unwrap();
        assert_eq!(data.class_names(), ["-1", "9", "10"]);
        assert_eq!(data.y(), [2, 1, 0, 2]);
        // One name that is no whole number: alphabetical.
        assert_eq!(classes("x,y\n0,10\n0,9\n0,a\n").unwrap().class_names(), ["10", "9", "a"]);
    }

    #[test]
    fn any_column_can_be_the_target() {
        let text = "a,b,c\n1,2,3\n4,5,6\n";
        for (target, name, y, x) in [
            (TargetColumn::Last, "c", [3.0, 6.0], array![[1.0, 2.0], [4.0, 5.0]]),
            (TargetColumn::Index(1), "b", [2.0, 5.0], array![[1.0, 3.0], [4.0, 6.0]]),
            (TargetColumn::Name("a".into()), "a", [1.0, 4.0], array![[2.0, 3.0], [5.0, 6.0]]),
        ] {
            let options = CsvOptions { target, ..CsvOptions::default() };
            let data = options.values_from_reader::<f64, _>(text.as_bytes()).unwrap();
            assert_eq!(data.target_names(), [name]);
            assert_eq!(data.y().column(0).to_vec(), y);
            assert_eq!(data.x(), x);
            assert!(!data.feature_names().contains(&name.to_owned()));
        }
    }

    #[test]
    fn without_a_header_the_columns_are_numbered() {
        let options =
            CsvOptions { has_header: false, target: TargetColumn::Index(0), ..CsvOptions::default() };
        let data = options.classes_from_reader::<f64, _>("b,1,2\na,3,4".as_bytes()).unwrap();
        assert_eq!(data.feature_names(), ["x0", "x1"]);
        assert_eq!(data.y(), [1, 0]);
        let error = options.classes_from_reader::<f64, _>("b,1,2\na,3,?".as_bytes()).unwrap_err();
        assert_eq!(
            error,
            DataError::NotANumber { column: "2".into(), text: "?".into(), count: 1, lines: vec![2] }
        );
    }

    #[test]
    fn an_unknown_target_column_is_an_error_that_lists_the_columns() {
        let read = |target, has_header| {
            let options = CsvOptions { has_header, target, ..CsvOptions::default() };
            options.values_from_reader::<f64, _>("a,b,b\n1,2,3\n".as_bytes()).unwrap_err().to_string()
        };
        let advice = "choose one by its number or by a name that only it has";
        assert_eq!(
            read(TargetColumn::Name("z".into()), true),
            format!(
                "expected one target column `z`, found 0 among the columns 0 `a`, 1 `b`, 2 `b`: {advice}"
            )
        );
        assert_eq!(
            read(TargetColumn::Name("b".into()), true),
            format!(
                "expected one target column `b`, found 2 among the columns 0 `a`, 1 `b`, 2 `b`: {advice}"
            )
        );
        assert_eq!(
            read(TargetColumn::Index(3), true),
            format!("expected one target column 3, found 0 among the columns 0 `a`, 1 `b`, 2 `b`: {advice}")
        );
        assert_eq!(
            read(TargetColumn::Name("0".into()), false),
            format!("expected one target column `0`, found 0 among the columns 0, 1, 2: {advice}")
        );
    }

    #[test]
    fn a_target_must_be_there() {
        let error = classes("x,y\n1,a\n2, \n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 3, column 1 `y`: expected a class, found nothing: fill it in or leave the row out"
        );
        let error = values("x,y\n1,\n").unwrap_err();
        assert_eq!(
            error,
            DataError::NotANumber { column: "1 `y`".into(), text: String::new(), count: 1, lines: vec![2] }
        );
    }

    #[test]
    fn files_are_read() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"x,y\n1.5,0\n2.5,1\n").unwrap();
        let options = CsvOptions::default();
        let data = options.read_classes::<f32>(file.path()).unwrap();
        assert_eq!((data.x(), data.y()), (array![[1.5], [2.5]].view(), &[0, 1][..]));
        let data = options.read_values::<f32>(file.path()).unwrap();
        assert_eq!(data.y().column(0).to_vec(), [0.0, 1.0]);
    }

    #[test]
    fn a_missing_file_is_an_error_with_its_path() {
        let path = tempfile::tempdir().unwrap().path().join("missing.csv");
        let error = CsvOptions::default().read_values::<f64>(&path).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot open {}: ", path.display())), "{error}");
        assert!(matches!(error, DataError::Open { kind: std::io::ErrorKind::NotFound, .. }));
    }

    #[test]
    fn a_delimiter_that_cannot_delimit_is_refused() {
        for delimiter in [b'"', b'\n', b'\r', 0xC3] {
            let options = CsvOptions { delimiter, ..CsvOptions::default() };
            let error = options.values_from_reader::<f64, _>("a,b\n1,2\n".as_bytes()).unwrap_err();
            assert!(matches!(error, DataError::Parameter { name: "delimiter", .. }), "{error}");
        }
        let tabs = CsvOptions { delimiter: b'\t', ..CsvOptions::default() };
        assert_eq!(tabs.values_from_reader::<f64, _>("a\tb\n1\t2\n".as_bytes()).unwrap().y()[[0, 0]], 2.0);
    }

    /// Text of a CSV file with these columns.
    fn written(rows: &[(f64, f64, String)]) -> String {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["a", "b, quoted", "class"]).unwrap();
        for (a, b, class) in rows {
            writer.write_record([&a.to_string(), &format!("{b:e}"), class]).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(
            rows in vec((-1e300..1e300, -1e-300..1e-300, "[a-c\",\n]{0,2}[a-z]"), 1..30)
        ) {
            // Spaces at the ends, line breaks among them, do not belong to a field.
            let rows: Vec<_> = rows.into_iter().map(|(a, b, class)| (a, b, class.trim().to_owned())).collect();
            let data = classes(&written(&rows)).unwrap();
            prop_assert_eq!(data.feature_names(), ["a", "b, quoted"]);
            prop_assert_eq!(data.samples(), rows.len());
            for (n, (a, b, class)) in rows.iter().enumerate() {
                prop_assert_eq!((data.x()[[n, 0]], data.x()[[n, 1]]), (*a, *b));
                prop_assert_eq!(&data.class_names()[data.y()[n]], class);
            }
            prop_assert!(data.class_names().is_sorted());
            prop_assert!(data.class_counts().iter().all(|&count| count > 0));
        }
    }
}
