use super::columns::{ln_1p, mapped};
use crate::Scalar;

/// What the losses of logits need of one, without overflow and without differences of nearly equal numbers.
pub(super) struct Logistic<T> {
    /// σ(z), the probability of a yes.
    pub(super) yes: T,
    /// σ(-z) = 1 - σ(z).
    pub(super) no: T,
    /// -ln σ(z).
    pub(super) surprise_of_yes: T,
    /// -ln σ(-z).
    pub(super) surprise_of_no: T,
}

/// What [`columnwise`](super::columns::columnwise) wants of a block of logits z: `f` gives the loss and its derivative.
#[inline(always)]
pub(super) fn each_logit<T: Scalar>(z: &mut [T], y: &mut [T], f: impl Fn(Logistic<T>, T) -> (T, T)) {
    let mut exps = mapped(z, |z| -z.abs());
    let exps = &mut exps[..z.len()];
    T::kernel_exp_slice(exps);
    let mut logs = mapped(exps, |e| e);
    let logs = &mut logs[..z.len()];
    ln_1p(logs);
    for (((z, y), &e), &log) in z.iter_mut().zip(y).zip(&*exps).zip(&*logs) {
        let larger = (T::one() + e).recip();
        let smaller = e * larger;
        let (yes, no) = if *z < T::zero() { (smaller, larger) } else { (larger, smaller) };
        // max(0, -z) and max(0, z) by halves: exact, NaN stays NaN, and at 0 their slopes fit that of |z| in `log`, which
        // is one-sided for a dual number.
        let (half, half_abs) = (T::of(0.5) * *z, T::of(0.5) * z.abs());
        let (below, above) = (half_abs - half, half_abs + half);
        let logistic = Logistic { yes, no, surprise_of_yes: below + log, surprise_of_no: above + log };
        (*y, *z) = f(logistic, *y);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::{BinaryCrossEntropy, Focal, gradcheck};

    #[test]
    fn slopes_at_0_are_those_of_both_sides() -> Result<(), gradcheck::Failure> {
        let logits = array![[0.0], [-0.0], [0.0], [-0.0]];
        gradcheck::loss_at(&BinaryCrossEntropy::mean(), logits.view(), &[0, 0, 1, 1][..])?;
        gradcheck::loss_at(&Focal::mean(), logits.view(), &[0, 0, 1, 1][..])?;
        Ok(())
    }
}
