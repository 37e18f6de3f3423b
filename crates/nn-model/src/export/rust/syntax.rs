//! Rust's words for statements and activations.

use std::ops::Range;

use super::super::Precision;
use super::super::activations::Words;
use super::super::text::list;
use super::super::writer::Syntax;

pub(super) const WORDS: Words = Words {
    choose: |condition, yes, no| format!("if {condition} {{ {yes} }} else {{ {no} }}"),
    define: |name, value| format!("let {name} = {value};\n"),
    result: |value| format!("{value}\n"),
    abs: "z.abs()",
    prefix: "",
};

pub(in super::super) struct Rust(pub(in super::super) Precision);

impl Rust {
    /// Numbers with commas between them.
    pub(in super::super) fn numbers(&self, values: &[f64], indent: &str) -> String {
        list(values.iter().map(|&value| self.literal(value)), indent)
    }
}

/// The array itself; the inputs are lent.
pub(in super::super) fn value(x: &str) -> &str {
    if x == "x" { "*x" } else { x }
}

impl Syntax for Rust {
    fn literal(&self, value: f64) -> String {
        self.0.literal(value)
    }

    fn array(&self, name: &str, values: &[f64]) -> String {
        let (number, items) = (self.0.name(), self.numbers(values, "        "));
        format!("    pub static {name}: [{number}; {}] = [\n{items}    ];\n", values.len())
    }

    fn matrix(&self, name: &str, values: &[f64], columns: usize) -> String {
        let (number, rows) = (self.0.name(), values.len() / columns);
        let row = |row| format!("        [\n{}        ],\n", self.numbers(row, "            "));
        let items: String = values.chunks(columns).map(row).collect();
        format!("    pub static {name}: [[{number}; {columns}]; {rows}] = [\n{items}    ];\n")
    }

    fn constants(&self, name: &str) -> String {
        format!("&constants::{name}")
    }

    fn declare(&self, y: &str, len: usize) -> String {
        format!("    let mut {y} = [0.0; {len}];\n")
    }

    fn copy(&self, y: &str, x: &str, _: usize) -> String {
        format!("    let mut {y} = {};\n", value(x))
    }

    fn copy_into(&self, y: &str, range: Range<usize>, x: &str) -> String {
        let (start, end) = (range.start, range.end);
        format!("    {y}[{start}..{end}].copy_from_slice({});\n", self.argument(x))
    }

    fn argument(&self, x: &str) -> String {
        if x == "x" { x.to_owned() } else { format!("&{x}") }
    }

    fn call(&self, function: &str, x: &str, _: usize, rest: &str) -> String {
        let comma = if rest.is_empty() { "" } else { ", " };
        format!("    math::{function}(&mut {x}{comma}{rest});\n")
    }

    fn each(&self, f: &str, x: &str, _: usize) -> String {
        format!("    math::each(&mut {x}, math::{f});\n")
    }

    fn dense(&self, [w, b]: [&str; 2], x: &str, _: usize, y: &str, range: Range<usize>) -> String {
        let (w, b, x) = (self.constants(w), self.constants(b), self.argument(x));
        format!("    math::dense({w}, {b}, {x}, &mut {y}[{}..{}]);\n", range.start, range.end)
    }
}
