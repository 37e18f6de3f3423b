//! A sum of sines, with noise.

use std::f64::consts::PI;

use ndarray::{Array1, Axis};
use nn_core::{Scalar, standard_normal, stream};
use rand::distr::{Distribution, StandardUniform};

use super::{check_count, check_number, check_size, too_large};
use crate::{DataError, Regression};

/// A noisy sum of sines of one variable, to be found again: a problem of regression.
///
/// y = Σ_k `amplitudes[k - 1]` sin(k x) + `noise` N(0, 1), with x uniform in [-π, π).
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `samples` | 200 | at least 1 |
/// | `amplitudes` | 1, 0.5 | finite, at least one |
/// | `noise` | 0.1 | finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::NoisySines;
///
/// let sine = NoisySines { amplitudes: vec![2.0], noise: 0.0, ..NoisySines::default() };
/// let data = sine.generate::<f64>(0)?;
/// for (x, y) in data.x().iter().zip(data.y()) {
///     assert!((y - 2.0 * x.sin()).abs() < 1e-15);
/// }
/// # Ok::<(), nn_data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct NoisySines {
    /// Number of samples.
    pub samples: usize,
    /// The amplitudes of sin x, sin 2x, and so on.
    pub amplitudes: Vec<f64>,
    /// Standard deviation of y.
    pub noise: f64,
}

impl Default for NoisySines {
    fn default() -> Self {
        Self { samples: 200, amplitudes: vec![1.0, 0.5], noise: 0.1 }
    }
}

impl NoisySines {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the fields are so large that a value is.
    ///
    /// # Example
    /// ```
    /// use nn_data::NoisySines;
    ///
    /// let data = NoisySines::default().generate::<f32>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.targets()), (200, 1, 1));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Regression<T>, DataError> {
        check_count("samples", self.samples)?;
        check_count("number of amplitudes", self.amplitudes.len())?;
        self.amplitudes.iter().try_for_each(|&amplitude| check_number("amplitude", amplitude))?;
        check_size("noise", self.noise)?;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        x.try_reserve_exact(self.samples).map_err(|_| too_large())?;
        y.try_reserve_exact(self.samples).map_err(|_| too_large())?;
        let mut rng = stream(seed, "samples");
        for _ in 0..self.samples {
            let unit: f64 = StandardUniform.sample(&mut rng);
            let z = standard_normal(&mut rng);
            let angle = PI * (2.0 * unit - 1.0);
            let waves = self.amplitudes.iter().zip(1..).map(|(a, k)| a * libm::sin(f64::from(k) * angle));
            x.push(T::of(angle));
            y.push(T::of(waves.sum::<f64>() + self.noise * z));
        }
        let column = |values| Array1::from_vec(values).insert_axis(Axis(1));
        Regression::new(column(x), column(y))
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn without_noise_y_is_the_sum() {
        let sines = NoisySines { samples: 50, amplitudes: vec![1.0, 0.0, -2.0], noise: 0.0 };
        let data = sines.generate::<f64>(1).unwrap();
        for (x, y) in data.x().iter().zip(data.y()) {
            assert_abs_diff_eq!(*y, x.sin() - 2.0 * (3.0 * x).sin(), epsilon = 1e-14);
        }
    }

    #[test]
    fn x_is_uniform_and_the_noise_normal() {
        let n = 10_000;
        let data = NoisySines { samples: n, amplitudes: vec![0.0], noise: 0.3 }.generate::<f64>(1).unwrap();
        assert!(data.x().iter().all(|x| (-PI..PI).contains(x)));
        let mean = data.x().sum() / n as f64;
        assert_abs_diff_eq!(mean, 0.0, epsilon = 5.0 * PI / (3.0 * n as f64).sqrt());
        let std = (data.y().iter().map(|y| y * y).sum::<f64>() / n as f64).sqrt();
        assert_abs_diff_eq!(std, 0.3, epsilon = 5.0 * 0.3 / (2.0 * n as f64).sqrt());
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let sines = NoisySines { samples: 2, ..NoisySines::default() };
        let data = sines.generate::<f64>(42).unwrap();
        assert_eq!([data.x().as_slice().unwrap(), data.y().as_slice().unwrap()].concat(), PINNED);
        let single = sines.generate::<f32>(42).unwrap();
        assert_eq!(
            (single.x(), single.y().view()),
            (data.x().mapv(f32::of).view(), data.y().mapv(f32::of).view())
        );
        assert_ne!(sines.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 4] =
        [-2.770225367532366, -2.802067505847133, -0.002439117333917138, 0.03088225892304819];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = NoisySines::default();
        let message = |sines: NoisySines| sines.generate::<f64>(0).unwrap_err().to_string();
        assert_eq!(message(NoisySines { samples: 0, ..ok.clone() }), "samples is 0; expected at least 1");
        assert_eq!(
            message(NoisySines { amplitudes: Vec::new(), ..ok.clone() }),
            "number of amplitudes is 0; expected at least 1"
        );
        assert_eq!(
            message(NoisySines { amplitudes: vec![1.0, f64::NAN], ..ok.clone() }),
            "amplitude is NaN; expected a finite number"
        );
        assert_eq!(
            message(NoisySines { noise: -1.0, ..ok.clone() }),
            "noise is -1; expected a finite number, at least 0"
        );
        assert_eq!(
            message(NoisySines { samples: usize::MAX, ..ok.clone() }),
            "the samples do not fit in memory; use a smaller number"
        );
        let error = NoisySines { noise: 1e300, ..ok }.generate::<f32>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "targets", .. }), "{error}");
    }
}
