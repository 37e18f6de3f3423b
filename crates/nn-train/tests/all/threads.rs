//! The number of threads changes no bit: of weights, history and fingerprint.

use ndarray::Array2;
use nn_core::{
    Batch, BatchNorm, Chain, Dense, Dropout, HalfSquaredError, Layer, Loss, Mode, Network, Parallel, Relu,
    Residual, Sequential, Shards, SoftmaxCrossEntropy, Tanh, Targets, Workspace,
};
use nn_train::{Adam, FitSeed, Optimizer, Report, Sgd, Trainer, fit_seeds};

fn table(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(n, j)| ((31 * n + 17 * j + n * j) % 255) as f32 / 255.0)
}

/// Runs `work` in a pool of that many threads.
pub(crate) fn on<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(work)
}

fn trained<L, P, Y, O>(
    layers: L,
    loss: &P,
    data: Batch<'_, f32, Y>,
    optimizer: O,
    batch_size: usize,
) -> (Vec<u32>, Report)
where
    L: Layer<f32>,
    P: Loss<f32, Y>,
    Y: Targets<f32> + ?Sized,
    O: Optimizer<f32>,
{
    let mut network = Network::new(data.x().ncols(), layers, 0).expect("it fits");
    let mut trainer = Trainer::new(optimizer).learning_rate(0.01).batch_size(batch_size).epochs(3);
    let report = trainer.fit(&mut network, loss, data, Some(data)).expect("it trains");
    (network.params().iter().map(|p| p.to_bits()).collect(), report)
}

/// What `run` gives must not depend on the number of threads.
fn same_on_all(run: impl Fn() -> (Vec<u32>, Report) + Sync) -> u64 {
    let (params, report) = on(1, &run);
    for threads in [2, 3, 4, 8, 16] {
        let (again, other) = on(threads, &run);
        assert_eq!(params, again, "weights on {threads} threads");
        assert_eq!(report.history, other.history, "{threads} threads");
        assert_eq!(report.fingerprint, other.fingerprint, "{threads} threads");
    }
    report.fingerprint
}

#[test]
fn a_large_batch_of_a_small_network() {
    // Some shards, the last of them shorter; noise, which each shard has of its own.
    let (x, y) = (table(3100, 4), table(3100, 3));
    let data = Batch::new(x.view(), &*y).expect("finite");
    let layers = || (Dense::new(32, Tanh), Dropout::new(0.2), Dense::new(16, Tanh), Dense::linear(3));
    let fixed = same_on_all(|| trained(layers(), &HalfSquaredError::mean(), data, Adam::new(), 3100));
    let (a, b, c, d) = layers();
    let dynamic = || Sequential::new().then(a).then(b).then(c).then(d);
    assert_eq!(
        same_on_all(|| trained(dynamic(), &HalfSquaredError::mean(), data, Adam::new(), 3100)),
        fixed,
        "static and dynamic"
    );
    let weights: Vec<f32> = (0..3100).map(|n| (n % 3) as f32).collect();
    let weighted = data.with_weights(&weights).expect("valid");
    let other = same_on_all(|| trained(layers(), &HalfSquaredError::mean(), weighted, Adam::new(), 3100));
    assert_ne!(other, fixed, "weights are part of the data");
}

#[test]
fn shards_add_up_to_the_whole() {
    let (x, y) = (table(3100, 4).mapv(f64::from), table(3100, 2).mapv(f64::from));
    let weights: Vec<f64> = (0..3100).map(|n| f64::from(n % 3)).collect();
    let data = Batch::new(x.view(), &*y).and_then(|data| data.with_weights(&weights)).expect("valid");
    let network = Network::new(4, (Dense::new(9, Tanh), Dense::linear(2)), 0).expect("it fits");
    for loss in [HalfSquaredError::mean(), HalfSquaredError::sum()] {
        let (mut whole, mut sum) = (vec![f64::NAN; 65], vec![f64::NAN; 65]);
        let mut workspace = Workspace::new();
        let pass = network.forward(x.view(), &mut workspace).expect("it fits");
        let expected = pass.backward(&loss, &*y, Some(&weights), &mut whole).expect("valid");
        let (mut shards, rows) = (Shards::new(), (0..3100).collect::<Vec<usize>>());
        shards.gather(&network, &data, &rows);
        assert!(shards.batches().len() > 1);
        let value = network.loss_and_gradient(&loss, &mut shards, Mode::Eval, &mut sum);
        assert!((value / expected - 1.0).abs() < 1e-12, "{value} against {expected}");
        for (a, b) in sum.iter().zip(&whole) {
            assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-3), "{a} against {b}");
        }
    }
}

/// How many shards 3100 samples are cut into.
fn shards_of(layers: impl Layer<f32>) -> usize {
    let (x, y) = (table(3100, 4), table(3100, 4));
    let data = Batch::new(x.view(), &*y).expect("finite");
    let (network, mut shards) = (Network::new(4, layers, 0).expect("it fits"), Shards::new());
    shards.gather(&network, &data, &(0..3100).collect::<Vec<usize>>());
    shards.batches().len()
}

#[test]
fn a_layer_that_mixes_samples_is_given_the_batch_whole() {
    assert!(shards_of((Dense::new(4, Tanh), Residual(Dense::linear(4)))) > 1);
    assert_eq!(shards_of(BatchNorm::new()), 1);
    assert_eq!(shards_of(Box::new(BatchNorm::new())), 1);
    assert_eq!(shards_of((Dense::new(4, Tanh), BatchNorm::new())), 1);
    assert_eq!(shards_of(Chain(BatchNorm::new(), Dense::new(4, Tanh))), 1);
    assert_eq!(shards_of(Sequential::new().then(Dense::linear(4)).then(BatchNorm::new())), 1);
    assert_eq!(shards_of(Residual(BatchNorm::new())), 1);
    assert_eq!(shards_of((Parallel((BatchNorm::new(), Dense::linear(2))), Dense::linear(4))), 1);
}

#[test]
fn a_large_network() {
    let (x, labels) = (table(600, 300), (0..600).map(|n| n % 10).collect::<Vec<usize>>());
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let layers = || (Dense::new(257, Relu), Dense::new(130, Tanh), Dense::linear(10));
    same_on_all(|| trained(layers(), &SoftmaxCrossEntropy::mean(), data, Sgd::<f32>::new(), 256));
}

/// Few samples, each of which is much work: two shards or more, whose gradients are long enough to be added up by threads.
#[test]
fn a_mini_batch_of_much_work() {
    let (x, labels) = (table(300, 784), (0..300).map(|n| n % 10).collect::<Vec<usize>>());
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let layers = || (Dense::new(128, Relu), Dense::linear(10));
    let (network, mut shards) = (Network::new(784, layers(), 0).expect("it fits"), Shards::new());
    shards.gather(&network, &data, &(0..128).collect::<Vec<usize>>());
    assert_eq!(shards.batches().len(), 2);
    same_on_all(|| trained(layers(), &SoftmaxCrossEntropy::mean(), data, Sgd::<f32>::new(), 128));
}

#[test]
fn many_rows_are_predicted_alike() {
    let x = table(30_001, 20);
    let mut network = Network::new(20, (Dense::new(64, Relu), Dense::linear(3)), 0).expect("it fits");
    network.set_link(nn_core::Link::Softmax);
    let predict =
        || (network.predict(x.view()).expect("finite"), network.predict_proba(x.view()).expect("finite"));
    let once = on(1, predict);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads, predict), once, "{threads} threads");
    }
}

/// The way to the pool takes longer than a step of a small network.
#[test]
fn small_work_stays_on_the_thread_that_it_is_called_on() {
    let here = std::thread::current().id();
    let runs_elsewhere = |units: usize, samples: usize| {
        let (x, y) = (table(samples, 4), table(samples, 2));
        let data = Batch::new(x.view(), &*y).expect("finite");
        let mut network = Network::new(4, (Dense::new(units, Tanh), Dense::linear(2)), 0).expect("it fits");
        let mut elsewhere = false;
        let mut trainer =
            Trainer::new(Sgd::new()).full_batch().epochs(1).callback(|_: &mut nn_train::Epoch<'_, f32>| {
                elsewhere = std::thread::current().id() != here;
                std::ops::ControlFlow::Continue(())
            });
        trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
        drop(trainer);
        elsewhere
    };
    assert!(!runs_elsewhere(15, 400));
    assert_eq!(runs_elsewhere(100, 20_000), rayon::current_num_threads() > 1);
}

#[test]
fn a_fingerprint_tells_runs_apart() {
    let (x, labels) = (table(50, 4), (0..50).map(|n| n % 3).collect::<Vec<usize>>());
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let run = |seed: u64, epochs: usize, rate: f64, optimizer: Sgd<f32>| {
        let mut network = Network::new(4, (Dense::new(5, Tanh), Dense::linear(3)), 0).expect("it fits");
        let trainer = Trainer::new(optimizer).learning_rate(rate).batch_size(16).epochs(epochs).seed(seed);
        let report =
            { trainer }.fit(&mut network, &SoftmaxCrossEntropy::mean(), data, None).expect("it trains");
        report.fingerprint
    };
    let first = run(0, 3, 0.1, Sgd::new());
    assert_eq!(run(0, 3, 0.1, Sgd::new()), first);
    assert_ne!(run(1, 3, 0.1, Sgd::new()), first, "another order");
    assert_ne!(run(0, 4, 0.1, Sgd::new()), first, "more epochs");
    assert_ne!(run(0, 3, 0.2, Sgd::new()), first, "another rate");
    assert_ne!(run(0, 3, 0.1, Sgd::new().momentum(0.5)), first, "another optimizer");
}

/// Seeds that threads share come out in their order, with the same weights; one diverges on any number of threads.
#[test]
fn seeds() {
    let (x, labels) = (table(1100, 3), (0..1100).map(|n| n % 4).collect::<Vec<_>>());
    let data = Batch::new(x.view(), &labels[..]).expect("valid data");
    let train = |seed| -> FitSeed<Vec<u32>> {
        let mut network = Network::new(3, (Dense::new(6, Tanh), Dense::linear(4)), seed)?;
        let rate = if seed == 5 { 3e38 } else { 0.1 };
        let mut trainer = Trainer::new(Sgd::new()).learning_rate(rate).full_batch().epochs(5).seed(seed);
        let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), data, None)?;
        Ok((network.params().iter().map(|p| p.to_bits()).collect(), report))
    };
    let run = || {
        let (report, best) =
            fit_seeds((0..9).rev(), train, |report| report.fingerprint % 2 == 0).expect("valid");
        let seeds = report.runs().iter().map(|run| {
            let hash = run.report.as_ref().map(|report| report.fingerprint);
            (run.seed, run.success, hash.map_err(String::clone))
        });
        (seeds.collect::<Vec<_>>(), report.loss(), report.best(), best)
    };
    let once = on(1, run);
    assert_eq!(once.0.iter().map(|run| run.0).collect::<Vec<_>>(), (0..9).rev().collect::<Vec<_>>());
    assert_eq!(once.0.iter().filter(|run| run.2.is_err()).count(), 1);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads, run), once, "{threads} threads");
    }
}
