use nn_core::{
    Batch, Error, Layer, Loss, MiniBatches, Mode, Network, Reduction, Scalar, Targets, Workspace, rng,
};

use super::{CHECKED, Trainer};
use crate::evaluate::weight_of;
use crate::penalty::L2;
use crate::{History, Optimizer, TrainError};

/// What the steps of a run work on, made once.
pub(super) struct Steps<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    batches: MiniBatches<'a, T, Y>,
    rng: rand::rngs::Xoshiro256PlusPlus,
    workspace: Workspace<T>,
    gradient: Vec<T>,
    /// The parameters before the last step.
    before: Vec<T>,
    /// Samples in all, and the sum of their weights.
    samples: usize,
    total: f64,
    /// Steps taken.
    step: u64,
}

/// Something that should be a number is not.
pub(super) struct NotFinite {
    what: &'static str,
    value: f64,
    batch: usize,
    layer: String,
}

impl NotFinite {
    pub(super) fn into_error(self, epoch: usize, history: History) -> TrainError {
        let Self { what, value, batch, layer } = self;
        TrainError::NotFinite { what, value, epoch, batch, layer, history: Box::new(history) }
    }
}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> Steps<'a, T, Y> {
    pub(super) fn new<L: Layer<T>, O>(
        trainer: &Trainer<'_, T, O>,
        network: &Network<T, L>,
        train: Batch<'a, T, Y>,
    ) -> Result<Self, Error> {
        Ok(Self {
            batches: MiniBatches::new(train, trainer.batch_size)?,
            rng: rng(trainer.seed),
            workspace: Workspace::new(),
            gradient: vec![T::zero(); network.params().len()],
            before: network.params().to_vec(),
            samples: train.samples(),
            total: weight_of(&train),
            step: 0,
        })
    }

    /// One pass over the data; the mean loss on the way.
    pub(super) fn epoch<L, O, P>(
        &mut self,
        trainer: &mut Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        loss: &P,
        penalty: &L2<T>,
    ) -> Result<f64, NotFinite>
    where
        L: Layer<T>,
        O: Optimizer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        let learning_rate = T::of(trainer.learning_rate);
        let (mut running_loss, mut number) = (0.0, 0);
        self.batches.shuffle(&mut self.rng);
        while let Some(batch) = self.batches.next() {
            number += 1;
            let weight = weight_of(&batch);
            if weight == 0.0 {
                // Samples that do not count are as good as absent, and a mean over them would be 0/0.
                continue;
            }
            let mode = Mode::Train { seed: trainer.seed, step: self.step };
            self.step += 1;
            let pass = network.forward_in(batch.x(), &mut self.workspace, mode).expect(CHECKED);
            let value = pass.backward(loss, batch.y(), batch.weights(), &mut self.gradient).expect(CHECKED);
            if !value.is_finite() {
                let layer = first_not_finite(network, &self.gradient).unwrap_or("the outputs".into());
                return Err(NotFinite { what: "the loss", value: value.as_f64(), batch: number, layer });
            }
            let share = match loss.reduction() {
                Reduction::Mean => 1.0,
                Reduction::Sum => batch.samples() as f64 / self.samples as f64,
            };
            running_loss += value.as_f64() * if loss.reduction() == Reduction::Mean { weight } else { 1.0 };
            penalty.add_gradient(T::of(share), network.params(), &mut self.gradient);
            self.before.copy_from_slice(network.params());
            trainer.optimizer.step(learning_rate, network.params_mut(), &self.gradient);
            if !network.params().iter().fold(true, |finite, p| finite & p.is_finite()) {
                let value = network.params().iter().find(|p| !p.is_finite()).map_or(f64::NAN, |p| p.as_f64());
                let layer = first_not_finite(network, network.params()).unwrap_or_default();
                network.params_mut().copy_from_slice(&self.before);
                return Err(NotFinite { what: "a parameter", value, batch: number, layer });
            }
        }
        Ok(running_loss / self.total)
    }
}

/// The first parameter tensor with a value that is not finite in `values`: `layers.0.weight (Dense 2->15)`.
fn first_not_finite<T: Scalar, L: Layer<T>>(network: &Network<T, L>, values: &[T]) -> Option<String> {
    let (mut start, mut found) = (0, None);
    network.visit_params(&mut |param| {
        let range = start..start + param.len();
        start = range.end;
        if found.is_none() && values[range].iter().any(|value| !value.is_finite()) {
            found = Some(format!("{} ({})", param.name, param.layer));
        }
    });
    found
}
