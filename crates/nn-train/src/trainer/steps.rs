use nn_core::{
    Batch, Error, Layer, Loss, MiniBatches, Mode, Network, Reduction, Scalar, Targets, Workspace, stream,
};

use super::{CHECKED, Trainer};
use crate::evaluate::divisor_of;
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
    /// The state before the last step.
    state_before: Vec<T>,
    /// Samples in all.
    samples: usize,
    /// Steps taken.
    step: u64,
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
            state_before: network.state().to_vec(),
            samples: train.samples(),
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
        let (mut running_loss, mut divisor, mut number) = (0.0, 0.0, 0);
        self.batches.shuffle(&mut self.rng);
        while let Some(batch) = self.batches.next() {
            number += 1;
            let own = divisor_of(loss, network.out_dim(), &batch);
            if own == 0.0 {
                // Samples that do not count are as good as absent, and a mean over them would be 0/0.
                continue;
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
                self.restore(network);
                return Err(NotFinite { what: "the loss", value: value.as_f64(), batch: number, place });
            }
            let mean = loss.reduction() == Reduction::Mean;
            let share = if mean { 1.0 } else { batch.samples() as f64 / self.samples as f64 };
            running_loss += value.as_f64() * if mean { own } else { 1.0 };
            divisor += own;
            penalty.add_gradient(T::of(share), network.params(), &mut self.gradient);
            self.before.copy_from_slice(network.params());
            self.state_before.copy_from_slice(network.state());
            network.update_state(&mut self.workspace).expect("the pass above was in training");
            trainer.optimizer.step(learning_rate, network.params_mut(), &self.gradient);
            if !(all_finite(network.params()) && all_finite(network.state())) {
                let (what, tensor, value) = first_not_finite(network);
                self.restore(network);
                let place = format!("first in {tensor}");
                return Err(NotFinite { what, value, batch: number, place });
            }
        }
        Ok(running_loss / divisor)
    }

    /// Takes the last step back, after which a score of the whole epoch is not finite.
    pub(super) fn take_back<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        (what, value): (&'static str, f64),
    ) -> NotFinite {
        self.restore(network);
        NotFinite { what, value, batch: self.batches.count(), place: "after its last step".to_owned() }
    }
    fn restore<L: Layer<T>>(&self, network: &mut Network<T, L>) {
        network.params_mut().copy_from_slice(&self.before);
        network.state_mut().copy_from_slice(&self.state_before);
    }
}

fn all_finite<T: Scalar>(values: &[T]) -> bool {
    // Without an early exit, so that it is vectorised.
    values.iter().fold(true, |finite, value| finite & value.is_finite())
}

/// The first tensor with a value that is not finite: what it holds, `layers.0.weight (Dense 2->15)`, and that value.
fn first_not_finite<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> (&'static str, String, f64) {
    let params = ("a parameter", network.layout(), network.params());
    let state = ("a scalar of state", network.state_layout(), network.state());
    for (what, layout, values) in [params, state] {
        for tensor in layout.tensors() {
            if let Some(value) = values[tensor.range.clone()].iter().find(|value| !value.is_finite()) {
                return (what, format!("{} ({})", tensor.name, tensor.layer), value.as_f64());
            }
        }
    }
    ("a parameter", String::new(), f64::NAN)
}
