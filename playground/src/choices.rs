//! What the page offers to choose from.

use serde_json::{Value, json};

use crate::problem::{Feature, Problem};
use crate::settings::{MOST_LAYERS, MOST_SAMPLES, MOST_UNITS, Settings};
use crate::{activation, loss, optimizer, schedule};

/// Every list of names, and the limits, as JSON.
pub fn choices() -> Value {
    let defaults = Settings::default();
    json!({
        "problems": Problem::ALL.map(Problem::name),
        "features": Feature::ALL.map(Feature::name),
        "activations": activation::NAMES,
        "lossesOfClasses": loss::OF_CLASSES,
        "lossesOfValues": loss::OF_VALUES,
        "optimizers": optimizer::NAMES,
        "schedules": schedule::NAMES,
        "mostLayers": MOST_LAYERS,
        "mostUnits": MOST_UNITS,
        "mostSamples": MOST_SAMPLES,
        "address": defaults.to_address(0),
    })
}
