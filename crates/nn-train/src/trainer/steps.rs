use nn_core::{
    Batch, Error, Layer, Loss, MiniBatches, Mode, Network, Reduction, Scalar, Targets, simd, stream_at,
};

use super::Trainer;
use super::gradient::Gradient;
use crate::evaluate::divisor_of;
use crate::penalty::Penalty;
use crate::{History, Optimizer, TrainError};

/// What the steps of a run work on, made once.
pub(super) struct Steps<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    train: Batch<'a, T, Y>,
    batches: MiniBatches<'a, T, Y>,
    gradient: Gradient<T, Y>,
    /// The parameters that the epoch began with.
    before: Vec<T>,
    /// The state that the epoch began with.
    state_before: Vec<T>,
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
        let samples = trainer.batch_size.saturating_mul(trainer.gradient_accumulation);
        Ok(Self {
            train,
            batches: MiniBatches::new(train, samples)?,
            gradient: Gradient::new(network.params().len(), trainer.batch_size),
            before: network.params().to_vec(),
            state_before: network.state().to_vec(),
        })
    }

    /// One pass over the data; the mean loss on the way. One that fails is as good as not begun.
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
        let progress = trainer.progress;
        self.before.copy_from_slice(network.params());
        self.state_before.copy_from_slice(network.state());
        let result = self.steps(trainer, network, loss, penalty);
        if result.is_err() {
            trainer.progress = progress;
        }
        result
    }

    fn steps<L, O, P>(
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
        let mean = loss.reduction() == Reduction::Mean;
        let all = if mean { 1.0 } else { divisor_of(loss, network.out_dim(), &self.train) };
        let (mut running_loss, mut divisor, mut number) = (0.0, 0.0, 0);
        // Fixed by the seed and the number of the epoch, so that a run can be taken up again at any.
        let epoch = trainer.progress.epochs;
        self.batches.shuffle(&mut stream_at(trainer.seed, "order of samples", epoch as u64));
        while let Some(rows) = self.batches.next_rows() {
            number += 1;
            let mode = Mode::train(trainer.seed, trainer.progress.steps);
            let learning_rate = trainer.learning_rate_now();
            if !(learning_rate.is_finite() && learning_rate >= 0.0) {
                let place = "as the schedule has it".to_owned();
                return Err(self.take_back(network, "the learning rate", learning_rate, number, place));
            }
            let step = match self.gradient.compute(network, loss, &self.train, rows, mode) {
                Ok(Some(step)) => step,
                // Samples that do not count are as good as absent, and a mean over them would be 0/0.
                Ok(None) => continue,
                Err((value, mode)) => {
                    // Backward has destroyed what forward left, so forward once more to find the layer.
                    let layer = network.first_not_finite(&mut self.gradient.shards, mode);
                    let place =
                        layer.map_or("in the loss itself".to_owned(), |layer| format!("first in {layer}"));
                    return Err(self.take_back(network, "the loss", value, number, place));
                }
            };
            trainer.progress.steps += 1;
            running_loss += step.sum;
            divisor += step.divisor;
            let share = if mean { 1.0 } else { step.divisor / all };
            let gradient = &mut self.gradient.whole;
            penalty.add_gradient(T::of(share), network.params(), gradient);
            trainer.clip.apply(gradient);
            trainer.optimizer.step(T::of(learning_rate), network.params_mut(), gradient);
            if !(all_finite(network.params()) && all_finite(network.state())) {
                let (what, tensor, value) = first_not_finite(network);
                return Err(self.take_back(network, what, value, number, format!("first in {tensor}")));
            }
        }
        trainer.progress.epochs += 1;
        Ok(running_loss / divisor)
    }

    /// Ends the run with the parameters and the state that the epoch began with.
    fn take_back<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        what: &'static str,
        value: f64,
        batch: usize,
        place: String,
    ) -> NotFinite {
        network.params_mut().copy_from_slice(&self.before);
        network.state_mut().copy_from_slice(&self.state_before);
        NotFinite { what, value, batch, place }
    }

    /// The same, when a score of the whole epoch is not finite.
    pub(super) fn take_back_epoch<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        (what, value): (&'static str, f64),
    ) -> NotFinite {
        self.take_back(network, what, value, self.batches.count(), "after its last step".to_owned())
    }
}

fn all_finite<T: Scalar>(values: &[T]) -> bool {
    // Without an early exit, so that it is vectorised.
    simd::run(|| values.iter().fold(true, |finite, value| finite & value.is_finite()))
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
