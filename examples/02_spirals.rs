//! A network of 2-15-4 learns four rotated noisy spirals: the second test of the reference.
//!
//! `cargo run --release --example 02_spirals` writes `out/spirals_loss.png` and `out/spirals_boundary.png`.

use nn_plot::{DecisionRegions, LossCurve, Picture};
use smallnet::{
    Converged, Dense, Every, Network, ProgressBar, RotatedSpirals, Sgd, SoftmaxCrossEntropy, Tanh, Trainer,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
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

    LossCurve::new(&report.history)
        .title("Four rotated spirals, 2-15-4 tanh")
        .save("out/spirals_loss.png")?;
    DecisionRegions::new(&train, |x| network.predict_proba(x))
        .title("Training samples and regions, 2-15-4")
        .save("out/spirals_boundary.png")?;
    println!("pictures: out/spirals_loss.png, out/spirals_boundary.png");
    Ok(())
}
