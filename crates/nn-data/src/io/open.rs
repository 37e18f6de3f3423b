use std::fs::File;
use std::path::Path;

use crate::DataError;

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|error| DataError::Open {
        path: path.to_owned(),
        kind: error.kind(),
        reason: error.to_string(),
    })
}
