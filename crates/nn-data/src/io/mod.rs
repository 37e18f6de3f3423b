//! Data from files.

mod csv;
#[cfg(feature = "idx")]
mod idx;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "npy")]
mod npz;
mod schema;
mod table;

use std::{fs::File, path::Path};

pub use self::csv::{CsvOptions, TargetColumn};
#[cfg(feature = "idx")]
pub use idx::{idx_from_reader, read_idx};
#[cfg(feature = "npy")]
pub use npy::{read_npy, write_npy};
#[cfg(feature = "npy")]
pub use npz::{read_npz, write_npz};
pub use schema::{ColumnKind, CsvColumn, CsvSchema};

use crate::DataError;

fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|error| DataError::Open {
        path: path.to_owned(),
        kind: error.kind(),
        reason: error.to_string(),
    })
}
