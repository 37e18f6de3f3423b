//! What fixes a run.

use crate::Result;
use crate::problem::{Feature, Problem};

/// A hidden layer: so many units, and the name of their activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    /// How many.
    pub units: usize,
    /// As in configurations: `tanh`, `leaky_relu`.
    pub activation: String,
}

/// What fixes a run to the bit, together with the number of epochs.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Where the samples come from.
    pub problem: Problem,
    /// The text of a table, or points drawn by hand.
    pub text: String,
    /// How many, test samples included; for problems that are made.
    pub samples: usize,
    /// From 0 to 1; for problems that are made.
    pub noise: f64,
    /// The share of the samples that is not trained on.
    pub test: f64,
    /// What the network sees of a point in the plane.
    pub features: Vec<Feature>,
    /// The hidden layers, first to last.
    pub layers: Vec<Hidden>,
    /// The share of each hidden layer's outputs that is dropped.
    pub dropout: f64,
    /// A loss by its name; of no name, the problem's own.
    pub loss: String,
    /// An optimizer by its name.
    pub optimizer: String,
    /// The size of a step.
    pub rate: f64,
    /// A schedule of the learning rate by its name.
    pub schedule: String,
    /// The epochs after which a schedule has done what it does.
    pub period: usize,
    /// λ of λ/2 Σ w².
    pub l2: f64,
    /// Samples a step; 0 for all of them.
    pub batch: usize,
    /// Of samples, split, initial weights, order and noise.
    pub seed: u64,
}

/// What a page can show and a small computer can train while one watches.
pub(crate) const MOST_LAYERS: usize = 6;
pub(crate) const MOST_UNITS: usize = 32;
pub(crate) const MOST_SAMPLES: usize = 5_000;

impl Default for Settings {
    fn default() -> Self {
        let tanh = |units| Hidden { units, activation: "tanh".to_owned() };
        Self {
            problem: Problem::Xor,
            text: String::new(),
            samples: 400,
            noise: 0.2,
            test: 0.5,
            features: vec![Feature::X, Feature::Y],
            layers: vec![tanh(4)],
            dropout: 0.0,
            loss: String::new(),
            optimizer: "sgd".to_owned(),
            rate: 0.1,
            schedule: "constant".to_owned(),
            period: 1_000,
            l2: 0.0,
            batch: 0,
            seed: 0,
        }
    }
}

impl Settings {
    /// That numbers are within what the page can show; what the crates check, they check.
    pub(crate) fn check(&self) -> Result<()> {
        let within = |what: &str, found: usize, least: usize, most: usize| {
            if (least..=most).contains(&found) {
                return Ok(());
            }
            Err(format!("{what}: expected {least} to {most}, found {found}"))
        };
        within("layers", self.layers.len(), 0, MOST_LAYERS)?;
        for (index, layer) in self.layers.iter().enumerate() {
            within(&format!("units of layer {}", index + 1), layer.units, 1, MOST_UNITS)?;
        }
        within("samples", self.samples, 4, MOST_SAMPLES)?;
        within("epochs of the schedule", self.period, 1, 10_000_000)?;
        within("features", self.features.len(), 1, Feature::ALL.len())?;
        let share = |what: &str, found: f64, most: f64| {
            if (0.0..=most).contains(&found) {
                return Ok(());
            }
            Err(format!("{what}: expected a number from 0 to {most}, found {found}"))
        };
        share("noise", self.noise, 1.0)?;
        share("share of test samples", self.test, 0.9)?;
        share("dropout", self.dropout, 0.9)
    }
}
