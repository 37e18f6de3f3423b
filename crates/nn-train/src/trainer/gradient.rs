use nn_core::{Layer, Mode, Network, Reduction, Scalar};

use super::Problem;

/// The gradient of a step, of all its samples at once or added up over parts of them.
pub(super) struct Gradient<T> {
    pub(super) whole: Vec<T>,
    /// Of a part; empty as long as steps are computed at once.
    part: Vec<T>,
    /// Samples at a time.
    size: usize,
}

/// What a step has computed besides its gradient.
pub(super) struct Step {
    /// The loss, or for a mean the loss times its divisor.
    pub(super) sum: f64,
    /// What the sum of an epoch is divided by.
    pub(super) divisor: f64,
}

impl<T: Scalar> Gradient<T> {
    pub(super) fn new(params: usize, size: usize) -> Self {
        Self { whole: vec![T::zero(); params], part: Vec::new(), size }
    }

    /// Of the samples in `rows`, with those that come `ahead`; `None` if none of them counts, and a loss that is not finite
    /// with the mode of its pass.
    pub(super) fn compute<L, Q>(
        &mut self,
        network: &mut Network<T, L>,
        problem: &mut Q,
        [rows, ahead]: [&[usize]; 2],
        mode: Mode,
    ) -> Result<Option<Step>, (f64, Mode)>
    where
        L: Layer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        if rows.len() <= self.size {
            return pass(network, problem, [rows, ahead], mode, &mut self.whole);
        }
        let mean = problem.reduction() == Reduction::Mean;
        let mut total = Step { sum: 0.0, divisor: 0.0 };
        self.part.resize(self.whole.len(), T::zero());
        self.whole.fill(T::zero());
        for (index, part) in rows.chunks(self.size).enumerate() {
            let rest = &rows[index * self.size + part.len()..];
            let rows = [part, if rest.is_empty() { ahead } else { rest }];
            let Some(step) = pass(network, problem, rows, mode.shard(index), &mut self.part)? else {
                continue;
            };
            let weight = T::of(if mean { step.divisor } else { 1.0 });
            self.whole.iter_mut().zip(&self.part).for_each(|(sum, &part)| *sum += weight * part);
            total.sum += step.sum;
            total.divisor += step.divisor;
        }
        if mean {
            let divisor = T::of(total.divisor);
            self.whole.iter_mut().for_each(|sum| *sum /= divisor);
        }
        Ok((total.divisor > 0.0).then_some(total))
    }
}

/// Forward, loss and backward of a mini-batch, and the state that they leave.
fn pass<T, L, Q>(
    network: &mut Network<T, L>,
    problem: &mut Q,
    [rows, ahead]: [&[usize]; 2],
    mode: Mode,
    gradient: &mut [T],
) -> Result<Option<Step>, (f64, Mode)>
where
    T: Scalar,
    L: Layer<T>,
    Q: Problem<T, L> + ?Sized,
{
    let divisor = problem.gather(network, rows, ahead);
    if divisor == 0.0 {
        return Ok(None);
    }
    let value = problem.loss_and_gradient(network, mode, gradient).as_f64();
    if !value.is_finite() {
        return Err((value, mode));
    }
    problem.update_state(network);
    let sum = if problem.reduction() == Reduction::Mean { value * divisor } else { value };
    Ok(Some(Step { sum, divisor }))
}
