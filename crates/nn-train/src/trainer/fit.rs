//! A run, from its checks to its report.

use nn_core::{Batch, Error, Fingerprint, Layer, Loss, Network, Scalar, Targets};
use std::ops::ControlFlow;

use super::hold_out::HeldOut;
use super::observed::{Data, Watched};
use super::steps::Steps;
use super::{Progress, Trainer};
use crate::callback::{End, Epoch, Observed, Start};
use crate::clock::Clock;
use crate::evaluate::Evaluator;
use crate::history::History;
use crate::penalty::Penalty;
use crate::{Optimizer, Report, StopReason, TrainError};

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    /// Trains `network` on `train`, watching `validation` if there is one, and gives it the link of the loss.
    ///
    /// # Errors
    /// [`TrainError::Invalid`] for a setting out of its range, data that do not fit the network or the loss, or an optimizer
    /// that [`Needs`](crate::Needs) what the run does not give, before anything is changed;
    /// [`TrainError::InvalidValidation`] and [`TrainError::NeedsValidation`]; [`TrainError::NotFinite`] when the loss or a
    /// parameter becomes NaN or infinite; the network then keeps the parameters and the state that the epoch began with.
    /// [`TrainError::CallbackFailed`] when a callback fails before the run or in epoch 1; later that is a [`StopReason`] of
    /// the report, so that nothing is lost.
    pub fn fit<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: Batch<'_, T, Y>,
        validation: Option<Batch<'_, T, Y>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let Some(fraction) = self.validation_fraction else {
            let largest = validation.map_or(0, |data| data.samples()).max(train.samples());
            let shared = self.is_shared(network, largest);
            return on_the_pool(shared, || self.run(network, loss, train, validation));
        };
        if validation.is_some() {
            return Err(TrainError::TwoValidationSets);
        }
        self.check()?;
        let held = HeldOut::new(&train, fraction, self.seed)?;
        let (train, validation) = (held.train()?, held.validation()?);
        let shared = self.is_shared(network, train.samples().max(validation.samples()));
        on_the_pool(shared, || self.run(network, loss, train, Some(validation)))
    }

    /// One epoch on `data`, as part of one long run: for data that come in parts, or never end.
    ///
    /// It goes on where the last run, or the last call, ended, with its count of epochs and steps. No score is taken, no
    /// callback sees the epoch, and a schedule is shown the loss on the way. Gives that loss: the mean of the
    /// mini-batches, each before its step, without the penalty.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit).
    ///
    /// # Example
    /// ```
    /// use ndarray::Array2;
    /// use nn_core::{Batch, Dense, MeanSquaredError, Network};
    /// use nn_train::{Sgd, Trainer};
    ///
    /// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
    /// let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.5);
    /// let mut losses = Vec::new();
    /// for part in 0..200 {
    ///     let x = Array2::from_shape_fn((8, 1), |(n, _)| f64::from(((part + n as i32) * 3) % 8) / 8.0);
    ///     let y = x.mapv(|x| 2.0 * x - 1.0);
    ///     losses.push(trainer.partial_fit(&mut network, &MeanSquaredError::mean(), Batch::new(x.view(), &*y)?)?);
    /// }
    /// assert!(losses[199] < 1e-6 * losses[0]);
    /// assert_eq!(trainer.progress().epochs, 200);
    /// # Ok::<(), nn_train::TrainError>(())
    /// ```
    ///
    /// As scikit-learn's `MLPClassifier.partial_fit`.
    pub fn partial_fit<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        data: Batch<'_, T, Y>,
    ) -> Result<f64, TrainError>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        on_the_pool(self.is_shared(network, data.samples()), || {
            self.check_run(network, loss, &data)?;
            let (penalty, mut steps) = self.begin(network, loss, data)?;
            let number = self.progress.epochs + 1;
            let (running_loss, _) = steps
                .epoch(self, network, loss, &penalty)
                .map_err(|failure| failure.into_error(number, History::default()))?;
            if let Some((_, schedule)) = &mut self.schedule {
                schedule.on_epoch(&mut || running_loss);
            }
            Ok(running_loss)
        })
    }

    /// Whether a step, on data sets of `largest` samples at most, is work for more than one thread. A score that is
    /// finds its own way to the others.
    pub(super) fn is_shared<L: Layer<T>>(&self, network: &Network<T, L>, largest: usize) -> bool {
        network.worth_sharing(self.batch_size.min(largest))
    }

    /// Checks the settings and the data, before anything is changed.
    pub(super) fn check_run<L, P, Y>(
        &self,
        network: &Network<T, L>,
        loss: &P,
        train: &Batch<'_, T, Y>,
    ) -> Result<(), Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        self.check()?;
        check_params(network)?;
        network.check_link(loss.link())?;
        check_data(network, loss, train)?;
        self.check_needs(network, train)?;
        #[cfg(feature = "levenberg-marquardt")]
        if self.optimizer.needs() == crate::optimizer::Needs::GaussNewton {
            super::objective::check_gauss_newton(network, loss, train)?;
        }
        Ok(())
    }

    /// Makes what the steps of a checked run need, and gives the network the link of the loss.
    fn begin<'a, L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: Batch<'a, T, Y>,
    ) -> Result<(Penalty<T>, Steps<'a, T, Y>), Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let layout = network.layout();
        let steps = Steps::new(self, network, train)?;
        self.optimizer.start(&layout)?;
        network.set_link(loss.link());
        Ok((Penalty::new(self.l1, self.l2, &layout), steps))
    }

    fn run<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: Batch<'_, T, Y>,
        validation: Option<Batch<'_, T, Y>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let began = Clock::start();
        self.check_run(network, loss, &train)?;
        if let Some(validation) = &validation {
            check_data(network, loss, validation).map_err(TrainError::InvalidValidation)?;
        }
        let mut data = Data { train: Evaluator::new(train), validation: validation.map(Evaluator::new) };
        let progress = if self.warm_start { self.progress } else { Progress::default() };
        let first = progress.epochs.saturating_add(1);
        let last = progress.epochs.saturating_add(self.epochs);
        let start = Start {
            first,
            epochs: last,
            inputs: network.in_dim(),
            params: network.params().len(),
            state: network.state().len(),
            validation: validation.is_some(),
            writable: network.layers().spec().is_some(),
        };
        for callback in &mut self.callbacks {
            callback.on_start(&start)?;
        }
        let settings = self.fingerprint(network, loss, &train);
        let (penalty, mut steps) = self.begin(network, loss, train)?;
        self.progress = progress;
        if let Some((_, schedule)) = self.schedule.as_mut().filter(|_| !self.warm_start) {
            schedule.reset();
        }

        let mut history = History::with_capacity((self.epochs / self.record_every).min(1 << 16) + 2);
        let mut outcome = Ok(StopReason::Epochs);
        for number in first..=last {
            let progress = self.progress;
            let (running_loss, mut stop) = match steps.epoch(self, network, loss, &penalty) {
                Ok(epoch) => epoch,
                Err(failure) => {
                    outcome = Err((number, failure));
                    break;
                }
            };
            let mut watched = Watched::new(&mut data, network, loss, &penalty);
            let mut epoch = Epoch {
                number,
                epochs: last,
                running_loss,
                params: network.params(),
                state: network.state(),
                elapsed: began.elapsed(),
                observed: &mut watched,
            };
            for callback in &mut self.callbacks {
                if let ControlFlow::Break(reason) = callback.on_epoch(&mut epoch) {
                    stop = stop.or(Some(reason));
                }
            }
            if let Some((_, schedule)) = &mut self.schedule {
                schedule.on_epoch(&mut || watched.validation().unwrap_or_else(|| watched.train()).loss);
            }
            let due = stop.is_some()
                || number == last
                || number == first
                || (number - 1).is_multiple_of(self.record_every)
                || watched.has_metrics();
            let record = due.then(|| watched.record(number));
            if let Some(score) = watched.not_finite() {
                self.progress = progress;
                outcome = Err((number, steps.take_back_epoch(network, score)));
                break;
            }
            history.extend(record);
            if let Some(reason) = stop {
                outcome = Ok(reason);
                break;
            }
        }
        let (params, state) = network.params_and_state_mut();
        let mut end = End { params, state, reason: outcome.as_ref().ok() };
        for callback in &mut self.callbacks {
            callback.on_end(&mut end);
        }
        let reason = outcome.map_err(|(number, failure)| failure.into_error(number, history.clone()))?;
        let reason = match reason {
            // Nothing is lost yet, and it is all but surely a setting.
            StopReason::CallbackFailed { callback, message } if self.progress.epochs == 1 => {
                return Err(TrainError::CallbackFailed { callback, message });
            }
            reason => reason,
        };
        let mut watched = Watched::new(&mut data, network, loss, &penalty);
        let (train, validation) = (watched.train(), watched.validation());
        let mut fingerprint = settings;
        fingerprint.scalars(network.params());
        fingerprint.scalars(network.state());
        let (fingerprint, elapsed) = (fingerprint.finish(), began.elapsed());
        let epochs = self.progress.epochs - progress.epochs;
        Ok(Report { reason, epochs, train, validation, history, fingerprint, elapsed })
    }

    /// Of settings and data, before the run.
    fn fingerprint<L, P, Y>(&self, network: &Network<T, L>, loss: &P, train: &Batch<'_, T, Y>) -> Fingerprint
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        let mut fingerprint = Fingerprint::new();
        let Self { optimizer, clip, epochs, batch_size, gradient_accumulation, .. } = self;
        let batch_size = (*batch_size).min(train.samples());
        let progress = if self.warm_start { self.progress } else { Progress::default() };
        fingerprint.text(&format!(
            "{optimizer:?} {clip:?} {epochs} {batch_size} {gradient_accumulation} {progress:?}"
        ));
        fingerprint.scalars(&[self.learning_rate, self.l1, self.l2]);
        fingerprint.integer(self.seed);
        fingerprint.text(&format!("{:?} {:?}", loss.reduction(), loss.link()));
        fingerprint.text(&format!("{:?} {:?}", network.layers().spec(), network.layout()));
        train.fingerprint(&mut fingerprint);
        fingerprint
    }
}

/// Runs `work` on a thread of rayon's pool, where the arithmetic finds the other threads; here, if none of it would be
/// shared or the thread is the only one. The way there takes as long as some steps of a small network.
#[cfg(feature = "parallel")]
pub(super) fn on_the_pool<R: Send>(shared: bool, work: impl FnOnce() -> R + Send) -> R {
    if shared && rayon::current_num_threads() > 1 { rayon::scope(|_| work()) } else { work() }
}

#[cfg(not(feature = "parallel"))]
pub(super) fn on_the_pool<R>(_shared: bool, work: impl FnOnce() -> R) -> R {
    work()
}

/// Checks whether network, loss and data go together.
pub(crate) fn check_data<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    data: &Batch<'_, T, Y>,
) -> Result<(), Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let (expected, found) = (network.in_dim(), data.x().ncols());
    if expected != found {
        return Err(Error::FeatureCount { expected, found });
    }
    loss.check_targets(network.out_dim(), data.y(), data.weights())?;
    // A sum over nothing is 0, but there is nothing to learn from it.
    let counted = loss.counted(data.y(), data.weights());
    if counted > T::zero() {
        return Ok(());
    }
    let expected = "above 0: at least one sample that counts and whose class is not ignored";
    Err(Error::hyperparameter("the weight of all samples together", expected, counted))
}

fn check_params<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Result<(), Error> {
    for (what, values) in [("parameters", network.params()), ("scalars of state", network.state())] {
        if let Some((column, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(Error::NotFinite { what, row: 0, column, value: value.as_f64() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayRef2};
    use nn_core::{Dense, HalfSquaredError, MeanSquaredError, Tanh};

    use super::*;
    use crate::Sgd;

    type Mlp = (Dense<Tanh>, Dense<nn_core::Identity>);

    fn data() -> (Array2<f64>, Array2<f64>) {
        let x = Array2::from_shape_fn((10, 2), |(n, j)| ((7 * n + 4 * j) % 9) as f64 / 9.0);
        let y = Array2::from_shape_fn((10, 1), |(n, _)| (n as f64).sin());
        (x, y)
    }

    fn network() -> Network<f64, Mlp> {
        Network::new(2, (Dense::new(4, Tanh), Dense::linear(1)), 1).expect("it fits")
    }

    /// A step of size 1 shows the gradient; central differences of the reported loss must be it.
    #[test]
    fn a_step_follows_the_gradient_of_the_reported_loss() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let losses: [(&dyn Loss<f64, ArrayRef2<f64>>, f64); 3] = [
            (&HalfSquaredError::sum(), 10.0),
            (&HalfSquaredError::mean(), 1.0),
            (&MeanSquaredError::mean(), 1.0),
        ];
        for (loss, per_sample) in losses {
            let before = network();
            let mut after = network();
            let mut trainer =
                Trainer::new(Sgd::new()).learning_rate(1.0).l1(0.2).l2(0.3).full_batch().epochs(1);
            trainer.fit(&mut after, loss, data, None).expect("it trains");
            let penalty = Penalty::new(0.2, 0.3, &before.layout());
            let mut evaluator = Evaluator::new(data);
            let mut reported = |i: usize, step: f64| {
                let mut moved = before.clone();
                moved.params_mut()[i] += step;
                per_sample * evaluator.score(&moved, loss, Some(&penalty)).expect("valid").loss
            };
            for i in 0..before.params().len() {
                let numeric = (reported(i, 1e-5) - reported(i, -1e-5)) / 2e-5;
                let taken = before.params()[i] - after.params()[i];
                assert!((taken - numeric).abs() < 1e-8, "parameter {i}: {taken} against {numeric}");
            }
        }
    }

    /// With a sum the mini-batches share the penalty out: over an epoch of tiny steps they move as the full batch does.
    #[track_caller]
    fn bears_the_penalty_once(data: Batch<'_, f64, ArrayRef2<f64>>, batch_size: usize) {
        let moved = |batch_size: usize| {
            let mut network = network();
            let start = network.params().to_vec();
            let trainer = Trainer::new(Sgd::new()).learning_rate(1e-7).l2(5.0).epochs(1);
            let mut trainer = trainer.batch_size(batch_size);
            trainer.fit(&mut network, &HalfSquaredError::sum(), data, None).expect("it trains");
            start.iter().zip(network.params()).map(|(a, b)| (a - b) * 1e7).collect::<Vec<_>>()
        };
        for (full, mini) in moved(data.samples()).iter().zip(moved(batch_size)) {
            assert!((full - mini).abs() < 1e-4, "{full} against {mini}");
        }
    }

    #[test]
    fn mini_batches_of_a_sum_bear_the_penalty_once() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        bears_the_penalty_once(data, 3);
    }

    /// Weights share the penalty out as copies do, and a mini-batch without weight has no share in it.
    #[test]
    fn mini_batches_of_weighted_samples_bear_the_penalty_once() {
        let (x, y) = data();
        let weights = [0.0, 0.0, 0.0, 1.0, 2.0, 0.5, 3.0, 1.0, 0.0, 2.5];
        let data =
            Batch::new(x.view(), &*y).and_then(|data| data.with_weights(&weights)).expect("valid data");
        bears_the_penalty_once(data, 1);
    }

    #[test]
    fn the_history_has_the_first_epoch_every_nth_and_the_last() {
        let (x, y) = data();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let mut trainer = Trainer::new(Sgd::new()).epochs(12).record_every(5);
        let report =
            trainer.fit(&mut network(), &HalfSquaredError::mean(), data, Some(data)).expect("it trains");
        let epochs: Vec<_> = report.history.records().iter().map(|record| record.epoch).collect();
        assert_eq!((epochs, report.epochs), (vec![1, 6, 11, 12], 12));
        let last = report.history.records().last().expect("four records");
        assert_eq!((last.train_loss, last.train_accuracy), (report.train.loss, None));
        assert_eq!(last.validation_loss, report.validation.map(|score| score.loss));
        assert_eq!(report.reason, StopReason::Epochs);
    }

    #[test]
    fn samples_of_weight_0_are_as_good_as_absent() {
        let (x, y) = data();
        let all = Batch::new(x.view(), &*y).expect("valid data");
        let weights: Vec<f64> = (0..10).map(|n| if n < 4 { 0.0 } else { 1.0 }).collect();
        let weighted = all.with_weights(&weights).expect("valid weights");
        let rows: Vec<usize> = (4..10).collect();
        let (x, y) = (x.select(ndarray::Axis(0), &rows), y.select(ndarray::Axis(0), &rows));
        let absent = Batch::new(x.view(), &*y).expect("valid data");
        let trained = |data, batch_size: usize| {
            let mut network = network();
            let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(50).batch_size(batch_size);
            trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
            network
        };
        for (a, b) in trained(weighted, 10).params().iter().zip(trained(absent, 6).params()) {
            assert!((a - b).abs() < 1e-12, "{a} against {b}");
        }
        // Batches of one: those without weight are passed over, not divided by 0.
        assert!(trained(weighted, 1).params().iter().all(|p| p.is_finite()));
        // The smallest weights that are allowed, alone in a mini-batch.
        let tiny: Vec<f64> = (0..10).map(|n| if n < 4 { 1e-307 } else { 1.0 }).collect();
        let tiny = all.with_weights(&tiny).expect("valid weights");
        assert!(trained(tiny, 1).params().iter().all(|p| p.is_finite()));
        assert!(all.with_weights(&[1e-310; 10]).is_err(), "1 / 1e-310 is infinite");
    }
}
