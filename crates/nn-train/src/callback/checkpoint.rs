use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use nn_core::{Error, Scalar};
use serde::Serialize;

use super::figure::Figure;
use super::{Callback, Epoch, Start};
use crate::{StateDict, StopReason, TrainError, save_json};

/// Writes the network to a file as JSON after every epoch, or whenever a figure is the best so far.
///
/// The file that is there is replaced by a whole one or not at all: see [`save_json`]. When a file cannot be written, the
/// run goes on, and [`Report::warnings`](crate::Report::warnings) says so. Wrapped in [`Every`](crate::Every), it writes after
/// every n-th epoch: 1, n + 1, ..., not after the last. With the feature `json`.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `path` | | a file, in a folder that exists |
/// | `save_best_only` | off | |
/// | `minimize`, `maximize` | minimize `validation_loss` | the name of a figure, as for [`EarlyStopping`](crate::EarlyStopping); turns `save_best_only` on |
/// | `initial_value_threshold` | none | finite: what the first file must be better than; turns `save_best_only` on |
///
/// The best so far is that of the run. One that goes on where another ended, by its [`Progress`](crate::Progress) alone,
/// should be given the best of that one as `initial_value_threshold`, or its first epoch replaces the file.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Sequential, Tanh};
/// use nn_train::{Checkpoint, Sgd, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("best.json");
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[0.0], [1.0], [0.0]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let mut network = Network::<f64, _>::new(1, (Dense::new(3, Tanh), Dense::linear(1)), 0)?;
/// let best = Checkpoint::new(&path).minimize("train_loss");
/// Trainer::new(Sgd::new()).epochs(10).callback(best).fit(&mut network, &MeanSquaredError::mean(), data, None)?;
///
/// let best: Network<f64, Sequential<f64>> = serde_json::from_reader(std::fs::File::open(&path)?)?;
/// assert_eq!(best.params(), network.params());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # To go on in another process
/// The file has the network, which is all that is needed to use it or to train it anew. To go on with the run to the bit
/// takes the optimizer's state, what schedule and callbacks have seen, and the count of epochs and steps as well, which a
/// callback does not see. The crate `nn-model` writes all of it on the way, by a [`Checkpointer`](crate::Checkpointer). Or run in parts,
/// and save it between them:
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Identity, MeanSquaredError, Network};
/// use nn_train::{Adam, RunState, Trainer, save_json};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("run.json");
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[0.0], [1.0], [0.0]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let loss = MeanSquaredError::mean();
/// let mut network = Network::<f64, _>::new(1, Dense::linear(1), 0)?;
/// let mut trainer = Trainer::new(Adam::new()).epochs(10).warm_start(true);
/// for _ in 0..3 {
///     trainer.fit(&mut network, &loss, data, None)?;
///     save_json(&path, &(&network, trainer.optimizer(), trainer.run_state()))?;
/// }
///
/// // In another process:
/// type Run = (Network<f64, Dense<Identity>>, Adam<f64>, RunState);
/// let (mut network, optimizer, state): Run = serde_json::from_reader(std::fs::File::open(&path)?)?;
/// assert_eq!(state.progress().epochs, 30);
/// Trainer::new(optimizer).epochs(70).resume(state).fit(&mut network, &loss, data, None)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As Keras's `ModelCheckpoint`, which truncates the file that is there.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    /// `None` for every epoch.
    figure: Option<Figure>,
    threshold: Option<f64>,
    best: f64,
}

impl Checkpoint {
    /// Writes the network to `path` after every epoch.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), figure: None, threshold: None, best: 0.0 }
    }

    /// Writes the network only when the figure, by default the validation loss, is the best so far.
    pub fn save_best_only(self) -> Self {
        Self { figure: Some(self.figure.unwrap_or_default()), ..self }
    }

    /// Writes the network only when the figure of this name is the lowest so far.
    pub fn minimize(self, metric: impl Into<String>) -> Self {
        Self { figure: Some(Figure::minimize(metric)), ..self }
    }

    /// Writes the network only when the figure of this name is the highest so far.
    pub fn maximize(self, metric: impl Into<String>) -> Self {
        Self { figure: Some(Figure::maximize(metric)), ..self }
    }

    /// Writes the network only when the figure is better than `value`, too.
    pub fn initial_value_threshold(self, value: f64) -> Self {
        Self { threshold: Some(value), ..self.save_best_only() }
    }

    fn check_path(&self) -> Result<(), String> {
        let path = self.path.display();
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if self.path.file_name().is_none() || self.path.is_dir() {
            return Err(format!("expected the path of a file, found {path}"));
        }
        match folder.filter(|folder| !folder.is_dir()) {
            Some(folder) => {
                Err(format!("there is no folder {} for {path}; create it first", folder.display()))
            }
            None => Ok(()),
        }
    }
}

impl<T: Scalar + Serialize> Callback<T> for Checkpoint {
    fn on_start(&mut self, start: &Start) -> Result<(), TrainError> {
        if !start.writable {
            let message = "the network has a layer that has no `LayerSpec`, and so cannot be written; implement `Architecture::spec`, or leave the checkpoints out";
            return Err(TrainError::failed("Checkpoint", message));
        }
        self.check_path().map_err(|message| TrainError::failed("Checkpoint", message))?;
        if let Some(threshold) = self.threshold.filter(|threshold| !threshold.is_finite()) {
            return Err(Error::hyperparameter("initial_value_threshold", "a finite number", threshold).into());
        }
        if let Some(figure) = &mut self.figure {
            figure.start("Checkpoint", start)?;
            self.best = self.threshold.unwrap_or(figure.worst());
        }
        Ok(())
    }

    fn on_epoch(&mut self, epoch: &mut Epoch<'_, T>) -> ControlFlow<StopReason> {
        if let Some(figure) = &mut self.figure {
            match figure.look("Checkpoint", epoch)? {
                Some(value) if figure.gain(value, self.best) > 0.0 => self.best = value,
                _ => return ControlFlow::Continue(()),
            }
        }
        let Some(network) = epoch.snapshot() else { return ControlFlow::Continue(()) };
        if let Err(error) = save_json(&self.path, &network) {
            epoch.warn(format!("Checkpoint: epoch {} is not written: {error}", epoch.number()));
        }
        ControlFlow::Continue(())
    }

    fn state_dict(&self) -> Option<StateDict> {
        let figure = self.figure.as_ref()?;
        let state = figure.state_dict();
        // Before the first look there may be none, and files have no infinity.
        Some(if self.best.is_finite() { state.with("best", [self.best]) } else { state })
    }

    fn load_state_dict(&mut self, state: &StateDict) -> Result<(), Error> {
        let Some(figure) = &mut self.figure else { return Ok(()) };
        figure.load_state_dict(state)?;
        if state.contains("best") {
            self.best = state.number("best")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use nn_core::{Network, Sequential};

    use super::*;
    use crate::callback::testing::{Script, reason_of, try_report, try_run};

    fn script(figures: &[f64]) -> Script {
        Script(figures.iter().map(|&figure| Some(figure)).collect())
    }

    /// The parameters of the network in a file.
    fn written(path: &Path) -> Vec<f64> {
        let file = fs::File::open(path).expect("a file");
        let network: Network<f64, Sequential<f64>> = serde_json::from_reader(file).expect("a network");
        network.params().to_vec()
    }

    /// The parameters after each epoch.
    fn epochs(n: usize) -> Vec<Vec<f64>> {
        let mut seen = Vec::new();
        let look = |epoch: &mut Epoch<'_, f64>| {
            seen.push(epoch.params().to_vec());
            ControlFlow::Continue(())
        };
        try_run(Script(Vec::new()), look, n).expect("it trains");
        seen
    }

    #[test]
    fn the_last_or_the_best_is_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("network.json");
        let figures = [3.0, 1.0, 2.0, 1.0];
        let epochs = epochs(4);
        let cases = [
            (Checkpoint::new(&path), 4),
            (Checkpoint::new(&path).minimize("figure"), 2),
            (Checkpoint::new(&path).maximize("figure"), 1),
            (Checkpoint::new(&path).minimize("figure").initial_value_threshold(1.5), 2),
        ];
        for (checkpoint, epoch) in cases {
            reason_of(script(&figures), checkpoint, 4);
            assert_eq!(written(&path), epochs[epoch - 1]);
        }
        let none_better = Checkpoint::new(&path).maximize("figure").initial_value_threshold(3.0);
        let before = fs::metadata(&path).and_then(|file| file.modified()).expect("a time");
        reason_of(script(&figures), none_better, 4);
        assert_eq!(fs::metadata(&path).and_then(|file| file.modified()).expect("a time"), before);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "no file beside it is left");
    }

    #[test]
    fn a_failed_write_is_a_warning_and_the_run_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let sub = folder.path().join("sub");
        let path = sub.join("network.json");
        fs::create_dir(&sub).expect("a folder");
        // The folder goes away during the run, and comes back.
        let change = |epoch: &mut Epoch<'_, f64>| {
            match epoch.number() {
                3 => fs::remove_dir_all(&sub).expect("it is there"),
                5 => fs::create_dir(&sub).expect("it is not there"),
                _ => {}
            }
            ControlFlow::Continue(())
        };
        let report = try_report(change, Checkpoint::new(&path), 6).expect("it trains");
        assert_eq!((report.reason, report.epochs), (StopReason::Epochs, 6));
        let [third, fourth] = &report.warnings[..] else { panic!("{:?}", report.warnings) };
        let expected = format!("Checkpoint: epoch 3 is not written: {}: ", path.display());
        assert!(third.starts_with(&expected) && fourth.contains("epoch 4"), "{third}");
        assert_eq!(written(&path), epochs(6)[5]);
    }

    #[test]
    fn a_path_that_cannot_be_written_is_an_error_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let message =
            |path: &Path| try_run(script(&[1.0]), Checkpoint::new(path), 1).expect_err("no file").to_string();
        let path = folder.path().join("none").join("network.json");
        assert!(message(&path).contains("there is no folder "), "{}", message(&path));
        let expected = format!("Checkpoint: expected the path of a file, found {}", folder.path().display());
        assert_eq!(message(folder.path()), expected);
        let threshold = Checkpoint::new("network.json").minimize("figure").initial_value_threshold(f64::NAN);
        let error = try_run(script(&[1.0]), threshold, 1).expect_err("NaN").to_string();
        assert_eq!(error, "initial_value_threshold is NaN; expected a finite number");
    }
}
