//! Trains a network on the rows of all ranks, and prints the fingerprint of the run, which is that of one process:
//! `mpirun -n 4 target/release/examples/ranks`.

use std::process::ExitCode;

use ndarray::Array2;
use nn_core::{Batch, Dense, Network, Relu, SoftmaxCrossEntropy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share};
use nn_train::{Adam, Trainer};

fn main() -> ExitCode {
    Ranks::run(|ranks| {
        // Each rank makes its own rows alone.
        let rows = Share::<f32, [usize]>::rows(20_000, ranks);
        let value = |n: usize, j: usize| ((n * (j + 3)) % 101) as f32 / 101.0;
        let x = Array2::from_shape_fn((rows.len(), 8), |(n, j)| value(rows.start + n, j));
        let labels: Vec<usize> = x.rows().into_iter().map(|row| usize::from(row[0] + row[1] > 1.0)).collect();

        let network = || Network::<f32, _>::new(8, (Dense::new(64, Relu), Dense::linear(2)), 0);
        let trainer = || Trainer::new(Adam::new()).batch_size(2048).epochs(10);
        let loss = SoftmaxCrossEntropy::mean();

        let share: Share<f32, [usize]> = Share::new(ranks, x.clone(), labels.clone(), None)?;
        let mut trained = network().map_err(nn_train::TrainError::from)?;
        let report = DistributedTrainer::new(ranks, trainer()).fit(&mut trained, &loss, &share, None)?;
        if ranks.is_first() {
            println!("{report}\n{} ranks: {:016x}", ranks.size(), report.fingerprint);
        }
        if ranks.size() == 1 {
            let mut trained = network().map_err(nn_train::TrainError::from)?;
            let data = Batch::new(x.view(), &labels[..]).map_err(nn_train::TrainError::from)?;
            let report = trainer().fit(&mut trained, &loss, data, None)?;
            println!("without MPI: {:016x}", report.fingerprint);
        }
        Ok::<(), Error>(())
    })
}
