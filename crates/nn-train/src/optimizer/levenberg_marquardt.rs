use std::ops::ControlFlow;

use nn_core::{Error, Layout, Scalar};

use super::cholesky::Cholesky;
use super::second_order::{ALONE, Scratch, ended, start_of_step};
use super::state::check_lengths;
use super::vectors::{dot, largest};
use super::{Needs, Objective, Optimizer};
use crate::StopReason;
use crate::check::{check, check_not_negative};

/// Levenberg-Marquardt: between a Gauss-Newton step and a short step against the gradient, as far as the Gauss-Newton
/// matrix can be trusted.
///
/// (A + μ I) δ = -g; p ← p + δ if that lowers the loss f. With ρ, the fall of f over the fall ½ δ·(μ δ - g) that A promised,
/// μ ← μ max(1/3, 1 - (2ρ - 1)³) after a step; until there is one, μ ← ν μ with ν = 2, 4, 8, ...
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `damping` | 1e-3 | above 0, finite: the first μ over the largest diagonal entry of A |
/// | `gradient_tolerance` | 1e-7 | at least 0, finite: the run ends when no derivative is larger |
/// | `change_tolerance` | 1e-9 | at least 0, finite: the run ends when f changes by at most that times max(1, \|f\|) |
///
/// A = Σ_n Jₙᵀ Hₙ Jₙ, with the Jacobian Jₙ of the outputs of sample n and the Hessian Hₙ of its loss with respect to
/// them, and λ on the diagonal for weights with the `l2` penalty λ/2 Σ w². It is for losses that give
/// [`Loss::hessian`](nn_core::Loss::hessian): the squared errors, and softmax cross-entropy, for which A is the generalised
/// Gauss-Newton matrix.
///
/// For the full batch, and for networks without noise and without layers that mix samples:
/// [`Trainer::fit`](crate::Trainer::fit) refuses others. A step is an epoch, and no step raises the loss. It costs a
/// backward pass for each output of each sample, and on n parameters n² numbers of memory, twice, and n³/3 multiplications:
/// for up to some 2,000 parameters. The learning rate is not looked at. A and δ are computed in `f64`.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{LevenbergMarquardt, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0], [4.0]], array![[3.0], [5.0], [9.0]]);
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut trainer = Trainer::new(LevenbergMarquardt::new()).full_batch().epochs(10);
/// trainer.fit(&mut network, &HalfSquaredError::mean(), Batch::new(x.view(), &*y)?, None)?;
/// assert!((network.params()[0] - 2.0).abs() < 1e-6 && (network.params()[1] - 1.0).abs() < 1e-6);
/// # Ok::<(), nn_train::TrainError>(())
/// ```
///
/// Marquardt: "An algorithm for least-squares estimation of nonlinear parameters", 1963; Hagan, Menhaj: "Training
/// feedforward networks with the Marquardt algorithm", 1994; μ by Nielsen: "Damping parameter in Marquardt's method", 1999.
/// The matrix for other losses: Schraudolph: "Fast curvature matrix-vector products", 2002. MINPACK and SciPy's
/// `least_squares(method="lm")` weigh μ with the diagonal of A and bound the step instead.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct LevenbergMarquardt<T = f64> {
    damping: f64,
    gradient_tolerance: f64,
    change_tolerance: f64,
    /// μ, from the first step on.
    mu: Option<f64>,
    /// ν.
    growth: f64,
    #[cfg_attr(feature = "serde", serde(skip))]
    scratch: Scratch<Buffers<T>>,
}

/// What a step works on.
#[derive(Debug, Clone)]
struct Buffers<T> {
    gradient: Vec<T>,
    trial: Vec<T>,
    trial_gradient: Vec<T>,
    /// A: its lower triangle.
    matrix: Vec<f64>,
    cholesky: Cholesky,
    /// -g.
    descent: Vec<f64>,
    /// δ.
    step: Vec<f64>,
}

impl<T> Default for LevenbergMarquardt<T> {
    fn default() -> Self {
        Self {
            damping: 1e-3,
            gradient_tolerance: 1e-7,
            change_tolerance: 1e-9,
            mu: None,
            growth: 2.0,
            scratch: Scratch::default(),
        }
    }
}

impl<T> LevenbergMarquardt<T> {
    /// Levenberg-Marquardt with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first μ, relative to the largest diagonal entry of A: small where the first parameters are good already.
    pub fn damping(self, damping: f64) -> Self {
        Self { damping, ..self }
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

impl<T: Scalar> Optimizer<T> for LevenbergMarquardt<T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        check(positive(self.damping), "damping", "a finite number above 0", self.damping)?;
        check_not_negative::<T>("gradient tolerance", self.gradient_tolerance)?;
        check_not_negative::<T>("change tolerance", self.change_tolerance)?;
        let mu = self.mu.unwrap_or(1.0);
        check(positive(mu), "the damping that an earlier run has left", "a finite number above 0", mu)?;
        let growth = self.growth;
        check(
            growth >= 2.0 && growth.is_finite(),
            "the growth of the damping",
            "at least 2, finite",
            growth,
        )?;
        let n = layout.params();
        self.scratch = Scratch::new(Buffers {
            gradient: vec![T::zero(); n],
            trial: vec![T::zero(); n],
            trial_gradient: vec![T::zero(); n],
            matrix: vec![0.0; n * n],
            cholesky: Cholesky::new(n),
            descent: vec![0.0; n],
            step: vec![0.0; n],
        });
        Ok(())
    }

    fn needs(&self) -> Needs {
        Needs::GaussNewton
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
        let Buffers { gradient, trial, trial_gradient, matrix, cholesky, descent, step } = self.scratch.get();
        check_lengths(params, gradient, trial);
        let loss = start_of_step(params, objective, gradient)?;
        let steepest = largest(gradient);
        if steepest <= self.gradient_tolerance {
            return Ok(ControlFlow::Break(StopReason::Flat { gradient: steepest }));
        }
        if !objective.gauss_newton(params, matrix) {
            let (name, expected) =
                ("the objective", "one with a Gauss-Newton matrix, for LevenbergMarquardt");
            return Err(Error::hyperparameter(name, expected, "one without"));
        }
        for (to, g) in descent.iter_mut().zip(&*gradient) {
            *to = -g.as_f64();
        }
        let diagonal = matrix.iter().step_by(params.len() + 1);
        let largest_entry = diagonal.fold(0.0, |largest: f64, &entry| largest.max(entry));
        let unit = if largest_entry > 0.0 && largest_entry.is_finite() { largest_entry } else { 1.0 };
        // A damping of 0 could not grow.
        let mut mu = self.mu.unwrap_or(self.damping * unit).max(unit * SMALLEST);
        while mu <= unit * LARGEST {
            if cholesky.factor(matrix, mu) {
                step.copy_from_slice(descent);
                cholesky.solve(step);
                for ((to, &p), &step) in trial.iter_mut().zip(&*params).zip(&*step) {
                    *to = p + T::of(step);
                }
                if trial == params {
                    break;
                }
                let promised = 0.5 * (mu * dot(step, step) + dot(step, descent));
                let value = objective.evaluate(trial, trial_gradient).as_f64();
                if value < loss && largest(trial_gradient).is_finite() {
                    let ratio = (loss - value) / promised;
                    let trust = 2.0 * ratio - 1.0;
                    self.mu = Some(mu * (1.0 - trust * trust * trust).max(1.0 / 3.0));
                    self.growth = 2.0;
                    params.copy_from_slice(trial);
                    return Ok(ended(loss, value, self.change_tolerance));
                }
                if promised <= self.change_tolerance * loss.abs().max(1.0) {
                    break;
                }
            }
            mu *= self.growth;
            self.growth *= 2.0;
        }
        (self.mu, self.growth) = (None, 2.0);
        Ok(ControlFlow::Break(StopReason::Converged { change: 0.0 }))
    }
}

/// The bounds of μ over the largest diagonal entry of A: below, it changes no digit of A; above, no parameter moves.
const SMALLEST: f64 = 1e-20;
const LARGEST: f64 = 1e40;

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Network};

    use super::*;
    use crate::optimizer::testing::message;

    /// ½ |r|² for the residuals r = (10 (y - x²), 1 - x): half of Rosenbrock's function.
    struct Rosenbrock;

    impl<T: Scalar> Objective<T> for Rosenbrock {
        fn evaluate(&mut self, p: &[T], gradient: &mut [T]) -> T {
            let (ten, two) = (T::of(10.0), T::of(2.0));
            let (a, b) = (ten * (p[1] - p[0] * p[0]), T::one() - p[0]);
            gradient[0] = -two * ten * p[0] * a - b;
            gradient[1] = ten * a;
            T::of(0.5) * (a * a + b * b)
        }

        fn gauss_newton(&mut self, p: &[T], matrix: &mut [f64]) -> bool {
            let x = p[0].as_f64();
            matrix.copy_from_slice(&[400.0 * x * x + 1.0, f64::NAN, -200.0 * x, 100.0]);
            true
        }
    }

    fn started<T: Scalar>(mut optimizer: LevenbergMarquardt<T>) -> LevenbergMarquardt<T> {
        let network = Network::<f64, _>::new(2, Dense::linear(1).without_bias(), 0).expect("it fits");
        optimizer.start(&network.layout()).expect("valid settings");
        optimizer
    }

    #[test]
    fn a_bent_valley() {
        fn minimised<T: Scalar>(tolerance: f64) {
            let (mut optimizer, mut p) = (started(LevenbergMarquardt::<T>::new()), [T::of(-1.2), T::one()]);
            let mut high = f64::INFINITY;
            for steps in 0.. {
                assert!(steps < 30, "{p:?}");
                let ended = optimizer.step_with(T::zero(), &mut p, &mut Rosenbrock).expect("a finite start");
                let low = Rosenbrock.evaluate(&p, &mut [T::zero(); 2]).as_f64();
                assert!(low <= high, "from {high} to {low}");
                high = low;
                if ended.is_break() {
                    break;
                }
            }
            assert!(p.iter().all(|p| (p.as_f64() - 1.0).abs() < tolerance), "{p:?}");
        }
        minimised::<f64>(1e-6);
        minimised::<f32>(1e-3);
    }

    /// With next to no damping it is the step of Gauss and Newton: from (-1.2, 1) to (1, -3.84).
    #[test]
    fn the_step_solves_the_normal_equations() {
        let mut objective = Rosenbrock;
        let (mut p, mut gradient) = ([-1.2, 1.0], [0.0; 2]);
        let mut buffers = started(LevenbergMarquardt::<f64>::new());
        objective.evaluate(&p, &mut gradient);
        let Buffers { matrix, cholesky, .. } = buffers.scratch.get();
        assert!(objective.gauss_newton(&p, matrix) && cholesky.factor(matrix, 0.0));
        cholesky.solve(&mut gradient);
        p.iter_mut().zip(gradient).for_each(|(p, step)| *p -= step);
        assert!((p[0] - 1.0).abs() < 1e-10 && (p[1] + 3.84).abs() < 1e-10, "{p:?}");
    }

    #[test]
    fn damping_follows_the_trust() {
        let mut optimizer = started(LevenbergMarquardt::<f64>::new());
        let mut p = [-1.2, 1.0];
        let ended = optimizer.step_with(0.0, &mut p, &mut Rosenbrock).expect("a finite start");
        assert!(ended.is_continue());
        let first = optimizer.mu.expect("a step was taken");
        assert!((first - 1e-3 * 577.0).abs() < 1e-3, "about half of the promise is kept: {first}");
        while optimizer.step_with(0.0, &mut p, &mut Rosenbrock).expect("a finite start").is_continue() {}
        assert!(optimizer.mu.expect("a step was taken") < 1e-3 * first, "{optimizer:?}");
    }

    #[test]
    fn an_objective_without_the_matrix_is_an_error() {
        let mut slope = |_: &[f64], gradient: &mut [f64]| {
            gradient.fill(1.0);
            0.0
        };
        let mut optimizer = started(LevenbergMarquardt::new());
        let error = optimizer.step_with(0.0, &mut [0.0; 2], &mut slope).unwrap_err().to_string();
        assert_eq!(
            error,
            "the objective is one without; expected one with a Gauss-Newton matrix, for LevenbergMarquardt"
        );
    }

    #[test]
    fn settings_out_of_their_range() {
        let expected = "damping is 0; expected a finite number above 0";
        assert_eq!(message(LevenbergMarquardt::new().damping(0.0)), expected);
        let read = serde_json::from_str::<LevenbergMarquardt>(r#"{"mu": -1.0}"#).expect("numbers");
        let expected = "the damping that an earlier run has left is -1; expected a finite number above 0";
        assert_eq!(message(read), expected);
    }
}
