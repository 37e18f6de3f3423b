//! Files, and the standard input for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use nn_data::{
    DataError, Dialect, Table, TableEncoder, TableError, TableFile, TableOptions, TableRows, TargetColumn,
};
use nn_model::{FileError, Model};

use crate::samples::Samples;
use crate::{Failure, Workers, words};

/// A file, or the standard input for `-`.
pub(crate) fn open<'a>(path: &Path) -> Result<Box<dyn Read + 'a>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    Ok(Box::new(opened(path, "a CSV file")?))
}

/// A model.
pub(crate) fn model(path: &Path) -> Result<Model<f32>, Failure> {
    opened(path, "a model file, as `smallnet train` writes them")?;
    Model::load(path).map_err(|error| match &error {
        // No tensors, but text: what is said of its first bytes as numbers helps nobody.
        FileError::At { source, .. } if matches!(**source, FileError::Container(_)) && is_text(path) => format!(
            "{} is a text, no model; expected a file that `smallnet train` wrote: the model comes first, then the table",
            path.display()
        )
        .into(),
        _ => Failure::from(error),
    })
}

/// Whether a file begins as a text does.
fn is_text(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    read.is_ok() && !start.iter().any(|byte| *byte < b' ' && !byte.is_ascii_whitespace())
}

/// A file, or what is wrong with the path of one.
fn opened(path: &Path, expected: &str) -> Result<File, Failure> {
    if path.is_dir() {
        return Err(format!("{} is a folder; expected {expected}", path.display()).into());
    }
    Ok(File::open(path)
        .map_err(|error| format!("cannot open {}: {error}; check the path", path.display()))?)
}

/// A table in memory.
pub(crate) fn table(path: &Path, dialect: &Dialect) -> Result<Table, Failure> {
    refuse_nothing(path)?;
    Ok(Table::from_reader(open(path)?, dialect)?)
}

/// A table that several processes share, each of which reads the same file; for one alone, a table in memory.
pub(crate) fn shared(
    path: &Path,
    dialect: &Dialect,
    workers: Option<&dyn Workers>,
) -> Result<Box<dyn TableRows>, Failure> {
    let Some(workers) = workers else { return Ok(Box::new(table(path, dialect)?)) };
    if path == Path::new("-") {
        return Err("several processes read the table; give a file instead of the standard input".into());
    }
    refuse_nothing(path)?;
    match path.metadata() {
        // A pipe would be waited for.
        Ok(file) if !file.is_dir() => workers.reads(file.len()),
        _ => drop(opened(path, "a CSV file")?),
    }
    let file = TableFile::open(path, dialect)?;
    let read = format!("{} rows, of the hash {:016x}", file.rows(), file.fingerprint());
    workers.check_same("the table", &read)?;
    Ok(Box::new(file))
}

fn refuse_nothing(path: &Path) -> Result<(), Failure> {
    if path.is_file() && path.metadata().is_ok_and(|file| file.len() == 0) {
        return Err(format!(
            "{} is empty; expected a line with the names of the columns, and rows",
            path.display()
        )
        .into());
    }
    Ok(())
}

/// The rows of a table whose answers are known; what there is to say of them is said.
pub(crate) fn answered(path: &Path, encoder: &TableEncoder) -> Result<Samples, Failure> {
    let table = table(path, &encoder.options().dialect)?;
    let (samples, note) = Samples::of_table(encoder, &table).map_err(|error| match &error {
        DataError::Table(TableError::NoColumn { name, .. }) if encoder.target().is_some_and(|target| target.name() == name) => {
            format!("{error}; `{name}` is what the model answers: give rows whose answers are known, or ask for them by `smallnet predict`").into()
        }
        _ => Failure::from(error),
    })?;
    note.iter().for_each(|note| eprintln!("smallnet: {note}"));
    Ok(samples)
}

/// What the columns of a table are.
pub(crate) fn fit(table: &dyn TableRows, options: &TableOptions) -> Result<TableEncoder, Failure> {
    let names = table.names();
    if let [name] = names {
        return Err(format!(
            "the table has one column, `{name}`; expected a target, and one at least to learn it from: if there are more, say by --delimiter what stands between two fields"
        )
        .into());
    }
    let target = match &options.target {
        Some(TargetColumn::Name(name)) => Some(name),
        _ => names.last(),
    };
    TableEncoder::fit_table(table, options).map_err(|error| match &error {
        DataError::Table(TableError::Missing { column, count, lines }) if target == Some(column) => format!(
            "the target `{column}` has {}, which cannot be made up; such rows are left out with --missing drop, and with --missing mean, which fills in gaps of other columns",
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
