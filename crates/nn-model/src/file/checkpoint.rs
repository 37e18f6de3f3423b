use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nn_core::Scalar;
use nn_train::{Checkpointer, Moment, Progress, Run, RunState, Start, TrainError, write_whole};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::description::About;
use super::model::{pack, unpack};
use super::training::{from_value, lists, to_value};
use super::{FileError, Model, error};

/// What the names of a checkpoint's own tensors begin with.
pub(super) const PREFIX: &str = "training.";
const EXTENSION: &str = "safetensors";

/// Writes checkpoints of a run into a folder, and finds the newest of them: with it, a run that was killed goes on to the
/// same bits.
///
/// A checkpoint is a [`Model`], with the optimizer, the state of schedule and callbacks, the place within the epoch, and the
/// history. It is written to a file beside, synced, and renamed, and its folder synced: whatever becomes of the process or the
/// power, every file of the name `checkpoint-*.safetensors` is whole. One that cannot be written is a warning of the run's report; the
/// run goes on, and those before stay.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `folder` | | made if it is not there |
/// | `every_epochs` | 1 | at least 1: after the epochs that it divides |
/// | `every_steps` | none | at least 1: after the steps that it divides, in the middle of an epoch |
/// | `every` | none | any time: after the first step since then |
/// | `keep` | 3 | at least 1: the newest that stay |
/// | `model` | none | whose names and scalers a checkpoint has |
///
/// Files are numbered, and a new run in the same folder goes on with the numbers. One process at a time writes into a folder.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Tanh};
/// use nn_model::Checkpoints;
/// use nn_train::{Adam, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("run");
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[0.0], [1.0], [0.0]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let new = Network::<f64, _>::new(1, (Dense::new(3, Tanh), Dense::linear(1)), 0)?;
///
/// // However often this is killed and begun again, it ends as if it had never been.
/// let checkpoints = Checkpoints::new(&folder).every_epochs(10);
/// let (mut network, mut trainer) = match checkpoints.newest::<Adam<f64>>()? {
///     Some(saved) => (saved.model.into_network(), Trainer::new(saved.optimizer).resume(saved.state)),
///     None => (new.to_sequential().expect("layers of the library"), Trainer::new(Adam::new())),
/// };
/// trainer = trainer.epochs(100).checkpointer(checkpoints);
/// let report = trainer.fit(&mut network, &MeanSquaredError::mean(), data, None)?;
/// assert_eq!((report.epochs, report.warnings.len()), (100, 0));
/// assert_eq!(std::fs::read_dir(&folder)?.count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Checkpoints<T: Scalar> {
    folder: PathBuf,
    every_epochs: usize,
    every_steps: Option<u64>,
    every: Option<Duration>,
    keep: usize,
    about: About,
    /// The number of the file that is written next.
    next: u64,
    /// When the last was written, or the run began.
    last: Option<Instant>,
    number_type: std::marker::PhantomData<T>,
}

/// A run that was written down.
#[derive(Debug)]
#[non_exhaustive]
pub struct Saved<T: Scalar, O> {
    /// The network, with the names and scalers that it was given.
    pub model: Model<T>,
    /// The optimizer with its settings and state, for [`Trainer::new`](nn_train::Trainer::new).
    pub optimizer: O,
    /// How far the run has come, for [`Trainer::resume`](nn_train::Trainer::resume).
    pub state: RunState,
    /// The file.
    pub path: PathBuf,
    /// Newer files that are damaged, which were passed over.
    pub skipped: Vec<FileError>,
}

impl<T: Scalar> Checkpoints<T> {
    /// Into this folder, after every epoch, and the newest three of them.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: folder.as_ref().to_owned(),
            every_epochs: 1,
            every_steps: None,
            every: None,
            keep: 3,
            about: About::default(),
            next: 0,
            last: None,
            number_type: std::marker::PhantomData,
        }
    }

    /// After every n-th epoch only; with 0, after none.
    #[must_use]
    pub fn every_epochs(self, epochs: usize) -> Self {
        Self { every_epochs: epochs, ..self }
    }

    /// After every n-th step of the run, too.
    #[must_use]
    pub fn every_steps(self, steps: u64) -> Self {
        Self { every_steps: Some(steps), ..self }
    }

    /// After the first step since this time has gone by, too.
    #[must_use]
    pub fn every(self, time: Duration) -> Self {
        Self { every: Some(time), ..self }
    }

    /// How many stay.
    #[must_use]
    pub fn keep(self, files: usize) -> Self {
        Self { keep: files, ..self }
    }

    /// With the names and scalers of this model.
    #[must_use]
    pub fn model(self, model: &Model<T>) -> Self {
        Self { about: model.about().clone(), ..self }
    }

    /// The newest checkpoint that is whole; `None` if there is none at all.
    ///
    /// # Errors
    /// That of the newest, if there are some and none is whole, or is of this type of numbers and optimizer;
    /// [`FileError::Io`] when the folder cannot be read.
    pub fn newest<O: DeserializeOwned>(&self) -> Result<Option<Saved<T, O>>, FileError> {
        let mut skipped = Vec::new();
        for (_, path) in self.files()?.into_iter().rev() {
            match Saved::load(&path) {
                Ok(saved) => return Ok(Some(Saved { skipped, ..saved })),
                Err(error) => skipped.push(error),
            }
        }
        skipped.into_iter().next().map_or(Ok(None), Err)
    }

    /// The files with their numbers, the oldest first.
    fn files(&self) -> Result<BTreeMap<u64, PathBuf>, FileError> {
        let mut files = BTreeMap::new();
        for path in self.paths()? {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let number = stem.and_then(|stem| stem.strip_prefix("checkpoint-")?.parse().ok());
            if let Some(number) = number.filter(|_| path.extension().is_some_and(|found| found == EXTENSION))
            {
                files.insert(number, path);
            }
        }
        Ok(files)
    }

    fn paths(&self) -> Result<Vec<PathBuf>, FileError> {
        let there = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            there => there,
        };
        let paths = there.and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
        let with_path = |error: std::io::Error| {
            std::io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()))
        };
        Ok(paths.map_err(with_path)?)
    }

    /// Makes the folder, removes what a killed process has left half written, and finds the next number.
    fn begin(&mut self) -> Result<(), FileError> {
        let with_path = |error: std::io::Error| {
            std::io::Error::new(error.kind(), format!("{}: {error}", self.folder.display()))
        };
        fs::create_dir_all(&self.folder).map_err(with_path)?;
        for path in self.paths()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("checkpoint-") && name.ends_with(".partial") {
                // One that stays does no harm.
                let _ = fs::remove_file(&path);
            }
        }
        self.next = self.files()?.last_key_value().map_or(1, |(number, _)| number.saturating_add(1));
        self.last = self.every.map(|_| Instant::now());
        Ok(())
    }

    fn save<O: Serialize>(&mut self, run: &Run<'_, T, O>) -> Result<(), FileError> {
        let mut tensors = Vec::new();
        let training = [
            ("optimizer", to_value("optimizer", run.optimizer, &mut tensors)?),
            ("run", to_value("run", &run.state, &mut tensors)?),
        ];
        let training =
            Value::Object(training.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        let bytes = pack(&run.network, &self.about, Some(training), tensors)?;
        let path = self.folder.join(format!("checkpoint-{:07}.{EXTENSION}", self.next));
        write_whole(&path, |out| out.write_all(&bytes))?;
        self.next = self.next.saturating_add(1);
        self.last = self.every.map(|_| Instant::now());
        Ok(())
    }

    /// Removes the oldest beyond those that stay.
    fn tidy(&self) -> Result<(), FileError> {
        let files = self.files()?;
        let old = files.len().saturating_sub(self.keep);
        for path in files.values().take(old) {
            fs::remove_file(path)
                .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }
}

impl<T: Scalar, O: Serialize> Checkpointer<T, O> for Checkpoints<T> {
    fn on_start(&mut self, _: &Start) -> Result<(), TrainError> {
        let least = [("every_steps", self.every_steps == Some(0)), ("keep", self.keep == 0)];
        if let Some((name, _)) = least.into_iter().find(|(_, zero)| *zero) {
            return Err(nn_core::Error::hyperparameter(name, "at least 1", 0).into());
        }
        self.begin().map_err(|error| TrainError::CallbackFailed {
            callback: "Checkpoints".to_owned(),
            message: error.to_string(),
        })
    }

    fn is_due(&mut self, moment: Moment, progress: Progress) -> bool {
        let by_epochs = moment == Moment::Epoch
            && self.every_epochs > 0
            && progress.epochs.is_multiple_of(self.every_epochs);
        let by_steps = self.every_steps.is_some_and(|steps| progress.steps.is_multiple_of(steps));
        let by_time = self.every.is_some_and(|every| self.last.is_none_or(|last| last.elapsed() >= every));
        by_epochs || by_steps || by_time
    }

    fn write(&mut self, run: &Run<'_, T, O>) -> Result<(), String> {
        let Progress { epochs, steps } = run.state.progress();
        self.save(run).map_err(|error| {
            format!("the checkpoint after {epochs} epochs and {steps} steps is not written: {error}")
        })?;
        self.tidy().map_err(|error| format!("an old checkpoint is not removed: {error}"))
    }
}

impl<T: Scalar, O: DeserializeOwned> Saved<T, O> {
    /// Reads one checkpoint.
    ///
    /// # Errors
    /// As [`Model::load`]; [`FileError::Lacks`] for a model that is none, [`FileError::Description`] for one with another
    /// optimizer.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, FileError> {
        let path = path.as_ref();
        Self::from_bytes(&error::read(path)?, path).map_err(|error| error.at(path))
    }

    fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, FileError> {
        let (model, description, file) = unpack(bytes)?;
        let hint = "it is a model, which `Model::load` reads; a run goes on from a file of `Checkpoints`";
        let mut training =
            description.training.ok_or(FileError::Lacks { missing: "state of a run", hint })?;
        let mut part = |name: &str| {
            let part = training.get_mut(name).map(Value::take);
            part.ok_or_else(|| FileError::Description(format!("it has no {name}")))
        };
        let (optimizer, state) = (part("optimizer")?, part("run")?);
        let mut lists = lists(&file);
        let optimizer = from_value("the optimizer", optimizer, &mut lists)?;
        let state = from_value("the state of the run", state, &mut lists)?;
        Ok(Self { model, optimizer, state, path: path.to_owned(), skipped: Vec::new() })
    }
}
