//! Swapping the activation is a one-word change: both problems of the reference with tanh, sigmoid and relu.
//!
//! `cargo run --release --example 03_swap_activation` prints a table and writes `out/activations_xor.png` and
//! `out/activations_spirals.png`.

use std::error::Error;

use nn_plot::{LineChart, Picture};
use smallnet::{
    Activation, Classification, Dense, Network, NoisyXor, Relu, Report, RotatedSpirals, Sgd, Sigmoid,
    SoftmaxCrossEntropy, Tanh, Trainer,
};

fn main() -> Result<(), Box<dyn Error>> {
    let xor = [NoisyXor::default().generate(1)?, NoisyXor::default().generate(2)?];
    let spirals = [RotatedSpirals::default().generate(1)?, RotatedSpirals::default().generate(2)?];
    println!("problem  activation  loss    train accuracy  test accuracy");
    compare("XOR", "out/activations_xor.png", 7, &xor)?;
    compare("spirals", "out/activations_spirals.png", 15, &spirals)?;
    Ok(())
}

fn compare(
    problem: &str,
    picture: &str,
    hidden: usize,
    data: &[Classification<f64>; 2],
) -> Result<(), Box<dyn Error>> {
    let reports = [
        ("tanh", train(Tanh, hidden, data)?),
        ("sigmoid", train(Sigmoid, hidden, data)?),
        ("relu", train(Relu, hidden, data)?),
    ];
    for (name, report) in &reports {
        let (train, test) = (report.train, report.validation.ok_or("there is a test set")?);
        let [train_accuracy, test_accuracy] = [train, test].map(|score| score.accuracy.unwrap_or(f64::NAN));
        println!("{problem:7}  {name:10}  {:.4}  {train_accuracy:14.4}  {test_accuracy:13.4}", train.loss);
    }
    let chart = LineChart::new().title(format!("{problem}: training loss by activation"));
    let chart =
        reports.iter().fold(chart.x_label("epoch").y_label("loss").log_y(true), |chart, (name, report)| {
            chart.line(*name, report.history.records().iter().map(|r| (r.epoch as f64, r.train_loss)))
        });
    chart.save(picture)?;
    println!("picture: {picture}");
    Ok(())
}

fn train<A: Activation>(
    activation: A,
    hidden: usize,
    data: &[Classification<f64>; 2],
) -> Result<Report, Box<dyn Error>> {
    let [train, test] = data;
    let layers = (Dense::new(hidden, activation), Dense::linear(train.classes()));
    let mut network = Network::new(2, layers, 1)?;
    let mut trainer =
        Trainer::new(Sgd::new()).learning_rate(1e-3).l2(1e-3).full_batch().epochs(20_000).record_every(100);
    let (train, test) = (train.view(), test.view());
    Ok(trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train, Some(test))?)
}
