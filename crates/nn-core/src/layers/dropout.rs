use ndarray::{ArrayView2, ArrayViewMut2};

use super::mask::{Mask, check_rate};
use crate::{Architecture, Backward, Forward, Layer, LayerSpec, Mode, Scalar, ShapeError};

/// While learning, drops each element with probability `rate` and scales the others: y = x / (1 - rate), or 0.
///
/// So the expected value is kept, and in use y = x (inverted dropout). The elements are drawn anew in each step, from
/// the run's seed; a dropped NaN stays NaN.
///
/// # Shapes
/// x and y: (batch, features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `rate` | none | from 0, which drops nothing, to below 1 |
///
/// # Example
/// ```
/// use nn_core::{Dense, Dropout, Mode, Network, Relu, Workspace};
/// use ndarray::Array2;
///
/// let layers = (Dense::new(32, Relu), Dropout::new(0.5), Dense::linear(4));
/// assert_eq!(Network::<f64, _>::new(2, layers, 0)?.out_dim(), 4);
///
/// let network = Network::<f64, _>::new(10, Dropout::new(0.5), 0)?;
/// let (x, mut workspace) = (Array2::ones((10, 10)), Workspace::new());
/// let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, 0))?;
/// assert!(pass.output().iter().all(|&y| y == 0.0 || y == 2.0));
/// assert_eq!(network.predict(x.view())?, x);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Srivastava et al.: "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014. Inverted, as
/// PyTorch's and Keras's; the paper scales in use instead. PyTorch takes a rate of 1, where nothing is left to learn
/// from.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct Dropout {
    pub(super) rate: f64,
}

impl Dropout {
    /// A layer that drops that share of its inputs.
    pub fn new(rate: f64) -> Self {
        Self { rate }
    }

    /// The function and its derivative, which are the same.
    fn apply<T: Scalar>(self, mode: Mode, x: ArrayView2<'_, T>, mut y: ArrayViewMut2<'_, T>) {
        let Mode::Train(noise) = mode else { return y.assign(&x) };
        let scale = T::of(1.0 / (1.0 - self.rate));
        Mask::new(noise, self.rate).map(x, y, |x, kept| x * if kept { scale } else { T::zero() });
    }
}

impl Architecture for Dropout {
    fn name(&self) -> &'static str {
        "Dropout"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        check_rate("Dropout", self.rate)?;
        Ok(in_dim)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for Dropout {
    fn forward(&self, pass: Forward<'_, T>) {
        self.apply(pass.mode, pass.x, pass.y);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        if let Some(dx) = pass.dx {
            self.apply(pass.mode, pass.dy.view(), dx);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{Network, Workspace};

    fn outputs(rate: f64, x: &Array2<f64>, mode: Mode) -> Array2<f64> {
        let network = Network::new(x.ncols(), Dropout::new(rate), 0).expect("a valid rate");
        let mut workspace = Workspace::new();
        network.forward_in(x.view(), &mut workspace, mode).expect("it fits").output().to_owned()
    }

    #[test]
    fn the_mean_is_kept() {
        let x = Array2::ones((1000, 100));
        for rate in [0.1, 0.5, 0.9] {
            let y = outputs(rate, &x, Mode::train(2, 0));
            let scale = 1.0 / (1.0 - rate);
            assert!(y.iter().all(|&y| y == 0.0 || y == scale));
            // The variance of 0 or 1 / (1 - rate) is rate / (1 - rate).
            let error = (rate * scale / y.len() as f64).sqrt();
            let mean = y.mean().expect("samples");
            assert!((mean - 1.0).abs() < 5.0 * error, "{mean} at rate {rate}");
        }
    }

    #[test]
    fn rate_0_and_use_are_the_identity() {
        let x = Array2::from_shape_fn((9, 4), |(n, j)| (n as f64 - 4.0) / (j + 1) as f64);
        assert_eq!(outputs(0.0, &x, Mode::train(0, 0)), x);
        assert_eq!(outputs(0.9, &x, Mode::Eval), x);
    }

    #[test]
    fn what_diverged_does_not_hide_behind_the_mask() {
        let y = outputs(0.9, &Array2::from_elem((50, 1), f64::NAN), Mode::train(0, 0));
        assert!(y.iter().all(|y| y.is_nan()));
    }

    /// A batch that is cut into shards, which threads share.
    #[cfg(feature = "parallel")]
    #[test]
    fn the_noise_does_not_depend_on_the_number_of_threads() {
        use crate::{AlphaDropout, Batch, Dense, GaussianNoise, HalfSquaredError, Shards};

        let layers = (
            GaussianNoise::new(0.5),
            Dense::linear(4),
            Dropout::new(0.5),
            AlphaDropout::new(0.5),
            Dense::linear(1),
        );
        let network = Network::<f64, _>::new(2, layers, 0).expect("it fits");
        let x = Array2::from_shape_fn((3000, 2), |(n, j)| ((7 * n + 3 * j) % 11) as f64);
        let y = Array2::zeros((3000, 1));
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let rows: Vec<usize> = (0..3000).collect();
        let gradients = [1, 2, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let mut gradient = vec![f64::NAN; network.params().len()];
            pool.install(|| {
                let mut shards = Shards::new();
                shards.gather(&network, &data, &rows);
                assert!(shards.batches().len() > 3);
                let mode = Mode::train(0, 0);
                network.loss_and_gradient(&HalfSquaredError::sum(), &mut shards, mode, &mut gradient);
            });
            gradient
        });
        assert!(gradients[1] == gradients[0] && gradients[2] == gradients[0]);
    }

    #[test]
    fn rates_out_of_range_are_refused() {
        for rate in [1.0, -0.5, f64::NAN] {
            let error = Network::<f64, _>::new(2, Dropout::new(rate), 0).expect_err("out of range");
            let message = format!("Dropout: expected a rate from 0 to below 1, found {rate}");
            assert_eq!(error.to_string(), message);
        }
    }
}
