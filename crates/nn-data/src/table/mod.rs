//! Tables as people have them: text with numbers, categories, yes and no, and gaps.

mod column;
mod dates;
mod detect;
mod dialect;
mod encoder;
mod encoding;
mod error;
mod fit;
mod fitting;
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
mod set_aside;
mod target;
mod twin;
mod warning;

pub use column::TableColumn;
pub use dialect::{Delimiter, Dialect, DuplicateNames};
pub use encoder::TableEncoder;
pub use encoding::TextEncoding;
pub use error::TableError;
pub use in_memory::Table;
pub use number_format::{DecimalMark, NumberFormat};
pub use options::{FieldKind, Labels, Missing, Scaling, SetAside, TableOptions, Task, Unseen};
pub use parts::{TablePart, TableParts};
pub use reader::TableReader;
pub use set_aside::SetAsideReason;
pub use target::TableTarget;
pub use warning::TableWarning;
