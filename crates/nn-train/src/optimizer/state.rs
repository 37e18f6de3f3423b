//! The state of optimizers: slices of one value a parameter.

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

/// 0 for what is too small for a normal number, else x.
///
/// Without it the average of a gradient that stays away, as that of a unit that relu has silenced, would shrink to the
/// smallest subnormal number and stay there, where arithmetic is slow.
#[inline(always)]
pub(super) fn flush<T: Scalar>(x: T) -> T {
    if x.abs() < T::min_positive_value() { T::zero() } else { x }
}

/// Slices of different lengths would leave parameters where they are, and nobody would know.
pub(super) fn check_lengths<T>(params: &[T], gradient: &[T], state: &[T]) {
    assert_eq!(params.len(), gradient.len(), "one derivative a parameter");
    assert_eq!(params.len(), state.len(), "call `start` before `step`: one value of state a parameter");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_of_nothing_comes_to_0() {
        let mut average = 1.0_f32;
        (0..1000).for_each(|_| average = flush(0.9 * average));
        assert_eq!(average, 0.0);
        assert_eq!(
            [flush(-1e-40_f32), flush(f32::MIN_POSITIVE), flush(-2.0)],
            [0.0, f32::MIN_POSITIVE, -2.0]
        );
        assert!(flush(f32::NAN).is_nan());
    }

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
}
