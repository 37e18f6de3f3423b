//! What the optimizers share: the checks of their settings and of their state.

use nn_core::{Error, Scalar};

/// Makes state of one value a parameter, all `initial`, or checks what an earlier run has left.
pub(super) fn prepare<T: Scalar, const N: usize>(
    state: [&mut Vec<T>; N],
    initial: T,
    params: usize,
) -> Result<(), Error> {
    let fresh = state.iter().all(|values| values.is_empty());
    for values in state {
        if fresh {
            values.resize(params, initial);
        }
        if values.len() != params {
            let what =
                "values in the state of the optimizer, one a parameter (another network needs a new one)";
            return Err(Error::Length { what, expected: params, found: values.len() });
        }
        if let Some((column, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            let what = "optimizer state";
            return Err(Error::NotFinite { what, row: 0, column, value: value.as_f64() });
        }
    }
    Ok(())
}

/// Slices of different lengths would leave parameters where they are, and nobody would know.
pub(super) fn check_lengths<T>(params: &[T], gradient: &[T], state: &[T]) {
    assert_eq!(params.len(), gradient.len(), "one derivative a parameter");
    assert_eq!(params.len(), state.len(), "call `start` before `step`: one value of state a parameter");
}

/// The rate of a moving average, x ← rate x + (1 - rate) new.
pub(super) fn check_rate(name: &'static str, rate: f64) -> Result<(), Error> {
    check((0.0..1.0).contains(&rate), name, "a number from 0 to below 1", rate)
}

/// A setting that must be above 0 as the network's number type has it: 1e-50 is 0 in f32.
pub(super) fn check_positive<T: Scalar>(name: &'static str, value: f64) -> Result<(), Error> {
    let number = T::of(value);
    check(number.is_finite() && number > T::zero(), name, "a finite number above 0", value)
}

/// A setting that must be at least 0 and finite.
pub(super) fn check_not_negative<T: Scalar>(name: &'static str, value: f64) -> Result<(), Error> {
    check(T::of(value).is_finite() && value >= 0.0, name, "a finite number, at least 0", value)
}

pub(super) fn check(
    valid: bool,
    name: &'static str,
    expected: &'static str,
    found: f64,
) -> Result<(), Error> {
    if valid { Ok(()) } else { Err(Error::hyperparameter(name, expected, found)) }
}

/// base^n, with the same bits on every platform.
pub(super) fn power(base: f64, n: u64) -> f64 {
    let (mut result, mut square, mut n) = (1.0, base, n);
    while n > 0 {
        if n % 2 == 1 {
            result *= square;
        }
        square *= square;
        n /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_made_kept_or_refused() {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        assert_eq!(prepare([&mut a, &mut b], 0.5, 2), Ok(()));
        assert_eq!((&a[..], &b[..]), (&[0.5, 0.5][..], &[0.5, 0.5][..]));
        a[1] = 3.0;
        assert_eq!(prepare([&mut a, &mut b], 0.5, 2), Ok(()));
        assert_eq!(a, [0.5, 3.0]);
        let error = prepare([&mut a, &mut b], 0.5, 3).unwrap_err().to_string();
        let expected = "expected 3 values in the state of the optimizer, one a parameter (another network needs a new one), found 2";
        assert_eq!(error, expected);
        // Half of it missing is not a fresh start.
        b.clear();
        assert!(matches!(prepare([&mut a, &mut b], 0.5, 2), Err(Error::Length { found: 0, .. })));
        let error = prepare([&mut vec![0.0, f64::NAN]], 0.0, 2).unwrap_err().to_string();
        assert_eq!(error, "optimizer state[0, 1] is NaN; expected a finite number");
    }

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

    #[test]
    fn a_power_is_a_product() {
        assert_eq!((power(3.0, 0), power(3.0, 5), power(-0.5, 3)), (1.0, 243.0, -0.125));
        assert!((power(0.999, 1000) / 0.999_f64.powf(1000.0) - 1.0).abs() < 1e-13);
        assert_eq!(power(0.9, u64::MAX), 0.0);
    }
}
