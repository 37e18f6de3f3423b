use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::average::Average;
use super::state::{check_lengths, flush, prepare};
use crate::check::{check_positive, check_rate};

/// RMSProp: each parameter's gradient is divided by the root of its recent mean square.
///
/// v ← α v + (1 - α) g², u ← μ u + g / (sqrt(v) + ε), p ← p - η u. Centered, v - m² stands in the place of v, with
/// m ← α m + (1 - α) g: the variance instead of the mean square.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `alpha` | 0.99 | from 0 to below 1: the memory |
/// | `epsilon` | 1e-8 | above 0, finite |
/// | `momentum` | 0 | from 0 to below 1 |
/// | `centered` | off | |
///
/// # Example
/// ```
/// use nn_train::{RmsProp, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(RmsProp::new().momentum(0.9).centered()).learning_rate(1e-3);
/// ```
///
/// Tieleman, Hinton: "Lecture 6.5 - RMSProp", COURSERA: neural networks for machine learning, 2012. Centered: Graves,
/// "Generating sequences with recurrent neural networks", 2013. As PyTorch: ε outside the root, η outside the momentum;
/// Keras has α = 0.9, ε = 1e-7 within the root, and η within the momentum.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct RmsProp<T = f64> {
    alpha: f64,
    epsilon: f64,
    momentum: f64,
    centered: bool,
    square: Vec<T>,
    /// m; 0 unless centered.
    mean: Vec<T>,
    velocity: Vec<T>,
}

impl<T> Default for RmsProp<T> {
    fn default() -> Self {
        let (square, mean, velocity) = (Vec::new(), Vec::new(), Vec::new());
        Self { alpha: 0.99, epsilon: 1e-8, momentum: 0.0, centered: false, square, mean, velocity }
    }
}

impl<T> RmsProp<T> {
    /// RMSProp with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The memory of the mean square.
    pub fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// What is added to the divisor.
    pub fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// The share of a step that the next one keeps.
    pub fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Divides by the standard deviation.
    pub fn centered(self) -> Self {
        Self { centered: true, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("alpha", self.alpha)?;
        check_positive::<T>("epsilon", self.epsilon)?;
        check_rate("momentum", self.momentum)?;
        prepare([&mut self.square, &mut self.mean, &mut self.velocity], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.square);
        let c = Coefficients {
            learning_rate,
            average: Average::new(self.alpha),
            centered: self.centered,
            epsilon: T::of(self.epsilon),
            momentum: T::of(self.momentum),
        };
        simd::run(|| update(&c, params, gradient, &mut self.square, &mut self.mean, &mut self.velocity));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    learning_rate: T,
    average: Average<T>,
    centered: bool,
    epsilon: T,
    momentum: T,
}

#[inline(always)]
fn update<T: Scalar>(
    c: &Coefficients<T>,
    params: &mut [T],
    gradient: &[T],
    square: &mut [T],
    mean: &mut [T],
    velocity: &mut [T],
) {
    for ((((p, &g), v), m), u) in params.iter_mut().zip(gradient).zip(square).zip(mean).zip(velocity) {
        *v = c.average.of_squares(*v, g);
        // The mean stays at 0 unless it is asked for.
        *m = c.average.of(*m, if c.centered { g } else { T::zero() });
        // Never below 0 but for rounding.
        let variance = (*v - *m * *m).max(T::zero());
        *u = flush(c.momentum * *u + g / (variance.sqrt() + c.epsilon));
        *p -= c.learning_rate * *u;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn a_gradient_is_divided_by_its_root_mean_square() {
        let mut rmsprop = started(RmsProp::new().alpha(0.75).momentum(0.5));
        let mut params = [0.0; 2];
        rmsprop.step(1.0, &mut params, &[4.0, -4.0]);
        assert!((params[0] + 2.0).abs() < 1e-7 && (params[1] - 2.0).abs() < 1e-7, "{params:?}");
        rmsprop.step(1.0, &mut params, &[0.0, 0.0]);
        assert!((params[0] + 3.0).abs() < 1e-7, "half of the first step: {params:?}");
    }

    /// A constant gradient has no variance, which rounding may put below 0: the step is g / ε, not NaN.
    #[test]
    fn a_variance_is_not_below_0() {
        let mut rmsprop = started(RmsProp::new().alpha(0.5).epsilon(1.0).centered());
        let mut params = [0.0; 2];
        for _ in 0..100 {
            rmsprop.step(1.0, &mut params, &[1.1, 0.7]);
        }
        let before = params;
        rmsprop.step(1.0, &mut params, &[1.1, 0.7]);
        assert!((before[0] - params[0] - 1.1).abs() < 1e-7 && (before[1] - params[1] - 0.7).abs() < 1e-7);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(RmsProp::new().alpha(1.0)), "alpha is 1; expected a number from 0 to below 1");
        assert_eq!(
            message(RmsProp::new().momentum(-1.0)),
            "momentum is -1; expected a number from 0 to below 1"
        );
        assert_eq!(message(RmsProp::new().epsilon(0.0)), "epsilon is 0; expected a finite number above 0");
    }
}
