use ndarray::{Array2, Axis};
use nn_core::{Batch, Error, Scalar, Targets, split_rows};

use crate::TrainError;

/// The samples of a run in two parts, copied.
pub(super) struct HeldOut<T: Scalar, Y: Targets<T> + ?Sized> {
    train: Part<T, Y>,
    validation: Part<T, Y>,
}

struct Part<T: Scalar, Y: Targets<T> + ?Sized> {
    x: Array2<T>,
    y: Y::Owned,
    weights: Option<Vec<T>>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> HeldOut<T, Y> {
    /// Sets round(`fraction` samples) aside; where targets are classes, with the classes in proportion.
    pub(super) fn new(data: &Batch<'_, T, Y>, fraction: f64, seed: u64) -> Result<Self, Error> {
        let samples = data.samples();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rounded, from 0 to `samples`"
        )]
        let held = (fraction * samples as f64).round() as usize;
        if held == 0 || held >= samples {
            let expected = "a share that leaves at least one sample to train and one to validate";
            return Err(Error::hyperparameter("validation_fraction", expected, fraction));
        }
        let (train, validation) = split_rows(samples, held, data.y().labels(), seed);
        Ok(Self { train: Part::new(data, &train), validation: Part::new(data, &validation) })
    }

    pub(super) fn train(&self) -> Result<Batch<'_, T, Y>, Error> {
        self.train.batch()
    }

    pub(super) fn validation(&self) -> Result<Batch<'_, T, Y>, TrainError> {
        self.validation.batch().map_err(TrainError::InvalidValidation)
    }
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Part<T, Y> {
    fn new(data: &Batch<'_, T, Y>, rows: &[usize]) -> Self {
        let mut y = Y::Owned::default();
        data.y().gather(rows, &mut y);
        let weights = data.weights().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Self { x: data.x().select(Axis(0), rows), y, weights }
    }

    fn batch(&self) -> Result<Batch<'_, T, Y>, Error> {
        let batch = Batch::new(self.x.view(), Y::borrow(&self.y))?;
        self.weights.as_deref().map_or(Ok(batch), |weights| batch.with_weights(weights))
    }
}
