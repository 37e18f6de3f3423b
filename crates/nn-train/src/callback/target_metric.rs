use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::figure::Figure;
use super::{Callback, Epoch, Start};
use crate::{StateDict, StopReason, TrainError};

/// Ends a run when a figure has come to a value.
///
/// The figure is named as in [`Epoch::metric`]: a score of the epoch, or what a callback added before this has set, such
/// as [`Metric`](crate::Metric). It looks after every epoch; wrapped in [`Every`](crate::Every), after every n-th. An epoch
/// without the figure is not looked at. A name that its first epoch does not have ends the run:
/// [`StopReason::CallbackFailed`] says which there are.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `metric` | | the name of a figure |
/// | `target` | | finite |
///
/// # Example
/// ```
/// use nn_train::{Adam, TargetMetric, Trainer};
///
/// let trainer = Trainer::<f64, _>::new(Adam::new())
///     .epochs(1000)
///     .callback(TargetMetric::at_least("validation_accuracy", 0.97))
///     .callback(TargetMetric::at_most("train_loss", 1e-3));
/// ```
///
/// As the `stopping_threshold` of PyTorch Lightning's `EarlyStopping`, which must be passed, not reached.
#[derive(Debug, Clone)]
pub struct TargetMetric {
    figure: Figure,
    target: f64,
}

impl TargetMetric {
    /// Ends a run when the figure is `target` or more.
    pub fn at_least(metric: impl Into<String>, target: f64) -> Self {
        Self { figure: Figure::maximize(metric), target }
    }

    /// Ends a run when the figure is `target` or less.
    pub fn at_most(metric: impl Into<String>, target: f64) -> Self {
        Self { figure: Figure::minimize(metric), target }
    }
}

impl<T: Scalar> Callback<T> for TargetMetric {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if !self.target.is_finite() {
            return Err(Error::hyperparameter("target", "a finite number", self.target).into());
        }
        self.figure.start("TargetMetric", start)
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        let target = self.target;
        match self.figure.look("TargetMetric", epoch)? {
            Some(value) if self.figure.gain(value, target) >= 0.0 => {
                let metric = self.figure.name.clone();
                ControlFlow::Break(StopReason::TargetReached { metric, value, target })
            }
            _ => ControlFlow::Continue(()),
        }
    }

    fn state_dict(&self) -> Option<StateDict> {
        Some(self.figure.state_dict())
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.figure.load_state_dict(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::testing::run;

    #[test]
    fn a_target_is_reached_from_below_or_above() {
        let reached = |value| StopReason::TargetReached { metric: "figure".into(), value, target: 2.0 };
        let figures = [3.0, 2.5, 2.0, 1.0];
        assert_eq!(run(&figures, TargetMetric::at_most("figure", 2.0)), (reached(2.0), 3));
        assert_eq!(run(&figures, TargetMetric::at_least("figure", 2.0)), (reached(3.0), 1));
        assert_eq!(run(&[1.0, 1.5, 2.1], TargetMetric::at_least("figure", 2.0)), (reached(2.1), 3));
        assert_eq!(run(&figures, TargetMetric::at_most("figure", 0.5)), (StopReason::Epochs, 4));
        assert_eq!(reached(2.1).to_string(), "figure came to 2.1000, which was to reach 2");
    }
}
