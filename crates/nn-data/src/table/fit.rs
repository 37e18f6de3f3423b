//! Fitting an encoder to a table.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::column::{Code, TableColumn};
use super::error::no_column;
use super::seen::Seen;
use super::target::TableTarget;
use super::{FieldKind, Missing, Scaling, Table, TableEncoder, TableError, TableOptions, TableReader};
use crate::io::open;
use crate::preprocessing::divisor;
use crate::{DataError, TargetColumn};

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
        let mut fitting = Fitting::new(rows.names(), options)?;
        rows.each(|row| fitting.add(|n| row.field(n), || row.line()))?;
        fitting.finish(None)
    }

    /// Fits an encoder to a table in memory. The table's dialect takes the place of that of the options.
    ///
    /// # Errors
    /// As [`fit_reader`](TableEncoder::fit_reader).
    pub fn fit_table(table: &Table, options: &TableOptions) -> Result<Self, DataError> {
        let options = TableOptions { dialect: table.dialect().clone(), ..options.clone() };
        let mut fitting = Fitting::new(table.names(), &options)?;
        for row in 0..table.rows() {
            fitting.add(|n| table.field(row, n), || table.line(row));
        }
        fitting.finish(None)
    }

    /// The same encoder fitted to these rows of a table alone: what the columns are, and the classes of the target, stay; means,
    /// scales, what missing values are filled in with, and which categories have a feature of their own are those of the rows.
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
    pub fn refit(&self, table: &Table, rows: &[usize]) -> Result<Self, DataError> {
        table.check_rows(rows)?;
        let mut fitting = Fitting::again(self, table.names())?;
        for &row in rows {
            fitting.add(|n| table.field(row, n), || table.line(row));
        }
        fitting.finish(Some(self))
    }
}

/// What is seen of a table, row by row.
struct Fitting<'o> {
    options: &'o TableOptions,
    columns: Vec<Column>,
    kept: usize,
    dropped: usize,
}

/// A column that is a feature or the target.
struct Column {
    name: String,
    /// Where it is in the table.
    place: usize,
    is_target: bool,
    /// Its kind, if it is known.
    kind: Option<FieldKind>,
    seen: Seen,
}

impl<'o> Fitting<'o> {
    fn new(names: &[String], options: &'o TableOptions) -> Result<Self, DataError> {
        let target = options.target.as_ref().map(|target| target_index(target, names)).transpose()?;
        let column = |place: usize| {
            let (name, is_target) = (names[place].clone(), target == Some(place));
            let kind = options.kinds.get(&name).copied();
            Column { name, place, is_target, kind, seen: Seen::new(kind, options.missing, is_target) }
        };
        let columns = used_columns(names, target, options)?.into_iter().map(column).collect();
        Ok(Self { options, columns, kept: 0, dropped: 0 })
    }

    /// Of the columns that an encoder has.
    fn again(encoder: &'o TableEncoder, names: &[String]) -> Result<Self, DataError> {
        let options = &encoder.options;
        let column = |name: &str, kind: Option<FieldKind>| {
            let (place, is_target) = (place(name, names)?, kind.is_none());
            let seen = Seen::new(kind, options.missing, is_target);
            Ok(Column { name: name.to_owned(), place, is_target, kind, seen })
        };
        let features = encoder.columns.iter().map(|known| column(&known.name, Some(known.kind())));
        let target = encoder.target.iter().map(|target| column(target.name(), None));
        let columns = features.chain(target).collect::<Result<_, DataError>>()?;
        Ok(Self { options, columns, kept: 0, dropped: 0 })
    }

    #[inline]
    fn add<'f>(&mut self, field: impl Fn(usize) -> &'f str, line: impl Fn() -> usize) {
        let Self { options, columns, .. } = self;
        let is_missing = |place| TableOptions::is_missing(&options.markers, field(place));
        let lacks =
            options.missing == Missing::DropRows && columns.iter().any(|column| is_missing(column.place));
        for Column { place, seen, .. } in columns {
            let text = field(*place);
            let number = options.dialect.numbers.parse(text);
            if number.is_none() && is_missing(*place) {
                seen.add_missing(&line);
            } else if !lacks {
                seen.add(text, number, &line);
            }
        }
        if lacks {
            self.dropped += 1;
        } else {
            self.kept += 1;
        }
    }

    /// The encoder; its classes and categories are those that are `known`, if an encoder was fitted before.
    fn finish(self, known: Option<&TableEncoder>) -> Result<TableEncoder, DataError> {
        let Self { options, columns: used, kept, dropped } = self;
        if kept == 0 {
            let found = if dropped == 0 { "nothing" } else { "missing values in every row" };
            return Err(DataError::NoRows { expected: "at least one row of data", found });
        }
        let (mut columns, mut target) = (Vec::new(), None);
        for Column { name, place, is_target, kind, mut seen } in used {
            if is_target {
                // A target cannot be made up.
                check_missing(&name, &seen, options.missing == Missing::DropRows)?;
                target = Some(match known.and_then(TableEncoder::target) {
                    Some(target) => target.refit(place, &seen, options)?,
                    None => TableTarget::fit(&name, place, &seen, options)?,
                });
            } else {
                check_missing(&name, &seen, options.missing != Missing::Refuse)?;
                let mut column = fit_column(&name, place, &mut seen, kind, options)?;
                if let Some(known) = known.and_then(|known| known.columns.get(columns.len())) {
                    column.keep_words(known);
                }
                columns.push(column);
            }
        }
        let encoder = TableEncoder { options: options.clone(), columns, target, rows: kept, dropped };
        encoder.check()?;
        Ok(encoder)
    }
}

/// Where the column of this name is.
pub(super) fn place(name: &str, names: &[String]) -> Result<usize, DataError> {
    names.iter().position(|n| n == name).ok_or_else(|| no_column(name, names))
}

fn target_index(target: &TargetColumn, names: &[String]) -> Result<usize, DataError> {
    match target {
        TargetColumn::Last => Ok(names.len() - 1),
        TargetColumn::Index(index) if *index < names.len() => Ok(*index),
        TargetColumn::Index(index) => {
            let (name, columns) = (index.to_string(), names.to_vec());
            Err(TableError::NoColumn { name, nearest: None, columns }.into())
        }
        TargetColumn::Name(name) => place(name, names),
    }
}

/// The columns that are features or the target.
fn used_columns(
    names: &[String],
    target: Option<usize>,
    options: &TableOptions,
) -> Result<Vec<usize>, DataError> {
    for name in options.leave_out.iter().chain(options.kinds.keys()) {
        place(name, names)?;
    }
    let used = |&n: &usize| target == Some(n) || !options.leave_out.contains(&names[n]);
    let used: Vec<usize> = (0..names.len()).filter(used).collect();
    if used.iter().all(|&n| target == Some(n)) { Err(TableError::NoFeatures.into()) } else { Ok(used) }
}

fn check_missing(name: &str, seen: &Seen, allowed: bool) -> Result<(), TableError> {
    if allowed || seen.missing == 0 {
        return Ok(());
    }
    Err(TableError::Missing {
        column: name.to_owned(),
        count: seen.missing,
        lines: seen.missing_lines.clone(),
    })
}

fn fit_column(
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
