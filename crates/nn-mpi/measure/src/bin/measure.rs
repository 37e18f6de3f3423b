//! Times steps and sums on the ranks that it is run on, and prints a line each: `mpirun -n 2 measure`.
//!
//! `alone,SHAPE,BATCH,1,SECONDS` a step of `Trainer::fit`; `step,SHAPE,BATCH,RANKS,SECONDS` one of `DistributedTrainer`;
//! `sum,PARAMS,PARTS,RANKS,SECONDS` by `Sums`; `mpi,PARAMS,1,RANKS,SECONDS` by MPI's own all-reduce.

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mpi::collective::SystemOperation;
use mpi::traits::CommunicatorCollectives;
use ndarray::Array2;
use nn_core::{Batch, Network, SoftmaxCrossEntropy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, Sums};
use nn_mpi_measure::{BATCHES, Layers, SHAPES, Shape};
use nn_train::{Adam, Epoch, Trainer};

/// Epochs of two steps that are timed at least.
const EPOCHS: usize = 4;

/// Seconds that a case takes, about.
const SECONDS: f64 = 0.6;

fn main() -> ExitCode {
    Ranks::run(|ranks| {
        ranks.set_timeout(Duration::from_secs(120));
        let mut sums = Sums::new();
        for params in [1_000, 10_000, 100_000, 1_000_000] {
            for parts in [ranks.size(), 8 * ranks.size()] {
                let mine = vec![1.0_f32; parts / ranks.size() * params];
                let mut sum = vec![0.0; params];
                let seconds = least(ranks, || sums.add_up(ranks, parts, &mine, &mut sum));
                say(ranks, "sum", &params.to_string(), parts, seconds);
            }
            let (mine, mut sum) = (vec![1.0_f32; params], vec![0.0_f32; params]);
            let world = mpi::topology::SimpleCommunicator::world();
            let seconds =
                least(ranks, || world.all_reduce_into(&mine[..], &mut sum[..], SystemOperation::sum()));
            say(ranks, "mpi", &params.to_string(), 1, seconds);
        }
        for shape in SHAPES {
            for batch in BATCHES {
                steps(ranks, &shape, batch)?;
            }
        }
        Ok::<(), Error>(())
    })
}

fn say(ranks: &Ranks, what: &str, shape: &str, size: usize, seconds: f64) {
    if ranks.is_first() {
        println!("{what},{shape},{size},{},{seconds:.9}", ranks.size());
    }
}

/// The least of some times that all ranks take, as rank 0 sees it: what disturbs the machine only adds.
fn least(ranks: &Ranks, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    let mut least = f64::INFINITY;
    let mut rounds = 0;
    loop {
        let begun_one = Instant::now();
        work();
        least = least.min(begun_one.elapsed().as_secs_f64());
        rounds += 1;
        // All stop after the same round.
        if rounds % 10 == 0 {
            let over = begun.elapsed().as_secs_f64() > SECONDS / 3.0;
            if ranks.gather_numbers("timing", u64::from(over))[0] == 1 {
                return least;
            }
        }
    }
}

/// Times steps of one shape.
fn steps(ranks: &Ranks, shape: &Shape, batch: usize) -> Result<(), Error> {
    let (features, classes) = (shape.sizes[0], shape.sizes[3]);
    // Two steps an epoch, so that rows travel.
    let x = Array2::from_shape_fn((2 * batch, features), |(n, j)| {
        ((31 * n + 17 * j + n * j) % 255) as f32 / 255.0
    });
    let labels: Vec<usize> = (0..2 * batch).map(|n| n % classes).collect();
    let data = Batch::new(x.view(), &labels[..]).map_err(nn_train::TrainError::from)?;
    let loss = SoftmaxCrossEntropy::mean();
    let share = Share::of(ranks, &data)?;

    // As many epochs as fit in the time, by the first few.
    let mut epochs = EPOCHS;
    let time = |epochs: usize, alone: bool| -> Result<f64, Error> {
        let mut network: Network<f32, Layers> = shape.network();
        let (mut last, mut least) = (None, f64::INFINITY);
        let trainer = Trainer::new(Adam::new()).batch_size(batch).epochs(epochs).record_every(epochs);
        let trainer = trainer.callback(|epoch: &mut Epoch<'_, f32>| {
            // The first and the last one have a score.
            if let Some(last) = last.filter(|_| epoch.number() > 2) {
                least = f64::min(least, Instant::now().duration_since(last).as_secs_f64());
            }
            last = Some(Instant::now());
            ControlFlow::Continue(())
        });
        if alone {
            let mut trainer = trainer;
            trainer.fit(&mut network, &loss, data, None)?;
        } else {
            DistributedTrainer::new(ranks, trainer).fit(&mut network, &loss, &share, None)?;
        }
        Ok(least / 2.0)
    };
    let first = time(epochs, false)?;
    let more = ranks.from_first("timing", || format!("{:.0}", (SECONDS / (2.0 * first)).clamp(4.0, 1000.0)));
    epochs = more.parse().expect("a number");
    say(ranks, "step", shape.name, batch, time(epochs, false)?);
    if ranks.size() == 1 {
        say(ranks, "alone", shape.name, batch, time(epochs, true)?);
    }
    Ok(())
}
