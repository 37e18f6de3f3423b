use super::mask::{Mask, check_rate};
use crate::{Architecture, Backward, Forward, Layer, LayerSpec, Mode, Scalar, ShapeError};

/// Dropout for networks of SELU units, which keeps mean 0 and variance 1: while learning, each element is replaced with
/// probability `rate` by α', the value at which SELU saturates, and then y = a x + b.
///
/// α' = -1.7581, a = 1 / √((1 - rate) (1 + rate α'²)), b = -a rate α'. In use y = x. The elements are drawn anew in each
/// step, from the run's seed; a dropped NaN stays NaN.
///
/// # Shapes
/// x and y: (batch, features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `rate` | none | from 0, which drops nothing, to below 1; 0.05 or 0.1 in the paper |
///
/// # Example
/// ```
/// use nn_core::{AlphaDropout, Dense, Network};
///
/// let network = Network::<f64, _>::new(8, (AlphaDropout::new(0.1), Dense::linear(4)), 0)?;
/// assert_eq!(network.out_dim(), 4);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Klambauer et al.: "Self-normalizing neural networks", NeurIPS 2017. PyTorch and Keras agree with it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct AlphaDropout {
    pub(super) rate: f64,
}

/// α' = -λ α: what SELU comes to far below 0.
const SATURATED: f64 = -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717;

impl AlphaDropout {
    /// A layer that drops that share of its inputs.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// a and b.
    fn affine(self) -> (f64, f64) {
        let slope = 1.0 / ((1.0 - self.rate) * (1.0 + self.rate * SATURATED * SATURATED)).sqrt();
        (slope, -slope * self.rate * SATURATED)
    }
}

impl Architecture for AlphaDropout {
    fn name(&self) -> &'static str {
        "AlphaDropout"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        check_rate("AlphaDropout", self.rate)?;
        Ok(in_dim)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for AlphaDropout {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, mode, .. } = pass;
        let Mode::Train(noise) = mode else { return y.assign(&x) };
        let (slope, shift) = self.affine();
        let kept_by = (T::of(slope), T::of(shift));
        let dropped_by = (T::zero(), T::of(slope * SATURATED + shift));
        Mask::new(noise, self.rate).map(x, y, |x, kept| {
            let (slope, shift) = if kept { kept_by } else { dropped_by };
            slope * x + shift
        });
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { dy, dx, mode, .. } = pass;
        let Some(mut dx) = dx else { return };
        let Mode::Train(noise) = mode else { return dx.assign(&dy) };
        let slope = T::of(self.affine().0);
        Mask::new(noise, self.rate).map(dy.view(), dx, |dy, kept| dy * if kept { slope } else { T::zero() });
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::{Network, Workspace, rng};

    fn outputs(rate: f64, x: &Array2<f64>, mode: Mode) -> Array2<f64> {
        let network = Network::new(x.ncols(), AlphaDropout::new(rate), 0).expect("a valid rate");
        let mut workspace = Workspace::new();
        network.forward_in(x.view(), &mut workspace, mode).expect("it fits").output().to_owned()
    }

    #[test]
    fn mean_0_and_variance_1_are_kept() {
        let mut rng = rng(4);
        let x = Array2::from_shape_simple_fn((2000, 100), || StandardNormal.sample(&mut rng));
        for rate in [0.0, 0.05, 0.2, 0.5, 0.8] {
            let y = outputs(rate, &x, Mode::train(2, 0));
            let (mean, var) = (y.mean().expect("samples"), y.var(0.0));
            assert!(mean.abs() < 0.012, "mean {mean} at rate {rate}");
            assert!((var - 1.0).abs() < 0.025, "variance {var} at rate {rate}");
        }
    }

    /// The two values of x = 1 at rate 0.25, by the formula of PyTorch's `alpha_dropout`.
    #[test]
    fn dropped_elements_have_one_value() {
        let alpha = 1.7580993408473766_f64;
        let a = 1.0 / ((alpha * alpha * 0.25 + 1.0) * 0.75).sqrt();
        let (kept, dropped) = (a + alpha * a * 0.25, -alpha * a + alpha * a * 0.25);
        let near = |y: f64, to: f64| (y - to).abs() < 1e-15;
        let y = outputs(0.25, &Array2::ones((500, 1)), Mode::train(0, 0));
        assert!(y.iter().all(|&y| near(y, kept) || near(y, dropped)));
        let share = y.iter().filter(|&&y| near(y, dropped)).count();
        assert!((75..175).contains(&share), "{share} of 500");
    }

    #[test]
    fn rate_0_and_use_are_the_identity() {
        let x = Array2::from_shape_fn((9, 4), |(n, j)| (n as f64 - 4.0) / (j + 1) as f64);
        assert_eq!(outputs(0.0, &x, Mode::train(0, 0)), x);
        assert_eq!(outputs(0.9, &x, Mode::Eval), x);
    }

    #[test]
    fn rates_out_of_range_are_refused() {
        let error = Network::<f64, _>::new(2, AlphaDropout::new(1.0), 0).expect_err("out of range");
        assert_eq!(error.to_string(), "AlphaDropout: expected a rate from 0 to below 1, found 1");
    }
}
