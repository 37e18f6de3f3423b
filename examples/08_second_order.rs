//! Second-order optimizers on the spirals: a hundred steps of theirs, or twenty thousand against the gradient.
//!
//! `cargo run --release --example 08_second_order` prints a table and writes `out/second_order_loss.png`.

use std::error::Error;

use nn_plot::{LineChart, Picture};
use smallnet::{
    Classification, Dense, Lbfgs, LevenbergMarquardt, Network, Optimizer, Report, RotatedSpirals, Sgd,
    SoftmaxCrossEntropy, Tanh, Trainer,
};

/// Epochs of L-BFGS, and of the picture.
const EPOCHS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let train = RotatedSpirals::default().generate(1)?;
    let test = RotatedSpirals::default().generate(2)?;
    let data = [&train, &test];
    let runs = [
        ("gradient descent", fit(Sgd::new(), 20_000, 10, data)?),
        ("L-BFGS", fit(Lbfgs::new(), EPOCHS, 1, data)?),
        ("Levenberg-Marquardt", fit(LevenbergMarquardt::new(), 60, 1, data)?),
    ];

    println!("optimizer            epochs  loss    test accuracy  time");
    for (name, report) in &runs {
        let accuracy = report.validation.and_then(|score| score.accuracy).ok_or("there is a test set")?;
        let (epochs, loss, time) = (report.epochs, report.train.loss, report.elapsed);
        println!("{name:19}  {epochs:6}  {loss:.4}  {accuracy:13.4}  {time:.2?}");
    }

    let goal = runs[0].1.train.loss;
    for (name, report) in &runs[1..] {
        let reached = report.history.records().iter().find(|record| record.train_loss < goal);
        let epoch = reached.ok_or("it is not reached")?.epoch;
        println!("{name} is below the loss of 20,000 epochs of gradient descent after {epoch}");
    }
    let chart = LineChart::new().title("Spirals, 2-15-4: the loss by optimizer");
    let chart =
        runs.iter().fold(chart.x_label("epoch").y_label("loss").log_y(true), |chart, (name, report)| {
            let records = report.history.records().iter().filter(|record| record.epoch <= EPOCHS);
            chart.line(*name, records.map(|record| (record.epoch as f64, record.train_loss)))
        });
    chart.horizontal("gradient descent, 20,000 epochs", goal).save("out/second_order_loss.png")?;
    println!("picture: out/second_order_loss.png");
    Ok(())
}

/// The network of `02_spirals`, with another optimizer. Losses of every epoch would take gradient descent longer than its steps.
fn fit<O: Optimizer<f64>>(
    optimizer: O,
    epochs: usize,
    record_every: usize,
    [train, test]: [&Classification<f64>; 2],
) -> Result<Report, Box<dyn Error>> {
    let mut network = Network::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    // The second-order optimizers find the length of their steps by themselves.
    let trainer = Trainer::new(optimizer).learning_rate(1e-3).l2(1e-3).full_batch();
    let mut trainer = trainer.epochs(epochs).record_every(record_every);
    Ok(trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train.view(), Some(test.view()))?)
}
