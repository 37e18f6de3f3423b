//! Numbers that lie absurdly far from the others of their column: slips, most often, which decide its scale.

use nn_data::{DataError, FieldKind, TableColumn, TableEncoder, TableRows, TableTarget};

use crate::say::counted;
use crate::worth::figure;

/// Rows that are looked at, at most, evenly spaced.
const ROWS: usize = 10_000;
/// So many times as far from the median as the middle half of the numbers is wide.
const FAR: f64 = 1000.0;

/// A sentence for each column that has such numbers.
pub(crate) fn notes(table: &dyn TableRows, encoder: &TableEncoder) -> Result<Vec<String>, DataError> {
    let features = encoder.columns().iter().filter(|column| column.kind() == FieldKind::Number);
    let target = encoder.target().filter(|target| matches!(target, TableTarget::Values { .. }));
    let names = features.map(TableColumn::name).chain(target.map(TableTarget::name));
    let place = |name| table.names().iter().position(|other| other == name);
    let mut columns: Vec<(&str, usize, Vec<f64>)> =
        names.filter_map(|name| Some((name, place(name)?, Vec::new()))).collect();
    let options = encoder.options();
    let is_there = |text: &str| options.markers.iter().all(|marker| !marker.eq_ignore_ascii_case(text));
    let rows: Vec<usize> = (0..table.rows()).step_by(table.rows().div_ceil(ROWS)).collect();
    table.visit(&rows, &mut |_, row| {
        for (_, place, numbers) in &mut columns {
            let text = Some(row.field(*place)).filter(|text| is_there(text));
            numbers.extend(text.and_then(|text| options.dialect.numbers.parse(text)));
        }
    })?;
    Ok(columns.iter().filter_map(|(name, _, numbers)| note(name, numbers)).collect())
}

fn note(name: &str, numbers: &[f64]) -> Option<String> {
    let (count, furthest) = far(numbers)?;
    Some(format!(
        "in column `{name}` {count} of {}, such as {}, lie {FAR} times further from the median than the middle half is wide, and decide the scale; correct them, or leave such rows out",
        counted(numbers.len(), "number"),
        figure(furthest)
    ))
}

/// How many numbers are so far away, and the furthest; none where most are equal.
fn far(numbers: &[f64]) -> Option<(usize, f64)> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quarter = |n: usize| sorted.get(n * (sorted.len().checked_sub(1)?) / 4).copied();
    let (lower, median, upper) = (quarter(1)?, quarter(2)?, quarter(3)?);
    let distance = |x: f64| (x - median).abs();
    let is_far = |x: &&f64| upper > lower && distance(**x) / FAR > upper - lower;
    let furthest = numbers.iter().filter(is_far).max_by(|a, b| distance(**a).total_cmp(&distance(**b)))?;
    Some((numbers.iter().filter(is_far).count(), *furthest))
}

#[cfg(test)]
mod tests {
    use nn_data::{Dialect, Table, TableOptions};

    use super::*;

    #[test]
    fn numbers_that_are_absurdly_far_away_are_named() {
        let mut numbers: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(far(&numbers), None);
        // The middle half is 50 wide.
        numbers.push(49_000.0);
        assert_eq!(far(&numbers), None);
        numbers.extend([-60_000.0, 1e300]);
        assert_eq!(far(&numbers), Some((2, 1e300)));
        assert_eq!(far(&[0.0, 0.0, 0.0, 0.0, 1e9]), None, "most are equal");
        assert_eq!((far(&[]), far(&[1.0]), far(&[f64::MIN, f64::MAX])), (None, None, None));
    }

    #[test]
    fn features_and_values_are_looked_at_as_the_table_has_them() {
        let row = |n: usize| {
            let rent = if n % 20 == 7 {
                "1.000.000.000.000,5".to_owned()
            } else {
                format!("{},5", 400 + n * 37 % 300)
            };
            format!("{};{};{rent}\n", n * 7 % 50, ["a", "b"][n % 2])
        };
        let text = (0..60).map(row).fold("size;word;rent\n".to_owned(), |text, row| text + &row);
        let dialect = Dialect {
            delimiter: nn_data::Delimiter::Semicolon,
            numbers: nn_data::NumberFormat { decimal: nn_data::DecimalMark::Detect, ..Default::default() },
            ..Dialect::default()
        };
        let table = Table::from_reader(text.as_bytes(), &dialect).expect("a table");
        let encoder = TableEncoder::fit_table(&table, &TableOptions::default()).expect("columns");
        assert_eq!(
            notes(&table, &encoder).expect("rows"),
            [
                "in column `rent` 3 of 60 numbers, such as 1.0000e12, lie 1000 times further from the median than the middle half is wide, and decide the scale; correct them, or leave such rows out"
            ]
        );
    }
}
