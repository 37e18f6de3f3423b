//! A network of 2-7-2 learns the exclusive or of noisy inputs: the first test of the reference.
//!
//! `cargo run --release --example 01_xor` writes `out/xor_loss.png`, `out/xor_boundary.png` and `out/tanh.png`.

use nn_plot::Curve;
use smallnet::{
    Activation, Converged, Dense, Every, Network, NoisyXor, ProgressBar, Sgd, SoftmaxCrossEntropy, Tanh,
    Trainer,
};

fn main() -> nn_plot::Outcome {
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

    let loss = nn_plot::loss_curve("out/xor_loss.png", "Noisy XOR, 2-7-2 tanh", &report.history)?;
    let boundary = nn_plot::decision_boundary(
        "out/xor_boundary.png",
        "Training samples and regions, 2-7-2",
        &train,
        &|x| Ok(network.predict_classes(x)?),
    )?;
    let sample =
        |f: &dyn Fn(f64) -> f64| (-80..=80).map(|i| f64::from(i) / 20.0).map(|z| (z, f(z))).collect();
    let tanh = Curve { name: "tanh z", points: sample(&|z| Tanh.apply(z)) };
    let slope = Curve { name: "1 - tanh² z", points: sample(&|z| Tanh.derivative(z, Tanh.apply(z))) };
    let functions = nn_plot::functions("out/tanh.png", "The activation and its derivative", &[tanh, slope])?;
    println!("pictures: {loss}, {boundary}, {functions}");
    Ok(())
}
