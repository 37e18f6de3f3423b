//! Files, and the standard input for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use nn_data::{DataError, Dialect, Table, TableEncoder, TableError, TableOptions, TargetColumn};
use nn_model::Model;

use crate::{Failure, words};

/// A file, or the standard input for `-`.
pub(crate) fn open<'a>(path: &Path) -> Result<Box<dyn Read + 'a>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path)
        .map_err(|error| format!("cannot open {}: {error}; check the path", path.display()))?;
    Ok(Box::new(file))
}

/// A table in memory.
pub(crate) fn table(path: &Path, dialect: &Dialect) -> Result<Table, Failure> {
    if path.is_file() && path.metadata().is_ok_and(|file| file.len() == 0) {
        return Err(format!(
            "{} is empty; expected a line with the names of the columns, and rows",
            path.display()
        )
        .into());
    }
    Ok(Table::from_reader(open(path)?, dialect)?)
}

/// What the columns of a table are.
pub(crate) fn fit(table: &Table, options: &TableOptions) -> Result<TableEncoder, Failure> {
    let names = table.names();
    let target = match &options.target {
        Some(TargetColumn::Name(name)) => Some(name),
        _ => names.last(),
    };
    TableEncoder::fit_table(table, options).map_err(|error| match &error {
        DataError::Table(TableError::Missing { column, count, lines }) if target == Some(column) => format!(
            "the target `{column}` has {}, which cannot be made up; have such rows left out: --missing drop",
            words::places("missing value", *count, lines)
        )
        .into(),
        DataError::Spread { column } if *column < names.len() => format!(
            "the numbers of column `{0}` lie too far apart; divide them by a power of ten, or leave the column out: --leave-out '{0}'",
            names[*column]
        )
        .into(),
        _ => error.into(),
    })
}

/// The name of a file, for people.
pub(crate) fn name(path: &Path) -> String {
    if path == Path::new("-") {
        return "the standard input".to_owned();
    }
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a model knows of the table that it learned.
pub(crate) fn encoder(model: &Model<f32>) -> Result<&TableEncoder, Failure> {
    let encoder = model.table().filter(|encoder| encoder.target().is_some());
    encoder.ok_or_else(|| "the model knows no table; `smallnet train` makes models that do".into())
}
