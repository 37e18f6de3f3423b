//! What predicted values are worth.

use std::fmt;

use ndarray::{ArrayView2, aview1};
use nn_train::{MetricError, mean_absolute_error, r2_score, root_mean_squared_error};
use serde::Serialize;

use super::{figure, fixed};
use crate::say::counted;

/// Errors beside those of always the mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct OfValues {
    pub(crate) rows: usize,
    pub(crate) target: String,
    /// The share of the variance that the network explains; none for a single row. Always the mean is worth 0.
    pub(crate) r2: Option<f64>,
    pub(crate) mean_absolute_error: f64,
    pub(crate) root_mean_squared_error: f64,
    pub(crate) constant_guess: Guess,
}

/// Always the mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Guess {
    pub(crate) value: f64,
    pub(crate) mean_absolute_error: f64,
    pub(crate) root_mean_squared_error: f64,
}

impl OfValues {
    pub(super) fn new(truth: &[f64], predicted: &[f64], target: &str) -> Result<Self, MetricError> {
        let rows = truth.len();
        let mean = truth.iter().sum::<f64>() / rows as f64;
        let means = vec![mean; rows];
        let (truth, predicted, means) = (column(truth), column(predicted), column(&means));
        Ok(Self {
            rows,
            target: target.to_owned(),
            r2: if rows > 1 { Some(r2_score(truth, predicted)?) } else { None },
            mean_absolute_error: mean_absolute_error(truth, predicted)?,
            root_mean_squared_error: root_mean_squared_error(truth, predicted)?,
            constant_guess: Guess {
                value: mean,
                mean_absolute_error: mean_absolute_error(truth, means)?,
                root_mean_squared_error: root_mean_squared_error(truth, means)?,
            },
        })
    }
}

fn column(values: &[f64]) -> ArrayView2<'_, f64> {
    aview1(values).insert_axis(ndarray::Axis(1))
}

impl fmt::Display for OfValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, target, r2, constant_guess: guess, .. } = self;
        let r2 = r2.map_or_else(|| "of one row is none;".to_owned(), |r2| fixed(r2, 4));
        writeln!(f, "R² {r2} on {} of {target}", counted(*rows, "row"))?;
        writeln!(
            f,
            "mean absolute error {}; always the mean, {}, would be {}",
            figure(self.mean_absolute_error),
            figure(guess.value),
            figure(guess.mean_absolute_error)
        )?;
        writeln!(
            f,
            "root mean squared error {}; always the mean would be {}",
            figure(self.root_mean_squared_error),
            figure(guess.root_mean_squared_error)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_stand_beside_those_of_the_mean() {
        let worth = OfValues::new(&[1.0, 2.0, 3.0, 6.0], &[1.0, 2.0, 4.0, 4.0], "rent").expect("figures");
        // The mean is 3; squares are 1 + 4 and 4 + 1 + 0 + 9.
        assert_eq!(worth.r2, Some(1.0 - 5.0 / 14.0));
        assert_eq!(
            (worth.mean_absolute_error, worth.root_mean_squared_error),
            (0.75, (5.0_f64 / 4.0).sqrt())
        );
        let guess = &worth.constant_guess;
        assert_eq!((guess.value, guess.mean_absolute_error), (3.0, 1.5));
        assert_eq!(guess.root_mean_squared_error, 3.5_f64.sqrt());
        assert_eq!(
            worth.to_string(),
            "R² 0.6429 on 4 rows of rent\n\
             mean absolute error 0.7500; always the mean, 3.0000, would be 1.5000\n\
             root mean squared error 1.1180; always the mean would be 1.8708\n"
        );
    }

    #[test]
    fn one_row_has_errors_but_no_share_of_a_variance() {
        let worth = OfValues::new(&[2.0], &[5.0], "rent").expect("figures");
        assert_eq!((worth.r2, worth.mean_absolute_error), (None, 3.0));
        assert!(worth.to_string().starts_with("R² of one row is none; on 1 row of rent\n"));
    }
}
