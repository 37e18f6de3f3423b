//! What it costs to read a table: `tables` fits a `TableEncoder` to a million rows of 20 numbers and reads them, beside
//! `CsvOptions`, which knows numbers alone; by turns, and the best of each counts.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use smallnet::{CsvOptions, TableEncoder, TableOptions};

const ROWS: usize = 1_000_000;
const COLUMNS: usize = 20;
const ROUNDS: usize = 3;

/// A number that differs from its neighbours.
fn number(row: usize, column: usize) -> f64 {
    let bits = (row * COLUMNS + column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (bits >> 40) as f64 / 1000.0 - 5000.0
}

fn timed<R>(work: impl FnOnce() -> R) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = (0..COLUMNS).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",");
    for row in 0..ROWS {
        for column in 0..COLUMNS {
            let separator = if column == 0 { '\n' } else { ',' };
            write!(text, "{separator}{}", number(row, column))?;
        }
    }
    let path = std::env::temp_dir().join("smallnet_tables.csv");
    std::fs::write(&path, &text)?;
    drop(text);
    let [mut plain, mut fit, mut read] = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        plain = plain.min(timed(|| CsvOptions::default().read_values::<f32>(&path)));
        let options = TableOptions::default();
        fit = fit.min(timed(|| TableEncoder::fit(&path, &options)));
        let encoder = TableEncoder::fit(&path, &options)?;
        read = read.min(timed(|| encoder.read_regression::<f32>(&path)));
    }
    std::fs::remove_file(&path)?;
    println!(
        "{ROWS} rows of {COLUMNS} numbers: CsvOptions {plain:.2} s, TableEncoder {fit:.2} s to fit and {read:.2} s to read"
    );
    println!("{:.2} times as long", (fit + read) / plain);
    Ok(())
}
