//! Tables as people have them: text with numbers, categories, yes and no, and gaps.

mod detect;
mod dialect;
mod encoding;
mod error;
mod number_format;
mod reader;
mod scanner;

pub use dialect::{Delimiter, Dialect, DuplicateNames};
pub use encoding::TextEncoding;
pub use error::TableError;
pub use number_format::{DecimalMark, NumberFormat};
pub use reader::TableReader;
