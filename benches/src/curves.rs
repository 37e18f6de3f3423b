//! Draws what a step of training costs against samples and against weights: `cargo run --release -p smallnet-benches --bin
//! curves` writes `out/cost_of_samples.png` and `out/cost_of_weights.png`.

use std::error::Error;
use std::time::Instant;

use nn_plot::{LineChart, Picture};
use smallnet::{Batch, Dense, Network, Sgd, SoftmaxCrossEntropy, Tanh};
use smallnet_benches::{Epochs, keep, table};

/// Seconds of a full-batch step in `f32` on a network of 16-`hidden`-4: the fastest of some rounds.
fn seconds(samples: usize, hidden: usize) -> Result<f64, Box<dyn Error>> {
    let (x, labels) =
        (keep(table::<f32>(samples, 16)), keep((0..samples).map(|n| n % 4).collect::<Vec<_>>()));
    let network = Network::new(16, (Dense::new(hidden, Tanh), Dense::linear(4)), 0)?;
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Sgd::<f32>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 0.01, l2: 0.0, batch: samples };
    let mut epoch = epochs.prepare(Batch::new(x.view(), &labels[..])?);
    let rounds = (0..30).map(|_| {
        let began = Instant::now();
        let mut steps = 0;
        while began.elapsed().as_millis() < 5 {
            epoch();
            steps += 1;
        }
        began.elapsed().as_secs_f64() / f64::from(steps)
    });
    Ok(rounds.fold(f64::INFINITY, f64::min))
}

fn main() -> Result<(), Box<dyn Error>> {
    let measure = |samples: usize, hidden: usize, x: usize| -> Result<(f64, f64), Box<dyn Error>> {
        let microseconds = 1e6 * seconds(samples, hidden)?;
        println!("{samples:6} samples, {:6} weights: {microseconds:10.2} us", 20 * hidden);
        Ok((x as f64, microseconds))
    };
    let samples = (6..=16).map(|k| measure(1 << k, 16, 1 << k)).collect::<Result<Vec<_>, _>>()?;
    draw("out/cost_of_samples.png", "A step of 16-16-4 against its samples", "samples", &samples)?;
    let weights = (3..=12).map(|k| measure(256, 1 << k, 20 << k)).collect::<Result<Vec<_>, _>>()?;
    draw("out/cost_of_weights.png", "A step on 256 samples against the weights", "weights", &weights)?;
    println!("pictures: out/cost_of_samples.png, out/cost_of_weights.png");
    Ok(())
}

/// The measured points, and the line of the last point's cost a piece.
fn draw(path: &str, title: &str, what: &str, points: &[(f64, f64)]) -> Result<(), Box<dyn Error>> {
    let (first, last) = points.first().zip(points.last()).ok_or("nothing was measured")?;
    let line = [first.0, last.0].map(|x| (x, last.1 * x / last.0));
    LineChart::new()
        .title(title)
        .line_and_points("measured", points.iter().copied())
        .line("the last one's cost a piece", line)
        .x_label(what)
        .y_label("microseconds")
        .log_x(true)
        .log_y(true)
        .save(path)?;
    Ok(())
}
