//! The functions that the statements of a file call, and what those need.

mod table;

use std::collections::BTreeSet;

use self::table::{IN_DOUBLE, PARTS};
use super::Precision;

/// A language that files are written in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Language {
    Rust,
    C,
}

/// A function or a constant, and the names of the parts that it uses.
struct Part {
    name: &'static str,
    /// For `f32` and for `f64`, often the same; empty where the language does without.
    rust: [&'static str; 2],
    c: [&'static str; 2],
    /// In Rust, then in C; for `f32` and for `f64`.
    uses: [[&'static [&'static str]; 2]; 2],
}

/// The text of functions.
pub(super) struct Functions {
    /// Those in the network's number type.
    pub(super) own: String,
    /// Those in `f64` that a network in `f32` needs.
    pub(super) in_double: Option<String>,
}

/// The functions of these names, and all that they use.
pub(super) fn functions(
    language: Language,
    wanted: &BTreeSet<&'static str>,
    precision: Precision,
) -> Functions {
    let double: BTreeSet<_> = IN_DOUBLE.iter().copied().filter(|name| wanted.contains(name)).collect();
    let in_double = precision == Precision::F32 && !double.is_empty();
    Functions {
        own: text(language, wanted, precision),
        in_double: in_double.then(|| text(language, &double, Precision::F64)),
    }
}

fn text(language: Language, wanted: &BTreeSet<&'static str>, precision: Precision) -> String {
    let index = usize::from(precision == Precision::F64);
    let mut needed = wanted.clone();
    for part in PARTS.iter().rev() {
        if needed.contains(part.name) {
            needed.extend(part.uses[language as usize][index]);
        }
    }
    let texts = PARTS.iter().filter(|part| needed.contains(part.name)).map(|part| match language {
        Language::Rust => part.rust[index],
        Language::C => part.c[index],
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
