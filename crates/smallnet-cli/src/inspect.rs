//! What a model file holds.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use nn_core::{ActivationSpec, LayerSpec, Link};
use nn_data::{TableEncoder, TableTarget};
use serde_json::json;

use crate::columns::{columns_as_learned, columns_json, set_aside_json};
use crate::fit::{Net, activation_name};
use crate::{Failure, read};

/// Classes that are named, at most.
const CLASSES: usize = 30;

/// What a model file holds.
pub(crate) fn run(path: &Path, json: bool) -> Result<(), Failure> {
    let model = read::model(path)?;
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
            "set_aside": model.table().map(set_aside_json),
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
    writeln!(out, "{}\n", layers(model.network())?)?;
    if let Some(encoder) = model.table() {
        writeln!(out, "{}", columns_as_learned(encoder))?;
    }
    if !model.classes().is_empty() {
        let names = model.classes();
        let more = names.len().saturating_sub(CLASSES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(out, "classes: {}{more}", names[..names.len().min(CLASSES)].join(", "))?;
    }
    model.notes().iter().try_for_each(|note| writeln!(out, "{note}"))?;
    fingerprint.iter().try_for_each(|fingerprint| writeln!(out, "fingerprint of the run: {fingerprint}"))?;
    Ok(())
}

/// What becomes of a row: `5 -> 100 relu -> 2, softmax`.
fn layers(network: &Net) -> Result<String, Failure> {
    let mut text = network.in_dim().to_string();
    for spec in network.layers().specs()? {
        let _ = match spec {
            LayerSpec::Dense { units, activation: None | Some(ActivationSpec::Identity), .. } => {
                write!(text, " -> {units}")
            }
            LayerSpec::Dense { units, activation: Some(activation), .. } => {
                write!(text, " -> {units} {}", activation_name(activation))
            }
            LayerSpec::Dropout { rate } => write!(text, ", dropout {rate}"),
            // Such as no network of the command has.
            _ => write!(text, " -> .."),
        };
    }
    let link = match network.link() {
        Some(Link::Softmax) => ", softmax",
        Some(Link::Logistic) => ", logistic",
        _ => "",
    };
    Ok(text + link)
}
