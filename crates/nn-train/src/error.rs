use std::error;

use thiserror::Error;

use crate::History;

/// Training could not begin, or could not go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network, the data or a setting is not right.
    #[error(transparent)]
    Invalid(#[from] nn_core::Error),
    /// The validation set is not right.
    #[error("validation data: {0}")]
    InvalidValidation(#[source] nn_core::Error),
    /// `fit` was given a validation set, and the trainer a share to set aside for one.
    #[error("found both a validation set and a validation_fraction; give one of the two")]
    TwoValidationSets,
    /// A callback watches a validation set, and there is none.
    #[error("{callback} needs a validation set; give one to `fit`, or a validation_fraction to the trainer")]
    NeedsValidation {
        /// The callback.
        callback: &'static str,
    },
    /// A callback cannot work on this run, as it said before it or in epoch 1.
    #[error("{callback}: {message}")]
    CallbackFailed {
        /// The callback.
        callback: String,
        /// Why.
        message: String,
    },
    /// A loss, a parameter or a scalar of state became NaN or infinite, or a schedule's learning rate is that or below 0.
    /// The network keeps the parameters and the state that the epoch began with, which were finite and gave a finite
    /// loss; or the best, if a callback has kept them.
    #[error(
        "{what} became {value} in epoch {epoch}, batch {batch}, {place}; the network keeps the parameters that the epoch began with. {}",
        hint(what, *epoch, *batch)
    )]
    NotFinite {
        /// `the loss`, `a parameter`, `a scalar of state`, `the learning rate`, `the training loss` or `the validation
        /// loss`, the last two of the whole epoch.
        what: &'static str,
        /// Its value.
        value: f64,
        /// The epoch, from 1.
        epoch: usize,
        /// The mini-batch within the epoch, from 1.
        batch: usize,
        /// Where it began: `first in layers.1 (Dense)`, whose outputs are not finite, or `first in layers.0.weight (Dense
        /// 2->15)`.
        place: String,
        /// What was recorded until then.
        history: Box<History>,
    },
}

/// Training from several seeds could not begin, or one of them failed otherwise than by diverging.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SeedsError {
    /// There is no seed.
    #[error("expected at least one seed, found none")]
    NoSeeds,
    /// The error of one seed.
    #[error("seed {seed}: {source}")]
    Run {
        /// The seed.
        seed: u64,
        /// What failed.
        source: Box<dyn error::Error + Send + Sync>,
    },
}

impl TrainError {
    /// [`TrainError::CallbackFailed`].
    pub(crate) fn failed(callback: &str, message: impl Into<String>) -> Self {
        Self::CallbackFailed { callback: callback.to_owned(), message: message.into() }
    }
}

/// Before the first step the learning rate is not to blame, unless it is itself what is wrong.
fn hint(what: &str, epoch: usize, batch: usize) -> &'static str {
    if what == "the learning rate" {
        "The factors of a schedule must be finite and at least 0"
    } else if (epoch, batch) == (1, 1) {
        "Look at the scale of the data, and whether the loss suits the outputs"
    } else {
        "A lower learning rate often helps"
    }
}
