//! What nn-data promises about files and numbers of others.

mod numpy_files;
mod scalers;
mod table;
mod table_inference;
mod table_messages;
mod table_rows;
mod table_warnings;
