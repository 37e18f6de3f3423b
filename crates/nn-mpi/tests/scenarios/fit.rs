//! Runs of every kind, in one process and on several ranks.

use std::process::ExitCode;

use ndarray::{Array2, ArrayRef2, Axis, Slice};
use nn_core::{
    Batch, BatchNorm, Dense, Dropout, HalfSquaredError, Layer, Loss, MeanSquaredError, Network, Relu, Scalar,
    SoftmaxCrossEntropy, Tanh,
};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, SharedTargets};
use nn_train::schedule::ReduceOnPlateau;
use nn_train::{Adam, EarlyStopping, Optimizer, Report, Sgd, Trainer};

/// Who trains.
trait Fit {
    fn fit<T, O, L, P, Y>(
        &self,
        trainer: Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        loss: &P,
        data: [Batch<'_, T, Y>; 2],
    ) -> Result<Report, Error>
    where
        T: Scalar + mpi::traits::Equivalence,
        O: Optimizer<T>,
        L: Layer<T>,
        P: Loss<T, Y>,
        Y: SharedTargets<T> + ?Sized;
}

struct Local;

impl Fit for Local {
    fn fit<T, O, L, P, Y>(
        &self,
        mut trainer: Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        loss: &P,
        [train, held]: [Batch<'_, T, Y>; 2],
    ) -> Result<Report, Error>
    where
        T: Scalar + mpi::traits::Equivalence,
        O: Optimizer<T>,
        L: Layer<T>,
        P: Loss<T, Y>,
        Y: SharedTargets<T> + ?Sized,
    {
        Ok(trainer.fit(network, loss, train, Some(held))?)
    }
}

impl Fit for &Ranks {
    fn fit<T, O, L, P, Y>(
        &self,
        trainer: Trainer<'_, T, O>,
        network: &mut Network<T, L>,
        loss: &P,
        [train, held]: [Batch<'_, T, Y>; 2],
    ) -> Result<Report, Error>
    where
        T: Scalar + mpi::traits::Equivalence,
        O: Optimizer<T>,
        L: Layer<T>,
        P: Loss<T, Y>,
        Y: SharedTargets<T> + ?Sized,
    {
        let (train, held) = (Share::of(self, &train)?, Share::of(self, &held)?);
        DistributedTrainer::new(self, trainer).fit(network, loss, &train, Some(&held))
    }
}

pub(crate) fn local() -> ExitCode {
    runs(&Local).iter().for_each(|line| println!("{line}"));
    ExitCode::SUCCESS
}

pub(crate) fn shared() -> ExitCode {
    Ranks::run(|ranks| {
        let lines = runs(&ranks);
        // All ranks have come to the same.
        ranks.check_same("what has come of it", &lines.join("\n"), "mend nn-mpi")?;
        if ranks.is_first() {
            lines.iter().for_each(|line| println!("{line}"));
        }
        Ok::<(), Error>(())
    })
}

fn table<T: Scalar>(rows: usize, columns: usize) -> Array2<T> {
    Array2::from_shape_fn((rows, columns), |(n, j)| T::of(((31 * n + 17 * j + n * j) % 255) as f64 / 255.0))
}

/// A line a run: its fingerprint and its scores, to the bit.
fn line(name: &str, report: &Report) -> String {
    let bits = |loss: f64| format!("{:016x}", loss.to_bits());
    let held = report.validation.map(|score| bits(score.loss));
    let last = report.history.records().last();
    format!(
        "{name}: {:016x} after {} epochs, {:?}, {} {held:?} {:?} {last:?}",
        report.fingerprint,
        report.epochs,
        report.reason,
        bits(report.train.loss),
        report.train.accuracy
    )
}

fn runs(fit: &impl Fit) -> Vec<String> {
    let mut lines = Vec::new();
    let mut push = |name: &str, report: Result<Report, Error>| {
        lines.push(match report {
            Ok(report) => line(name, &report),
            Err(error) => format!("{name}: {error}"),
        });
    };

    // Some shards, the last of them shorter; noise, which each shard has of its own; a mini-batch that is shorter.
    let (x, labels): (Array2<f32>, Vec<usize>) = (table(3100, 4), (0..3100).map(|n| n * n % 5 % 3).collect());
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let layers = || (Dense::new(32, Tanh), Dropout::new(0.2), Dense::new(16, Relu), Dense::linear(3));
    let loss = SoftmaxCrossEntropy::mean();
    for batch_size in [3100, 1024, 200, 32] {
        let mut network = Network::new(4, layers(), 0).expect("it fits");
        let trainer = Trainer::new(Adam::new()).batch_size(batch_size).epochs(3).l2(0.01);
        push(&format!("classes by {batch_size}"), fit.fit(trainer, &mut network, &loss, [data, data]));
    }

    // Early stopping gives weights back, a schedule remembers, parts of a mini-batch are added up.
    let held = Batch::new(x.slice_axis(Axis(0), Slice::from(..700)), &labels[..700]).expect("finite");
    let mut network = Network::new(4, layers(), 1).expect("it fits");
    let trainer =
        Trainer::new(Adam::new()).learning_rate(0.1).batch_size(400).gradient_accumulation(3).epochs(30);
    let trainer = trainer.callback(EarlyStopping::new(3)).schedule(ReduceOnPlateau::new().patience(1));
    push("early stopping", fit.fit(trainer, &mut network, &loss, [data, held]));

    // The state of a layer that looks at the whole mini-batch.
    let mut network =
        Network::new(4, (Dense::new(8, Tanh), BatchNorm::new(), Dense::linear(3)), 0).expect("it fits");
    push(
        "batch norm",
        fit.fit(Trainer::new(Adam::new()).batch_size(500).epochs(2), &mut network, &loss, [data, data]),
    );

    // Values, weights, some of them 0 for whole shards and blocks; double precision; a large network, whose sums go by pieces.
    let (x, y): (Array2<f64>, Array2<f64>) = (table(2900, 5), table(2900, 2));
    let weights: Vec<f64> =
        (0..2900).map(|n| if (600..1900).contains(&n) { 0.0 } else { f64::from(n % 3) }).collect();
    let data: Batch<'_, f64, ArrayRef2<f64>> = Batch::new(x.view(), &*y).expect("finite");
    let weighted = data.with_weights(&weights).expect("valid");
    let wide = || (Dense::new(120, Tanh), Dense::new(40, Tanh), Dense::linear(2));
    for (name, data) in [("values", data), ("weighted", weighted)] {
        let mut network = Network::new(5, wide(), 3).expect("it fits");
        let trainer = Trainer::new(Sgd::new().momentum(0.9)).full_batch().epochs(3).clip_norm(1.0);
        push(name, fit.fit(trainer, &mut network, &MeanSquaredError::mean(), [data, data]));
    }

    // A sum, whose mini-batches share the penalty out.
    let mut network = Network::new(5, wide(), 4).expect("it fits");
    let trainer = Trainer::new(Sgd::new()).learning_rate(1e-5).batch_size(1000).epochs(2).l1(0.1).l2(0.1);
    push("a sum", fit.fit(trainer, &mut network, &HalfSquaredError::sum(), [data, data]));

    // It diverges: the same error, with the place where it began.
    let mut network = Network::new(5, wide(), 4).expect("it fits");
    let trainer = Trainer::new(Sgd::new()).learning_rate(1e200).batch_size(1000).epochs(9);
    push("diverges", fit.fit(trainer, &mut network, &MeanSquaredError::mean(), [data, data]));
    lines
}
