//! What a network answers, beside what is true.

use ndarray::{Array2, Axis};
use nn_data::{DataError, TableEncoder};

use crate::Failure;
use crate::fit::Net;
use crate::samples::Samples;

/// The answers of a network to samples.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answers {
    Classes {
        truth: Vec<usize>,
        predicted: Vec<usize>,
        /// A row a sample; what the network gives, if it gives no probabilities.
        probabilities: Array2<f32>,
    },
    /// In the target's own units.
    Values { truth: Vec<f64>, predicted: Vec<f64> },
}

impl Answers {
    /// Asks a network; the encoder knows the units of values.
    pub(crate) fn of(network: &Net, samples: &Samples, encoder: &TableEncoder) -> Result<Self, Failure> {
        let outputs =
            |x| if network.link().is_some() { network.predict_proba(x) } else { network.predict(x) };
        match samples {
            Samples::Classes(data) => Ok(Self::Classes {
                truth: data.y().to_vec(),
                predicted: network.predict_classes(data.x())?,
                probabilities: outputs(data.x())?,
            }),
            Samples::Values(data) => {
                let own = |values: &Array2<f32>| -> Result<Vec<f64>, DataError> {
                    values.iter().map(|&value| encoder.decode_value(f64::from(value))).collect()
                };
                let predicted = network.predict(data.x())?;
                Ok(Self::Values { truth: own(&data.y().to_owned())?, predicted: own(&predicted)? })
            }
        }
    }

    /// These and others, of another network to the same question.
    pub(crate) fn append(&mut self, others: Self) {
        match (self, others) {
            (
                Self::Classes { truth, predicted, probabilities },
                Self::Classes { truth: t, predicted: p, probabilities: rows },
            ) => {
                truth.extend(t);
                predicted.extend(p);
                probabilities.append(Axis(0), rows.view()).expect("as many classes");
            }
            (Self::Values { truth, predicted }, Self::Values { truth: t, predicted: p }) => {
                truth.extend(t);
                predicted.extend(p);
            }
            _ => {}
        }
    }
}
