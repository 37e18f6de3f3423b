//! Tables as people have them: text with numbers, categories, yes and no, and gaps.

mod column;
mod detect;
mod dialect;
mod encoder;
mod encoding;
mod error;
mod fit;
mod in_memory;
mod nearest;
mod number_format;
mod options;
mod parts;
mod reader;
mod rows;
mod scale;
mod scanner;
mod seen;
mod target;

pub use column::TableColumn;
pub use dialect::{Delimiter, Dialect, DuplicateNames};
pub use encoder::TableEncoder;
pub use encoding::TextEncoding;
pub use error::TableError;
pub use in_memory::Table;
pub use number_format::{DecimalMark, NumberFormat};
pub use options::{FieldKind, Labels, Missing, Scaling, TableOptions, Task, Unseen};
pub use parts::{TablePart, TableParts};
pub use reader::TableReader;
pub use target::TableTarget;
