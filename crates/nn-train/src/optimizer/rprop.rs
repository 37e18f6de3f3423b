use nn_core::{Error, Layout, Scalar, simd};

use super::Optimizer;
use super::state::{check_lengths, prepare};
use crate::check::{check, check_positive};

/// Rprop: steps whose sizes grow while a derivative keeps its sign, and shrink when it changes.
///
/// Δ ← η₊ Δ if g has the sign it had, η₋ Δ if it changed, at least `min_step`, at most `max_step`; p ← p - Δ sign(g),
/// and after a change of sign p stays, and g counts as 0.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `shrink` | 0.5 | η₋: above 0, below 1 |
/// | `grow` | 1.2 | η₊: above 1, finite |
/// | `min_step` | 1e-6 | above 0, finite |
/// | `max_step` | 50 | at least `min_step`, finite |
///
/// The learning rate is the first Δ; later ones are not looked at. It is for the full batch: the signs of mini-batches
/// change by chance.
///
/// # Example
/// ```
/// use nn_train::{Rprop, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Rprop::new()).learning_rate(0.01).full_batch();
/// ```
///
/// Riedmiller, Braun: "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993, in the
/// variant iRprop- of Igel, Hüsken, 2000, as PyTorch has it: no step is taken back.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Rprop<T = f64> {
    shrink: f64,
    grow: f64,
    min_step: f64,
    max_step: f64,
    /// Steps taken.
    steps: u64,
    /// g of the last step.
    last: Vec<T>,
    /// Δ.
    sizes: Vec<T>,
}

impl<T> Default for Rprop<T> {
    fn default() -> Self {
        let (last, sizes) = (Vec::new(), Vec::new());
        Self { shrink: 0.5, grow: 1.2, min_step: 1e-6, max_step: 50.0, steps: 0, last, sizes }
    }
}

impl<T> Rprop<T> {
    /// Rprop with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The factor of a step's size when its derivative changes sign.
    pub fn shrink(self, shrink: f64) -> Self {
        Self { shrink, ..self }
    }

    /// The factor of a step's size when its derivative keeps its sign.
    pub fn grow(self, grow: f64) -> Self {
        Self { grow, ..self }
    }

    /// The smallest step.
    pub fn min_step(self, min_step: f64) -> Self {
        Self { min_step, ..self }
    }

    /// The largest step.
    pub fn max_step(self, max_step: f64) -> Self {
        Self { max_step, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Rprop<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        let Self { shrink, grow, min_step, max_step, .. } = *self;
        check(shrink > 0.0 && shrink < 1.0, "shrink", "a number above 0, below 1", shrink)?;
        check(grow > 1.0 && T::of(grow).is_finite(), "grow", "a finite number above 1", grow)?;
        check_positive::<T>("min step", min_step)?;
        check_positive::<T>("max step", max_step)?;
        check(min_step <= max_step, "max step", "at least the min step", max_step)?;
        prepare([&mut self.last, &mut self.sizes], T::zero(), layout.params())
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.last);
        if self.steps == 0 {
            self.sizes.fill(learning_rate);
        }
        self.steps = self.steps.saturating_add(1);
        let c = Coefficients {
            shrink: T::of(self.shrink),
            grow: T::of(self.grow),
            min_step: T::of(self.min_step),
            max_step: T::of(self.max_step),
        };
        simd::run(|| update(&c, params, gradient, &mut self.last, &mut self.sizes));
    }
}

/// What is the same for all parameters of a step.
struct Coefficients<T> {
    shrink: T,
    grow: T,
    min_step: T,
    max_step: T,
}

#[inline(always)]
fn update<T: Scalar>(c: &Coefficients<T>, params: &mut [T], gradient: &[T], last: &mut [T], sizes: &mut [T]) {
    for (((p, &g), last), size) in params.iter_mut().zip(gradient).zip(last).zip(sizes) {
        // The signs, not the product, which may underflow to 0.
        let agreement = sign(g) * sign(*last);
        let factor = if agreement > T::zero() {
            c.grow
        } else if agreement < T::zero() {
            c.shrink
        } else {
            T::one()
        };
        *size = (*size * factor).max(c.min_step).min(c.max_step);
        *last = if agreement < T::zero() { T::zero() } else { g };
        *p -= sign(*last) * *size;
    }
}

/// -1, 0 or 1; NaN stays NaN, so that the run ends.
#[inline(always)]
fn sign<T: Scalar>(x: T) -> T {
    if x == T::zero() { T::zero() } else { x.signum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn sizes_grow_shrink_and_pause() {
        let mut rprop = started(Rprop::new().grow(2.0).max_step(2.0));
        let mut params = [0.0; 2];
        let mut moved = |gradient: f64| {
            let before = params[0];
            rprop.step(1.0, &mut params, &[gradient, 0.0]);
            params[0] - before
        };
        assert_eq!(moved(1e-200), -1.0, "the first step has the size of the learning rate");
        assert_eq!(moved(1e-200), -2.0, "twice the same sign");
        assert_eq!(moved(5.0), -2.0, "no more than the largest");
        assert_eq!(moved(-5.0), 0.0, "a change of sign");
        assert_eq!(moved(-5.0), 1.0, "half of it, after a pause");
        assert!(moved(f64::NAN).is_nan());
        assert_eq!(params[1], 0.0);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Rprop::new().shrink(1.0)), "shrink is 1; expected a number above 0, below 1");
        assert_eq!(message(Rprop::new().grow(1.0)), "grow is 1; expected a finite number above 1");
        assert_eq!(message(Rprop::new().min_step(0.0)), "min step is 0; expected a finite number above 0");
        assert_eq!(
            message(Rprop::new().max_step(1e-9)),
            "max step is 0.000000001; expected at least the min step"
        );
    }
}
