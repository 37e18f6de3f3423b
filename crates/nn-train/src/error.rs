use thiserror::Error;

use crate::History;

/// Training could not begin, or could not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network, the data or a setting is not right.
    #[error(transparent)]
    Invalid(#[from] nn_core::Error),
    /// A callback watches a validation set, and there is none.
    #[error("{callback} needs a validation set; give one to `fit`")]
    NeedsValidation {
        /// The callback.
        callback: &'static str,
    },
    /// The loss or a parameter became NaN or infinite. The network keeps its last finite parameters.
    #[error(
        "{what} became {value} in epoch {epoch}, batch {batch}, first at {layer}; the network keeps its last finite \
         parameters. A lower learning rate often helps"
    )]
    NotFinite {
        /// `the loss` or `a parameter`.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The mini-batch within the epoch, from 1.
        batch: usize,
        /// The first parameter tensor that is affected, `layers.0.weight (Dense 2->15)`.
        layer: String,
        /// What was recorded until then.
        history: Box<History>,
    },
}
