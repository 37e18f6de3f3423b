use crate::Scalar;

/// What the losses of logits need, from one exponential; exact for logits of any size.
pub(super) struct Logistic<T> {
    /// σ(z), the probability of a yes.
    pub(super) yes: T,
    /// σ(-z) = 1 - σ(z), without the difference.
    pub(super) no: T,
    /// -ln σ(z).
    pub(super) surprise_of_yes: T,
    /// -ln σ(-z).
    pub(super) surprise_of_no: T,
}

impl<T: Scalar> Logistic<T> {
    #[inline(always)]
    pub(super) fn of(z: T) -> Self {
        let e = (-z.abs()).kernel_exp();
        let log = e.ln_1p();
        let larger = (T::one() + e).recip();
        let smaller = e * larger;
        // max(0, -z) and max(0, z) by halves: exact, NaN stays NaN, and at 0 their slopes fit that of |z| in `log`, which
        // is one-sided for a dual number.
        let (half, half_abs) = (T::of(0.5) * z, T::of(0.5) * z.abs());
        let (below, above) = (half_abs - half, half_abs + half);
        let (yes, no) = if z < T::zero() { (smaller, larger) } else { (larger, smaller) };
        Self { yes, no, surprise_of_yes: below + log, surprise_of_no: above + log }
    }
}
