//! Draws what a step of training costs against samples and against weights: `cargo run --release -p smallnet-benches --bin
//! curves` writes `out/cost_of_samples.png` and `out/cost_of_weights.png`.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use smallnet::{Batch, Dense, Network, Sgd, SoftmaxCrossEntropy, Tanh};
use smallnet_benches::{Epochs, keep, table};

type Outcome = Result<(), Box<dyn Error>>;

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

/// The measured points, and the line of the last point's cost a piece.
fn draw(file: &str, title: &str, points: &[(f64, f64)]) -> Outcome {
    let (first, last) = (points[0], points[points.len() - 1]);
    let line = |x: f64| last.1 * x / last.0;
    let low = points.iter().map(|point| point.1).fold(line(first.0), f64::min);
    let path = Path::new("out").join(file);
    let area = BitMapBackend::new(&path, (640, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d((first.0..last.0).log_scale(), (low * 0.8..last.1 * 1.25).log_scale())?;
    let label = |x: &f64| if *x >= 1000.0 { format!("{}k", x / 1000.0) } else { format!("{x}") };
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&label)
        .y_desc("microseconds")
        .label_style(("sans-serif", 13))
        .draw()?;
    chart.draw_series(LineSeries::new([first.0, last.0].map(|x| (x, line(x))), BLACK.mix(0.4)))?;
    chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(2)))?;
    chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, BLUE.filled())))?;
    area.present()?;
    println!("wrote {}", path.display());
    Ok(())
}

fn main() -> Outcome {
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::HACK_REGULAR)
        .map_err(|_| "the font cannot be read")?;
    std::fs::create_dir_all("out")?;
    let measure = |samples: usize, hidden: usize, x: usize| -> Result<(f64, f64), Box<dyn Error>> {
        let microseconds = 1e6 * seconds(samples, hidden)?;
        println!("{samples:6} samples, {:6} weights: {microseconds:10.2} us", 20 * hidden);
        Ok((x as f64, microseconds))
    };
    let samples = (6..=16).map(|k| measure(1 << k, 16, 1 << k)).collect::<Result<Vec<_>, _>>()?;
    draw("cost_of_samples.png", "a step of 16-16-4 against its samples", &samples)?;
    let weights = (3..=12).map(|k| measure(256, 1 << k, 20 << k)).collect::<Result<Vec<_>, _>>()?;
    draw("cost_of_weights.png", "a step on 256 samples against the weights", &weights)
}
