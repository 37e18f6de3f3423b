use nn_core::Error;

use super::Schedule;
use crate::check::check_not_negative;

/// The same factor at all times: a part of a sequence.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `factor` | | at least 0, finite |
///
/// # Example
/// ```
/// use nn_train::schedule::{Constant, Schedule};
///
/// // A third for five epochs, then all of it.
/// let schedule = Constant::new(1.0 / 3.0).then(5, Constant::new(1.0));
/// assert_eq!((schedule.factor(4), schedule.factor(5)), (1.0 / 3.0, 1.0));
/// ```
///
/// The example is PyTorch's `ConstantLR`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Constant {
    factor: f64,
}

impl Constant {
    /// `factor` at all times.
    pub fn new(factor: f64) -> Self {
        Self { factor }
    }
}

impl Schedule for Constant {
    fn check(&self) -> Result<(), Error> {
        check_not_negative::<f64>("factor", self.factor)
    }

    fn factor(&self, _t: usize) -> f64 {
        self.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::message;

    #[test]
    fn a_negative_factor_is_refused() {
        assert_eq!(message(Constant::new(-1.0)), "factor is -1; expected a finite number, at least 0");
        assert_eq!(Constant::new(0.5).factor(1000), 0.5);
    }
}
