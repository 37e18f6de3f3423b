//! The functions that a file needs, and what those need, in the order of a list.

use std::collections::BTreeSet;

use super::Precision;

/// A function or a constant in the text of a language, and the names of the parts that it uses.
pub(super) struct Part {
    pub(super) name: &'static str,
    /// For `f32` and for `f64`, often the same.
    pub(super) text: [&'static str; 2],
    pub(super) uses: [&'static [&'static str]; 2],
}

impl Part {
    pub(super) fn text(&self, precision: Precision) -> &'static str {
        self.text[index(precision)]
    }
}

/// The parts that `wanted` need, themselves among them, in the order of `parts`.
pub(super) fn needed(
    parts: &'static [Part],
    wanted: &BTreeSet<&'static str>,
    precision: Precision,
) -> impl Iterator<Item = &'static Part> {
    let mut needed = wanted.clone();
    // What a part uses stands before it.
    for part in parts.iter().rev() {
        if needed.contains(part.name) {
            needed.extend(part.uses[index(precision)]);
        }
    }
    parts.iter().filter(move |part| needed.contains(part.name))
}

fn index(precision: Precision) -> usize {
    usize::from(precision == Precision::F64)
}
