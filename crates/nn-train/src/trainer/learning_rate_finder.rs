use nn_core::{Batch, Error, Layer, Loss, Mode, Network, Reduction, RowOrder, Scalar, Targets, stream_at};

use super::fit::on_the_pool;
use super::gradient::Gradient;
use super::learning_rate_curve::LearningRateCurve;
use super::on_batch::OnBatch;
use super::{Problem, Trainer};
use crate::check::{check, check_positive, check_rate};
use crate::optimizer::Needs;
use crate::penalty::Penalty;
use crate::{Optimizer, TrainError};

/// Looks for a learning rate: some steps at rates that grow from tiny to huge, and the loss at each.
///
/// Step i of n has the rate start (end / start)^(i / (n - 1)), i from 0. Losses are smoothed as
/// s_i = a_i / (1 - βⁱ⁺¹), a_i = β a_{i-1} + (1 - β) loss_i. The run ends at the last step, or when the smoothed loss has
/// risen above `divergence` times its lowest, or is no longer finite.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `start` | 1e-7 | above 0, below `end` |
/// | `end` | 10 | finite |
/// | `steps` | 100 | at least 2 |
/// | `smoothing` | 0.98 | β: from 0 to below 1 |
/// | `divergence` | 4 | above 1; infinity runs on |
///
/// All else is as the trainer has it: mini-batches, seed, penalties, clipping, and the state of the optimizer. Its learning
/// rate, schedule and callbacks do not count. Network and optimizer are cloned, and neither they nor the trainer change.
/// The curve is fixed to the bit by them, the data and the settings.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Tanh};
/// use nn_train::{LearningRateFinder, Sgd, Trainer};
///
/// let x = Array2::from_shape_fn((64, 1), |(n, _)| n as f64 / 32.0 - 1.0);
/// let y = x.mapv(|x| 1.0 - x * x);
/// let data = Batch::new(x.view(), &*y)?;
/// let network = Network::<f64, _>::new(1, (Dense::new(8, Tanh), Dense::linear(1)), 0)?;
///
/// let trainer = Trainer::new(Sgd::new()).full_batch();
/// let curve = LearningRateFinder::new().run(&trainer, &network, &MeanSquaredError::mean(), data)?;
/// let learning_rate = curve.suggestion().expect("the loss falls");
/// assert!(learning_rate > 1e-3 && learning_rate < 1.0);
/// let trainer = trainer.learning_rate(learning_rate);
/// # Ok::<(), nn_train::TrainError>(())
/// ```
///
/// As fastai's `lr_find`, whose rates fall short of `end` by one step; PyTorch Lightning's has the same smoothing and end.
/// What [`suggestion`](LearningRateCurve::suggestion) differs in is said there.
///
/// Smith: "Cyclical learning rates for training neural networks", 2017.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct LearningRateFinder {
    start: f64,
    end: f64,
    steps: usize,
    smoothing: f64,
    divergence: f64,
}

impl Default for LearningRateFinder {
    fn default() -> Self {
        Self { start: 1e-7, end: 10.0, steps: 100, smoothing: 0.98, divergence: 4.0 }
    }
}

impl LearningRateFinder {
    /// A finder with the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// The learning rate of the first step.
    pub fn start(self, start: f64) -> Self {
        Self { start, ..self }
    }

    /// The learning rate of the last step.
    pub fn end(self, end: f64) -> Self {
        Self { end, ..self }
    }

    /// Steps from `start` to `end`.
    pub fn steps(self, steps: usize) -> Self {
        Self { steps, ..self }
    }

    /// How much of the average of the losses before is kept at each.
    pub fn smoothing(self, smoothing: f64) -> Self {
        Self { smoothing, ..self }
    }

    /// How many times its lowest the smoothed loss may be.
    pub fn divergence(self, divergence: f64) -> Self {
        Self { divergence, ..self }
    }

    /// Takes the steps, with copies of the network and of the trainer's optimizer.
    ///
    /// # Errors
    /// As [`Trainer::fit`]; [`TrainError::Invalid`] for a second-order optimizer, which looks for the length of its steps
    /// itself; [`TrainError::NotFinite`] only when the loss is not finite before the first step.
    pub fn run<T, O, L, P, Y>(
        &self,
        trainer: &Trainer<'_, T, O>,
        network: &Network<T, L>,
        loss: &P,
        data: Batch<'_, T, Y>,
    ) -> Result<LearningRateCurve, TrainError>
    where
        T: Scalar,
        O: Optimizer<T> + Clone,
        L: Layer<T> + Clone,
        P: Loss<T, Y> + ?Sized,
        Y: Targets<T> + ?Sized,
    {
        self.check::<T>()?;
        trainer.check_run(network, &mut OnBatch::new(loss, data))?;
        let needs = trainer.optimizer.needs();
        if needs != Needs::Gradient {
            // It looks for the length of its step itself.
            let expected = "one that steps by the gradient and the learning rate alone";
            let found = format!("one that needs the {needs:?}");
            return Err(Error::hyperparameter("optimizer of a LearningRateFinder", expected, found).into());
        }
        let (mut network, optimizer) = (network.clone(), trainer.optimizer.clone());
        network.set_link(loss.link());
        let Trainer { batch_size, gradient_accumulation, l1, l2, clip, seed, .. } = *trainer;
        let own = Trainer::new(optimizer).batch_size(batch_size).gradient_accumulation(gradient_accumulation);
        let own = Trainer { clip, ..own.l1(l1).l2(l2).seed(seed) };
        on_the_pool(trainer.is_shared(&network, data.samples()), || {
            self.take_steps(own, &mut network, &mut OnBatch::new(loss, data))
        })
    }

    fn check<T: Scalar>(&self) -> Result<(), Error> {
        check_positive::<T>("start", self.start)?;
        check_positive::<T>("end", self.end)?;
        check(self.end > self.start, "end", "a number above start", self.end)?;
        check(self.steps >= 2, "steps", "at least 2", self.steps as f64)?;
        check_rate("smoothing", self.smoothing)?;
        check(self.divergence > 1.0, "divergence", "a number above 1", self.divergence)
    }

    fn take_steps<T, O, L>(
        &self,
        mut trainer: Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        problem: &mut impl Problem<T, L>,
    ) -> Result<LearningRateCurve, TrainError>
    where
        T: Scalar,
        O: Optimizer<T>,
        L: Layer<T>,
    {
        let layout = network.layout();
        trainer.optimizer.start(&layout)?;
        let penalty = Penalty::new(trainer.l1, trainer.l2, &layout);
        let size = trainer.batch_size.saturating_mul(trainer.gradient_accumulation);
        let mean = problem.reduction() == Reduction::Mean;
        let all = if mean { 1.0 } else { problem.divisor(network) };
        let mut order = RowOrder::new(problem.samples(), size)?;
        let mut gradient = Gradient::new(network.params().len(), trainer.batch_size);
        let mut curve = LearningRateCurve::default();
        let (mut average, mut kept) = (0.0, 1.0);
        for epoch in 0.. {
            order.shuffle(&mut stream_at(trainer.seed, "order of samples", epoch));
            while let Some((rows, ahead)) = order.next() {
                let taken = curve.rates.len();
                let mode = Mode::train(trainer.seed, taken as u64);
                let step = match gradient.compute(network, problem, [rows, ahead], mode) {
                    Ok(Some(step)) => step,
                    Ok(None) => continue,
                    Err((value, mode)) if taken == 0 => {
                        let layer = problem.first_not_finite(network, mode);
                        let place =
                            layer.map_or("in the loss itself".into(), |layer| format!("first in {layer}"));
                        let history = Box::default();
                        return Err(TrainError::NotFinite {
                            what: "the loss",
                            value,
                            epoch: 1,
                            batch: 1,
                            place,
                            history,
                        });
                    }
                    Err(_) => return Ok(LearningRateCurve { diverged: true, ..curve }),
                };
                let (rate, value) = (self.rate(taken), step.sum / step.divisor);
                average = self.smoothing * average + (1.0 - self.smoothing) * value;
                kept *= self.smoothing;
                curve.rates.push(rate);
                curve.losses.push(value);
                curve.smoothed.push(average / (1.0 - kept));
                curve.diverged = curve.has_diverged(self.divergence);
                if curve.diverged || curve.rates.len() == self.steps {
                    return Ok(curve);
                }
                let share = if mean { 1.0 } else { step.divisor / all };
                penalty.add_gradient(T::of(share), network.params(), &mut gradient.whole);
                trainer.clip.apply(&mut gradient.whole);
                trainer.optimizer.step(T::of(rate), network.params_mut(), &gradient.whole);
            }
        }
        Ok(curve)
    }

    /// Of step `n` from 0, with the same bits on every platform.
    fn rate(&self, n: usize) -> f64 {
        let way = n as f64 / (self.steps - 1) as f64;
        self.start * (way * (self.end.kernel_ln() - self.start.kernel_ln())).kernel_exp()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use nn_core::{BatchNorm, Dense, Dropout, HalfSquaredError, Identity, MeanSquaredError, Tanh};

    use super::*;
    use crate::{Adam, Lbfgs, Sgd};

    /// Mean of x²: the curvature λ of the loss below.
    const CURVATURE: f64 = 7.5;

    /// A loss of λ/2 (w - 3)², whose gradient descent is stable below the rate 2/λ.
    fn parabola(finder: &LearningRateFinder) -> LearningRateCurve {
        let x = array![[1.0], [2.0], [3.0], [4.0]];
        let y = x.mapv(|x| 3.0 * x);
        let layers = Dense::<Identity>::linear(1).without_bias();
        let network = Network::<f64, _>::from_params(1, layers, vec![-1.0]).expect("one weight");
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let trainer = Trainer::new(Sgd::new()).full_batch();
        finder.run(&trainer, &network, &HalfSquaredError::mean(), data).expect("it runs")
    }

    #[test]
    fn losses_are_those_of_gradient_descent_on_a_parabola() {
        let curve = parabola(&LearningRateFinder::new().smoothing(0.0));
        assert!(curve.diverged && curve.rates.len() < 100);
        let mut error: f64 = 4.0;
        for (n, (&rate, &loss)) in curve.rates.iter().zip(&curve.losses).enumerate() {
            let expected = CURVATURE / 2.0 * error * error;
            assert!((loss - expected).abs() <= 1e-8 * expected, "step {n}: {loss} against {expected}");
            error *= 1.0 - rate * CURVATURE;
            let expected = 1e-7 * 1e8_f64.powf(n as f64 / 99.0);
            assert!((rate / expected - 1.0).abs() < 1e-13, "{rate} against {expected}");
        }
        assert_eq!(curve.smoothed, curve.losses);
        // It falls below the bound of stability, rises above, and is then at once beyond 4 times the lowest.
        let rising = curve.losses.windows(2).position(|pair| pair[1] > pair[0]).expect("it diverges");
        let bound = 2.0 / CURVATURE;
        assert!(curve.rates[rising] > bound && curve.rates[rising - 1] < bound);
        assert!(curve.losses[curve.losses.len() - 1] > 4.0 * curve.losses[rising]);
        let suggestion = curve.suggestion().expect("it falls");
        assert!(suggestion < bound && suggestion > bound / 100.0, "{suggestion}");
    }

    #[test]
    fn smoothing_is_a_mean_with_weights_that_fall_with_age() {
        let curve = parabola(&LearningRateFinder::new().smoothing(0.9).steps(30).divergence(f64::INFINITY));
        assert_eq!((curve.rates.len(), curve.rates[0]), (30, 1e-7));
        assert!((curve.rates[29] - 10.0).abs() < 1e-13);
        for (n, &smoothed) in (0..).zip(&curve.smoothed) {
            let weights: Vec<f64> = (0..=n).rev().map(|age| 0.9_f64.powi(age)).collect();
            let sum: f64 = weights.iter().zip(&curve.losses).map(|(w, loss)| w * loss).sum();
            let expected = sum / weights.iter().sum::<f64>();
            assert!((smoothed / expected - 1.0).abs() < 1e-12, "step {n}");
        }
    }

    #[test]
    fn a_run_is_reproducible_and_changes_nothing() {
        let x = Array2::from_shape_fn((50, 2), |(n, j)| ((7 * n + 4 * j) % 19) as f64 / 19.0);
        let y = Array2::from_shape_fn((50, 1), |(n, _)| (n as f64).sin());
        let layers = (BatchNorm::new(), Dense::new(6, Tanh), Dropout::new(0.3), Dense::linear(1));
        let network = Network::<f64, _>::new(2, layers, 4).expect("it fits");
        let (before, data) = (network.clone(), Batch::new(x.view(), &*y).expect("valid data"));
        let run = |seed: u64, l2: f64| {
            let trainer = Trainer::new(Adam::new()).batch_size(8).seed(seed).l2(l2);
            let curve = LearningRateFinder::new().run(&trainer, &network, &MeanSquaredError::mean(), data);
            assert_eq!(trainer.optimizer(), &Adam::new());
            curve.expect("it runs")
        };
        assert_eq!(run(1, 0.0), run(1, 0.0));
        assert_ne!(run(1, 0.0), run(2, 0.0), "another order and other noise");
        assert_ne!(run(1, 0.0), run(1, 1.0), "the penalty has its part in the steps");
        assert_eq!(network, before);
        let json = serde_json::to_string(&run(1, 0.0)).expect("it can be written");
        assert_eq!(serde_json::from_str::<LearningRateCurve>(&json).expect("it can be read"), run(1, 0.0));
    }

    #[test]
    fn bad_settings_and_data_are_errors() {
        let (x, y) = (array![[1.0], [2.0]], array![[1e200], [0.0]]);
        let network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let message = |finder: LearningRateFinder| {
            let trainer = Trainer::new(Sgd::new());
            let curve = finder.run(&trainer, &network, &MeanSquaredError::mean(), data);
            curve.expect_err("an error").to_string()
        };
        let new = LearningRateFinder::new;
        assert_eq!(message(new().start(0.0)), "start is 0; expected a finite number above 0");
        assert_eq!(message(new().end(1e-8)), "end is 0.00000001; expected a number above start");
        assert_eq!(message(new().steps(1)), "steps is 1; expected at least 2");
        assert_eq!(message(new().smoothing(1.0)), "smoothing is 1; expected a number from 0 to below 1");
        assert_eq!(message(new().divergence(f64::NAN)), "divergence is NaN; expected a number above 1");
        let trainer = Trainer::new(Lbfgs::new()).full_batch();
        let error = new().run(&trainer, &network, &MeanSquaredError::mean(), data).expect_err("no rate");
        assert!(
            error
                .to_string()
                .starts_with("optimizer of a LearningRateFinder is one that needs the Objective"),
            "{error}"
        );
        assert!(message(new()).starts_with("the loss became inf in epoch 1, batch 1, in the loss itself"));
    }
}
