//! The ranges of settings.

use nn_core::{Error, Scalar};

/// The rate of a moving average, x ← rate x + (1 - rate) new.
pub(crate) fn check_rate(name: &'static str, rate: f64) -> Result<(), Error> {
    check((0.0..1.0).contains(&rate), name, "a number from 0 to below 1", rate)
}

/// A setting that must be above 0 as the network's number type has it: 1e-50 is 0 in f32.
pub(crate) fn check_positive<T: Scalar>(name: &'static str, value: f64) -> Result<(), Error> {
    let number = T::of(value);
    check(number.is_finite() && number > T::zero(), name, "a finite number above 0", value)
}

/// A setting that must be at least 0 and finite.
pub(crate) fn check_not_negative<T: Scalar>(name: &'static str, value: f64) -> Result<(), Error> {
    check(T::of(value).is_finite() && value >= 0.0, name, "a finite number, at least 0", value)
}

pub(crate) fn check(
    valid: bool,
    name: &'static str,
    expected: &'static str,
    found: f64,
) -> Result<(), Error> {
    if valid { Ok(()) } else { Err(Error::hyperparameter(name, expected, found)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked_in_the_number_type() {
        assert!(check_positive::<f64>("epsilon", 1e-50).is_ok());
        assert!(check_positive::<f32>("epsilon", 1e-50).is_err(), "0 in f32");
        assert!(check_not_negative::<f32>("decay", 1e50).is_err(), "infinite in f32");
        assert!(check_rate("beta", 0.0).is_ok() && check_rate("beta", 1.0).is_err());
        assert!(
            check_rate("beta", f64::NAN).is_err() && check_not_negative::<f64>("decay", f64::NAN).is_err()
        );
    }
}
