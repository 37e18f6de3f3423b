use std::ops::ControlFlow;

use nn_core::{Error, Layout, Scalar};

use super::line_search::{Point, StrongWolfe};
use super::pairs::Pairs;
use super::second_order::{ALONE, Scratch, ended, start_of_step};
use super::state::check_lengths;
use super::vectors::{difference, dot, largest, moved, scale};
use super::{Needs, Objective, Optimizer};
use crate::StopReason;
use crate::check::{check, check_not_negative};

/// L-BFGS: steps along -H g, where H approximates the inverse Hessian from the last steps, of a length that meets the
/// strong Wolfe conditions.
///
/// d = -H g from the last pairs (s, y) of steps and changes of the gradient; p ← p + α d with
/// f(p + α d) ≤ f(p) + c₁ α g·d and |g(p + α d)·d| ≤ c₂ |g·d|.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `history` | 10 | at least 1: the pairs that are remembered |
/// | `c1` | 1e-4 | above 0, below `c2`: how much of the fall that the slope promises a step must bring |
/// | `c2` | 0.9 | above `c1`, below 1: how much of the slope a step may leave |
/// | `gradient_tolerance` | 1e-7 | at least 0, finite: the run ends when no derivative is larger |
/// | `change_tolerance` | 1e-9 | at least 0, finite: the run ends when the loss f changes by at most that times max(1, \|f\|) |
///
/// For the full batch, and for networks without noise: [`Trainer::fit`](crate::Trainer::fit) refuses others. A step is an
/// epoch, and looks at some one or two points; no step raises the loss. The learning rate is not looked at: the first
/// trial of a step is α = 1, or the length 1 at most as long as nothing is remembered.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{Lbfgs, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0], [4.0]], array![[3.0], [5.0], [9.0]]);
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut trainer = Trainer::new(Lbfgs::new()).full_batch().epochs(20);
/// trainer.fit(&mut network, &HalfSquaredError::mean(), Batch::new(x.view(), &*y)?, None)?;
/// assert!((network.params()[0] - 2.0).abs() < 1e-6 && (network.params()[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), nn_train::TrainError>(())
/// ```
///
/// Nocedal, Wright: "Numerical optimization", 2nd edition, 2006, algorithm 7.4 with the first scale s·y / y·y (7.20), and
/// 3.5 and 3.6 for the length. A pair that does not curve upwards is not remembered; when the memory does not point
/// downhill, or no step along it lowers the loss, it is dropped for the gradient. PyTorch's `LBFGS` with
/// `line_search_fn="strong_wolfe"` does up to 20 such steps in one, and has the tolerances of 1e-7 and 1e-9 too; its
/// change is not relative to the loss, and it multiplies α by the learning rate.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct Lbfgs<T = f64> {
    history: usize,
    c1: f64,
    c2: f64,
    gradient_tolerance: f64,
    change_tolerance: f64,
    pairs: Pairs<T>,
    #[cfg_attr(feature = "serde", serde(skip))]
    scratch: Scratch<Buffers<T>>,
}

/// What a step works on.
#[derive(Debug, Clone)]
struct Buffers<T> {
    gradient: Vec<T>,
    direction: Vec<T>,
    trial: Vec<T>,
    trial_gradient: Vec<T>,
    /// The first loop's factors of the pairs.
    factors: Vec<f64>,
}

impl<T> Default for Lbfgs<T> {
    fn default() -> Self {
        Self {
            history: 10,
            c1: 1e-4,
            c2: 0.9,
            gradient_tolerance: 1e-7,
            change_tolerance: 1e-9,
            pairs: Pairs::default(),
            scratch: Scratch::default(),
        }
    }
}

impl<T> Lbfgs<T> {
    /// L-BFGS with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many steps are remembered: each costs two scalars a parameter.
    pub fn history(self, history: usize) -> Self {
        Self { history, ..self }
    }

    /// The share of the promised fall that a step must bring.
    pub fn c1(self, c1: f64) -> Self {
        Self { c1, ..self }
    }

    /// The share of the slope that a step may leave: with less, steps are nearer to the lowest place along their line,
    /// and cost more.
    pub fn c2(self, c2: f64) -> Self {
        Self { c2, ..self }
    }

    /// The largest derivative at which the run ends.
    pub fn gradient_tolerance(self, gradient_tolerance: f64) -> Self {
        Self { gradient_tolerance, ..self }
    }

    /// The change of the loss, relative to it if it is above 1, at which the run ends.
    pub fn change_tolerance(self, change_tolerance: f64) -> Self {
        Self { change_tolerance, ..self }
    }
}

impl<T: Scalar> Optimizer<T> for Lbfgs<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        let Self { history, c1, c2, .. } = *self;
        check(history > 0, "history", "at least 1", 0.0)?;
        check(c2 > 0.0 && c2 < 1.0, "c2", "a number above 0, below 1", c2)?;
        check(c1 > 0.0 && c1 < c2, "c1", "a number above 0, below c2", c1)?;
        check_not_negative::<T>("gradient tolerance", self.gradient_tolerance)?;
        check_not_negative::<T>("change tolerance", self.change_tolerance)?;
        let params = layout.params();
        self.pairs.start(history, params)?;
        let zeros = || vec![T::zero(); params];
        self.scratch = Scratch::new(Buffers {
            gradient: zeros(),
            direction: zeros(),
            trial: zeros(),
            trial_gradient: zeros(),
            factors: vec![0.0; history],
        });
        Ok(())
    }

    fn needs(&self) -> Needs {
        Needs::Objective
    }

    fn step(&mut self, _learning_rate: T, _params: &mut [T], _gradient: &[T]) {
        panic!("{ALONE}");
    }

    fn step_with(
        &mut self,
        _learning_rate: T,
        params: &mut [T],
        objective: &mut dyn Objective<T>,
    ) -> Result<ControlFlow<StopReason>, Error> {
        let Buffers { gradient, direction, trial, trial_gradient, factors } = self.scratch.get();
        check_lengths(params, gradient, trial);
        let loss = start_of_step(params, objective, gradient)?;
        let steepest = largest(gradient);
        if steepest <= self.gradient_tolerance {
            return Ok(ControlFlow::Break(StopReason::Flat { gradient: steepest }));
        }
        // With what is remembered, then without.
        loop {
            let alone = self.pairs.is_empty();
            direction.copy_from_slice(gradient);
            self.pairs.apply(direction, factors);
            scale(-T::one(), direction);
            let (slope, length) = (dot(gradient, direction), dot(direction, direction).sqrt());
            let first = if alone { length.recip().min(1.0) } else { 1.0 };
            let start = Point { step: 0.0, value: loss, slope };
            let wolfe = StrongWolfe { c1: self.c1, c2: self.c2, start };
            let found = (slope < 0.0).then(|| {
                wolfe.search(first, &mut |step| {
                    moved(params, T::of(step), direction, trial);
                    let value = objective.evaluate(trial, trial_gradient).as_f64();
                    Point { step, value, slope: dot(trial_gradient, direction) }
                })
            });
            if let Some(point) = found.flatten() {
                // The step and the change of the gradient, in buffers that have served their turn.
                direction.copy_from_slice(params);
                difference(trial, direction);
                difference(trial_gradient, gradient);
                self.pairs.remember(direction, gradient);
                params.copy_from_slice(trial);
                return Ok(ended(loss, point.value, self.change_tolerance));
            }
            if alone {
                return Ok(ControlFlow::Break(StopReason::Converged { change: 0.0 }));
            }
            self.pairs.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Network};

    use super::*;
    use crate::optimizer::testing::message;

    fn layout(params: usize) -> Layout {
        Network::<f64, _>::new(params, Dense::linear(1).without_bias(), 0).expect("it fits").layout()
    }

    /// Σ 100 (x_{i+1} - x_i²)² + (1 - x_i)², lowest at (1, .., 1).
    fn rosenbrock<T: Scalar>(x: &[T], gradient: &mut [T]) -> T {
        gradient.fill(T::zero());
        let mut value = T::zero();
        for i in 0..x.len() - 1 {
            let (off, slope) = (x[i + 1] - x[i] * x[i], x[i] - T::one());
            value += T::of(100.0) * off * off + slope * slope;
            gradient[i] += T::of(2.0) * slope - T::of(400.0) * x[i] * off;
            gradient[i + 1] += T::of(200.0) * off;
        }
        value
    }

    /// Steps to the end; how many, why they ended, and the strong Wolfe conditions after each but the last.
    fn minimise<T: Scalar>(
        mut lbfgs: Lbfgs<T>,
        x: &mut [T],
        mut f: impl FnMut(&[T], &mut [T]) -> T,
        wolfe: bool,
    ) -> (usize, StopReason) {
        lbfgs.start(&layout(x.len())).expect("valid settings");
        let (mut before, mut after) = (vec![T::zero(); x.len()], vec![T::zero(); x.len()]);
        for steps in 0..1000 {
            let start = x.to_vec();
            let high = f(x, &mut before);
            let outcome = lbfgs.step_with(T::zero(), x, &mut f).expect("a finite start");
            let low = f(x, &mut after);
            assert!(low <= high, "step {steps} from {high} to {low}");
            if let ControlFlow::Break(reason) = outcome {
                return (steps, reason);
            }
            let mut step = start;
            difference(x, &mut step);
            let (first, last) = (dot(&before, &step), dot(&after, &step));
            let falls = low.as_f64() <= high.as_f64() + lbfgs.c1 * first;
            assert!(!wolfe || falls, "step {steps}: from {high} to {low}, slope {first}");
            assert!(
                !wolfe || last.abs() <= -lbfgs.c2 * first * (1.0 + 1e-9),
                "step {steps}: {first} to {last}"
            );
        }
        panic!("no end");
    }

    #[test]
    fn a_bent_valley_in_many_dimensions() {
        for (n, most) in [(2, 50), (10, 100), (100, 600)] {
            let mut x: Vec<f64> = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            let (steps, reason) = minimise(Lbfgs::new().change_tolerance(0.0), &mut x, rosenbrock, true);
            assert!(steps <= most, "{n} dimensions: {steps} steps");
            assert!(matches!(reason, StopReason::Flat { gradient } if gradient <= 1e-7), "{reason}");
            // A local minimum near (-1, 1, .., 1) exists from four dimensions on; this start does not lead there.
            assert!(x.iter().all(|x| (x - 1.0).abs() < 1e-6), "{n} dimensions: {x:?}");
            let mut x: Vec<f32> = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            minimise(Lbfgs::new(), &mut x, rosenbrock, false);
            assert!(x.iter().all(|x| (x - 1.0).abs() < 2e-2), "{n} dimensions, f32: {x:?}");
        }
    }

    /// On a quadratic, with steps to the lowest place of their line, it is the method of conjugate gradients.
    #[test]
    fn a_quadratic_of_n_dimensions_takes_n_steps() {
        for n in [2, 5, 20, 40] {
            let weight = |i: usize| 1.0 + 99.0 * i as f64 / n as f64;
            let quadratic = |x: &[f64], gradient: &mut [f64]| {
                for (i, (g, x)) in gradient.iter_mut().zip(x).enumerate() {
                    *g = weight(i) * (x - 1.0);
                }
                x.iter().enumerate().map(|(i, x)| 0.5 * weight(i) * (x - 1.0) * (x - 1.0)).sum()
            };
            let mut x = vec![0.0; n];
            let lbfgs = Lbfgs::new().history(n).c2(1e-3).change_tolerance(0.0);
            let (steps, reason) = minimise(lbfgs, &mut x, quadratic, true);
            assert!(steps <= n + 2, "{n} dimensions: {steps} steps, {reason}");
        }
    }

    #[test]
    fn what_cannot_be_lowered_stays() {
        // A kink: the slope promises what is not there.
        let mut x = [0.0];
        let kink = |x: &[f64], gradient: &mut [f64]| {
            gradient[0] = if x[0] < 0.0 { -1.0 } else { 1.0 };
            x[0].abs()
        };
        let (steps, reason) = minimise(Lbfgs::new(), &mut x, kink, false);
        assert_eq!((steps, reason, x), (0, StopReason::Converged { change: 0.0 }, [0.0]));
    }

    #[test]
    fn a_memory_that_misleads_is_dropped() {
        let mut lbfgs = Lbfgs::new();
        lbfgs.start(&layout(2)).expect("valid settings");
        // A pair of another function, along which H g goes up.
        lbfgs.pairs.remember(&[1.0, 0.0], &[1e-9, 1.0]);
        let mut x = [-1.2, 1.0];
        let (mut gradient, mut f) = ([0.0; 2], rosenbrock::<f64>);
        let before = f(&x, &mut gradient);
        let ended = lbfgs.step_with(0.0, &mut x, &mut f).expect("a finite start");
        assert!(f(&x, &mut gradient) < before && ended.is_continue());
    }

    #[test]
    fn a_start_without_a_loss_is_an_error() {
        let mut lbfgs = Lbfgs::new();
        lbfgs.start(&layout(1)).expect("valid settings");
        let mut nowhere = |_: &[f64], _: &mut [f64]| f64::NAN;
        let error = lbfgs.step_with(0.0, &mut [1.0], &mut nowhere).unwrap_err().to_string();
        assert_eq!(error, "the loss where a step begins is NaN; expected a finite number");
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(Lbfgs::new().history(0)), "history is 0; expected at least 1");
        assert_eq!(message(Lbfgs::new().c2(1.0)), "c2 is 1; expected a number above 0, below 1");
        assert_eq!(message(Lbfgs::new().c1(0.95)), "c1 is 0.95; expected a number above 0, below c2");
        let expected = "gradient tolerance is -1; expected a finite number, at least 0";
        assert_eq!(message(Lbfgs::new().gradient_tolerance(-1.0)), expected);
    }
}
