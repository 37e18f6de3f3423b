//! Layers with noise in a run of training.

use ndarray::Array2;
use nn_core::{AlphaDropout, Batch, Dense, Dropout, GaussianNoise, HalfSquaredError, Network, Tanh, rng};
use nn_train::{Sgd, Trainer};
use rand_distr::{Distribution, StandardNormal};

fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut rng))
}

/// The noise is that of the run's seed and of the step, also where a batch is cut into shards.
#[test]
fn a_run_with_noise_can_be_repeated() {
    let x = matrix(600, 3, 1);
    let y = matrix(600, 2, 2);
    let run = |seed| {
        let noise =
            (GaussianNoise::new(0.5), Dense::new(8, Tanh), Dropout::new(0.5), AlphaDropout::new(0.25));
        let mut network = Network::new(3, (noise, Dense::linear(2)), 0).expect("it fits");
        let data = Batch::new(x.view(), &*y).expect("valid data");
        let mut trainer = Trainer::new(Sgd::new()).full_batch().epochs(3).seed(seed);
        trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains");
        network.params().to_vec()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
