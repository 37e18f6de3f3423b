//! What can go wrong, said so that the reader knows what to change.

use thiserror::Error;

/// A layer cannot be built on the inputs it is given.
///
/// The message names the layer, what it expected and what it found:
///
/// ```
/// use nn_core::{Dense, Network, Tanh};
///
/// let layers = (Dense::new(7, Tanh), Dense::linear(0));
/// let error = Network::<f64, _>::new(2, layers, 0).unwrap_err();
/// assert_eq!(error.to_string(), "layer 1 (Dense): expected at least 1 unit, found 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{layer}: expected {expected}, found {found}")]
pub struct ShapeError {
    /// Where: the path from the outermost layer, `layer 1 (Dense)`.
    pub layer: String,
    /// What the layer needs.
    pub expected: String,
    /// What it was given.
    pub found: String,
}

impl ShapeError {
    /// An error of the layer called `layer`.
    pub fn new(layer: &str, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { layer: layer.to_owned(), expected: expected.into(), found: found.into() }
    }

    /// The same error seen from a chain, whose `index`-th layer made it.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        let layer = match self.layer.split_once(" > ") {
            Some((outer, inner)) => format!("layer {index} ({outer}) > {inner}"),
            None => format!("layer {index} ({})", self.layer),
        };
        Self { layer, ..self }
    }

    /// The same error seen from the layer `outer` that wraps the one that made it.
    #[must_use]
    pub fn inside(self, outer: &str) -> Self {
        Self { layer: format!("{outer} > {}", self.layer), ..self }
    }
}

/// A network could not be built, run or read.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A layer does not fit its inputs.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The network has more parameters than this machine can hold.
    #[error("a network of {count} parameters does not fit in memory; use fewer units")]
    TooLarge {
        /// Parameters asked for.
        count: usize,
    },
    /// A batch whose rows are not what the network takes.
    #[error("expected rows of {expected} features, found {found}")]
    FeatureCount {
        /// Inputs of the network.
        expected: usize,
        /// Columns of the batch.
        found: usize,
    },
    /// A batch of no rows: a mean over it would be 0/0.
    #[error("expected at least one sample, found an empty batch")]
    EmptyBatch,
    /// NaN or infinity where a number is needed.
    #[error("{what}[{row}, {column}] is {value}; expected a finite number")]
    NotFinite {
        /// `features`, `targets` or `sample weights`.
        what: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f64,
    },
    /// Two things that belong together have different lengths.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What was counted.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A matrix of another shape than is needed.
    #[error("expected {} {what}, found {}", pair(*expected), pair(*found))]
    Dimensions {
        /// What was measured.
        what: &'static str,
        /// (rows, columns) needed.
        expected: (usize, usize),
        /// (rows, columns) given.
        found: (usize, usize),
    },
    /// A class index that no output stands for.
    #[error("label {label} of sample {row} is out of range: expected a class from 0 to {}", classes.saturating_sub(1))]
    Label {
        /// The offending sample.
        row: usize,
        /// Its label.
        label: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A target value outside the range that the loss is defined on.
    #[error("target[{row}, {column}] is {}; {loss} expects {expected}", readable(value))]
    Target {
        /// Name of the loss.
        loss: &'static str,
        /// Row of the first such value.
        row: usize,
        /// Its column.
        column: usize,
        /// The value.
        value: f64,
        /// What the loss is defined on.
        expected: &'static str,
    },
    /// A row of targets that should be the probabilities of the classes.
    #[error(
        "the targets of sample {row} add up to {}; {loss} expects rows of probabilities, which add up to 1",
        readable(sum)
    )]
    Distribution {
        /// Name of the loss.
        loss: &'static str,
        /// The offending sample.
        row: usize,
        /// The sum of its targets.
        sum: f64,
    },
    /// A hyper-parameter outside its range.
    #[error("{name} is {found}; expected {expected}")]
    Hyperparameter {
        /// Name of the hyper-parameter.
        name: &'static str,
        /// The values it may take.
        expected: &'static str,
        /// The value given.
        found: String,
    },
    /// Probabilities were asked of a network that has not been told how its outputs are to be read.
    #[error(
        "the network has no output link yet: train it, or call `set_link` with `Link::Softmax`, `Link::Logistic` or `Link::Identity`"
    )]
    NoLink,
    /// The state was to be brought up to date, and the workspace holds no training pass of the network.
    #[error(
        "the workspace holds no training pass of this network that has not been counted yet: call `forward_in` with `Mode::train` before each `update_state`"
    )]
    NoTrainingPass,
    /// The loss applies its link to outputs that went through it already.
    #[error(
        "the network ends in {ending}, and its loss applies that function itself: end it in `Dense::linear` instead, or use a loss on probabilities"
    )]
    DoubleLink {
        /// `Softmax` or `Sigmoid`.
        ending: &'static str,
    },
    /// Classes were asked of a network with a single output that is not a probability.
    #[error("a single output names a class only through `Link::Logistic`, found {found}")]
    NoClasses {
        /// The network's link.
        found: String,
    },
    /// A layer that has no serialised form.
    #[error("layer {index} ({name}) has no `LayerSpec`: a dynamic network with it cannot be written")]
    NoSpec {
        /// Position in the chain.
        index: usize,
        /// Name of the layer.
        name: &'static str,
    },
}

impl Error {
    /// [`Error::Hyperparameter`], for layers, optimizers and callbacks of one's own.
    ///
    /// # Example
    /// ```
    /// let error = nn_core::Error::hyperparameter("rate", "a number from 0 to 1", 1.5);
    /// assert_eq!(error.to_string(), "rate is 1.5; expected a number from 0 to 1");
    /// ```
    pub fn hyperparameter(name: &'static str, expected: &'static str, found: impl ToString) -> Self {
        Self::Hyperparameter { name, expected, found: readable(found) }
    }

    /// An error found in some rows of a batch, seen from the batch, in which `rows` stand above them.
    pub(crate) fn below(self, rows: usize) -> Self {
        match self {
            Self::NotFinite { what, row, column, value } => {
                Self::NotFinite { what, row: rows + row, column, value }
            }
            other => other,
        }
    }
}

/// More digits than a number of `f64` has: the rest of them are zeros.
const MANY_DIGITS: usize = 22;

/// A value as it is printed; a very large or small number with a power of ten, `1e300`, and not with its 301 digits.
fn readable(value: impl ToString) -> String {
    shortened(value.to_string())
}

fn shortened(text: String) -> String {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
    if is_number && text.len() > MANY_DIGITS { scientific(&text) } else { text }
}

/// `-0.00125` as `-1.25e-3`. By its digits: reading a number would bring its tables into every program.
fn scientific(text: &str) -> String {
    let (sign, number) = text.strip_prefix('-').map_or(("", text), |number| ("-", number));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let (first, others) = digits.trim_matches('0').split_at_checked(1).unwrap_or_default();
    let point = if others.is_empty() { "" } else { "." };
    // Of magnitudes below 1 the exponent counts the zeros, of others the digits.
    let exponent = if zeros < whole.len() {
        (whole.len() - zeros - 1).to_string()
    } else {
        format!("-{}", zeros + 1 - whole.len())
    };
    format!("{sign}{first}{point}{others}e{exponent}")
}

/// `3 x 2`.
fn pair((rows, columns): (usize, usize)) -> String {
    format!("{rows} x {columns}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_printed_with_its_digits_and_no_more() {
        assert_eq!(readable(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(readable(-1.7976931348623157e308), "-1.7976931348623157e308");
        assert_eq!(readable(1e-50), "1e-50");
        assert_eq!(readable(f64::NAN), "NaN");
        for exponent in [-300, -30, -22, 22, 23, 30, 300] {
            for digits in ["1", "-1.5", "7.25", "9.0625"] {
                let text = format!("{digits}e{exponent}");
                let number: f64 = text.parse().expect("a number");
                assert_eq!(readable(number), text);
            }
        }
        assert_eq!(readable("a name of more letters than that"), "a name of more letters than that");
    }
}
