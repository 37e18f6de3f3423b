//! Fitting an encoder to a table.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use super::column::{Code, TableColumn};
use super::error::no_column;
use super::seen::Seen;
use super::target::TableTarget;
use super::{FieldKind, Missing, Scaling, TableEncoder, TableError, TableOptions, TableReader};
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
        let names = rows.names().to_vec();
        let target = options.target.as_ref().map(|target| target_index(target, &names)).transpose()?;
        let used = used_columns(&names, target, options)?;
        let asked = |n: usize| options.kinds.get(&names[n]).copied();
        let mut seen: Vec<Seen> =
            used.iter().map(|&n| Seen::new(asked(n), options.missing, target == Some(n))).collect();
        let numbers = options.dialect.numbers;
        let (mut kept, mut dropped) = (0, 0);
        while rows.advance()? {
            let is_missing = |n: usize| TableOptions::is_missing(&options.markers, rows.field(n));
            let lacks = (options.missing == Missing::DropRows) && used.iter().any(|&n| is_missing(n));
            let line = || rows.line();
            for (&n, seen) in used.iter().zip(&mut seen) {
                let field = rows.field(n);
                let number = numbers.parse(field);
                if number.is_none() && is_missing(n) {
                    seen.add_missing(line);
                } else if !lacks {
                    seen.add(field, number, line);
                }
            }
            (kept, dropped) = if lacks { (kept, dropped + 1) } else { (kept + 1, dropped) };
        }
        if kept == 0 {
            let found = if dropped == 0 { "nothing" } else { "missing values in every row" };
            return Err(DataError::NoRows { expected: "at least one row of data", found });
        }
        let (mut columns, mut fitted) = (Vec::new(), None);
        for (&n, seen) in used.iter().zip(&mut seen) {
            let name = &names[n];
            if target == Some(n) {
                // A target cannot be made up.
                check_missing(name, seen, matches!(options.missing, Missing::DropRows))?;
                fitted = Some(TableTarget::fit(name, n, seen, options)?);
            } else {
                check_missing(name, seen, options.missing != Missing::Refuse)?;
                columns.push(fit_column(name, n, seen, asked(n), options)?);
            }
        }
        let encoder = Self { options: options.clone(), columns, target: fitted, rows: kept, dropped };
        encoder.check()?;
        Ok(encoder)
    }
}

fn target_index(target: &TargetColumn, names: &[String]) -> Result<usize, DataError> {
    match target {
        TargetColumn::Last => Ok(names.len() - 1),
        TargetColumn::Index(index) if *index < names.len() => Ok(*index),
        TargetColumn::Index(index) => Err(no_column(&index.to_string(), names)),
        TargetColumn::Name(name) => {
            names.iter().position(|n| n == name).ok_or_else(|| no_column(name, names))
        }
    }
}

/// The columns that are features or the target.
fn used_columns(
    names: &[String],
    target: Option<usize>,
    options: &TableOptions,
) -> Result<Vec<usize>, DataError> {
    for name in options.leave_out.iter().chain(options.kinds.keys()) {
        if !names.contains(name) {
            return Err(no_column(name, names));
        }
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
            Code::Category { categories: words(often), rare: words(rare), fill }
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
