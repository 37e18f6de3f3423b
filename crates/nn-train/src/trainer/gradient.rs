use nn_core::{Batch, Layer, Loss, Mode, Network, Reduction, Scalar, Shards, Targets};

use crate::evaluate::divisor_of;

/// The gradient of a step, of all its samples at once or added up over parts of them.
pub(super) struct Gradient<T: Scalar, Y: Targets<T> + ?Sized> {
    pub(super) whole: Vec<T>,
    pub(super) shards: Shards<T, Y>,
    /// Of a part; empty as long as steps are computed at once.
    part: Vec<T>,
    /// Samples at a time.
    size: usize,
    /// All samples are in one step, and gathered.
    gathered: bool,
}

/// What a step has computed besides its gradient.
pub(super) struct Step {
    /// The loss, or for a mean the loss times its divisor.
    pub(super) sum: f64,
    /// What the sum of an epoch is divided by.
    pub(super) divisor: f64,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Gradient<T, Y> {
    pub(super) fn new(params: usize, size: usize) -> Self {
        Self {
            whole: vec![T::zero(); params],
            shards: Shards::new(),
            part: Vec::new(),
            size,
            gathered: false,
        }
    }

    /// Of the samples in `rows`; `None` if none of them counts, and a loss that is not finite with the mode of its pass.
    pub(super) fn compute<L, P>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        data: &Batch<'_, T, Y>,
        rows: &[usize],
        mode: Mode,
    ) -> Result<Option<Step>, (f64, Mode)>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        if rows.len() > self.size {
            return self.accumulate(network, loss, data, rows, mode);
        }
        self.gather(network, data, rows);
        pass(network, loss, &mut self.shards, mode, &mut self.whole)
    }

    /// Copies the samples of a step that is computed at once, all samples once and for all.
    pub(super) fn gather<L: Layer<T>>(
        &mut self,
        network: &Network<T, L>,
        data: &Batch<'_, T, Y>,
        rows: &[usize],
    ) {
        if !self.gathered {
            self.shards.gather(network, data, rows);
            self.gathered = rows.len() == data.samples();
        }
    }

    fn accumulate<L, P>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        data: &Batch<'_, T, Y>,
        rows: &[usize],
        mode: Mode,
    ) -> Result<Option<Step>, (f64, Mode)>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        let mean = loss.reduction() == Reduction::Mean;
        let mut total = Step { sum: 0.0, divisor: 0.0 };
        self.part.resize(self.whole.len(), T::zero());
        self.whole.fill(T::zero());
        for (index, rows) in rows.chunks(self.size).enumerate() {
            self.shards.gather(network, data, rows);
            let Some(step) = pass(network, loss, &mut self.shards, mode.shard(index), &mut self.part)? else {
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

/// Forward, loss and backward of the gathered samples, and the state that they leave.
fn pass<T, L, P, Y>(
    network: &mut Network<T, L>,
    loss: &P,
    shards: &mut Shards<T, Y>,
    mode: Mode,
    gradient: &mut [T],
) -> Result<Option<Step>, (f64, Mode)>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let divisor: f64 = shards.batches().map(|batch| divisor_of(loss, network.out_dim(), &batch)).sum();
    if divisor == 0.0 {
        return Ok(None);
    }
    let value = network.loss_and_gradient(loss, shards, mode, gradient).as_f64();
    if !value.is_finite() {
        return Err((value, mode));
    }
    network.update_state_from(shards).expect("the pass above was in training");
    let sum = if loss.reduction() == Reduction::Mean { value * divisor } else { value };
    Ok(Some(Step { sum, divisor }))
}
