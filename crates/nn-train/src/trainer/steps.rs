use nn_core::{Error, Layer, Mode, Network, Reduction, RowOrder, Scalar, simd, stream_at};

use super::gradient::Gradient;
use super::objective::{Remembered, TrainingLoss};
use super::run_state::Within;
use super::{Moment, Problem, Trainer};
use crate::optimizer::Needs;
use crate::penalty::Penalty;
use crate::state_dict::not_of_this_run;
use crate::{History, Objective, Optimizer, StopReason, TrainError};

/// What the steps of a run work on, made once.
pub(super) struct Steps<T: Scalar> {
    order: RowOrder,
    gradient: Gradient<T>,
    /// The parameters that the epoch began with.
    before: Vec<T>,
    /// The state that the epoch began with.
    state_before: Vec<T>,
    /// How far the first epoch has come, if a run is taken up in its middle.
    within: Within,
    /// For an optimizer that looks at the loss at points of its choice.
    around: Option<Around<T>>,
}

/// What such an optimizer works on.
struct Around<T> {
    remembered: Remembered<T>,
    /// The parameters as the optimizer moves them: the network's are those of its last look.
    params: Vec<T>,
}

/// Why an epoch came to nothing.
pub(super) enum Failure {
    /// Something that should be a number is not.
    NotFinite { what: &'static str, value: f64, batch: usize, place: String },
    /// The optimizer cannot go on.
    Invalid(Error),
}

impl Failure {
    pub(super) fn into_error(self, epoch: usize, history: History) -> TrainError {
        match self {
            Self::NotFinite { what, value, batch, place } => {
                TrainError::NotFinite { what, value, epoch, batch, place, history: Box::new(history) }
            }
            Self::Invalid(error) => error.into(),
        }
    }
}

impl<T: Scalar> Steps<T> {
    pub(super) fn new<L: Layer<T>, O: Optimizer<T>>(
        trainer: &Trainer<'_, T, O>,
        network: &Network<T, L>,
        rows: usize,
        within: Within,
    ) -> Result<Self, Error> {
        let samples = trainer.batch_size.saturating_mul(trainer.gradient_accumulation);
        let needs = trainer.optimizer.needs();
        let order = RowOrder::new(rows, samples)?;
        if within.batches >= order.count() {
            let (expected, found) = (order.count(), within.batches);
            return Err(not_of_this_run(&format!(
                "of an epoch after {found} mini-batches, where one has {expected} in all"
            )));
        }
        Ok(Self {
            order,
            gradient: Gradient::new(network.params().len(), trainer.batch_size),
            before: network.params().to_vec(),
            state_before: network.state().to_vec(),
            within,
            around: (needs != Needs::Gradient).then(|| Around {
                remembered: Remembered::new(network.params().len()),
                params: network.params().to_vec(),
            }),
        })
    }

    /// One pass over the data; the mean loss on the way, and the reason if the optimizer is done. One that fails is as good
    /// as not begun.
    pub(super) fn epoch<L, O, Q>(
        &mut self,
        trainer: &mut Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        problem: &mut Q,
        penalty: &Penalty<T>,
    ) -> Result<(f64, Option<StopReason>), Failure>
    where
        L: Layer<T>,
        O: Optimizer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        let progress = trainer.progress;
        self.before.copy_from_slice(network.params());
        self.state_before.copy_from_slice(network.state());
        let result = match self.around.take() {
            None => self.steps(trainer, network, problem, penalty).map(|running_loss| (running_loss, None)),
            Some(mut around) => {
                let result = self.look_around(trainer, network, problem, penalty, &mut around);
                self.around = Some(around);
                result
            }
        };
        if result.is_err() {
            trainer.progress = progress;
        }
        result
    }

    fn steps<L, O, Q>(
        &mut self,
        trainer: &mut Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        problem: &mut Q,
        penalty: &Penalty<T>,
    ) -> Result<f64, Failure>
    where
        L: Layer<T>,
        O: Optimizer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        let mean = problem.reduction() == Reduction::Mean;
        let all = if mean { 1.0 } else { problem.divisor(network) };
        let mut within = std::mem::take(&mut self.within);
        // Fixed by the seed and the number of the epoch, so that a run can be taken up again at any.
        let epoch = trainer.progress.epochs;
        self.order.shuffle(&mut stream_at(trainer.seed, "order of samples", epoch as u64));
        // Those of an epoch that is taken up in its middle have been run.
        self.order.skip(within.batches);
        let batches = self.order.count();
        while let Some((rows, ahead)) = self.order.next() {
            within.batches += 1;
            let number = within.batches;
            let mode = Mode::train(trainer.seed, trainer.progress.steps);
            let learning_rate = trainer.learning_rate_now();
            if !is_rate(learning_rate) {
                return Err(self.take_back_rate(network, learning_rate, number));
            }
            let step = match self.gradient.compute(network, problem, [rows, ahead], mode) {
                Ok(Some(step)) => step,
                // Samples that do not count are as good as absent, and a mean over them would be 0/0.
                Ok(None) => continue,
                Err((value, mode)) => return Err(self.take_back_loss(network, problem, value, number, mode)),
            };
            trainer.progress.steps += 1;
            within.loss += step.sum;
            within.divisor += step.divisor;
            let share = if mean { 1.0 } else { step.divisor / all };
            let gradient = &mut self.gradient.whole;
            penalty.add_gradient(T::of(share), network.params(), gradient);
            trainer.clip.apply(gradient);
            trainer.optimizer.step(T::of(learning_rate), network.params_mut(), gradient);
            self.check_finite(network, number)?;
            if number < batches {
                trainer.checkpoint(network, Moment::Step, within);
            }
        }
        trainer.progress.epochs += 1;
        Ok(within.loss / within.divisor)
    }

    /// One step of an optimizer that looks at the loss on all samples at points of its choice.
    fn look_around<L, O, Q>(
        &mut self,
        trainer: &mut Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        problem: &mut Q,
        penalty: &Penalty<T>,
        around: &mut Around<T>,
    ) -> Result<(f64, Option<StopReason>), Failure>
    where
        L: Layer<T>,
        O: Optimizer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        self.order.rewind();
        let (rows, ahead) = self.order.next().expect("one sample at least");
        problem.gather(network, rows, ahead);
        let learning_rate = trainer.learning_rate_now();
        if !is_rate(learning_rate) {
            return Err(self.take_back_rate(network, learning_rate, 1));
        }
        // The network has no noise, so any step's mode is that of all.
        let mode = Mode::train(trainer.seed, 0);
        let mean = problem.reduction() == Reduction::Mean;
        let divisor = if mean { 1.0 } else { problem.divisor(network) };
        if !network.state().is_empty() {
            // It is brought up to date by a pass at the parameters that it belongs to.
            around.remembered.forget();
        }
        let Around { remembered, params } = around;
        params.copy_from_slice(&self.before);
        let known = remembered.knows(params);
        let mut objective = TrainingLoss { network, problem, penalty, mode, remembered };
        objective.evaluate(params, &mut self.gradient.whole);
        let value = objective.remembered.loss.as_f64();
        if !value.is_finite() {
            return Err(self.take_back_loss(network, problem, value, 1, mode));
        }
        if !known {
            objective.problem.update_state(objective.network);
        }
        let outcome = trainer.optimizer.step_with(T::of(learning_rate), params, &mut objective);
        network.params_mut().copy_from_slice(params);
        let outcome = outcome.map_err(|error| {
            network.params_mut().copy_from_slice(&self.before);
            Failure::Invalid(error)
        })?;
        self.check_finite(network, 1)?;
        trainer.progress.steps += 1;
        trainer.progress.epochs += 1;
        Ok((value / divisor, outcome.break_value()))
    }

    fn check_finite<L: Layer<T>>(&self, network: &mut Network<T, L>, batch: usize) -> Result<(), Failure> {
        if all_finite(network.params()) && all_finite(network.state()) {
            return Ok(());
        }
        let (what, tensor, value) = first_not_finite(network);
        Err(self.take_back(network, what, value, batch, format!("first in {tensor}")))
    }

    /// Ends the run at a learning rate that is none.
    fn take_back_rate<L: Layer<T>>(&self, network: &mut Network<T, L>, rate: f64, batch: usize) -> Failure {
        self.take_back(network, "the learning rate", rate, batch, "as the schedule has it".to_owned())
    }

    /// Ends the run at a loss that is not finite.
    fn take_back_loss<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        problem: &mut (impl Problem<T, L> + ?Sized),
        value: f64,
        batch: usize,
        mode: Mode,
    ) -> Failure {
        // Backward has destroyed what forward left, so forward once more to find the layer.
        let layer = problem.first_not_finite(network, mode);
        let place = layer.map_or("in the loss itself".to_owned(), |layer| format!("first in {layer}"));
        self.take_back(network, "the loss", value, batch, place)
    }

    /// Ends the run with the parameters and the state that the epoch began with.
    fn take_back<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        what: &'static str,
        value: f64,
        batch: usize,
        place: String,
    ) -> Failure {
        network.params_mut().copy_from_slice(&self.before);
        network.state_mut().copy_from_slice(&self.state_before);
        Failure::NotFinite { what, value, batch, place }
    }

    /// The same, when a score of the whole epoch is not finite.
    pub(super) fn take_back_epoch<L: Layer<T>>(
        &self,
        network: &mut Network<T, L>,
        (what, value): (&'static str, f64),
    ) -> Failure {
        self.take_back(network, what, value, self.order.count(), "after its last step".to_owned())
    }
}

fn is_rate(rate: f64) -> bool {
    rate.is_finite() && rate >= 0.0
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
