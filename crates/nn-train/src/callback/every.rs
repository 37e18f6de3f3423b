use std::ops::ControlFlow;

use nn_core::{Error, Scalar};

use super::{Callback, End, Epoch, Start};
use crate::{StateDict, StopReason, TrainError};

/// Shows another callback the first epoch and every n-th after it: 1, n + 1, 2 n + 1, ...
///
/// # Example
/// The stopping rule of the reference, |loss change| < 1e-5 every 100 epochs:
/// ```
/// use nn_train::{Converged, Every};
///
/// let rule = Every(100, Converged::new(1e-5));
/// ```
#[derive(Debug, Clone)]
pub struct Every<C>(pub usize, pub C);

impl<T: Scalar, C: Callback<T>> Callback<T> for Every<C> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if self.0 == 0 {
            return Err(Error::hyperparameter("n of Every(n, ..)", "at least 1", 0).into());
        }
        self.1.on_start(start)
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        if (epoch.number() - 1).is_multiple_of(self.0) {
            return self.1.on_epoch(epoch);
        }
        ControlFlow::Continue(())
    }

    fn state_dict(&self) -> Option<StateDict> {
        self.1.state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        self.1.load_state_dict(state)
    }

    fn on_end(&mut self, end: &mut End<'_, T>) {
        self.1.on_end(end);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use nn_core::{Batch, Dense, HalfSquaredError, Network};

    use super::*;
    use crate::{Sgd, Trainer};

    #[test]
    fn the_first_epoch_and_every_nth_after_it() {
        let (x, y) = (array![[1.0], [2.0]], array![[1.0], [0.0]]);
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
        let (mut seen, mut all) = (Vec::new(), 0);
        let watch = |epoch: &mut Epoch<'_, f64>| {
            seen.push(epoch.number());
            ControlFlow::Continue(())
        };
        let count = |_: &mut Epoch<'_, f64>| {
            all += 1;
            ControlFlow::Continue(())
        };
        let mut trainer =
            Trainer::new(Sgd::new()).epochs(8).callback(Every(3, watch)).callback(Every(1, count));
        trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
        drop(trainer);
        assert_eq!((seen, all), (vec![1, 4, 7], 8));
    }
}
