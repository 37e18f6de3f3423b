//! A network of 2-15-4 learns four rotated noisy spirals: the second test of the reference.
//!
//! `cargo run --release --example 02_spirals` writes `out/spirals_loss.png` and `out/spirals_boundary.png`.

use smallnet::{
    Converged, Dense, Every, Network, ProgressBar, RotatedSpirals, Sgd, SoftmaxCrossEntropy, Tanh, Trainer,
};

fn main() -> nn_plot::Outcome {
    let train = RotatedSpirals::default().generate::<f64>(1)?;
    let test = RotatedSpirals::default().generate::<f64>(2)?;

    let mut network = Network::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
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

    let title = "Four rotated spirals, 2-15-4 tanh";
    let loss = nn_plot::loss_curve("out/spirals_loss.png", title, &report.history)?;
    let boundary = nn_plot::decision_boundary(
        "out/spirals_boundary.png",
        "Training samples and regions, 2-15-4",
        &train,
        &|x| Ok(network.predict_classes(x)?),
    )?;
    println!("pictures: {loss}, {boundary}");
    Ok(())
}
