//! Asking a network, and judging it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use ndarray::{Array2, ArrayView2};
use nn_data::{TableEncoder, TableTarget};
use nn_model::Model;

use crate::arguments::Ask;
use crate::{Failure, report};

/// Rows that are answered at a time.
const ROWS: usize = 4096;

/// The answers to the rows of a table, as CSV: the class and the probability of each, or the value.
pub(crate) fn predict(arguments: &Ask) -> Result<(), Failure> {
    let model = Model::<f32>::load(&arguments.model)?;
    let encoder = table(&model)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match encoder.target() {
        Some(TableTarget::Classes { name, classes, .. }) => {
            let probabilities: Vec<String> =
                classes.iter().map(|class| field(&format!("p({class})"))).collect();
            writeln!(out, "{},{}", field(name), probabilities.join(","))?;
        }
        Some(TableTarget::Values { name, .. }) => writeln!(out, "{}", field(name))?,
        _ => return Err("the model learned no column".into()),
    }
    for part in encoder.feature_parts::<f32, _>(open(&arguments.data)?, ROWS)? {
        let part = part?;
        let predictions = model.predict(part.x.view())?;
        if encoder.classes().is_empty() {
            predictions.column(0).iter().try_for_each(|value| writeln!(out, "{value}"))?;
            continue;
        }
        let names = model.predict_names(part.x.view())?;
        for (name, row) in names.iter().zip(predictions.rows()) {
            let figures: Vec<String> = row.iter().map(|p| format!("{p}")).collect();
            writeln!(out, "{},{}", field(name), figures.join(","))?;
        }
    }
    Ok(out.flush()?)
}

/// What a network is worth on a table whose answers are known.
pub(crate) fn evaluate(arguments: &Ask) -> Result<(), Failure> {
    let model = Model::<f32>::load(&arguments.model)?;
    let encoder = table(&model)?;
    let reader = open(&arguments.data)?;
    let text = match encoder.target() {
        Some(TableTarget::Classes { classes, .. }) => {
            let data = encoder.classification_from_reader::<f32, _>(reader)?;
            report::of_classes(classes, data.y(), &model.network().predict_classes(data.x())?)?
        }
        Some(TableTarget::Values { name, .. }) => {
            let data = encoder.regression_from_reader::<f32, _>(reader)?;
            let predicted = model.predict(data.x())?.mapv(f64::from);
            report::of_values(name, values(encoder, data.y().view())?.view(), predicted.view())?
        }
        _ => return Err("the model learned no column".into()),
    };
    print!("{text}");
    Ok(())
}

/// What a model file holds.
pub(crate) fn inspect(path: &Path) -> Result<(), Failure> {
    let model = Model::<f32>::load(path)?;
    println!("{}\n", model.network().summary());
    if let Some(encoder) = model.table() {
        println!("{}", columns(encoder));
    }
    if !model.classes().is_empty() {
        println!("classes: {}", model.classes().join(", "));
    }
    model.notes().iter().for_each(|note| println!("{note}"));
    if let Some(fingerprint) = model.run_fingerprint() {
        println!("fingerprint of the run: {fingerprint:016x}");
    }
    Ok(())
}

/// A line a column.
pub(crate) fn columns(encoder: &TableEncoder) -> String {
    let width =
        encoder.columns().iter().map(|column| column.name().chars().count()).max().unwrap_or(0).max(6);
    let mut text = format!("{:width$}  kind      features  missing\n", "column");
    for column in encoder.columns() {
        let kind = format!("{:?}", column.kind()).to_lowercase();
        let _ = writeln!(
            text,
            "{:width$}  {kind:8}  {:8}  {:7}",
            column.name(),
            column.features(),
            column.missing()
        );
    }
    let target = match encoder.target() {
        Some(TableTarget::Classes { name, classes, .. }) => format!("{name}, {} classes", classes.len()),
        Some(target) => format!("{}, values", target.name()),
        None => "none".to_owned(),
    };
    let left_out =
        if encoder.dropped() > 0 { format!(", {} left out", encoder.dropped()) } else { String::new() };
    let _ = writeln!(text, "target: {target}; {} rows{left_out}", encoder.rows());
    text
}

/// Values as they are learned, in their own units.
pub(crate) fn values(encoder: &TableEncoder, scaled: ArrayView2<'_, f32>) -> Result<Array2<f64>, Failure> {
    let mut values = scaled.mapv(f64::from);
    for value in &mut values {
        *value = encoder.decode_value(*value)?;
    }
    Ok(values)
}

fn table(model: &Model<f32>) -> Result<&TableEncoder, Failure> {
    model.table().ok_or_else(|| "the model knows no table; `smallnet train` makes models that do".into())
}

/// A file, or the standard input for `-`.
fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let file = File::open(path)
        .map_err(|error| format!("cannot open {}: {error}; check the path", path.display()))?;
    Ok(Box::new(file))
}

/// A text as a field of CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
