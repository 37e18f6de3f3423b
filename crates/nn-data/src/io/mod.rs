//! Data from files.

mod csv;
mod table;

pub use self::csv::{CsvOptions, TargetColumn};
