//! An activation of one's own: its name, the function, its derivative; proven, then trained.
//!
//! `cargo run --release --example 04_custom_activation`

use smallnet::{Activation, Dense, Network, NoisyXor, Scalar, Sgd, SoftmaxCrossEntropy, Trainer, gradcheck};

/// f(z) = e^(-z²), f'(z) = -2 z f(z): a bump instead of a step.
#[derive(Debug, Clone, Copy)]
struct Gaussian;

impl Activation for Gaussian {
    fn name(&self) -> &'static str {
        "Gaussian"
    }

    fn apply<T: Scalar>(&self, z: T) -> T {
        (-z * z).exp()
    }

    fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
        -(z + z) * a
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("proof: {}", gradcheck::activation(&Gaussian)?);

    let train = NoisyXor::default().generate::<f64>(1)?;
    let test = NoisyXor::default().generate::<f64>(2)?;
    let mut network = Network::new(2, (Dense::new(7, Gaussian), Dense::linear(2)), 0)?;
    let mut trainer =
        Trainer::new(Sgd::new()).learning_rate(1e-3).full_batch().epochs(2000).record_every(100);
    let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train.view(), Some(test.view()))?;
    println!("{report}");
    Ok(())
}
