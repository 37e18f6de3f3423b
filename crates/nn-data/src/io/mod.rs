//! Data from files.

mod csv;
mod schema;
mod table;

pub use self::csv::{CsvOptions, TargetColumn};
pub use schema::{ColumnKind, CsvColumn, CsvSchema};
