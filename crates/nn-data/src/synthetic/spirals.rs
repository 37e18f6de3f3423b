//! Spirals that wind around each other.

use std::f64::consts::TAU;

use nn_core::{Scalar, standard_normal, stream};

use super::{Points, check_count, check_number, check_size};
use crate::{Classification, DataError};

/// Spiral arms from the origin outwards, each a class of its own, turned against each other.
///
/// Sample i of the n of arm j lies at (r sin θ, r cos θ) with
///
/// t = i / (n - 1), r = `radius` t, θ = `winding` t + j `rotation` + `noise` N(0, 1).
///
/// For n = 1, t = 0. The samples are grouped by arm and go outwards; arm j has the label j.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `arms` | 4 | at least 1 |
/// | `samples_per_arm` | 100 | at least 1 |
/// | `radius` | 1 | finite, at least 0 |
/// | `winding` | 4 rad | finite |
/// | `rotation` | `None`: 2π / `arms` | finite, in rad |
/// | `noise` | 0.2 rad | finite, at least 0 |
///
/// # Example
/// ```
/// use nn_data::RotatedSpirals;
///
/// let still = RotatedSpirals { arms: 2, samples_per_arm: 2, winding: 0.0, noise: 0.0, ..Default::default() };
/// let data = still.generate::<f32>(0)?;
/// // Two straight arms, up and down.
/// assert_eq!(data.x().column(1).to_vec(), [0.0, 1.0, 0.0, -1.0]);
/// assert_eq!(data.y(), [0, 0, 1, 1]);
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// The defaults are those of David Palma's `neural-network-from-scratch` (MIT), after the spirals of Stanford's course
/// CS231n.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct RotatedSpirals {
    /// Number of arms and of classes.
    pub arms: usize,
    /// Samples on each arm.
    pub samples_per_arm: usize,
    /// Distance of an arm's end from the origin.
    pub radius: f64,
    /// Angle through which an arm winds, in rad.
    pub winding: f64,
    /// Angle from each arm to the next, in rad; `None` spreads the arms evenly.
    pub rotation: Option<f64>,
    /// Standard deviation of the angle, in rad.
    pub noise: f64,
}

impl Default for RotatedSpirals {
    fn default() -> Self {
        Self { arms: 4, samples_per_arm: 100, radius: 1.0, winding: 4.0, rotation: None, noise: 0.2 }
    }
}

impl RotatedSpirals {
    /// Draws the samples: the same for the same seed, and in `f32` those of `f64`, rounded.
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a field outside its range, [`DataError::TooLarge`] for more samples than fit in
    /// memory, [`DataError::NotFinite`] when the fields are so large that a coordinate is.
    ///
    /// # Example
    /// ```
    /// use nn_data::RotatedSpirals;
    ///
    /// let data = RotatedSpirals::default().generate::<f64>(7)?;
    /// assert_eq!((data.samples(), data.features(), data.classes()), (400, 2, 4));
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn generate<T: Scalar>(&self, seed: u64) -> Result<Classification<T>, DataError> {
        let rotation = self.checked_rotation()?;
        let mut rng = stream(seed, "samples");
        let mut points = Points::with_room(2, self.arms, self.samples_per_arm)?;
        // With a single sample 0 / 1, not 0 / 0.
        let last = self.samples_per_arm.saturating_sub(1).max(1) as f64;
        for arm in 0..self.arms {
            for i in 0..self.samples_per_arm {
                let t = i as f64 / last;
                let z = standard_normal(&mut rng);
                let angle = self.winding * t + arm as f64 * rotation + self.noise * z;
                let (sin, cos) = libm::sincos(angle);
                points.push([self.radius * t * sin, self.radius * t * cos], arm);
            }
        }
        points.into_dataset(self.arms)
    }

    /// The angle between arms, once all fields are in range.
    fn checked_rotation(&self) -> Result<f64, DataError> {
        check_count("arms", self.arms)?;
        check_count("samples per arm", self.samples_per_arm)?;
        check_size("radius", self.radius)?;
        check_number("winding", self.winding)?;
        check_size("noise", self.noise)?;
        let rotation = self.rotation.unwrap_or(TAU / self.arms as f64);
        check_number("rotation", rotation)?;
        Ok(rotation)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use serde::Deserialize;
    use serde::de::{Error as _, IntoDeserializer, value};

    use super::*;

    #[test]
    fn without_noise_the_samples_lie_on_the_curve() {
        let spirals =
            RotatedSpirals { arms: 3, samples_per_arm: 5, radius: 2.0, noise: 0.0, ..Default::default() };
        let data = spirals.generate::<f64>(0).unwrap();
        assert_eq!(data.y(), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        for (row, x) in data.x().rows().into_iter().enumerate() {
            let (arm, t) = ((row / 5) as f64, (row % 5) as f64 / 4.0);
            let angle = 4.0 * t + arm * TAU / 3.0;
            assert_abs_diff_eq!(x[0], 2.0 * t * angle.sin(), epsilon = 1e-15);
            assert_abs_diff_eq!(x[1], 2.0 * t * angle.cos(), epsilon = 1e-15);
        }
    }

    #[test]
    fn noise_turns_a_sample_and_keeps_its_distance() {
        let n = 5_000;
        let spirals = RotatedSpirals { arms: 1, samples_per_arm: n, winding: 0.0, ..Default::default() };
        let data = spirals.generate::<f64>(1).unwrap();
        let mut squares = 0.0;
        for (i, x) in data.x().rows().into_iter().enumerate().skip(1) {
            assert_abs_diff_eq!(x[0].hypot(x[1]), i as f64 / (n - 1) as f64, epsilon = 1e-15);
            squares += x[0].atan2(x[1]).powi(2);
        }
        // Five standard errors of a standard deviation.
        let std = (squares / (n - 1) as f64).sqrt();
        assert_abs_diff_eq!(std, 0.2, epsilon = 5.0 * 0.2 / (2.0 * n as f64).sqrt());
    }

    #[test]
    fn arms_are_spread_evenly_unless_told_otherwise() {
        let still = RotatedSpirals { samples_per_arm: 2, noise: 0.0, winding: 0.0, ..Default::default() };
        let tips = |rotation| still_tips(&RotatedSpirals { rotation, ..still });
        for (found, expected) in tips(None).into_iter().zip([0.0, TAU / 4.0, TAU / 2.0, -TAU / 4.0]) {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-15);
        }
        for (found, expected) in tips(Some(0.5)).into_iter().zip([0.0, 0.5, 1.0, 1.5]) {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-15);
        }
    }

    /// The angles of the ends of the arms.
    fn still_tips(spirals: &RotatedSpirals) -> Vec<f64> {
        let data = spirals.generate::<f64>(0).unwrap();
        data.x().rows().into_iter().skip(1).step_by(2).map(|x| x[0].atan2(x[1])).collect()
    }

    #[test]
    fn a_single_sample_lies_at_the_origin() {
        let data = RotatedSpirals { samples_per_arm: 1, ..Default::default() }.generate::<f64>(0).unwrap();
        assert_eq!(data.samples(), 4);
        assert!(data.x().iter().all(|&x| x == 0.0));
    }

    #[test]
    fn a_seed_gives_the_same_samples_for_ever() {
        let spirals = RotatedSpirals { arms: 2, samples_per_arm: 3, ..Default::default() };
        let data = spirals.generate::<f64>(42).unwrap();
        assert_eq!(data.x().as_slice().unwrap(), PINNED);
        let single = spirals.generate::<f32>(42).unwrap();
        assert_eq!(single.x().as_slice().unwrap(), PINNED_F32);
        assert_eq!(single.x(), data.x().mapv(f32::of));
        assert_ne!(spirals.generate::<f64>(43).unwrap(), data);
    }

    const PINNED: [f64; 12] = [
        -0.0,
        0.0,
        0.44492036188510303,
        -0.2281356429408367,
        -0.5255729255869369,
        -0.8507485526816887,
        -0.0,
        -0.0,
        -0.3860055158031206,
        0.31780456536929547,
        0.7823659524391295,
        0.6228190077895935,
    ];
    const PINNED_F32: [f32; 12] = [
        -0.0,
        0.0,
        0.44492036,
        -0.22813565,
        -0.5255729,
        -0.85074854,
        -0.0,
        -0.0,
        -0.38600552,
        0.31780457,
        0.782366,
        0.622819,
    ];

    #[test]
    fn fields_outside_their_range_are_refused() {
        let ok = RotatedSpirals::default();
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        for (spirals, message) in [
            (RotatedSpirals { arms: 0, ..ok }, "arms is 0; expected at least 1"),
            (RotatedSpirals { samples_per_arm: 0, ..ok }, "samples per arm is 0; expected at least 1"),
            (RotatedSpirals { radius: -1.0, ..ok }, "radius is -1; expected a finite number, at least 0"),
            (RotatedSpirals { radius: inf, ..ok }, "radius is inf; expected a finite number, at least 0"),
            (RotatedSpirals { winding: nan, ..ok }, "winding is NaN; expected a finite number"),
            (RotatedSpirals { rotation: Some(inf), ..ok }, "rotation is inf; expected a finite number"),
            (RotatedSpirals { noise: -0.1, ..ok }, "noise is -0.1; expected a finite number, at least 0"),
            (RotatedSpirals { noise: nan, ..ok }, "noise is NaN; expected a finite number, at least 0"),
            (
                RotatedSpirals { samples_per_arm: usize::MAX, ..ok },
                "the samples do not fit in memory; use a smaller number",
            ),
        ] {
            assert_eq!(spirals.generate::<f64>(0).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn angles_that_overflow_are_an_error() {
        let spirals = RotatedSpirals { rotation: Some(f64::MAX), ..Default::default() };
        let error = spirals.generate::<f64>(0).unwrap_err();
        assert!(matches!(error, DataError::NotFinite { what: "features", row: 200, .. }), "{error}");
    }

    #[test]
    fn a_configuration_names_the_fields_and_leaves_out_defaults() {
        let read = |name: &'static str| -> Result<RotatedSpirals, value::Error> {
            RotatedSpirals::deserialize(value::MapDeserializer::new(
                [(name, 3_usize)].into_iter().map(|(k, v)| (k.into_deserializer(), v)),
            ))
        };
        assert_eq!(read("arms"), Ok(RotatedSpirals { arms: 3, ..Default::default() }));
        let fields = &["arms", "samples_per_arm", "radius", "winding", "rotation", "noise"];
        assert_eq!(read("arm"), Err(value::Error::unknown_field("arm", fields)));
    }
}
