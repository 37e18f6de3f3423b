//! What JavaScript calls. Numbers go over as typed arrays, what has names as JSON.

// The macro's glue.
#![allow(unsafe_code, missing_docs)]

use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::Session;

type Result<T> = std::result::Result<T, JsError>;

fn error(words: String) -> JsError {
    JsError::new(&words)
}

/// Every list of names that the page offers.
#[wasm_bindgen]
pub fn choices() -> String {
    crate::choices().to_string()
}

/// A run.
#[wasm_bindgen]
pub struct Playground(Session);

#[wasm_bindgen]
impl Playground {
    /// The run that an address describes, before its first epoch.
    #[wasm_bindgen(constructor)]
    pub fn new(address: &str) -> Result<Self> {
        let (settings, _) = crate::Settings::from_address(address).map_err(error)?;
        Session::new(settings).map(Self).map_err(error)
    }

    /// The epoch that an address asks for.
    pub fn epoch_of(address: &str) -> Result<usize> {
        crate::Settings::from_address(address).map(|(_, epoch)| epoch).map_err(error)
    }

    /// What does not change while the run goes on.
    pub fn describe(&self) -> String {
        let data = self.0.data();
        json!({
            "address": self.0.settings().to_address(0),
            "layers": self.0.layers(),
            "inputs": data.inputs,
            "classes": data.classes,
            "targets": data.targets,
            "axes": data.axes,
            "line": self.0.is_line(),
            "view": { "x": data.view.x, "y": data.view.y },
            "samples": { "train": data.train.places.len(), "test": data.test.as_ref().map_or(0, |test| test.places.len()) },
        })
        .to_string()
    }

    /// The samples: x, y and target of each, those of training or those of the test.
    pub fn points(&self, test: bool) -> Vec<f64> {
        let data = self.0.data();
        let part = if test { data.test.as_ref() } else { Some(&data.train) };
        part.map_or_else(Vec::new, |part| {
            part.places.iter().zip(&part.targets).flat_map(|([x, y], target)| [*x, *y, *target]).collect()
        })
    }

    pub fn advance(&mut self, epochs: usize) {
        self.0.advance(epochs);
    }

    pub fn back(&mut self, epochs: usize) -> Result<()> {
        self.0.back(epochs).map_err(error)
    }

    pub fn epoch(&self) -> usize {
        self.0.epoch()
    }

    pub fn ended(&self) -> Option<String> {
        self.0.ended().map(str::to_owned)
    }

    /// Epoch, training loss, test loss, training accuracy, test accuracy of each record; NaN for none.
    pub fn history(&self) -> Vec<f64> {
        let numbers = self.0.history().iter().flat_map(|record| {
            let none = f64::NAN;
            [
                record.epoch as f64,
                record.train_loss,
                record.test_loss.unwrap_or(none),
                record.train_accuracy.unwrap_or(none),
                record.test_accuracy.unwrap_or(none),
            ]
        });
        numbers.collect()
    }

    pub fn params(&self) -> Vec<f64> {
        self.0.params().to_vec()
    }

    pub fn neurons(&self, size: usize) -> Result<Vec<f32>> {
        self.0.neurons(size).map_err(error)
    }

    /// The classes of a grid, then how sure they are.
    pub fn surface(&self, size: usize) -> Result<Vec<u8>> {
        let surface = self.0.surface(size).map_err(error)?;
        Ok([surface.class, surface.sure].concat())
    }

    pub fn inspect(&self, layer: usize, unit: usize, sample: usize) -> Result<String> {
        let inspection = self.0.inspect(layer, unit, sample).map_err(error)?;
        serde_json::to_string(&inspection).map_err(|e| error(e.to_string()))
    }

    pub fn check(&self) -> Result<String> {
        self.0.check().map_err(error)
    }

    pub fn address(&self) -> String {
        self.0.address()
    }

    pub fn fingerprint(&self) -> String {
        self.0.fingerprint()
    }

    pub fn model(&self) -> Result<Vec<u8>> {
        self.0.model().map_err(error)
    }

    pub fn rust(&self) -> Result<String> {
        self.0.rust().map_err(error)
    }

    pub fn c(&self) -> Result<String> {
        self.0.c().map_err(error)
    }
}
