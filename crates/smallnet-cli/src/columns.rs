//! What the columns of a table are.

use std::fmt::Write as _;

use nn_data::{DecimalMark, FieldKind, Scaler, TableColumn, TableEncoder, TableTarget};
use serde_json::{Value, json};

use crate::words;
use crate::worth::figure;

/// Columns of which each has a line, at most.
const COLUMNS: usize = 60;
/// Categories that are named, at most.
const CATEGORIES: usize = 8;

/// A line a column, and of many a line for those that are left; what was noticed of them.
pub(crate) fn columns(encoder: &TableEncoder) -> String {
    table(encoder, false)
}

/// The same, with what a network is given in place of the fields.
pub(crate) fn columns_as_learned(encoder: &TableEncoder) -> String {
    table(encoder, true)
}

fn table(encoder: &TableEncoder, as_learned: bool) -> String {
    let all = encoder.columns();
    let (shown, others) = all.split_at(if all.len() > COLUMNS { COLUMNS / 2 } else { all.len() });
    let width = shown.iter().map(|column| column.name().chars().count()).max().unwrap_or(0).max(6);
    let last = if as_learned { "  learned as" } else { "" };
    let mut text = format!("{:width$}  kind      features  missing{last}\n", "column");
    let mut first = 0;
    for column in shown {
        let kind = format!("{:?}", column.kind()).to_lowercase();
        let (name, features, missing) = (column.name(), column.features(), column.missing());
        let last =
            if as_learned { format!("  {}", learned_as(encoder, column, first)) } else { String::new() };
        let _ = writeln!(text, "{name:width$}  {kind:8}  {features:8}  {missing:7}{last}");
        first += features;
    }
    if !others.is_empty() {
        let of = |kind: FieldKind| others.iter().filter(|column| column.kind() == kind).count();
        let kinds =
            [(FieldKind::Number, "number"), (FieldKind::Category, "category"), (FieldKind::YesNo, "yesno")];
        let kinds = kinds.map(|(kind, name)| (of(kind), name)).into_iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(count, name)| format!("{count} {name}")).collect();
        let _ = writeln!(text, "and {} others: {}", others.len(), kinds.join(", "));
    }
    let target = match encoder.target() {
        Some(TableTarget::Classes { name, classes, .. }) => format!("{name}, {} classes", classes.len()),
        Some(target) if as_learned => {
            let of = |value: f64| encoder.decode_value(value).unwrap_or(value);
            format!("{}, values, learned as {}", target.name(), scale("y", of(0.0), of(1.0)))
        }
        Some(target) => format!("{}, values", target.name()),
        None => "none".to_owned(),
    };
    let left_out =
        if encoder.dropped() > 0 { format!(", {} left out", encoder.dropped()) } else { String::new() };
    let _ = writeln!(text, "target: {target}; {} rows{left_out}", encoder.rows());
    let numbers = encoder.options().dialect.numbers;
    if let Some(separator) = numbers.thousands {
        let mark = if numbers.decimal == DecimalMark::Comma { ',' } else { '.' };
        let _ = writeln!(text, "note: `1{separator}234{mark}5` is read as 1234.5");
    }
    for warning in encoder.warnings() {
        let _ = writeln!(text, "note: {}", words::of_warning(warning));
    }
    text
}

/// What a network is given in place of the fields of a column whose first feature is this one.
fn learned_as(encoder: &TableEncoder, column: &TableColumn, first: usize) -> String {
    match column.kind() {
        FieldKind::Number => scale("x", encoder.unscale(first, 0.0), encoder.unscale(first, 1.0)),
        FieldKind::Category => {
            let names = column.categories();
            let more = if names.len() > CATEGORIES { ", .." } else { "" };
            format!("{}{more}", names[..names.len().min(CATEGORIES)].join(", "))
        }
        _ => "0 or 1".to_owned(),
    }
}

/// `(x - 3) / 2`, of what is learned as 0 and as 1.
fn scale(name: &str, zero: f64, one: f64) -> String {
    let sign = if zero < 0.0 { '+' } else { '-' };
    format!("({name} {sign} {}) / {}", figure(zero.abs()), figure(one - zero))
}

/// The same as JSON.
pub(crate) fn columns_json(encoder: &TableEncoder) -> Value {
    let column = |column: &TableColumn| {
        json!({
            "name": column.name(),
            "kind": column.kind(),
            "features": column.features(),
            "missing": column.missing(),
            "categories": column.categories(),
        })
    };
    encoder.columns().iter().map(column).collect()
}

/// Columns that are no features, and why.
pub(crate) fn set_aside_json(encoder: &TableEncoder) -> Value {
    encoder
        .set_aside()
        .map(|(column, reason)| json!({ "column": column, "reason": reason.to_string() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use nn_data::{Dialect, Table, TableOptions, Task};

    use super::*;

    #[test]
    fn what_is_learned_of_each_column() {
        let text = "size,word,paid,y\n-1,a,yes,10\n1,b,no,30\n-1,a,yes,10\n1,b,no,30\n";
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let options = TableOptions { task: Task::Values, ..TableOptions::default() };
        let encoder = TableEncoder::fit_table(&table, &options).expect("columns");
        assert_eq!(
            columns_as_learned(&encoder),
            "column  kind      features  missing  learned as\n\
             size    number           1        0  (x - 0.0000) / 1.0000\n\
             word    category         2        0  a, b\n\
             paid    yesno            1        0  0 or 1\n\
             target: y, values, learned as (y - 20.000) / 10.000; 4 rows\n"
        );
        assert_eq!(scale("x", -2.5, 0.0), "(x + 2.5000) / 2.5000");
    }
}
