//! What a network answers, beside what is true.

use ndarray::{Array2, Axis};
use nn_data::{DataError, TableEncoder};

use crate::Failure;
use crate::fit::Net;
use crate::rows::{Rows, integer};
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

    /// Asks a network about rows that several processes share; each of them has all answers.
    pub(crate) fn of_all(network: &Net, rows: &Rows<'_>, encoder: &TableEncoder) -> Result<Self, Failure> {
        if rows.workers().is_none() {
            return Self::of(network, rows.own()?, encoder);
        }
        let own = rows.mine().map(|samples| Self::of(network, samples, encoder)).transpose()?;
        let mut numbers = Vec::new();
        match &own {
            Some(Self::Classes { truth, predicted, probabilities }) => {
                for ((row, &truth), &predicted) in probabilities.rows().into_iter().zip(truth).zip(predicted)
                {
                    numbers.extend([truth as f64, predicted as f64]);
                    numbers.extend(row.iter().map(|&p| f64::from(p)));
                }
            }
            Some(Self::Values { truth, predicted }) => {
                numbers
                    .extend(truth.iter().zip(predicted).flat_map(|(&truth, &predicted)| [truth, predicted]));
            }
            None => {}
        }
        let numbers = rows.gather(numbers);
        let width = numbers.len() / rows.count();
        let column = |j: usize| numbers.iter().skip(j).step_by(width).copied();
        #[allow(clippy::cast_possible_truncation, reason = "they were `f32`")]
        Ok(if encoder.classes().is_empty() {
            Self::Values { truth: column(0).collect(), predicted: column(1).collect() }
        } else {
            Self::Classes {
                truth: column(0).map(integer).collect(),
                predicted: column(1).map(integer).collect(),
                probabilities: Array2::from_shape_fn((rows.count(), width - 2), |(n, k)| {
                    numbers[n * width + 2 + k] as f32
                }),
            }
        })
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
