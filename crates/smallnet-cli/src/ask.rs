//! Asking a network, and judging it.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use nn_data::{TableColumn, TableEncoder, TableTarget};
use nn_model::Model;
use serde_json::{Value, json};

use crate::Failure;
use crate::answers::Answers;
use crate::arguments::{Ask, Evaluate};
use crate::read::{encoder as table, open};
use crate::samples::Samples;
use crate::worth::Worth;

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
pub(crate) fn evaluate(arguments: &Evaluate) -> Result<(), Failure> {
    let Evaluate { ask: Ask { model: path, data }, json } = arguments;
    let model = Model::<f32>::load(path)?;
    let encoder = table(&model)?;
    let samples = Samples::of_reader(encoder, open(data)?)?;
    let worth = Worth::of(&Answers::of(model.network(), &samples, encoder)?, encoder)?;
    let mut out = io::stdout().lock();
    if *json {
        let document = json!({
            "model": path,
            "data": data,
            "score": worth.score(),
            "evaluation": worth.to_json(),
        });
        writeln!(out, "{document:#}")?;
    } else {
        write!(out, "{worth}")?;
    }
    Ok(())
}

/// What a model file holds.
pub(crate) fn inspect(path: &Path, json: bool) -> Result<(), Failure> {
    let model = Model::<f32>::load(path)?;
    let mut out = io::stdout().lock();
    let fingerprint = model.run_fingerprint().map(|fingerprint| format!("{fingerprint:016x}"));
    if json {
        let network = model.network();
        let document = json!({
            "model": path,
            "inputs": network.in_dim(),
            "outputs": network.out_dim(),
            "parameters": network.params().len(),
            "layers": network.layers().specs()?,
            "features": model.features(),
            "columns": model.table().map(columns_json),
            "target": model.table().and_then(TableEncoder::target).map(TableTarget::name),
            "classes": model.classes(),
            "rows": model.table().map(TableEncoder::rows),
            "notes": model.notes(),
            "fingerprint": fingerprint,
        });
        writeln!(out, "{document:#}")?;
        return Ok(());
    }
    writeln!(out, "{}", model.network().summary())?;
    if let Some(encoder) = model.table() {
        writeln!(out, "{}", columns(encoder))?;
    }
    if !model.classes().is_empty() {
        writeln!(out, "classes: {}", model.classes().join(", "))?;
    }
    model.notes().iter().try_for_each(|note| writeln!(out, "{note}"))?;
    fingerprint.iter().try_for_each(|fingerprint| writeln!(out, "fingerprint of the run: {fingerprint}"))?;
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

/// A text as a field of CSV.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
