//! What can go wrong on one rank.

use std::ops::ControlFlow;
use std::process::{self, Command, ExitCode};
use std::thread;
use std::time::Duration;

use ndarray::Array2;
use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
use nn_mpi::{DistributedTrainer, Ranks, Share};
use nn_train::{Adam, Epoch, StopReason, Trainer};

type Failed = Box<dyn std::error::Error>;

pub(crate) fn run(how: &str) -> ExitCode {
    Ranks::run(|ranks| {
        ranks.set_timeout(Duration::from_secs(4));
        train(ranks, how)
    })
}

/// A run of which rank 1 has trouble.
fn train(ranks: &Ranks, how: &str) -> Result<(), Failed> {
    let is_it = ranks.rank() == 1;
    let trouble = |what: &str| is_it && how == what;
    let rows = if trouble("no rows") { 0 } else { 400 };
    let features = if trouble("other features") { 5 } else { 4 };
    let mut x = Array2::from_shape_fn((rows, features), |(n, j)| ((n * (j + 3)) % 19) as f32 / 19.0);
    if trouble("not a number") {
        x[[7, 2]] = f32::NAN;
    }
    let mut labels: Vec<usize> = (0..rows).map(|n| n % 3).collect();
    if trouble("another class") {
        labels[9] = 3;
    }
    if trouble("an error of its own") {
        return Err("the disk is gone".into());
    }
    let share: Share<f32, [usize]> = Share::new(ranks, x, labels, None)?;
    let seed = u64::from(trouble("other weights"));
    let mut network = Network::<f32, _>::new(4, (Dense::new(9, Tanh), Dense::linear(3)), seed)?;
    let rate = if trouble("other settings") { 0.02 } else { 0.01 };
    let trainer = Trainer::new(Adam::new()).learning_rate(rate).batch_size(300).epochs(5);
    let trainer = trainer.callback(|epoch: &mut Epoch<'_, f32>| {
        if !is_it || epoch.number() < 3 {
            return ControlFlow::Continue(());
        }
        match how {
            "abort" => process::abort(),
            "exit" => process::exit(0),
            "kill" => {
                let pid = process::id().to_string();
                Command::new("kill").args(["-9", &pid]).status().expect("there is such a command");
            }
            "hang" => loop {
                thread::sleep(Duration::from_secs(60));
            },
            "panic" => panic!("out of luck"),
            "callback" => return ControlFlow::Break(StopReason::Callback("enough, says rank 1".to_owned())),
            _ => {}
        }
        ControlFlow::Continue(())
    });
    let report = DistributedTrainer::new(ranks, trainer).fit(
        &mut network,
        &SoftmaxCrossEntropy::mean(),
        &share,
        None,
    )?;
    println!("rank {}: {} after {} epochs", ranks.rank(), report.reason, report.epochs);
    Ok(())
}
