//! Fitting an encoder to a table.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::column::{Code, TableColumn};
use super::fitting::Fitting;
use super::seen::Seen;
use super::{
    Dialect, FieldKind, Missing, Scaling, SetAside, Table, TableEncoder, TableError, TableOptions,
    TableReader, TableRows,
};
use crate::DataError;
use crate::io::open;
use crate::preprocessing::divisor;

impl TableEncoder {
    /// Fits an encoder to a file, in one pass: memory does not grow with the rows, but for [`Missing::Median`].
    ///
    /// # Errors
    /// [`DataError::Open`], and those of [`fit_reader`](TableEncoder::fit_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::{TableEncoder, TableOptions};
    ///
    /// let error = TableEncoder::fit("no/such.csv", &TableOptions::default()).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot open no/such.csv: "));
    /// ```
    pub fn fit(path: impl AsRef<Path>, options: &TableOptions) -> Result<Self, DataError> {
        Self::fit_reader(open(path.as_ref())?, options)
    }

    /// Fits an encoder to a text.
    ///
    /// # Errors
    /// [`DataError::Table`] with the column and the lines, for whatever is neither what the column has nor covered by an
    /// option; those of [`TableReader`]; [`DataError::NoRows`] without a row that is left.
    pub fn fit_reader<R: Read>(reader: R, options: &TableOptions) -> Result<Self, DataError> {
        let mut rows = TableReader::new(reader, &options.dialect)?;
        if looks_twice(options) {
            return Self::fit_table(&Table::of_rows(rows, &options.dialect)?, options);
        }
        let dialect = Dialect { numbers: rows.numbers(), ..options.dialect.clone() };
        let options = TableOptions { dialect, ..options.clone() };
        let mut fitting = Fitting::new(rows.names(), &options, rows.detected, Vec::new())?;
        rows.each(|row| fitting.add(|n| row.field(n), || row.line()))?;
        fitting.finish(None)
    }

    /// Fits an encoder to a table in memory, or in a file that is read anew. The table's dialect takes the place of that of the options.
    ///
    /// # Errors
    /// As [`fit_reader`](TableEncoder::fit_reader).
    pub fn fit_table(table: &dyn TableRows, options: &TableOptions) -> Result<Self, DataError> {
        let options = TableOptions { dialect: table.dialect().clone(), ..options.clone() };
        let fitting = |options, aside| -> Result<Fitting<'_>, DataError> {
            let mut fitting = Fitting::new(table.names(), options, table.is_mark_detected(), aside)?;
            table.visit_all(&mut |row| fitting.add(|n| row.field(n), || row.line()))?;
            Ok(fitting)
        };
        if !looks_twice(&options) {
            return fitting(&options, Vec::new())?.finish(None);
        }
        let filled_in = TableOptions { missing: Missing::Mean, ..options.clone() };
        let mut aside = fitting(&filled_in, Vec::new())?.set_aside()?;
        loop {
            let left = fitting(&options, aside.clone())?;
            // Among fewer rows more columns may be names.
            match left.set_aside()? {
                more if more.is_empty() => return left.finish(None),
                more => aside.extend(more),
            }
        }
    }

    /// The same encoder fitted to these rows of a table alone: what the columns are, and the classes of the target, stay; means,
    /// scales, what missing values are filled in with, and which categories have a feature of their own are those of the rows, whose order does not matter.
    ///
    /// So nothing of rows that are held out is known to a network but the names of classes and categories. A category that the
    /// whole table has and these rows have not, is [`absent`](TableColumn::absent): it is encoded as a rare one, or by features that
    /// are all 0 if none were joined, whatever [`unseen`](TableOptions::unseen) says, and [`TablePart`](super::TablePart) counts the rows.
    ///
    /// # Errors
    /// [`DataError::Row`] for a row that the table has not, and those of [`fit_reader`](TableEncoder::fit_reader).
    ///
    /// # Example
    /// ```
    /// use nn_data::{Dialect, Table, TableEncoder, TableOptions};
    ///
    /// let text = "size,colour,class\n1,red,no\n3,red,yes\n2,blue,yes\n100,red,no\n";
    /// let table = Table::from_reader(text.as_bytes(), &Dialect::default())?;
    /// let whole = TableEncoder::fit_table(&table, &TableOptions::default())?;
    /// let (train, held) = ([0, 1], [2, 3]);
    /// let encoder = whole.refit(&table, &train)?;
    /// assert_eq!(encoder.feature_names(), ["size", "colour=red"]);
    /// let held = encoder.part_from_table::<f64>(&table, &held)?;
    /// assert_eq!(held.x, ndarray::array![[0.0, 0.0], [98.0, 1.0]]);
    /// assert_eq!((held.labels, held.unseen), (vec![1, 0], 1));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn refit(&self, table: &dyn TableRows, rows: &[usize]) -> Result<Self, DataError> {
        let mut fitting = Fitting::again(self, table.names())?;
        // Sums depend on the order.
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        table.visit(&rows, &mut |_, row| fitting.add(|n| row.field(n), || row.line()))?;
        fitting.finish(Some(self))
    }
}

/// Whether columns must be set aside before it is known which rows are left out.
fn looks_twice(options: &TableOptions) -> bool {
    options.set_aside == SetAside::Detect && options.missing == Missing::DropRows
}

/// The column that was seen.
pub(super) fn fit_column(
    name: &str,
    number: usize,
    seen: &mut Seen,
    asked: Option<FieldKind>,
    options: &TableOptions,
) -> Result<TableColumn, DataError> {
    let fills = !matches!(options.missing, Missing::Refuse | Missing::DropRows);
    let code = match seen.kind(name, asked)? {
        FieldKind::Number => {
            let (offset, factor) = match options.scaling {
                Scaling::Standard => (seen.mean, divisor(number, seen.deviation(), seen.mean.abs())?),
                Scaling::MinMax => {
                    let magnitude = seen.least.abs().max(seen.largest.abs());
                    (seen.least, divisor(number, seen.largest - seen.least, magnitude)?)
                }
                Scaling::Off => (0.0, 1.0),
            };
            let fill = match options.missing {
                Missing::Refuse | Missing::DropRows => None,
                Missing::Mean => Some(seen.mean),
                Missing::Median => Some(seen.median()),
                Missing::MostFrequent => Some(most_frequent_number(name, seen, options)?),
            };
            Code::Number { offset, factor, fill }
        }
        FieldKind::YesNo => {
            let [no, yes] = seen.yes_no().unwrap_or_default();
            let frequent = seen.most_frequent().filter(|_| fills);
            let fill = frequent.map(|word| word.eq_ignore_ascii_case(&yes));
            Code::YesNo { no, yes, fill }
        }
        FieldKind::Category => {
            let texts = seen.texts().unwrap_or_default();
            let (often, rare): (Vec<_>, Vec<_>) =
                texts.into_iter().partition(|(_, count)| *count >= options.min_frequency);
            let words = |texts: Vec<(String, usize)>| texts.into_iter().map(|(word, _)| word).collect();
            let fill = seen.most_frequent().filter(|_| fills);
            Code::Category { categories: words(often), rare: words(rare), absent: Vec::new(), fill }
        }
    };
    Ok(TableColumn { name: name.to_owned(), missing: seen.missing, code })
}

/// Of several that are there equally often, the least.
fn most_frequent_number(name: &str, seen: &Seen, options: &TableOptions) -> Result<f64, TableError> {
    let texts = seen
        .texts()
        .ok_or_else(|| TableError::TooManyCategories { column: name.to_owned(), limit: 10_000 })?;
    let numbers =
        texts.iter().filter_map(|(text, count)| Some((options.dialect.numbers.parse(text)?, *count)));
    let mut counts: BTreeMap<u64, (f64, usize)> = BTreeMap::new();
    // `1` and `1.0` are one number.
    numbers.for_each(|(x, count)| counts.entry((x + 0.0).to_bits()).or_insert((x, 0)).1 += count);
    let most = counts.values().map(|(_, count)| *count).max().unwrap_or(0);
    let often = counts.values().filter(|(_, count)| *count == most).map(|(x, _)| *x);
    Ok(often.fold(f64::INFINITY, f64::min))
}
