//! Files, and the standard input for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use nn_data::{Dialect, Table, TableEncoder};
use nn_model::Model;

use crate::Failure;

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
    Ok(Table::from_reader(open(path)?, dialect)?)
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
