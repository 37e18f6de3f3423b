//! What each callback does in a run of a network, and what all must do. A new one joins the table at the foot with one
//! line.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::Duration;

use ndarray::{Array2, Axis, Slice};
use nn_core::{
    Architecture, Backward, Batch, Dense, Forward, Identity, Layer, Network, Scalar, Sequential, ShapeError,
    SoftmaxCrossEntropy, Tanh,
};
use nn_train::{
    Average, Callback, Checkpoint, Converged, CsvLog, EarlyStopping, Epoch, Every, JsonLinesLog, Metric,
    MetricError, Progress, ProgressBar, Record, Report, Sgd, StopHandle, StopReason, TargetMetric, TimeLimit,
    TrainError, Trainer, accuracy_score, f1_score, log_loss, roc_auc_score, save_json,
};

use crate::threads::on;

type Mlp<T> = Network<T, (Dense<Tanh>, Dense<Identity>)>;

/// Two classes, one inside the other.
struct Data<T> {
    x: Array2<T>,
    y: Vec<usize>,
}

impl<T: Scalar> Data<T> {
    fn new() -> Self {
        let x =
            Array2::from_shape_fn((40, 2), |(n, j)| T::of(((7 * n + 11 * j * n) % 19) as f64 / 9.0 - 1.0));
        let y = x.rows().into_iter().map(|x| usize::from(x[0] * x[0] + x[1] * x[1] < T::of(0.8)));
        Self { y: y.collect(), x }
    }

    fn train(&self) -> Batch<'_, T, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(..30)), &self.y[..30]).expect("valid data")
    }

    fn validation(&self) -> Batch<'_, T, [usize]> {
        Batch::new(self.x.slice_axis(Axis(0), Slice::from(30..)), &self.y[30..]).expect("valid data")
    }
}

fn network<T: Scalar>() -> Mlp<T> {
    Network::new(2, (Dense::new(5, Tanh), Dense::linear(2)), 1).expect("it fits")
}

fn fit<T: Scalar>(
    trainer: Trainer<'_, T, Sgd<T>>,
    network: &mut Mlp<T>,
    data: &Data<T>,
) -> Result<Report, TrainError> {
    let mut trainer = trainer;
    trainer.fit(network, &SoftmaxCrossEntropy::mean(), data.train(), Some(data.validation()))
}

/// Steps so large that losses go up and down.
fn restless<'a>() -> Trainer<'a, f64, Sgd<f64>> {
    Trainer::new(Sgd::new()).batch_size(3).learning_rate(1.0).epochs(40)
}

/// The parameters after each epoch.
fn epochs(data: &Data<f64>) -> (Vec<Vec<f64>>, Report) {
    let mut seen = Vec::new();
    let look = |epoch: &mut Epoch<'_, f64>| {
        seen.push(epoch.params().to_vec());
        ControlFlow::Continue(())
    };
    let report = fit(restless().callback(look), &mut network(), data).expect("it trains");
    (seen, report)
}

/// The epoch of the lowest figure among the first records, from 1.
fn best(records: &[Record], figure: impl Fn(&Record) -> f64) -> (usize, f64) {
    let figures = records.iter().map(|record| (record.epoch, figure(record)));
    figures.min_by(|(_, a), (_, b)| a.total_cmp(b)).expect("records")
}

#[test]
fn the_best_weights_come_back_on_every_exit_and_the_report_is_theirs() {
    let data = Data::new();
    let (params, whole) = epochs(&data);
    let handle = StopHandle::new();
    let by_another = |epoch: &mut Epoch<'_, f64>| match epoch.number() {
        25 => ControlFlow::Break(StopReason::Callback("enough".into())),
        _ => ControlFlow::Continue(()),
    };
    let broken = |t: usize| if t < 25 { 1.0 } else { f64::NAN };
    let patience = |n| EarlyStopping::new(n);
    let cases = [
        ("by itself", restless().callback(patience(4))),
        ("by another before it", restless().callback(by_another).callback(patience(usize::MAX))),
        ("by another after it", restless().callback(patience(usize::MAX)).callback(by_another)),
        ("after all epochs", restless().epochs(25).callback(patience(usize::MAX)).callback(handle)),
        ("by an error", restless().callback(patience(usize::MAX)).schedule(broken)),
    ];
    for (case, trainer) in cases {
        let mut network = network();
        let result = fit(trainer, &mut network, &data);
        let run = result.as_ref().map_or(25, |report| report.epochs);
        let (epoch, loss) =
            best(&whole.history.records()[..run], |record| record.validation_loss.expect("validation"));
        assert!(epoch < run, "{case}: the best of {run} is not the last, but {epoch}");
        assert_eq!(network.params(), params[epoch - 1], "{case}");
        assert_eq!(result.is_err(), case == "by an error");
        if let Ok(report) = result {
            assert_eq!(report.validation.expect("validation").loss, loss, "{case}");
            assert_eq!(report.train.loss, whole.history.records()[epoch - 1].train_loss, "{case}");
            if case == "by itself" {
                let metric = "validation_loss".to_owned();
                let reason = StopReason::EarlyStopping { metric, best_epoch: epoch, best: loss };
                assert_eq!((report.reason, run), (reason, epoch + 4));
            }
        }
    }
}

#[test]
fn a_metric_is_in_the_history_and_stops_a_run() {
    let data = Data::new();
    let (params, whole) = epochs(&data);
    let macro_f1 = |y: &[usize], p: &[usize]| f1_score(y, p, Average::Macro);
    let trainer = restless()
        .callback(Metric::of_classes("f1", data.train(), macro_f1))
        .callback(Metric::of_classes("accuracy", data.train(), accuracy_score))
        .callback(Metric::new("log_loss", data.train(), log_loss::<f64>))
        .callback(Metric::new("auc", data.train(), |y, p| roc_auc_score(y, &p.column(1).to_vec())))
        .callback(EarlyStopping::new(usize::MAX).maximize("f1"));
    let mut network = network();
    let report = fit(trainer, &mut network, &data).expect("it trains");
    for (record, whole) in report.history.records().iter().zip(whole.history.records()) {
        let [accuracy, log_loss] = ["accuracy", "log_loss"].map(|name| record.metrics[name]);
        assert_eq!((Some(accuracy), record.train_loss), (whole.train_accuracy, whole.train_loss));
        assert!((log_loss - whole.train_loss).abs() < 1e-12);
    }
    let (epoch, f1) = best(report.history.records(), |record| -record.metrics["f1"]);
    assert_eq!(network.params(), params[epoch - 1]);
    let predicted = network.predict_classes(data.train().x()).expect("valid");
    assert_eq!(macro_f1(data.train().y(), &predicted).expect("valid"), -f1);
}

#[test]
fn a_figure_that_is_nowhere_is_an_error() {
    let data = Data::new();
    let accuracy = || Metric::of_classes("own", data.train(), accuracy_score);
    let names = "running_loss, train_loss, train_accuracy, validation_loss, validation_accuracy";
    let message = |callback: &str, names: &str| {
        format!(
            "{callback}: epoch 1 has no figure \"f1\"; expected one of {names}, or one that a callback added before this sets"
        )
    };
    let error = |trainer: Trainer<'_, f64, Sgd<f64>>| {
        fit(trainer, &mut network(), &data).expect_err("no such figure").to_string()
    };
    assert_eq!(
        error(restless().callback(EarlyStopping::new(3).maximize("f1"))),
        message("EarlyStopping", names)
    );
    assert_eq!(
        error(restless().callback(accuracy()).callback(TargetMetric::at_least("f1", 1.0))),
        message("TargetMetric", &format!("{names}, own"))
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("best.json");
    assert_eq!(
        error(restless().callback(Checkpoint::new(&path).minimize("f1"))),
        message("Checkpoint", names)
    );
    // What is set by a callback after the one that watches is not there yet.
    let late = restless().callback(TargetMetric::at_least("own", 1.0)).callback(accuracy());
    assert!(error(late).contains("epoch 1 has no figure \"own\""));
    assert!(!path.exists());
}

#[test]
fn a_target_ends_a_run() {
    let data = Data::new();
    let (_, whole) = epochs(&data);
    let records = whole.history.records();
    let target = 0.9;
    let first = records.iter().find(|record| record.train_accuracy >= Some(target)).expect("it learns");
    let trainer = restless().callback(TargetMetric::at_least("train_accuracy", target));
    let report = fit(trainer, &mut network(), &data).expect("it trains");
    let (metric, value) = ("train_accuracy".to_owned(), first.train_accuracy.expect("classes"));
    let reason = StopReason::TargetReached { metric, value, target };
    assert_eq!((report.epochs, report.reason), (first.epoch, reason));
}

#[test]
fn a_time_limit_ends_a_run_that_would_not_end() {
    let limit = Duration::from_millis(20);
    let trainer = restless().epochs(usize::MAX).record_every(usize::MAX).callback(TimeLimit::new(limit));
    let report = fit(trainer, &mut network(), &Data::new()).expect("it trains");
    assert_eq!(report.reason, StopReason::TimeLimit { limit });
    assert!(report.elapsed >= limit);
}

#[test]
fn a_handle_ends_a_run_from_another_thread() {
    let (handle, data) = (StopHandle::new(), Data::new());
    let (sender, receiver) = mpsc::channel();
    let other = handle.clone();
    let thread = std::thread::spawn(move || {
        receiver.recv().expect("the run sends");
        other.stop();
    });
    let begun = move |epoch: &mut Epoch<'_, f64>| {
        if epoch.number() == 3 {
            sender.send(()).expect("the thread waits");
        }
        ControlFlow::Continue(())
    };
    let trainer = restless().epochs(usize::MAX).record_every(usize::MAX);
    let report = fit(trainer.callback(begun).callback(handle.clone()), &mut network(), &data);
    thread.join().expect("no panic");
    let report = report.expect("it trains");
    assert_eq!(report.reason, StopReason::Stopped);
    assert!(report.epochs >= 3 && handle.is_stopped());
    // It is still stopped: so the next run has one epoch.
    assert_eq!(fit(restless().callback(handle), &mut network(), &data).expect("it trains").epochs, 1);
}

/// A run of six epochs that is ended after four and gone on with from there by another trainer, each with a log.
fn resumed<'a, C: Callback<f64> + Send + 'a>(data: &Data<f64>, log: impl Fn() -> C, between: impl FnOnce()) {
    let mut network = network();
    let mut first = restless().epochs(4).callback(log());
    let loss = SoftmaxCrossEntropy::mean();
    first.fit(&mut network, &loss, data.train(), Some(data.validation())).expect("it trains");
    between();
    let second = restless().epochs(2).resume(first.progress()).callback(log());
    fit(second, &mut network, data).expect("it trains");
}

#[test]
fn logs_are_the_history_and_a_resumed_run_goes_on_in_them() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::new());
    let [csv, json] = ["log.csv", "log.jsonl"].map(|name| folder.path().join(name));
    let report = fit(restless().epochs(6), &mut network(), &data).expect("it trains");
    let mut expected = Vec::new();
    report.history.write_csv(&mut expected).expect("it can be written");
    let expected = String::from_utf8(expected).expect("text");
    // A run that begins with epoch 1 begins the file anew.
    for _ in 0..2 {
        resumed(&data, || CsvLog::create(&csv), || ());
        assert_eq!(fs::read_to_string(&csv).expect("a file"), expected);
        resumed(&data, || JsonLinesLog::create(&json), || ());
        let lines = fs::read_to_string(&json).expect("a file");
        let records = lines.lines().map(|line| serde_json::from_str::<Record>(line).expect("a record"));
        assert_eq!(records.collect::<Vec<_>>(), report.history.records());
    }
    // One that is appended to is gone on with by every run, and its header is written once.
    let lines: Vec<&str> = expected.lines().collect();
    fit(restless().epochs(1).callback(CsvLog::append(&csv)), &mut network(), &data).expect("it trains");
    let log = fs::read_to_string(&csv).expect("a file");
    assert_eq!(log.lines().collect::<Vec<_>>(), [&lines[..], &lines[1..2]].concat());
}

#[test]
fn a_log_whose_last_line_was_cut_off_goes_on_with_a_new_one() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::new());
    let csv = folder.path().join("log.csv");
    let cut = || {
        let log = fs::read(&csv).expect("a file");
        fs::write(&csv, &log[..log.len() - 5]).expect("it can be written");
    };
    resumed(&data, || CsvLog::create(&csv), cut);
    let log = fs::read_to_string(&csv).expect("a file");
    let epochs: Vec<&str> = log.lines().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(epochs, ["epoch", "1", "2", "3", "4", "5", "6"]);
}

#[test]
fn a_csv_log_keeps_the_columns_of_its_file() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::new());
    let csv = folder.path().join("log.csv");
    let run = |metric: &str| {
        let metric = Metric::of_classes(metric, data.train(), accuracy_score);
        let trainer = restless().epochs(2).callback(metric).callback(CsvLog::append(&csv));
        fit(trainer, &mut network(), &data)
    };
    run("first").expect("it trains");
    run("first").expect("the same columns");
    let error = run("second").expect_err("another column").to_string();
    assert!(error.ends_with("\"second\" has no column, since the first record was without it"), "{error}");
    let log = fs::read_to_string(&csv).expect("a file");
    assert_eq!(log.lines().count(), 5, "{log}");

    fs::write(&csv, "a,b\n1,2\n").expect("it can be written");
    let error = run("first").expect_err("not a log").to_string();
    assert!(error.starts_with("CsvLog: the file to append to begins with \"a,b\", not with"), "{error}");
    assert_eq!(fs::read_to_string(&csv).expect("a file"), "a,b\n1,2\n");
    let nowhere = folder.path().join("none").join("log.csv");
    let error =
        fit(restless().callback(CsvLog::create(&nowhere)), &mut network(), &data).expect_err("no folder");
    assert!(
        error.to_string().starts_with(&format!("CsvLog: cannot open {}: ", nowhere.display())),
        "{error}"
    );
}

#[test]
fn a_checkpoint_has_the_best_network_and_is_gone_on_with() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::new());
    let [best_path, last_path] = ["best.json", "last.json"].map(|name| folder.path().join(name));
    let (params, whole) = epochs(&data);
    let read = |path| -> Network<f64, Sequential<f64>> {
        serde_json::from_reader(fs::File::open(path).expect("a file")).expect("a network")
    };
    let trainer = restless()
        .epochs(31)
        .callback(Checkpoint::new(&best_path).save_best_only())
        .callback(Every(10, Checkpoint::new(&last_path)));
    fit(trainer, &mut network(), &data).expect("it trains");
    let (epoch, _) =
        best(&whole.history.records()[..31], |record| record.validation_loss.expect("validation"));
    assert_eq!(read(&best_path).params(), params[epoch - 1]);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);

    // An optimizer without state goes on to the bit from the network and the count of epochs and steps.
    let mut network = read(&last_path);
    assert_eq!(network.params(), params[30]);
    let mut rest = restless().epochs(9).resume(Progress { epochs: 31, steps: 31 * 10 });
    rest.fit(&mut network, &SoftmaxCrossEntropy::mean(), data.train(), None).expect("it trains");
    assert_eq!(network.params(), params[39]);
    save_json(&last_path, &network).expect("it is written");
    assert_eq!(read(&last_path).params(), network.params());
}

/// A layer that cannot be written.
struct Plain;

impl Architecture for Plain {
    fn name(&self) -> &'static str {
        "Plain"
    }
    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }
}

impl<T: Scalar> Layer<T> for Plain {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, .. } = pass;
        y.assign(&x);
    }
    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { dy, dx, .. } = pass;
        if let Some(mut dx) = dx {
            dx.assign(&dy);
        }
    }
}

#[test]
fn a_network_that_cannot_be_written_is_an_error_at_once() {
    let (folder, data) = (tempfile::tempdir().expect("a folder"), Data::<f64>::new());
    let path = folder.path().join("network.json");
    let mut network = Network::new(2, (Dense::linear(2), Plain), 0).expect("it fits");
    let before = network.params().to_vec();
    let mut trainer = restless().callback(Checkpoint::new(&path));
    let error = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data.train(), None);
    let error = error.expect_err("no file").to_string();
    assert!(error.starts_with("Checkpoint: the network has a layer that has no `LayerSpec`"), "{error}");
    assert_eq!((network.params(), path.exists()), (&before[..], false));
}

/// A run of full batches, whose training loss falls from epoch to epoch; its epochs in `Every(3, ..)` include the last.
fn falling<'a, T: Scalar>() -> Trainer<'a, T, Sgd<T>> {
    Trainer::new(Sgd::new()).full_batch().learning_rate(0.1).epochs(10).seed(3)
}

/// Callbacks whose settings do not end the run, made anew for each.
fn conforms<'a, T, C>(data: &'a Data<T>, callback: impl Fn() -> C)
where
    T: Scalar,
    C: Callback<T> + Send + 'a,
{
    let run = |trainer| {
        let mut network = network();
        let report = fit::<T>(trainer, &mut network, data).expect("it trains");
        assert_eq!((&report.reason, report.epochs), (&StopReason::Epochs, 10));
        let params: Vec<u64> = network.params().iter().map(|p| p.as_f64().to_bits()).collect();
        let scores: Vec<_> =
            report.history.records().iter().map(|r| (r.train_loss, r.validation_loss)).collect();
        (params, scores, report.fingerprint)
    };
    let alone = run(falling());
    assert_eq!(run(falling().callback(callback())), alone);
    assert_eq!(run(falling().callback(Every(3, callback()))), alone);

    // One callback serves several runs, and is sent to other threads.
    let mut network = network();
    let mut trainer = falling().callback(callback());
    std::thread::scope(|scope| {
        let runs = scope.spawn(|| {
            for _ in 0..2 {
                let (train, validation) = (data.train(), Some(data.validation()));
                trainer
                    .fit(&mut network, &SoftmaxCrossEntropy::mean(), train, validation)
                    .expect("it trains");
            }
        });
        runs.join().expect("no panic");
    });
}

/// The allocations of a run, all of which is on the thread whose allocations are counted.
fn allocations<T: Scalar, C: Callback<T> + Send>(data: &Data<T>, epochs: usize, callback: C) -> u64 {
    let mut network = network();
    let trainer = falling().epochs(epochs).record_every(epochs).callback(callback);
    let run = || drop(std::hint::black_box(fit(trainer, &mut network, data).expect("it trains")));
    on(1, || allocation_counter::measure(run).count_total)
}

/// That more epochs do not allocate more.
fn allocates_nothing<'a, T: Scalar, C: Callback<T> + Send + 'a>(data: &Data<T>, callback: impl Fn() -> C) {
    assert_eq!(allocations(data, 2, callback()), allocations(data, 50, callback()));
}

/// A name and a callback that uses the data, or a folder. Those that `watch` allocate nothing in an epoch; those that
/// `record` do.
macro_rules! conform {
    ($($name:ident: $kind:ident |$data:pat_param, $folder:pat_param| $callback:expr;)*) => { $(
        #[test]
        fn $name() {
            let folder = tempfile::tempdir().expect("a folder");
            let $folder = folder.path();
            let data = Data::<f32>::new();
            let $data = &data;
            conforms(&data, || $callback);
            let data = Data::<f64>::new();
            let $data = &data;
            conforms(&data, || $callback);
            conform!(@$kind &data, || $callback);
        }
    )* };
    (@watch $data:expr, $callback:expr) => {
        allocates_nothing($data, $callback);
    };
    (@record $data:expr, $callback:expr) => {};
}

conform! {
    converged: watch |_, _| Converged::new(0.0);
    early_stopping: watch |_, _| EarlyStopping::new(usize::MAX).minimize("train_loss");
    every: watch |_, _| Every(2, Converged::new(0.0));
    progress_bar: record |_, _| ProgressBar::new();
    target_metric: watch |_, _| TargetMetric::at_most("validation_loss", 0.0);
    time_limit: watch |_, _| TimeLimit::new(Duration::MAX);
    stop_handle: watch |_, _| StopHandle::new();
    metric: record |data, _| Metric::of_classes("own", data.train(), accuracy_score);
    metric_of_probabilities: record |data, _| Metric::new("own", data.train(), |_, p| Ok::<_, MetricError>(p[[0, 0]].as_f64()));
    csv_log: record |_, _| CsvLog::new(io::sink());
    csv_log_file: record |_, folder| CsvLog::create(folder.join("log.csv"));
    json_lines_log: record |_, _| JsonLinesLog::new(io::sink());
    checkpoint: record |_, folder| Checkpoint::new(folder.join("network.json"));
    checkpoint_best: record |_, folder| Checkpoint::new(folder.join("network.json")).save_best_only();
}
