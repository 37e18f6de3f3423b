//! What a network is worth on samples, beside what it takes no network to know.

mod classes;
mod values;

use std::fmt;

use nn_data::TableEncoder;
use serde::Serialize;
use serde_json::Value;

use crate::Failure;
use crate::answers::Answers;
pub(crate) use classes::OfClasses;
pub(crate) use values::OfValues;

/// What a network is worth on samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Worth {
    Classes(OfClasses),
    Values(OfValues),
}

impl Worth {
    /// Of answers; the encoder knows names.
    ///
    /// # Errors
    /// Without a row, and for an answer that is no number.
    pub(crate) fn of(answers: &Answers, encoder: &TableEncoder) -> Result<Self, Failure> {
        Ok(match answers {
            Answers::Classes { truth, predicted, probabilities } => {
                Self::Classes(OfClasses::new(truth, predicted, probabilities.view(), encoder.classes())?)
            }
            Answers::Values { truth, predicted } => {
                let name = encoder.target().map_or("", nn_data::TableTarget::name);
                Self::Values(OfValues::new(truth, predicted, name)?)
            }
        })
    }

    /// One figure, the higher the better, 1 at best: the accuracy, or R²; R² is NaN for a single row.
    pub(crate) fn score(&self) -> f64 {
        match self {
            Self::Classes(worth) => worth.accuracy,
            Self::Values(worth) => worth.r2.unwrap_or(f64::NAN),
        }
    }

    /// One figure, the lower the better: the log loss, or the root mean squared error; 1 - accuracy without probabilities.
    pub(crate) fn loss(&self) -> f64 {
        match self {
            Self::Classes(worth) => worth.log_loss.unwrap_or(1.0 - worth.accuracy),
            Self::Values(worth) => worth.root_mean_squared_error,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Classes(worth) => worth.rows,
            Self::Values(worth) => worth.rows,
        }
    }

    /// The figures that are compared from fold to fold, with their names.
    pub(crate) fn figures(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Classes(OfClasses { accuracy, macro_f1, log_loss, .. }) => {
                let mut figures = vec![("accuracy", *accuracy), ("macro F1", *macro_f1)];
                figures.extend(log_loss.map(|loss| ("log loss", loss)));
                figures
            }
            Self::Values(OfValues { r2, mean_absolute_error, root_mean_squared_error, .. }) => {
                let mut figures: Vec<_> = r2.iter().map(|&r2| ("R²", r2)).collect();
                figures.extend([
                    ("mean absolute error", *mean_absolute_error),
                    ("root mean squared error", *root_mean_squared_error),
                ]);
                figures
            }
        }
    }

    /// All of it; what is no number is null.
    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The figures in some lines, and for classes a line a class and the confusions.
impl fmt::Display for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Classes(worth) => worth.fmt(f),
            Self::Values(worth) => worth.fmt(f),
        }
    }
}

/// So many digits behind the point; with a power of ten where they would show nothing, or a row of digits that nobody counts.
pub(crate) fn fixed(number: f64, digits: usize) -> String {
    if number == 0.0 || (1e-4..1e9).contains(&number.abs()) || !number.is_finite() {
        format!("{number:.digits$}")
    } else {
        format!("{number:.4e}")
    }
}

/// Five digits that count, for figures in a table's own units.
pub(crate) fn figure(number: f64) -> String {
    let behind = match number.abs() {
        size if size >= 1e4 => 0,
        size if size >= 1e3 => 1,
        size if size >= 1e2 => 2,
        size if size >= 1e1 => 3,
        _ => 4,
    };
    fixed(number, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_of_any_size_is_short() {
        assert_eq!(fixed(0.12345678, 6), "0.123457");
        assert_eq!(fixed(-78.0, 4), "-78.0000");
        assert_eq!(fixed(-1.5e33, 4), "-1.5000e33");
        assert_eq!(fixed(2.5e-9, 6), "2.5000e-9");
        assert_eq!(fixed(0.0, 4), "0.0000");
    }

    #[test]
    fn five_digits_count() {
        let figures = [123456.7, -1234.567, 123.4567, 12.34567, 1.234567, 0.01234567, 1e-7, 3e12, 0.0];
        let expected =
            ["123457", "-1234.6", "123.46", "12.346", "1.2346", "0.0123", "1.0000e-7", "3.0000e12", "0.0000"];
        assert_eq!(figures.map(figure), expected);
    }
}
