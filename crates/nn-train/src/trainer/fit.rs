//! The doors of a run: its checks, and the threads that it finds.

use nn_core::{Batch, Error, Layer, Loss, Network, Scalar, Targets};

use super::hold_out::HeldOut;
use super::on_batch::OnBatch;
use super::run_state::Within;
use super::steps::Steps;
use super::{Problem, Trainer};
use crate::history::History;
use crate::penalty::Penalty;
use crate::state_dict::not_of_this_run;
use crate::{Optimizer, Report, TrainError};

impl<T: Scalar, O: Optimizer<T>> Trainer<'_, T, O> {
    /// Trains `network` on `train`, watching `validation` if there is one, and gives it the link of the loss.
    ///
    /// # Errors
    /// [`TrainError::Invalid`] for a setting out of its range, data that do not fit the network or the loss, or an optimizer
    /// that [`Needs`](crate::Needs) what the run does not give, before anything is changed;
    /// [`TrainError::InvalidValidation`] and [`TrainError::NeedsValidation`]; [`TrainError::NotFinite`] when the loss or a
    /// parameter becomes NaN or infinite; the network then keeps the parameters and the state that the epoch began with.
    /// [`TrainError::CallbackFailed`] when a callback fails before the run or in epoch 1; later that is a [`StopReason`](crate::StopReason) of
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
            return on_the_pool(shared, || self.run_on(network, loss, train, validation));
        };
        if validation.is_some() {
            return Err(TrainError::TwoValidationSets);
        }
        self.check()?;
        let held = HeldOut::new(&train, fraction, self.seed)?;
        let (train, validation) = (held.train()?, held.validation()?);
        let shared = self.is_shared(network, train.samples().max(validation.samples()));
        on_the_pool(shared, || self.run_on(network, loss, train, Some(validation)))
    }

    fn run_on<L, P, Y>(
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
        let mut validation = validation.map(|data| OnBatch::new(loss, data));
        let validation = validation.as_mut().map(|problem| problem as &mut dyn Problem<T, L>);
        self.run(network, &mut OnBatch::new(loss, train), validation)
    }

    /// [`fit`](Trainer::fit) on samples that are not in memory: in files, on a device, or shared by several processes, as the
    /// [`Problem`] has it. It runs on the thread that it is called on.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit); [`TrainError::Invalid`] for a `validation_fraction`, since only who has the samples can set some
    /// aside.
    ///
    /// # Example
    /// A mean of squares whose samples are made when they are asked for:
    /// ```
    /// use ndarray::Array2;
    /// use nn_core::{Batch, Dense, Error, Fingerprint, Layer, Link, MeanSquaredError, Mode, Network, Reduction, Shards};
    /// use nn_train::{Problem, Score, Sgd, Trainer, evaluate};
    ///
    /// struct Line {
    ///     shards: Shards<f64, ndarray::ArrayRef2<f64>>,
    /// }
    ///
    /// fn samples(rows: &[usize]) -> (Array2<f64>, Array2<f64>) {
    ///     let x = Array2::from_shape_fn((rows.len(), 1), |(n, _)| rows[n] as f64 / 1000.0);
    ///     let y = x.mapv(|x| 2.0 * x - 1.0);
    ///     (x, y)
    /// }
    ///
    /// impl<L: Layer<f64>> Problem<f64, L> for Line {
    ///     fn samples(&self) -> usize {
    ///         1000
    ///     }
    ///     fn reduction(&self) -> Reduction {
    ///         Reduction::Mean
    ///     }
    ///     fn link(&self) -> Link {
    ///         Link::Identity
    ///     }
    ///     fn check(&mut self, _: &Network<f64, L>) -> Result<(), Error> {
    ///         Ok(())
    ///     }
    ///     fn fingerprint(&mut self, fingerprint: &mut Fingerprint) {
    ///         fingerprint.text("a line");
    ///     }
    ///     fn divisor(&mut self, _: &Network<f64, L>) -> f64 {
    ///         1000.0
    ///     }
    ///     fn gather(&mut self, network: &Network<f64, L>, rows: &[usize], _ahead: &[usize]) -> f64 {
    ///         let (x, y) = samples(rows);
    ///         let all: Vec<usize> = (0..rows.len()).collect();
    ///         self.shards.gather(network, &Batch::new(x.view(), &*y).unwrap(), &all);
    ///         rows.len() as f64
    ///     }
    ///     fn loss_and_gradient(&mut self, network: &Network<f64, L>, mode: Mode, gradient: &mut [f64]) -> f64 {
    ///         network.loss_and_gradient(&MeanSquaredError::mean(), &mut self.shards, mode, gradient)
    ///     }
    ///     fn score(&mut self, network: &Network<f64, L>, penalty: f64) -> Score {
    ///         let (x, y) = samples(&(0..1000).collect::<Vec<_>>());
    ///         let score = evaluate(network, &MeanSquaredError::mean(), Batch::new(x.view(), &*y).unwrap()).unwrap();
    ///         Score { loss: score.loss + penalty, ..score }
    ///     }
    /// }
    ///
    /// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
    /// let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.5).epochs(50);
    /// let report = trainer.fit_problem(&mut network, &mut Line { shards: Shards::new() }, None)?;
    /// assert!(report.train.loss < 1e-12);
    ///
    /// // The same numbers in memory make the same run.
    /// let (x, y) = samples(&(0..1000).collect::<Vec<_>>());
    /// let mut other = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
    /// trainer.fit(&mut other, &MeanSquaredError::mean(), Batch::new(x.view(), &*y)?, None)?;
    /// assert_eq!(other, network);
    /// # Ok::<(), nn_train::TrainError>(())
    /// ```
    pub fn fit_problem<L, Q>(
        &mut self,
        network: &mut Network<T, L>,
        train: &mut Q,
        validation: Option<&mut dyn Problem<T, L>>,
    ) -> Result<Report, TrainError>
    where
        L: Layer<T>,
        Q: Problem<T, L> + ?Sized,
    {
        if let Some(fraction) = self.validation_fraction {
            let expected =
                "none, with samples that are not in memory: give `fit_problem` those for validation";
            return Err(Error::hyperparameter("validation_fraction", expected, fraction).into());
        }
        self.run(network, train, validation)
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
            let mut problem = OnBatch::new(loss, data);
            self.check_run(network, &mut problem)?;
            self.take_up_between_epochs()?;
            let (penalty, mut steps) = self.begin(network, &problem, Within::default())?;
            let number = self.progress.epochs + 1;
            let (running_loss, _) = steps
                .epoch(self, network, &mut problem, &penalty)
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
    pub(super) fn check_run<L: Layer<T>>(
        &self,
        network: &Network<T, L>,
        problem: &mut (impl Problem<T, L> + ?Sized),
    ) -> Result<(), Error> {
        self.check()?;
        self.check_resumed()?;
        check_params(network)?;
        network.check_link(problem.link())?;
        problem.check(network)?;
        self.check_needs(network, problem)
    }

    /// Takes up the run that [`resume`](Trainer::resume) was given, if it is between two epochs.
    fn take_up_between_epochs(&mut self) -> Result<(), Error> {
        let Some(state) = self.resumed.clone() else { return Ok(()) };
        if state.within.batches > 0 {
            return Err(not_of_this_run(
                "that of a run in the middle of an epoch, which `fit` alone goes on with",
            ));
        }
        self.ready_schedule(Some(&state))?;
        self.resumed = None;
        Ok(())
    }

    /// Makes what the steps of a checked run need, and gives the network the link of the loss.
    pub(super) fn begin<L: Layer<T>>(
        &mut self,
        network: &mut Network<T, L>,
        problem: &(impl Problem<T, L> + ?Sized),
        within: Within,
    ) -> Result<(Penalty<T>, Steps<T>), Error> {
        let layout = network.layout();
        let steps = Steps::new(self, network, problem.samples(), within)?;
        self.optimizer.start(&layout)?;
        network.set_link(problem.link());
        Ok((Penalty::new(self.l1, self.l2, &layout), steps))
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
    use crate::evaluate::Evaluator;
    use crate::{Sgd, StopReason};

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
                per_sample * evaluator.score(&moved, loss, penalty.value(moved.params())).expect("valid").loss
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
