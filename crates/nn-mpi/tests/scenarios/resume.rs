//! A run that is killed and gone on with.

use std::ops::ControlFlow;
use std::process::{self, ExitCode};

use ndarray::Array2;
use nn_core::{Batch, Dense, Dropout, Network, Relu, Sequential, SoftmaxCrossEntropy};
use nn_model::Checkpoints;
use nn_mpi::{DistributedTrainer, Ranks, Share, newest};
use nn_train::schedule::ReduceOnPlateau;
use nn_train::{Adam, EarlyStopping, Epoch, Trainer};

/// Goes on with the run in the folder, if there is one; the last rank dies in epoch `dies`.
pub(crate) fn run(folder: &str, epochs: &str, dies: &str) -> ExitCode {
    let (epochs, dies) = (epochs.parse().expect("a number"), dies.parse::<usize>().ok());
    Ranks::run(|ranks| {
        let x = Array2::from_shape_fn((2500, 6), |(n, j)| ((n * (j + 3) + n * n) % 101) as f32 / 101.0);
        let labels: Vec<usize> = x.rows().into_iter().map(|row| usize::from(row[0] + row[1] > 1.0)).collect();
        let share: Share<f32, [usize]> = Share::of(ranks, &Batch::new(x.view(), &labels[..])?)?;

        let checkpoints = Checkpoints::new(folder).every_steps(2);
        let (mut network, trainer) = if let Some(saved) = newest::<f32, Adam<f32>>(ranks, &checkpoints)? {
            if ranks.is_first() {
                eprintln!("goes on after {:?}", saved.state.progress());
            }
            (saved.model.into_network(), Trainer::new(saved.optimizer).resume(saved.state))
        } else {
            let layers =
                Sequential::new().then(Dense::new(20, Relu)).then(Dropout::new(0.1)).then(Dense::linear(2));
            (Network::new(6, layers, 0)?, Trainer::new(Adam::new()))
        };
        let last = ranks.rank() + 1 == ranks.size();
        let trainer = trainer.learning_rate(0.02).batch_size(700).epochs(epochs);
        let trainer =
            trainer.callback(EarlyStopping::new(4)).schedule_steps(ReduceOnPlateau::new().patience(1));
        let trainer = trainer.callback(move |epoch: &mut Epoch<'_, f32>| {
            if last && Some(epoch.number()) == dies {
                process::abort();
            }
            ControlFlow::Continue(())
        });
        let trainer = DistributedTrainer::new(ranks, trainer);
        let mut trainer = trainer.on_first(|trainer| trainer.checkpointer(checkpoints));
        let loss = SoftmaxCrossEntropy::mean();
        let report = trainer.fit(&mut network, &loss, &share, Some(&share))?;
        if ranks.is_first() {
            println!("{:016x} after {} epochs, {:?}", report.fingerprint, report.epochs, report.reason);
            println!("{:?} {:?}", report.train, report.history);
        }
        Ok::<(), Box<dyn std::error::Error>>(())
    })
}
