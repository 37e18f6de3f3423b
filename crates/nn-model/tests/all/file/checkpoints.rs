//! A run goes on from a checkpoint to the same bits; what cannot be written is a warning, and what is there stays.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ndarray::{Array2, Axis, Slice};
use nn_core::{Batch, BatchNorm, Dense, Dropout, Network, Scalar, Sequential, SoftmaxCrossEntropy, Tanh};
use nn_model::{Checkpoints, FileError, Model, Saved};
use nn_train::schedule::ReduceOnPlateau;
use nn_train::{Adam, EarlyStopping, Epoch, Group, Groups, Lbfgs, Optimizer, Report, Sgd, Trainer};
use serde::{Serialize, de::DeserializeOwned};

type Dynamic<T> = Network<T, Sequential<T>>;

/// Two classes, one inside the other.
pub(super) struct Data<T> {
    x: Array2<T>,
    y: Vec<usize>,
}

impl<T: Scalar> Data<T> {
    pub(super) fn new() -> Self {
        let x =
            Array2::from_shape_fn((60, 2), |(n, j)| T::of(((7 * n + 11 * j * n) % 19) as f64 / 9.0 - 1.0));
        let y = x.rows().into_iter().map(|x| usize::from(x[0] * x[0] + x[1] * x[1] < T::of(0.8))).collect();
        Self { x, y }
    }

    pub(super) fn train(&self) -> Batch<'_, T, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(..44)), &self.y[..44]).expect("valid data")
    }

    fn validation(&self) -> Batch<'_, T, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(44..)), &self.y[44..]).expect("valid data")
    }
}

pub(super) fn network<T: Scalar>(noise: bool) -> Dynamic<T> {
    let layers = Sequential::new().then(Dense::new(16, Tanh));
    let layers = if noise { layers.then(BatchNorm::new()).then(Dropout::new(0.2)) } else { layers };
    Network::new(2, layers.then(Dense::linear(2)), 4).expect("it fits")
}

fn fit<T: Scalar, O: Optimizer<T> + Serialize>(
    trainer: Trainer<'_, T, O>,
    network: &mut Dynamic<T>,
    data: &Data<T>,
) -> (Report, String) {
    let schedule = ReduceOnPlateau::new().patience(0).threshold(0.3).factor(0.7);
    let trainer = trainer.epochs(6).seed(3).learning_rate(0.1).schedule(schedule);
    let mut trainer = trainer.callback(EarlyStopping::new(5));
    let report = trainer.fit(network, &SoftmaxCrossEntropy::mean(), data.train(), Some(data.validation()));
    let report = report.expect("it trains");
    let optimizer = serde_json::to_string(trainer.optimizer()).expect("a value");
    (Report { elapsed: Duration::ZERO, ..report }, optimizer)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

fn goes_on<T: Scalar, O>(optimizer: O, batch_size: usize)
where
    O: Optimizer<T> + Clone + Serialize + DeserializeOwned,
{
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::<T>::new());
    let new = || network::<T>(batch_size < 44);
    let mut plain = new();
    let expected = fit(Trainer::new(optimizer.clone()).batch_size(batch_size), &mut plain, &data);
    let checkpoints = Checkpoints::<T>::new(folder.path()).every_steps(2).keep(usize::MAX);
    let trainer = Trainer::new(optimizer.clone()).batch_size(batch_size).checkpointer(checkpoints);
    let mut whole = new();
    assert!(
        fit(trainer, &mut whole, &data) == expected && whole.params() == plain.params(),
        "they change nothing"
    );
    let files = files(folder.path());
    assert!(files.len() >= 5, "{files:?}");
    for path in files {
        let saved = Saved::<T, O>::load(&path).unwrap_or_else(|error| panic!("{error}"));
        let trainer = Trainer::new(saved.optimizer).batch_size(batch_size).resume(saved.state);
        let mut network = saved.model.into_network();
        let found = fit(trainer, &mut network, &data);
        assert!(found == expected, "{}:\n{found:?}\n{expected:?}", path.display());
        assert_eq!((network.params(), network.state()), (whole.params(), whole.state()));
    }
}

#[test]
fn a_run_goes_on_to_the_same_bits() {
    goes_on::<f32, _>(Adam::new().amsgrad(), 8);
    goes_on::<f64, _>(Adam::new(), 8);
    goes_on::<f32, _>(
        Groups::new(Sgd::new().momentum(0.9)).group(Group::named("layers.0").weight_decay(0.1)),
        16,
    );
    goes_on::<f64, _>(Lbfgs::new(), usize::MAX);
    goes_on::<f32, _>(Lbfgs::new(), usize::MAX);
}

#[test]
fn the_newest_stay_and_the_newest_whole_one_is_found() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::<f64>::new());
    let folder = folder.path().join("deep").join("run");
    let checkpoints = || Checkpoints::<f64>::new(&folder);
    assert!(checkpoints().newest::<Adam<f64>>().expect("no folder").is_none());
    let named = Model::new(&network::<f64>(true)).expect("known").class_names(["out", "in"]).expect("two");
    let run = |checkpoints| {
        let trainer = Trainer::new(Adam::new()).batch_size(8).checkpointer(checkpoints);
        fit(trainer, &mut network(true), &data).0
    };
    let report = run(checkpoints().every_epochs(2).keep(2).model(&named));
    assert_eq!((report.epochs, report.warnings.len()), (6, 0));
    let name = |n| folder.join(format!("checkpoint-{n:07}.safetensors"));
    assert_eq!(files(&folder), [name(2), name(3)]);
    let newest = || checkpoints().newest::<Adam<f64>>().expect("some are whole").expect("some are there");
    assert_eq!((newest().path, newest().state.progress().epochs), (name(3), 6));
    assert_eq!(newest().model.classes(), ["out", "in"]);
    // A checkpoint is a model.
    assert_eq!(Model::<f64>::load(name(3)).expect("a model").classes(), ["out", "in"]);

    // The newest is cut off, and another file lies about.
    let bytes = fs::read(name(3)).expect("a file");
    fs::write(name(3), &bytes[..bytes.len() / 2]).expect("a file");
    fs::write(folder.join("notes.txt"), "mine").expect("a file");
    fs::write(folder.join("checkpoint-0000009.safetensors.7-0.partial"), "half").expect("a file");
    let saved = newest();
    assert_eq!((saved.path, saved.state.progress().epochs), (name(2), 4));
    let [skipped] = &saved.skipped[..] else { panic!("{:?}", saved.skipped) };
    assert!(skipped.to_string().starts_with(&name(3).display().to_string()), "{skipped}");
    // Of another optimizer, or another type of numbers.
    let error = checkpoints().newest::<Lbfgs<f64>>().expect_err("Adam's").to_string();
    assert!(error.contains("damaged"), "the newest is named: {error}");
    let error = Saved::<f64, Lbfgs<f64>>::load(name(2)).expect_err("Adam's").to_string();
    assert!(error.contains("the optimizer: unknown field"), "{error}");
    assert!(matches!(Saved::<f32, Adam<f32>>::load(name(2)), Err(FileError::At { .. })));

    // Another run goes on with the numbers, and removes what was left half written, and no file of others.
    run(checkpoints().every_epochs(6).keep(2));
    assert_eq!(files(&folder), [name(3), name(4), folder.join("notes.txt")]);
}

/// A run whose folder changes at the end of the first epoch, and again at that of the third.
fn disturbed(folder: &Path, disturb: impl Fn() + Send + Sync, mend: impl Fn() + Send + Sync) -> Report {
    let data = Data::<f64>::new();
    let change = |epoch: &mut Epoch<'_, f64>| {
        match epoch.number() {
            2 => disturb(),
            4 => mend(),
            _ => {}
        }
        ControlFlow::Continue(())
    };
    let checkpoints = Checkpoints::<f64>::new(folder);
    let trainer = Trainer::new(Adam::new()).batch_size(8).callback(change).checkpointer(checkpoints);
    fit(trainer, &mut network(true), &data).0
}

#[test]
fn what_cannot_be_written_is_a_warning_and_the_run_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |n| folder.path().join(format!("checkpoint-{n:07}.safetensors"));
    // A folder in the place of the next file.
    let disturb = || fs::create_dir(name(2)).expect("it is not there");
    let report = disturbed(folder.path(), disturb, || fs::remove_dir(name(2)).expect("it is there"));
    assert_eq!(report.epochs, 6);
    let [second, third] = &report.warnings[..] else { panic!("{:?}", report.warnings) };
    let expected = format!(
        "the checkpoint after 2 epochs and 12 steps is not written: {}: expected the path of a file",
        name(2).display()
    );
    assert!(second.starts_with(&expected) && third.contains("after 3 epochs"), "{second}");
    assert_eq!(files(folder.path()), [name(2), name(3), name(4)]);
    let whole = Checkpoints::<f64>::new(folder.path()).newest::<Adam<f64>>().expect("whole").expect("some");
    assert_eq!((whole.state.progress().epochs, whole.skipped.len()), (6, 0));

    // The folder itself goes away, and comes back.
    let gone = folder.path().join("gone");
    let report = disturbed(
        &gone,
        || fs::remove_dir_all(&gone).expect("it is there"),
        || fs::create_dir(&gone).expect("it is not there"),
    );
    assert!(
        report.warnings.len() == 2 && report.warnings[0].contains("there is no folder"),
        "{:?}",
        report.warnings
    );
    assert_eq!(files(&gone).len(), 3);
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let allow =
        |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("it is ours");
    allow(0o555);
    if fs::write(folder.path().join("probe"), "").is_ok() {
        println!("SKIPPED: this user may write everywhere");
        return;
    }
    let report = disturbed(folder.path(), || (), || allow(0o755));
    assert!(
        report.warnings.len() == 3 && report.warnings[0].contains("Permission denied"),
        "{:?}",
        report.warnings
    );
    assert_eq!(files(folder.path()).len(), 3);
}

#[test]
fn settings_that_cannot_be_are_errors_at_once() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::<f64>::new());
    let message = |checkpoints: Checkpoints<f64>| {
        let mut trainer = Trainer::new(Adam::new()).checkpointer(checkpoints);
        let error = trainer.fit(&mut network(true), &SoftmaxCrossEntropy::mean(), data.train(), None);
        error.expect_err("no such setting").to_string()
    };
    let checkpoints = || Checkpoints::new(folder.path());
    assert_eq!(message(checkpoints().keep(0)), "keep is 0; expected at least 1");
    assert_eq!(message(checkpoints().every_steps(0)), "every_steps is 0; expected at least 1");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    assert!(message(Checkpoints::new(&file)).starts_with(&format!("Checkpoints: {}: ", file.display())));
    // By time alone: after every step of an epoch but its last, and after it.
    let by_time = Checkpoints::<f64>::new(folder.path()).every_epochs(0).every(Duration::ZERO).keep(99);
    let trainer = Trainer::new(Adam::new()).batch_size(22).checkpointer(by_time);
    fit(trainer, &mut network(true), &data);
    assert_eq!(files(folder.path()).len(), 1 + 6 * 2);
}
