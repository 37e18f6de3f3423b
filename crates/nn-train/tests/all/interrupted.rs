//! A run that is interrupted at any moment, written down, read back and gone on with is the run in one, to the bit: for
//! every optimizer with every schedule, and every callback with each of both.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ndarray::{Array2, Axis, Slice};
use nn_core::{Batch, BatchNorm, Dense, Dropout, Network, Sequential, SoftmaxCrossEntropy, Tanh};
use nn_train::schedule::{
    Constant, Cosine, CosineWarmRestarts, Cyclic, Exponential, InverseTime, Linear, MultiStep, Noam,
    OneCycle, Polynomial, ReduceOnPlateau, Schedule, Step,
};
use nn_train::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Callback, Checkpoint, Checkpointer, Converged, CsvLog,
    EarlyStopping, Ema, Every, Group, Groups, JsonLinesLog, Lbfgs, LevenbergMarquardt, Lion, MaxNorm, Metric,
    MetricError, Moment, NAdam, Needs, Optimizer, Progress, ProgressBar, RAdam, Report, RmsProp, Rprop, Run,
    RunState, Sgd, StopHandle, TargetMetric, TimeLimit, Trainer,
};
use serde::{Serialize, de::DeserializeOwned};

type Dynamic = Network<f64, Sequential<f64>>;

/// Two classes, one inside the other.
struct Data {
    x: Array2<f64>,
    y: Vec<usize>,
}

impl Data {
    fn new() -> Self {
        let x = Array2::from_shape_fn((50, 2), |(n, j)| ((7 * n + 11 * j * n) % 19) as f64 / 9.0 - 1.0);
        let y = x.rows().into_iter().map(|x| usize::from(x[0] * x[0] + x[1] * x[1] < 0.8)).collect();
        Self { x, y }
    }

    fn train(&self) -> Batch<'_, f64, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(..38)), &self.y[..38]).expect("valid data")
    }

    fn validation(&self) -> Batch<'_, f64, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(38..)), &self.y[38..]).expect("valid data")
    }
}

/// With state and, for mini-batches, noise and an order of samples.
fn network(noise: bool) -> Dynamic {
    let layers = Sequential::new().then(Dense::new(5, Tanh));
    let layers = if noise { layers.then(BatchNorm::new()).then(Dropout::new(0.2)) } else { layers };
    Network::new(2, layers.then(Dense::linear(2)), 4).expect("it fits")
}

/// A schedule and a callback of any kind.
type AnySchedule = Box<dyn Schedule + Send>;
type AnyCallback<'a> = Box<dyn Callback<f64> + Send + 'a>;

/// The name of a type without its path and parameters; of a wrapper with what it wraps.
fn name_of<V>(_: &V) -> String {
    let name = std::any::type_name::<V>();
    let name = name.split('<').next().expect("a name");
    name.rsplit("::").next().expect("a name").to_owned()
}

/// Names with how to make what they name.
type Schedules = Vec<(String, fn() -> AnySchedule)>;

fn schedules() -> Schedules {
    macro_rules! list {
        ($($schedule:expr),* $(,)?) => { vec![$((name_of(&$schedule), || Box::new($schedule) as AnySchedule)),*] };
    }
    list![
        Constant::new(0.5),
        Cosine::new(12),
        CosineWarmRestarts::new(3),
        Cyclic::triangular(5.0, 2),
        Exponential::new(0.9),
        InverseTime::new(0.1),
        Linear::new(1.0, 0.1, 8),
        MultiStep::new([2, 5], 0.5),
        Noam::new(16, 3),
        OneCycle::new(40),
        Polynomial::new(12, 2.0),
        ReduceOnPlateau::new().patience(0).factor(0.5).cooldown(1).threshold(0.2),
        Linear::new(0.1, 1.0, 2).then(2, ReduceOnPlateau::new().patience(1).factor(0.3).threshold(0.3)),
        Step::new(3, 0.5),
    ]
}

/// How to make a callback that uses the data and may write into a folder.
type Callbacks = Vec<(String, for<'a> fn(&'a Data, &Path) -> AnyCallback<'a>)>;

fn callbacks() -> Callbacks {
    macro_rules! list {
        ($($name:ident: |$data:pat_param, $folder:pat_param| $callback:expr),* $(,)?) => {
            vec![$((stringify!($name).to_owned(), |$data, $folder| Box::new($callback))),*]
        };
    }
    list![
        Checkpoint: |_, folder| Checkpoint::new(folder.join("best.json")).minimize("train_loss"),
        Converged: |_, _| Converged::new(1e-3),
        CsvLog: |_, _| CsvLog::new(io::sink()),
        EarlyStopping: |_, _| EarlyStopping::new(2).min_delta(0.01),
        Every: |_, _| Every(2, EarlyStopping::new(2).maximize("validation_accuracy")),
        JsonLinesLog: |_, _| JsonLinesLog::new(io::sink()),
        Metric: |data, _| Metric::new("own", data.train(), |_, p| Ok::<_, MetricError>(p[[0, 0]])),
        ProgressBar: |_, _| ProgressBar::new(),
        StopHandle: |_, _| StopHandle::new(),
        TargetMetric: |_, _| TargetMetric::at_most("running_loss", 0.3),
        TimeLimit: |_, _| TimeLimit::new(Duration::MAX),
    ]
}

/// Writes down every moment of a run.
#[derive(Clone, Default)]
struct Moments(Arc<Mutex<Vec<(Progress, String)>>>);

impl<O: Serialize> Checkpointer<f64, O> for Moments {
    fn is_due(&mut self, moment: Moment, progress: Progress) -> bool {
        // Some in the middle of an epoch, some between two.
        progress.steps % 7 == 3 || (moment == Moment::Epoch && progress.epochs == 2)
    }

    fn write(&mut self, run: &Run<'_, f64, O>) -> Result<(), String> {
        let parts = (&run.network, run.optimizer, &run.state);
        let text = serde_json::to_string(&parts).map_err(|error| error.to_string())?;
        self.0.lock().expect("no panic").push((run.state.progress(), text));
        Ok(())
    }
}

/// The run in one, then what is left of it from each of its moments; gives how many there were.
fn goes_on<O>(
    optimizer: &O,
    schedule: fn() -> AnySchedule,
    callback: &dyn Fn() -> AnyCallback<'static>,
) -> usize
where
    O: Optimizer<f64> + Clone + Serialize + DeserializeOwned,
{
    let data: &'static Data = Box::leak(Box::new(Data::new()));
    let steps = optimizer.needs() == Needs::Gradient;
    let fit = |optimizer: O, mut network: Dynamic, state: Option<RunState>, moments: Moments| {
        let trainer = Trainer::new(optimizer).learning_rate(0.1).epochs(9).record_every(2).seed(5);
        let trainer = if steps { trainer.batch_size(8) } else { trainer.full_batch() };
        let mut trainer = trainer.schedule(schedule()).callback(callback()).checkpointer(moments);
        if let Some(state) = state {
            trainer = trainer.resume(state);
        }
        let loss = SoftmaxCrossEntropy::mean();
        let report = trainer.fit(&mut network, &loss, data.train(), Some(data.validation()));
        let report = Report { elapsed: Duration::ZERO, ..report.expect("it trains") };
        let optimizer = serde_json::to_string(trainer.optimizer()).expect("it can be written");
        let numbers = [network.params().to_vec(), network.state().to_vec()];
        (numbers, report, optimizer, trainer.progress())
    };
    let moments = Moments::default();
    let whole = fit(optimizer.clone(), network(steps), None, moments.clone());
    let moments = moments.0.lock().expect("no panic").clone();
    for (progress, text) in &moments {
        let (network, optimizer, state): (Dynamic, O, RunState) =
            serde_json::from_str(text).expect("it is read");
        assert_eq!(state.progress(), *progress);
        let rest = fit(optimizer, network, Some(state), Moments::default());
        assert!(rest == whole, "from {progress:?}:\n{rest:?}\n{whole:?}");
    }
    moments.len()
}

/// Every name that a module offers, but those given.
fn offered(module: &str, but: &[&str]) -> BTreeSet<String> {
    let lines = module.split("pub use ").skip(1).filter_map(|line| line.split(';').next());
    let names = lines.flat_map(|line| {
        let names = line.rsplit("::").next().unwrap_or_default().trim_matches(['{', '}']);
        names.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>()
    });
    names.filter(|name| !but.contains(&&**name)).collect()
}

/// Every optimizer with every schedule; which callback goes along changes with both, so that all pairs occur.
macro_rules! with_all {
    ($($test:ident: $optimizer:expr;)*) => {
        fn names() -> BTreeSet<String> {
            fn name<O: Optimizer<f64>>(optimizer: &O) -> String {
                name_of(optimizer)
            }
            [$(name(&$optimizer)),*].into()
        }

        /// A number for each optimizer.
        #[allow(non_camel_case_types, reason = "they are the names of the tests")]
        #[derive(Clone, Copy)]
        enum Number { $($test),* }

        $(
            #[test]
            fn $test() {
                let folder = tempfile::tempdir().expect("a folder");
                let path: &'static Path = Box::leak(folder.path().into());
                let callbacks = callbacks();
                let mut moments = 0;
                for (n, (name, schedule)) in schedules().into_iter().enumerate() {
                    let (called, callback) = &callbacks[(n + Number::$test as usize) % callbacks.len()];
                    println!("{name}, {called}");
                    let data: &'static Data = Box::leak(Box::new(Data::new()));
                    moments += goes_on(&$optimizer, schedule, &|| callback(data, path));
                }
                // The shortest runs are stopped after some epochs.
                assert!(moments > schedules().len(), "{moments}");
            }
        )*
    };
}

with_all! {
    adadelta: Adadelta::new();
    adagrad: Adagrad::new();
    adam: Adam::new().amsgrad();
    adamax: Adamax::new();
    adamw: AdamW::new();
    ema: Ema::new(Adam::new(), 0.9);
    groups: Groups::new(Adam::new()).group(Group::named("layers.0").learning_rate_factor(0.5));
    lbfgs: Lbfgs::new();
    levenberg_marquardt: LevenbergMarquardt::new();
    lion: Lion::new();
    max_norm: MaxNorm::new(RmsProp::new(), 3.0);
    nadam: NAdam::new();
    radam: RAdam::new();
    rmsprop: RmsProp::new().momentum(0.9).centered();
    rprop: Rprop::new();
    sgd: Sgd::new().momentum(0.9);
}

#[test]
fn nothing_is_forgotten() {
    let read = |module: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src").join(module).join("mod.rs");
        fs::read_to_string(path).expect("the module is there")
    };
    assert_eq!(names(), offered(&read("optimizer"), &["Group", "Objective"]));
    let listed: BTreeSet<String> = schedules().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, offered(&read("schedule"), &[]));
    let listed: BTreeSet<String> = callbacks().into_iter().map(|(name, _)| name).collect();
    assert_eq!(listed, offered(&read("callback"), &[]));
}
