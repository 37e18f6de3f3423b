use nn_core::Error;

use super::{Schedule, check_count};
use crate::check::{check, check_positive};
use crate::elementary::power;

/// Triangles: 1 + (max - 1) h s, where h rises from 0 to 1 in `up` and falls in `down`, again and again.
///
/// The learning rate of the [`Trainer`](crate::Trainer) is the lowest; max is the highest over the lowest.
///
/// | Form | s |
/// |---|---|
/// | `triangular` | 1 |
/// | `triangular2` | 2^-n in cycle n, from 0: each triangle half as high as the one before |
/// | `exp_range` | γᵗ |
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `max` | | at least 1, finite |
/// | `up` | | at least 1 |
/// | `down` | `up` | at least 1 |
/// | `gamma` | | γ: above 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{Cyclic, Schedule};
///
/// let schedule = Cyclic::triangular2(5.0, 4);
/// assert_eq!([0, 2, 4, 6, 8, 12].map(|t| schedule.factor(t)), [1.0, 3.0, 5.0, 3.0, 1.0, 3.0]);
/// ```
///
/// Smith: "Cyclical learning rates for training neural networks", 2015. As PyTorch's `CyclicLR`, without its cycle of
/// the momentum.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Cyclic {
    max: f64,
    up: usize,
    down: usize,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Form {
    Triangular,
    Triangular2,
    ExpRange { gamma: f64 },
}

impl Cyclic {
    /// Triangles of the same height.
    pub fn triangular(max: f64, up: usize) -> Self {
        Self { max, up, down: up, form: Form::Triangular }
    }

    /// Triangles each half as high as the one before.
    pub fn triangular2(max: f64, up: usize) -> Self {
        Self { form: Form::Triangular2, ..Self::triangular(max, up) }
    }

    /// Triangles whose height is multiplied by `gamma` each time.
    pub fn exp_range(max: f64, up: usize, gamma: f64) -> Self {
        Self { form: Form::ExpRange { gamma }, ..Self::triangular(max, up) }
    }

    /// The length of a fall.
    pub fn down(self, down: usize) -> Self {
        Self { down, ..self }
    }
}

impl Schedule for Cyclic {
    fn check(&self) -> Result<(), Error> {
        let at_least_1 = self.max >= 1.0 && self.max.is_finite();
        check(at_least_1, "max", "a finite number, at least 1", self.max)?;
        check_count("up", self.up)?;
        check_count("down", self.down)?;
        match self.form {
            Form::ExpRange { gamma } => check_positive::<f64>("gamma", gamma),
            Form::Triangular | Form::Triangular2 => Ok(()),
        }
    }

    fn factor(&self, t: usize) -> f64 {
        let length = self.up.saturating_add(self.down);
        let (cycle, place) = (t / length, t % length);
        let height = if place <= self.up {
            place as f64 / self.up as f64
        } else {
            (length - place) as f64 / self.down as f64
        };
        let scale = match self.form {
            Form::Triangular => 1.0,
            Form::Triangular2 => power(0.5, cycle as u64),
            Form::ExpRange { gamma } => power(gamma, t as u64),
        };
        1.0 + (self.max - 1.0) * height * scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn three_forms() {
        let factors = |schedule: Cyclic| [0, 1, 2, 4, 6, 8, 12].map(|t| schedule.factor(t));
        assert_eq!(factors(Cyclic::triangular(9.0, 2).down(4)), [1.0, 5.0, 9.0, 5.0, 1.0, 9.0, 1.0]);
        assert_eq!(factors(Cyclic::triangular2(9.0, 2).down(4)), [1.0, 5.0, 9.0, 5.0, 1.0, 5.0, 1.0]);
        let ranged = Cyclic::exp_range(9.0, 2, 0.5).down(4);
        assert_eq!(factors(ranged), [1.0, 3.0, 3.0, 1.25, 1.0, 1.0 + 8.0 / 256.0, 1.0]);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Cyclic::triangular(0.5, 2)), "max is 0.5; expected a finite number, at least 1");
        assert_eq!(message(Cyclic::triangular(2.0, 0).down(1)), "up is 0; expected at least 1");
        assert_eq!(message(Cyclic::triangular2(2.0, 2).down(0)), "down is 0; expected at least 1");
        let expected = "gamma is 0; expected a finite number above 0";
        assert_eq!(message(Cyclic::exp_range(2.0, 2, 0.0)), expected);
    }
}
