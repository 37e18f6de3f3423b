//! Networks in integers of 8 bits, for microcontrollers.

mod build;
mod c;
mod fold;
mod integers;
mod multiplier;
mod report;
mod rust;
mod scale;

use ndarray::ArrayView2;
use nn_core::{ActivationSpec, Scalar};

use self::fold::Folded;
use self::integers::Integers;
pub use self::report::Int8Report;
use super::plan::check_finite;
use super::{ExportError, Op, Plan, Step};

/// A network whose weights and activations are integers of 8 bits, made by [`Plan::quantize`].
///
/// ```text
/// x ── round ── int8 ── W x + b in 32 bits ── multiply, shift ── int8 ── ... ── logits in 32 bits ── float ── link
/// ```
///
/// | Numbers | As | Scale |
/// |---|---|---|
/// | weights | int8, -127 to 127 | one for each output |
/// | inputs, activations | int8, with a zero point | one for each layer, from the calibration data |
/// | biases, sums | int32 | that of weight times input |
/// | logits | int32, at most 2^23 | one |
///
/// From rounded inputs to logits there are only integers, the same on every machine, in this crate and in the files that
/// [`to_rust`](Int8Plan::to_rust) and [`to_c`](Int8Plan::to_c) give. The link, a scaler of targets and whatever else follows
/// the last dense layer are computed in `f32`.
///
/// The scheme is that of Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
/// Inference", 2018 (gemmlowp, TensorFlow Lite), with weights per output as TensorFlow Lite has them.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Dense, Network, Tanh};
/// use nn_model::export::Plan;
///
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0_f32]];
/// let network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(1)), 0)?;
/// let int8 = Plan::new(&network)?.named("xor").quantize(x.view())?;
/// let (y, exact) = (int8.predict(&[1.0, 0.0])?, network.predict(x.view())?);
/// assert!((y[0] - exact[(2, 0)]).abs() < 0.02);
/// assert!(int8.to_c().contains("void xor_predict(const float x[2], float y[1])"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Plan {
    plan: Plan,
    integers: Integers,
    /// What follows the logits.
    tail: Vec<Step>,
}

impl Plan {
    /// The network in integers of 8 bits, with the ranges that its activations have on `calibration`: (samples, features) as
    /// [`predict`](Plan::to_rust) takes them, a few hundred of the training set.
    ///
    /// | What | becomes |
    /// |---|---|
    /// | batch normalisation, scalers | part of the dense layer or the inputs beside them |
    /// | relu, relu6, hard tanh, hard sigmoid | bounds of the dense layer before |
    /// | leaky relu, PRelu | another factor below 0 |
    /// | any other activation | a table of 256 values |
    /// | what follows the last dense layer | `f32` |
    ///
    /// # Errors
    /// [`ExportError::Quantize`] for a layer that has no form in integers: norms over the features of a sample, branches,
    /// a softmax within the network. [`ExportError::Length`] for another number of features or no sample,
    /// [`ExportError::NotFinite`] for a number that is NaN or infinite, on the way through the network too.
    pub fn quantize<T: Scalar>(&self, calibration: ArrayView2<'_, T>) -> Result<Int8Plan, ExportError> {
        if calibration.ncols() != self.inputs {
            let (what, found) = ("features of the calibration data", calibration.ncols());
            return Err(ExportError::Length { what, expected: self.inputs, found });
        }
        if calibration.nrows() == 0 {
            return Err(ExportError::Length {
                what: "samples or more to calibrate with",
                expected: 1,
                found: 0,
            });
        }
        let row = |row: ndarray::ArrayView1<'_, T>| row.iter().map(|x| x.as_f64()).collect();
        let rows: Vec<Vec<f64>> = calibration.rows().into_iter().map(row).collect();
        check_finite("features of the calibration data", rows.iter().flatten().copied())?;
        let folded = Folded::new(self)?;
        let integers = build::build(rows, &folded)?;
        Ok(Int8Plan { plan: self.clone(), integers, tail: folded.tail })
    }

    /// The class that outputs tell: the largest, the first of equals, or whether the only one is above 1/2.
    fn class_of(&self, y: &[f64]) -> usize {
        if self.outputs == 1 { usize::from(y[0] > 0.5) } else { largest(y) }
    }
}

impl Int8Plan {
    /// The predictions for a sample: what the exported files give.
    ///
    /// # Errors
    /// [`ExportError::Length`] when `x` has another length, [`ExportError::NotFinite`] for an input that is NaN or infinite.
    pub fn predict(&self, x: &[f32]) -> Result<Vec<f32>, ExportError> {
        #[allow(clippy::cast_precision_loss, reason = "at most 2^23")]
        let logits = self.logits(x)?.into_iter().map(|y| y as f32 * self.integers.step).collect();
        Ok(super::run::run(&self.tail, logits))
    }

    /// The outputs of the last dense layer as integers: what is exact on every machine.
    ///
    /// # Errors
    /// Those of [`predict`](Int8Plan::predict).
    pub fn logits(&self, x: &[f32]) -> Result<Vec<i32>, ExportError> {
        if x.len() != self.plan.inputs {
            return Err(ExportError::Length { what: "features", expected: self.plan.inputs, found: x.len() });
        }
        check_finite("features", x.iter().map(|&x| x.into()))?;
        Ok(self.integers.logits(x))
    }

    /// The index of the class: of the largest output, found in integers where the link keeps their order; for a single
    /// output, 1 if it is above 1/2.
    ///
    /// # Errors
    /// Those of [`predict`](Int8Plan::predict).
    pub fn class(&self, x: &[f32]) -> Result<usize, ExportError> {
        if self.keeps_order() {
            let y = self.logits(x)?;
            Ok(if y.len() == 1 { usize::from(y[0] > 0) } else { largest(&y) })
        } else {
            Ok(self.plan.class_of(&self.predict(x)?.into_iter().map(f64::from).collect::<Vec<_>>()))
        }
    }

    /// A line for the comment at the head of the file, such as the [report](Int8Plan::report).
    #[must_use]
    pub fn note(self, line: &str) -> Self {
        Self { plan: self.plan.note(line), ..self }
    }

    /// The network in floating point that this was made of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan as files describe it.
    fn described(&self) -> Plan {
        self.plan.clone().note("Quantized: weights and activations in 8 bits, sums in 32, outputs in f32.")
    }

    /// What the only output is above for class 1, as files compare it.
    fn threshold(&self) -> &'static str {
        if self.keeps_order() { "0" } else { "0.5" }
    }

    /// Whether classes can be told from the logits.
    fn keeps_order(&self) -> bool {
        let keeps = |step: &Step| {
            matches!(step.op, Op::Softmax | Op::LogSoftmax | Op::Activation(ActivationSpec::Sigmoid))
        };
        let logistic = matches!(self.tail[..], [Step { op: Op::Activation(ActivationSpec::Sigmoid), .. }]);
        self.tail.iter().all(keeps) && (self.plan.outputs > 1 || logistic)
    }
}

fn largest<T: PartialOrd>(y: &[T]) -> usize {
    (1..y.len()).fold(0, |best, k| if y[k] > y[best] { k } else { best })
}

#[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
fn single(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}
