use std::fmt;
use std::ops::ControlFlow;

use ndarray::ArrayView2;
use nn_core::{Batch, Error, Scalar, Targets};

use super::{Callback, Epoch, Start};
use crate::history::SCORES;
use crate::{StopReason, TrainError};

/// Measures a figure of one's own after every epoch: any function of targets and predictions.
///
/// It is in the history under its name, and callbacks added after this find it there, too: [`EarlyStopping`](crate::EarlyStopping),
/// [`TargetMetric`](crate::TargetMetric), the logs. Wrapped in [`Every`](crate::Every), it measures after every n-th epoch.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `name` | | not that of a score of the trainer's own, nor of another callback's figure |
/// | `data` | | the features of the network; sample weights do not count |
/// | `function` | | gives a finite number; another, or an error, ends the run with [`StopReason::CallbackFailed`] |
///
/// # Shapes
/// Data of (samples, features): `function` sees as many targets, and predictions of (samples, outputs), which are
/// probabilities for a classifier; or as many predicted classes.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy};
/// use nn_train::{Average, EarlyStopping, Metric, Sgd, Trainer, f1_score, roc_auc_score};
///
/// let x = array![[0.0], [1.0], [2.0], [3.0]];
/// let train = Batch::new(x.view(), &[0, 0, 1, 1][..])?;
/// let validation = Batch::new(x.slice(ndarray::s![1.., ..]), &[0, 1, 1][..])?;
///
/// let f1 = Metric::of_classes("f1", validation, |y, predicted| f1_score(y, predicted, Average::Macro));
/// let auc = Metric::new("auc", validation, |y, p| roc_auc_score(y, &p.column(1).to_vec()));
/// let mut trainer = Trainer::new(Sgd::new())
///     .epochs(50)
///     .callback(f1)
///     .callback(auc)
///     .callback(EarlyStopping::new(10).maximize("f1"));
/// let mut network = Network::<f64, _>::new(1, Dense::linear(2), 0)?;
/// let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train, None)?;
/// assert!(report.history.records().iter().all(|record| (0.0..=1.0).contains(&record.metrics["auc"])));
/// # Ok::<(), nn_train::TrainError>(())
/// ```
///
/// As the `metrics` of Keras's `compile`, measured after the epoch on the whole data.
pub struct Metric<'a, T> {
    name: String,
    /// Features of the data.
    inputs: usize,
    measure: Measure<'a, T>,
}

type Measure<'a, T> = Box<dyn FnMut(&Epoch<'_, T>) -> Result<f64, String> + Send + 'a>;

impl<'a, T: Scalar> Metric<'a, T> {
    /// Measures the `function` of targets and of predictions, which are probabilities for a classifier.
    pub fn new<Y, E>(
        name: impl Into<String>,
        data: Batch<'a, T, Y>,
        mut function: impl FnMut(&Y, ArrayView2<'_, T>) -> Result<f64, E> + Send + 'a,
    ) -> Self
    where
        Y: Targets<T> + ?Sized,
        E: fmt::Display,
    {
        let measure: Measure<'a, T> = Box::new(move |epoch| {
            let predicted = epoch.predict_proba(data.x()).map_err(|error| error.to_string())?;
            function(data.y(), predicted.view()).map_err(|error| error.to_string())
        });
        Self { name: name.into(), inputs: data.x().ncols(), measure }
    }

    /// Measures the `function` of classes and of predicted classes.
    pub fn of_classes<E: fmt::Display>(
        name: impl Into<String>,
        data: Batch<'a, T, [usize]>,
        mut function: impl FnMut(&[usize], &[usize]) -> Result<f64, E> + Send + 'a,
    ) -> Self {
        let measure: Measure<'a, T> = Box::new(move |epoch| {
            let predicted = epoch.predict_classes(data.x()).map_err(|error| error.to_string())?;
            function(data.y(), &predicted).map_err(|error| error.to_string())
        });
        Self { name: name.into(), inputs: data.x().ncols(), measure }
    }

    /// The figure, or why there is none.
    fn value(&mut self, epoch: &mut Epoch<'_, T>) -> Result<f64, String> {
        let name = &self.name;
        if epoch.metric(name).is_some() {
            return Err(format!("a callback before this has set {name:?}; give one of them another name"));
        }
        match (self.measure)(epoch) {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(value) => {
                Err(format!("{name} is {value} in epoch {}; expected a finite number", epoch.number()))
            }
            Err(error) => Err(format!("{name} in epoch {}: {error}", epoch.number())),
        }
    }
}

impl<T> fmt::Debug for Metric<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metric")
            .field("name", &self.name)
            .field("inputs", &self.inputs)
            .finish_non_exhaustive()
    }
}

impl<T: Scalar> Callback<T> for Metric<'_, T> {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if self.name == "running_loss" || SCORES.contains(&&*self.name) {
            let expected = "another than those of the trainer's own scores";
            return Err(Error::hyperparameter("name of a Metric", expected, &self.name).into());
        }
        let (expected, found) = (start.inputs, self.inputs);
        if expected == found {
            return Ok(());
        }
        let message = format!("the data of {:?}: {}", self.name, Error::FeatureCount { expected, found });
        Err(TrainError::failed("Metric", message))
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        match self.value(epoch) {
            Ok(value) => {
                epoch.set_metric(&self.name, value);
                ControlFlow::Continue(())
            }
            Err(message) => ControlFlow::Break(StopReason::failed("Metric", message)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use nn_core::{Dense, HalfSquaredError, Network};

    use super::*;
    use crate::{Every, MetricError, Report, Sgd, Trainer, accuracy_score, r2_score};

    fn line() -> (Array2<f64>, Array2<f64>) {
        (array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]])
    }

    fn fit<'a>(callback: impl Callback<f64> + Send + 'a) -> Result<Report, TrainError> {
        let (x, y) = line();
        let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
        let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(6).callback(callback);
        let data = Batch::new(x.view(), &*y).expect("valid data");
        trainer.fit(&mut network, &HalfSquaredError::mean(), data, None)
    }

    #[test]
    fn it_is_in_the_history_of_the_epochs_that_it_saw() {
        let (x, y) = line();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let report = fit(Every(2, Metric::new("r2", data, |y, p| r2_score(y.view(), p)))).expect("it trains");
        let variance = 8.0 / 3.0;
        for record in report.history.records() {
            assert_eq!(record.metrics.contains_key("r2"), record.epoch % 2 == 1);
            if let Some(r2) = record.metrics.get("r2") {
                // R² = 1 - mean squared error / variance, and the loss is half of the mean squared error.
                assert!((r2 - (1.0 - 2.0 * record.train_loss / variance)).abs() < 1e-12, "{record:?}");
            }
        }
    }

    #[test]
    fn classes_are_those_that_the_network_predicts() {
        let (x, _) = line();
        let mut network = Network::<f64, _>::new(1, Dense::linear(1), 3).expect("it fits");
        let loss = nn_core::BinaryCrossEntropy::mean();
        let labels = [0, 1, 1];
        let data = Batch::new(x.view(), &labels[..]).expect("valid data");
        let metric = Metric::of_classes("own", data, accuracy_score);
        let mut trainer = Trainer::new(Sgd::new()).epochs(5).callback(metric);
        let report = trainer.fit(&mut network, &loss, data, None).expect("it trains");
        for record in report.history.records() {
            assert_eq!(record.metrics.get("own").copied(), record.train_accuracy);
        }
    }

    #[test]
    fn what_cannot_be_measured_is_an_error() {
        let (x, y) = line();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let message = |metric: Metric<'_, f64>| fit(metric).expect_err("no figure").to_string();
        let value = |value: f64| move |_: &_, _: ArrayView2<'_, f64>| Ok::<_, MetricError>(value);
        assert_eq!(
            message(Metric::new("nan", data, value(f64::NAN))),
            "Metric: nan is NaN in epoch 1; expected a finite number"
        );
        assert_eq!(message(Metric::new("own", data, |_, _| Err("no"))), "Metric: own in epoch 1: no");
        assert_eq!(
            message(Metric::new("train_accuracy", data, value(1.0))),
            "name of a Metric is train_accuracy; expected another than those of the trainer's own scores"
        );
        let wide = Array2::zeros((3, 2));
        let wide = Batch::new(wide.view(), &*y).expect("valid data");
        assert_eq!(
            message(Metric::new("own", wide, value(1.0))),
            "Metric: the data of \"own\": expected rows of 1 features, found 2"
        );
        let labels = [0; 3];
        let classes = Batch::new(x.view(), &labels[..]).expect("valid data");
        let error = message(Metric::of_classes("own", classes, accuracy_score));
        assert!(error.starts_with("Metric: own in epoch 1: a single output names a class only"), "{error}");
    }

    #[test]
    fn two_of_one_name_are_an_error() {
        let (x, y) = line();
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let own = || Metric::new("own", data, |_, _| Ok::<_, MetricError>(1.0));
        let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits");
        let mut trainer = Trainer::new(Sgd::new()).callback(own()).callback(own());
        let error = trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect_err("twice");
        assert_eq!(
            error.to_string(),
            "Metric: a callback before this has set \"own\"; give one of them another name"
        );
    }
}
