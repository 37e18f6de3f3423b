//! Data from files.

#[cfg(feature = "csv")]
mod csv;
#[cfg(feature = "idx")]
mod idx;
#[cfg(feature = "npy")]
mod npy;
#[cfg(feature = "npy")]
mod npz;
#[cfg(any(feature = "csv", feature = "idx"))]
mod open;
#[cfg(feature = "csv")]
mod schema;
#[cfg(feature = "csv")]
mod table;

#[cfg(feature = "csv")]
pub use self::csv::{CsvOptions, TargetColumn};
#[cfg(feature = "idx")]
pub use idx::{idx_from_reader, read_idx};
#[cfg(feature = "npy")]
pub use npy::{NpyFile, read_npy, write_npy};
#[cfg(feature = "npy")]
pub use npz::{read_npz, write_npz};
#[cfg(feature = "csv")]
pub(crate) use open::open;
#[cfg(feature = "csv")]
pub use schema::{ColumnKind, CsvColumn, CsvSchema};
