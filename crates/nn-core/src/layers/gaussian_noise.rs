use crate::{Architecture, Backward, Forward, Layer, LayerSpec, Mode, Scalar, ShapeError, standard_normal};

/// While learning, adds noise to each element: y = x + `stddev` z, z from N(0, 1).
///
/// In use y = x. The noise is drawn anew in each step, from the run's seed, in `f64` and rounded.
///
/// # Shapes
/// x and y: (batch, features).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `stddev` | none | from 0, which adds nothing, to 1e30 |
///
/// # Example
/// ```
/// use nn_core::{Dense, GaussianNoise, Network, Tanh};
///
/// let layers = (GaussianNoise::new(0.1), Dense::new(15, Tanh), Dense::linear(4));
/// let network = Network::<f64, _>::new(2, layers, 0)?;
/// assert_eq!(network.out_dim(), 4);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Bishop: "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7, 1995. As Keras's
/// `GaussianNoise`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "LayerSpec", try_from = "LayerSpec")
)]
pub struct GaussianNoise {
    pub(super) stddev: f64,
}

impl GaussianNoise {
    /// A layer that adds noise of that standard deviation.
    pub fn new(stddev: f64) -> Self {
        Self { stddev }
    }
}

impl Architecture for GaussianNoise {
    fn name(&self) -> &'static str {
        "GaussianNoise"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        if !(0.0..=1e30).contains(&self.stddev) {
            let found = self.stddev.to_string();
            return Err(ShapeError::new("GaussianNoise", "a standard deviation from 0 to 1e30", found));
        }
        Ok(in_dim)
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some((*self).into())
    }
}

impl<T: Scalar> Layer<T> for GaussianNoise {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, mode, .. } = pass;
        let Mode::Train(noise) = mode else { return y.assign(&x) };
        let mut rng = noise.rng();
        // Feature by feature, whatever the memory order.
        for (mut y, x) in y.columns_mut().into_iter().zip(x.columns()) {
            for (y, &x) in y.iter_mut().zip(x) {
                *y = x + T::of(self.stddev * standard_normal(&mut rng));
            }
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        if let Some(mut dx) = pass.dx {
            dx.assign(&pass.dy);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{Network, Workspace};

    fn outputs(stddev: f64, x: &Array2<f64>, mode: Mode) -> Array2<f64> {
        let network = Network::new(x.ncols(), GaussianNoise::new(stddev), 0).expect("in range");
        let mut workspace = Workspace::new();
        network.forward_in(x.view(), &mut workspace, mode).expect("it fits").output().to_owned()
    }

    #[test]
    fn the_noise_has_mean_0_and_the_standard_deviation() {
        let x = Array2::from_shape_fn((1000, 100), |(n, j)| (n + j) as f64);
        let noise = outputs(0.5, &x, Mode::train(1, 0)) - &x;
        let n = noise.len() as f64;
        let (mean, std) = (noise.mean().expect("samples"), noise.std(0.0));
        // Five standard errors: σ / √n, and for the standard deviation of a normal σ / √(2 n).
        assert!(mean.abs() < 5.0 * 0.5 / n.sqrt(), "mean {mean}");
        assert!((std - 0.5).abs() < 5.0 * 0.5 / (2.0 * n).sqrt(), "standard deviation {std}");
    }

    #[test]
    fn another_step_has_other_noise() {
        let x = Array2::zeros((5, 2));
        let noise = |step| outputs(1.0, &x, Mode::train(1, step));
        assert_eq!(noise(3), noise(3));
        assert_ne!(noise(3), noise(4));
    }

    #[test]
    fn stddev_0_and_use_are_the_identity() {
        let x = Array2::from_shape_fn((9, 4), |(n, j)| (n as f64 - 4.0) / (j + 1) as f64);
        assert_eq!(outputs(0.0, &x, Mode::train(0, 0)), x);
        assert_eq!(outputs(0.9, &x, Mode::Eval), x);
    }

    #[test]
    fn deviations_out_of_range_are_refused() {
        for stddev in [-0.5, 1e31, f64::NAN] {
            let error = Network::<f64, _>::new(2, GaussianNoise::new(stddev), 0).expect_err("out of range");
            let message =
                format!("GaussianNoise: expected a standard deviation from 0 to 1e30, found {stddev}");
            assert_eq!(error.to_string(), message);
        }
    }
}
