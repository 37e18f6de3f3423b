//! A network of 2-7-2 learns the exclusive or of noisy inputs: the first test of the reference.
//!
//! `cargo run --release --example 01_xor` writes `out/xor_loss.png`, `out/xor_boundary.png` and `out/tanh.png`.

use nn_plot::{DecisionRegions, LineChart, LossCurve, Picture};
use smallnet::{
    Activation, Converged, Dense, Every, Network, NoisyXor, ProgressBar, Sgd, SoftmaxCrossEntropy, Tanh,
    Trainer,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let train = NoisyXor::default().generate::<f64>(1)?;
    let test = NoisyXor::default().generate::<f64>(2)?;

    // f(x) = softmax(b2 + W2 tanh(b1 + W1 x)); the softmax belongs to the loss.
    let mut network = Network::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
    println!("{}", network.summary());

    let mut trainer = Trainer::new(Sgd::new())
        .learning_rate(1e-3)
        .l2(1e-3)
        .full_batch()
        .epochs(20_000)
        .record_every(100)
        .callback(Every(100, Converged::new(1e-5)))
        .callback(ProgressBar::new());
    let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train.view(), Some(test.view()))?;
    println!("{report}");

    LossCurve::new(&report.history).title("Noisy XOR, 2-7-2 tanh").save("out/xor_loss.png")?;
    DecisionRegions::new(&train, |x| network.predict_proba(x))
        .title("Training samples and regions, 2-7-2")
        .save("out/xor_boundary.png")?;
    let sample = |f: &dyn Fn(f64) -> f64| {
        (-80..=80).map(|i| f64::from(i) / 20.0).map(|z| (z, f(z))).collect::<Vec<_>>()
    };
    LineChart::new()
        .title("The activation and its derivative")
        .line("tanh z", sample(&|z| Tanh.apply(z)))
        .line("1 - tanh² z", sample(&|z| Tanh.derivative(z, Tanh.apply(z))))
        .x_label("z")
        .save("out/tanh.png")?;
    println!("pictures: out/xor_loss.png, out/xor_boundary.png, out/tanh.png");
    Ok(())
}
