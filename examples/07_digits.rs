//! A network of 64-32-10 reads handwritten digits: real data from a CSV file, mini-batches, early stopping.
//!
//! `cargo run --release --example 07_digits` writes `out/digits_loss.png`.

use nn_plot::{LossCurve, Picture};
use smallnet::{
    CsvOptions, Dense, EarlyStopping, Init, Network, ProgressBar, Relu, Sgd, SoftmaxCrossEntropy, Trainer,
    evaluate, rng,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let digits = CsvOptions::default().read_classes::<f32>(file)?.map_features(|_, grey| grey / 16.0)?;
    // A fifth is held out for the end; a tenth of the rest says when to stop.
    let (rest, test) = digits.stratified_split(0.2, 0)?;
    let (train, validation) = rest.stratified_split(0.1, 0)?;
    println!(
        "{} to train, {} to validate, {} to test",
        train.samples(),
        validation.samples(),
        test.samples()
    );

    let layers = (Dense::new(32, Relu), Dense::linear(10));
    let mut network = Network::with_init(64, layers, Init::HeNormal, &mut rng(0))?;
    let mut trainer = Trainer::new(Sgd::new())
        .learning_rate(0.2)
        .batch_size(32)
        .l2(1e-4)
        .epochs(200)
        .callback(EarlyStopping::new(50))
        .callback(ProgressBar::new());
    let report =
        trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train.view(), Some(validation.view()))?;
    println!("{report}");

    let score = evaluate(&network, &SoftmaxCrossEntropy::mean(), test.view())?;
    println!("test loss {:.4}, accuracy {:.4}", score.loss, score.accuracy.unwrap_or(f64::NAN));
    LossCurve::new(&report.history).title("Digits, 64-32-10 relu").save("out/digits_loss.png")?;
    println!("picture: out/digits_loss.png");
    Ok(())
}
