use std::ops::ControlFlow;

use nn_core::{Error, Layout, Scalar, simd};

use super::state::{check_lengths, prepare};
use super::{Needs, Objective, Optimizer};
use crate::StopReason;
use crate::check::check_rate;

/// Another optimizer, and the exponential moving average of the parameters after its steps.
///
/// a ← p after the first step, then a ← decay a + (1 - decay) p. The parameters themselves move as without it; the
/// average is often the better network.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `optimizer` | | any |
/// | `decay` | | from 0 to below 1: the memory, of about 1 / (1 - decay) steps |
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, HalfSquaredError, Network};
/// use nn_train::{Adam, Ema, Trainer};
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let line = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut trainer = Trainer::new(Ema::new(Adam::new(), 0.9));
/// trainer.fit(&mut network, &HalfSquaredError::mean(), line, None)?;
/// network.params_mut().copy_from_slice(trainer.optimizer().average());
/// # Ok::<(), nn_train::TrainError>(())
/// ```
///
/// Polyak, Juditsky: "Acceleration of stochastic approximation by averaging", 1992, with fading memory. As PyTorch's
/// `AveragedModel` with `get_ema_multi_avg_fn`, and Keras's `use_ema`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Ema<O, T = f64> {
    optimizer: O,
    decay: f64,
    /// Steps taken.
    steps: u64,
    average: Vec<T>,
}

impl<O, T> Ema<O, T> {
    /// `optimizer`, and the average of the parameters.
    pub fn new(optimizer: O, decay: f64) -> Self {
        Self { optimizer, decay, steps: 0, average: Vec::new() }
    }

    /// The average, one scalar a parameter; empty before the first step.
    pub fn average(&self) -> &[T] {
        if self.steps == 0 { &[] } else { &self.average }
    }

    /// The optimizer within.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }
}

impl<T: Scalar, O: Optimizer<T>> Optimizer<T> for Ema<O, T> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_rate("decay", self.decay)?;
        prepare([&mut self.average], T::zero(), layout.params())?;
        self.optimizer.start(layout)
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        check_lengths(params, gradient, &self.average);
        self.optimizer.step(learning_rate, params, gradient);
        self.follow(params);
    }

    fn needs(&self) -> Needs {
        self.optimizer.needs()
    }

    fn step_with(
        &mut self,
        learning_rate: T,
        params: &mut [T],
        objective: &mut dyn Objective<T>,
    ) -> Result<ControlFlow<StopReason>, Error> {
        let ended = self.optimizer.step_with(learning_rate, params, objective)?;
        self.follow(params);
        Ok(ended)
    }
}

impl<T: Scalar, O> Ema<O, T> {
    /// Takes in the parameters after a step.
    fn follow(&mut self, params: &[T]) {
        let decay = if self.steps == 0 { 0.0 } else { self.decay };
        self.steps = self.steps.saturating_add(1);
        simd::run(|| update(T::of(decay), T::of(1.0 - decay), params, &mut self.average));
    }
}

#[inline(always)]
fn update<T: Scalar>(decay: T, rest: T, params: &[T], average: &mut [T]) {
    for (a, &p) in average.iter_mut().zip(params) {
        *a = decay * *a + rest * p;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sgd;
    use crate::optimizer::testing::{message, started};

    #[test]
    fn it_begins_at_the_first_step_and_fades() {
        let mut ema = started(Ema::new(Sgd::new(), 0.75));
        assert!(ema.average().is_empty());
        let mut params = [9.0, 0.0];
        ema.step(1.0, &mut params, &[1.0, 0.0]);
        assert_eq!((params, ema.average()), ([8.0, 0.0], &[8.0, 0.0][..]));
        ema.step(1.0, &mut params, &[4.0, -4.0]);
        assert_eq!((params, ema.average()), ([4.0, 4.0], &[7.0, 1.0][..]));
    }

    #[test]
    fn settings_out_of_their_range() {
        let ema = |decay| Ema::<_, f64>::new(Sgd::new().momentum(2.0), decay);
        assert_eq!(message(ema(1.0)), "decay is 1; expected a number from 0 to below 1");
        assert_eq!(message(ema(0.9)), "momentum is 2; expected a number from 0 to below 1");
    }
}
