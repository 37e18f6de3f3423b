use nn_core::Scalar;

/// What an optimizer minimises, as a function of all parameters: the loss on the training data with the penalties.
///
/// The [`Trainer`](crate::Trainer) hands it to [`Optimizer::step_with`](crate::Optimizer::step_with). It must be the same
/// function every time: no noise, and always the same samples. A closure is an objective.
///
/// # Example
/// ```
/// use std::ops::ControlFlow;
/// use nn_core::{Dense, Network};
/// use nn_train::{Lbfgs, Optimizer};
///
/// // (x - 3)² with the gradient 2 (x - 3).
/// let mut parabola = |params: &[f64], gradient: &mut [f64]| {
///     gradient[0] = 2.0 * (params[0] - 3.0);
///     (params[0] - 3.0).powi(2)
/// };
/// let mut params = [10.0];
/// let mut optimizer = Lbfgs::new();
/// optimizer.start(&Network::<f64, _>::new(1, Dense::linear(1).without_bias(), 0)?.layout())?;
/// while let ControlFlow::Continue(()) = optimizer.step_with(0.0, &mut params, &mut parabola)? {}
/// assert!((params[0] - 3.0).abs() < 1e-7);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub trait Objective<T: Scalar> {
    /// The value at `params`, NaN or infinite where there is none. Its gradient overwrites `gradient`.
    ///
    /// A step begins where the last one ended, most often the last point that was asked for: an objective that is slow
    /// does well to remember it.
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> T;

    /// The generalised Gauss-Newton matrix at `params`, Σ_n Jₙᵀ Hₙ Jₙ and the curvature of the penalties: Jₙ is the
    /// Jacobian of the outputs of sample n, Hₙ the Hessian of its loss with respect to them. `false`, the default, if
    /// the objective has none.
    ///
    /// # Shapes
    /// `matrix`: (params, params), row-major. Its lower triangle with the diagonal is overwritten; the rest is not looked
    /// at.
    fn gauss_newton(&mut self, _params: &[T], _matrix: &mut [f64]) -> bool {
        false
    }
}

impl<T: Scalar, F: FnMut(&[T], &mut [T]) -> T> Objective<T> for F {
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> T {
        self(params, gradient)
    }
}
