//! The gradient check of the whole network at its present weights.

use ndarray::s;
use nn_core::Batch;
use nn_core::gradcheck::GradCheck;

use crate::{Result, Session, words};

/// Enough to see every unit at work, few enough for a click.
const SAMPLES: usize = 32;

impl Session {
    /// Proves every derivative of the network and its loss against central differences, in training and in use. Against dual
    /// numbers the crates' own tests do; here the layers on a second kind of number would be a tenth of the page.
    ///
    /// # Errors
    /// The derivative that is wrong, in words.
    pub fn check(&self) -> Result<String> {
        let train = &self.data.train;
        // From all over: the samples of a class lie side by side.
        let step = train.x.nrows().div_ceil(SAMPLES).cast_signed();
        let (x, y) = (train.x.slice(s![..;step, ..]), train.y.slice(s![..;step, ..]).to_owned());
        let batch = Batch::new(x, &*y).map_err(words)?;
        GradCheck::default().network_numeric(&self.network, &*self.loss, batch).map(words).map_err(words)
    }
}
