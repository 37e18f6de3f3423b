//! Proof that a gradient is right, in one line of a test.
//!
//! | To prove | call |
//! |---|---|
//! | an activation | [`activation`]`(&Tanh)` |
//! | a layer, or a chain of layers | [`layer`]`(&Dense::new(4, Tanh), 3)` |
//! | a loss | [`loss`]`(&MeanSquaredError::mean(), outputs, targets)` |
//! | a whole network on its own weights, with its loss and data | [`network`]`(&network, &loss, batch)` |
//!
//! Each gives a [`Report`], or a [`Failure`] that names the worst derivative, so a test is one line:
//!
//! ```
//! use nn_core::{Dense, Tanh, gradcheck};
//!
//! // With `#[test]` above it, in a crate of your own.
//! fn the_gradient_of_my_layer_is_right() -> Result<(), gradcheck::Failure> {
//!     gradcheck::layer(&Dense::new(4, Tanh), 3).map(drop)
//! }
//! # the_gradient_of_my_layer_is_right().unwrap();
//! ```
//!
//! # What is checked
//! - **Every** derivative, with respect to each parameter and each input, in Train and in Eval mode, against two
//!   oracles: central differences in `f64` with the step cbrt(eps) max(1, |x|), to 1e-7; and, since the code under
//!   test is generic, [dual numbers](Dual), to 1e-12. Errors are relative, |a - b| / max(1, |a|, |b|); where the whole
//!   gradient is small, central differences are held to its own size instead of 1, and where the function is large,
//!   they are allowed its rounding.
//! - Every buffer is filled with NaN before every call, so that a value that was not written, or was added to instead
//!   of overwritten, shows.
//! - A second call on a used workspace, a call without dx, and calls in another memory order give the same. Passes with
//!   other parameters and inputs run before forward, and between forward and backward, so that a layer which keeps
//!   state of its own shows.
//! - In Eval mode a batch of 67, which fills the blocks of a vectorised loop and leaves a rest, gives the outputs of its
//!   samples one by one, and the sum of their gradients.
//! - The number of parameters is the number that the layer shows; initial parameters are all written. So is the state,
//!   and its update is the same before backward and after it.
//! - An activation's slice methods and `f32` agree with its scalar methods and `f64`; NaN stays NaN.
//! - A loss of a batch is the weighted sum or mean of the losses of its samples.
//!
//! # Kinks
//! Where a function has a kink, as relu has at 0, central differences mean nothing. Slopes on either side that do not
//! come together as the step shrinks give a kink away; then the point is moved (and [`Report::moved`] counts it), or,
//! after 20 tries, [`Failure::Kink`] reports it.
//!
//! # When it fails
//! ```
//! use nn_core::{Activation, Scalar, gradcheck};
//!
//! struct Square;
//! impl Activation for Square {
//!     fn name(&self) -> &'static str {
//!         "Square"
//!     }
//!     fn apply<T: Scalar>(&self, z: T) -> T {
//!         z * z
//!     }
//!     fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
//!         z // Where is the 2?
//!     }
//! }
//!
//! let failure = gradcheck::activation(&Square).unwrap_err();
//! assert!(failure.to_string().starts_with("Square'(-20): analytic -20, dual -40 (relative error 5.0e-1"));
//! ```
//! The message goes on with a [`StepTable`]: the error of central differences against the step. For a right
//! derivative it falls with the square of the step; for a wrong one it stays.
//!
//! Other settings are fields of [`GradCheck`]; code that exists for `f64` alone is checked by its `_numeric` methods.

mod activation;
mod compare;
mod dual;
mod layer;
mod loss;
mod report;
mod subject;

pub use dual::Dual;
pub use loss::DualTargets;
pub use report::{Entry, Failure, Oracle, Report, StepTable, TensorReport};

use ndarray::ArrayView2;

use crate::{Activation, Batch, Error, Layer, Loss, Network, rng, standard_normal};

/// The settings of a check.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `seed` | 0 | any: the points are drawn from it |
/// | `batch` | 3 | samples in a layer's batch, at least 1 |
/// | `tolerance` | 1e-7 | of central differences, between 0 and 1 |
/// | `exact_tolerance` | 1e-12 | of dual numbers, between 0 and 1 |
/// | `derivatives` | all | of each tensor of a layer or network, and of its input, evenly spaced; at least 1 |
///
/// Each derivative takes some passes through the whole network, so that all of `n` weights take n² operations: of a large
/// network, some hundred of each tensor prove as much of the code.
///
/// # Example
/// ```
/// use nn_core::{Dense, Tanh, gradcheck::GradCheck};
///
/// let report = GradCheck { batch: 8, ..GradCheck::default() }.layer(&Dense::new(4, Tanh), 3)?;
/// // 4 * 3 weights, 4 biases, 8 * 3 inputs; in two modes.
/// assert_eq!(report.numeric, 2 * (12 + 4 + 24));
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradCheck {
    /// The seed of the points.
    pub seed: u64,
    /// Samples in a layer's batch.
    pub batch: usize,
    /// The largest relative error against central differences.
    pub tolerance: f64,
    /// The largest relative error against dual numbers.
    pub exact_tolerance: f64,
    /// How many derivatives of each tensor are compared, at most.
    pub derivatives: usize,
}

impl Default for GradCheck {
    fn default() -> Self {
        Self { seed: 0, batch: 3, tolerance: 1e-7, exact_tolerance: 1e-12, derivatives: usize::MAX }
    }
}

impl GradCheck {
    /// A tolerance of NaN would let everything pass.
    fn check(&self) -> Result<(), Failure> {
        let tolerances = [("tolerance", self.tolerance), ("exact_tolerance", self.exact_tolerance)];
        for (name, tolerance) in tolerances {
            if !(tolerance > 0.0 && tolerance < 1.0) {
                return Err(Error::hyperparameter(name, "a number between 0 and 1", tolerance).into());
            }
        }
        if self.batch == 0 {
            return Err(Error::hyperparameter("batch", "at least 1", 0).into());
        }
        if self.derivatives == 0 {
            return Err(Error::hyperparameter("derivatives", "at least 1", 0).into());
        }
        Ok(())
    }
}

/// Points tried before a kink is reported.
const ATTEMPTS: usize = 20;

/// Numbers from N(0, `std`²).
fn normals(len: usize, std: f64, seed: u64) -> Vec<f64> {
    let mut rng = rng(seed);
    (0..len).map(|_| standard_normal(&mut rng) * std).collect()
}

/// Proves an activation with the default settings; see [`GradCheck::activation`].
///
/// # Errors
/// A [`Failure`] that names the worst derivative.
///
/// # Example
/// ```
/// nn_core::gradcheck::activation(&nn_core::Softplus)?;
/// # Ok::<(), nn_core::gradcheck::Failure>(())
/// ```
pub fn activation<A: Activation>(activation: &A) -> Result<Report, Failure> {
    GradCheck::default().activation(activation)
}

/// Proves a layer on `in_dim` inputs with the default settings; see [`GradCheck::layer`].
///
/// # Errors
/// A [`Failure`] that names the worst derivative.
///
/// # Example
/// ```
/// use nn_core::{Dense, Softmax, Tanh, gradcheck};
///
/// gradcheck::layer(&(Dense::new(5, Tanh), Dense::linear(4), Softmax), 2)?;
/// # Ok::<(), gradcheck::Failure>(())
/// ```
pub fn layer<L: Layer<f64> + Layer<Dual>>(layer: &L, in_dim: usize) -> Result<Report, Failure> {
    GradCheck::default().layer(layer, in_dim)
}

/// Proves a loss of `outputs` predictions a sample with the default settings; see [`GradCheck::loss`].
///
/// # Errors
/// A [`Failure`] that names the worst derivative.
///
/// # Example
/// ```
/// use nn_core::{SoftmaxCrossEntropy, gradcheck};
///
/// gradcheck::loss(&SoftmaxCrossEntropy::mean(), 3, &[0, 2, 1, 1][..])?;
/// # Ok::<(), gradcheck::Failure>(())
/// ```
pub fn loss<P, Y>(loss: &P, outputs: usize, target: &Y) -> Result<Report, Failure>
where
    Y: DualTargets + ?Sized,
    P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
{
    GradCheck::default().loss(loss, outputs, target)
}

/// Proves a loss at given predictions, for losses that are not defined everywhere.
///
/// # Errors
/// A [`Failure`] that names the worst derivative.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{CrossEntropy, gradcheck};
///
/// let probabilities = array![[0.2, 0.8], [0.5, 0.5]];
/// gradcheck::loss_at(&CrossEntropy::mean(), probabilities.view(), &[0, 1][..])?;
/// # Ok::<(), gradcheck::Failure>(())
/// ```
pub fn loss_at<P, Y>(loss: &P, prediction: ArrayView2<'_, f64>, target: &Y) -> Result<Report, Failure>
where
    Y: DualTargets + ?Sized,
    P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
{
    GradCheck::default().loss_at(loss, prediction, target)
}

/// Proves a network at its own parameters, with its loss and data; see [`GradCheck::network`].
///
/// # Errors
/// A [`Failure`] that names the worst derivative.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh, gradcheck};
///
/// let network = Network::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let x = array![[0.1, 0.9], [0.8, 0.7]];
/// let batch = Batch::new(x.view(), &[1, 0][..])?;
/// gradcheck::network(&network, &SoftmaxCrossEntropy::sum(), batch)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network<L, P, Y>(
    network: &Network<f64, L>,
    loss: &P,
    batch: Batch<'_, f64, Y>,
) -> Result<Report, Failure>
where
    L: Layer<f64> + Layer<Dual>,
    Y: DualTargets + ?Sized,
    P: Loss<f64, Y> + Loss<Dual, Y::Dual> + ?Sized,
{
    GradCheck::default().network(network, loss, batch)
}
