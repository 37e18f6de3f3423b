use nn_core::{
    Batch, Error, Layer, Loss, MiniBatches, Mode, Network, Reduction, Scalar, Targets, Workspace, stream,
};

use super::{CHECKED, Trainer};
use crate::evaluate::divisor_of;
use crate::penalty::Penalty;
use crate::{History, Optimizer, TrainError};

/// What the steps of a run work on, made once.
pub(super) struct Steps<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    batches: MiniBatches<'a, T, Y>,
    rng: rand::rngs::Xoshiro256PlusPlus,
    workspace: Workspace<T>,
    gradient: Vec<T>,
    /// The parameters before the last step.
    before: Vec<T>,
    /// Samples in all.
    samples: usize,
    /// Steps taken.
    step: u64,
    /// Epochs ended.
    epochs: usize,
}

/// Something that should be a number is not.
pub(super) struct NotFinite {
    what: &'static str,
    value: f64,
    batch: usize,
    place: String,
}

impl NotFinite {
    pub(super) fn into_error(self, epoch: usize, history: History) -> TrainError {
        let Self { what, value, batch, place } = self;
        TrainError::NotFinite { what, value, epoch, batch, place, history: Box::new(history) }
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
            rng: stream(trainer.seed, "order of samples"),
            workspace: Workspace::new(),
            gradient: vec![T::zero(); network.params().len()],
            before: network.params().to_vec(),
            samples: train.samples(),
            step: 0,
            epochs: 0,
        })
    }

    /// One pass over the data; the mean loss on the way.
    pub(super) fn epoch<L, O, P>(
        &mut self,
        trainer: &mut Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        loss: &P,
        penalty: &Penalty<T>,
    ) -> Result<f64, NotFinite>
    where
        L: Layer<T>,
        O: Optimizer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        let (mut running_loss, mut divisor, mut number) = (0.0, 0.0, 0);
        self.batches.shuffle(&mut self.rng);
        while let Some(batch) = self.batches.next() {
            number += 1;
            let own = divisor_of(loss, network.out_dim(), &batch);
            if own == 0.0 {
                // Samples that do not count are as good as absent, and a mean over them would be 0/0.
                continue;
            }
            let learning_rate = trainer.learning_rate_at(self.epochs, self.step);
            if !(learning_rate.is_finite() && learning_rate >= 0.0) {
                let place = "as the schedule has it".to_owned();
                return Err(NotFinite {
                    what: "the learning rate",
                    value: learning_rate,
                    batch: number,
                    place,
                });
            }
            let mode = Mode::train(trainer.seed, self.step);
            self.step += 1;
            let pass = network.forward_in(batch.x(), &mut self.workspace, mode).expect(CHECKED);
            let value = pass.backward(loss, batch.y(), batch.weights(), &mut self.gradient).expect(CHECKED);
            if !value.is_finite() {
                // Backward has destroyed what forward left, so forward once more to find the layer.
                let pass = network.forward_in(batch.x(), &mut self.workspace, mode).expect(CHECKED);
                let layer = pass.first_not_finite();
                let place =
                    layer.map_or("in the loss itself".to_owned(), |layer| format!("first in {layer}"));
                network.params_mut().copy_from_slice(&self.before);
                return Err(NotFinite { what: "the loss", value: value.as_f64(), batch: number, place });
            }
            let mean = loss.reduction() == Reduction::Mean;
            let share = if mean { 1.0 } else { batch.samples() as f64 / self.samples as f64 };
            running_loss += value.as_f64() * if mean { own } else { 1.0 };
            divisor += own;
            penalty.add_gradient(T::of(share), network.params(), &mut self.gradient);
            trainer.clip.apply(&mut self.gradient);
            self.before.copy_from_slice(network.params());
            trainer.optimizer.step(T::of(learning_rate), network.params_mut(), &self.gradient);
            if !network.params().iter().fold(true, |finite, p| finite & p.is_finite()) {
                let (tensor, value) = first_not_finite(network);
                network.params_mut().copy_from_slice(&self.before);
                let place = format!("first in {tensor}");
                return Err(NotFinite { what: "a parameter", value, batch: number, place });
            }
        }
        self.epochs += 1;
        Ok(running_loss / divisor)
    }

    /// Takes the last step back, after which a score of the whole epoch is not finite.
    pub(super) fn take_back<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        (what, value): (&'static str, f64),
    ) -> NotFinite {
        network.params_mut().copy_from_slice(&self.before);
        NotFinite { what, value, batch: self.batches.count(), place: "after its last step".to_owned() }
    }
}

/// The first parameter tensor with a value that is not finite, `layers.0.weight (Dense 2->15)`, and that value.
fn first_not_finite<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> (String, f64) {
    for tensor in network.layout().tensors() {
        if let Some(value) = network.params()[tensor.range.clone()].iter().find(|p| !p.is_finite()) {
            return (format!("{} ({})", tensor.name, tensor.layer), value.as_f64());
        }
    }
    (String::new(), f64::NAN)
}
