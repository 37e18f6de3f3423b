//! What may be tried.

use std::fmt;

use nn_core::{ActivationSpec, Error};
use nn_train::search::Sampler;
use serde::{Deserialize, Serialize};

use crate::arguments::SpaceArguments;
use crate::fit::{Widths, activation_name};

/// Numbers from one to another, or one number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Span {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Span {
    /// Any order of magnitude, equally likely, in three digits that count: nobody wants to type more.
    fn sample(self, sampler: &mut Sampler) -> Result<f64, Error> {
        if self.low == self.high {
            return Ok(self.low);
        }
        let drawn = sampler.log_uniform(self.low, self.high)?;
        let short = format!("{drawn:.2e}").parse().unwrap_or(drawn);
        Ok(f64::clamp(short, self.low, self.high))
    }
}

/// What a trial tries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) hidden: Widths,
    pub(super) activation: ActivationSpec,
    pub(super) dropout: f64,
    pub(super) batch_size: usize,
    pub(super) learning_rate: f64,
    pub(super) l2: f64,
}

impl Settings {
    pub(super) fn sample(space: &SpaceArguments, sampler: &mut Sampler) -> Result<Self, Error> {
        Ok(Self {
            hidden: sampler.choice(&space.hidden)?,
            activation: sampler.choice(&space.activation)?,
            dropout: sampler.choice(&space.dropout)?,
            batch_size: sampler.choice(&space.batch_size)?,
            learning_rate: space.learning_rate.sample(sampler)?,
            l2: space.l2.sample(sampler)?,
        })
    }

    /// As `train` takes them.
    pub(super) fn words(&self) -> Vec<String> {
        let Self { hidden, dropout, batch_size, learning_rate, l2, .. } = self;
        vec![
            format!("--hidden={hidden}"),
            format!("--activation={}", activation_name(self.activation)),
            format!("--dropout={dropout}"),
            format!("--batch-size={batch_size}"),
            format!("--learning-rate={learning_rate}"),
            format!("--l2={l2}"),
        ]
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().join(" "))
    }
}
