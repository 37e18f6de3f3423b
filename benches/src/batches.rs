//! Prints and draws what a step costs over batch sizes and widths, and what a single prediction does: `cargo run --release
//! -p smallnet-benches --bin batches`.
//!
//! Timed are steps of networks with two hidden layers, in training, on one thread; the best of rounds that take turns
//! counts. The pictures are `out/batches_f32.png` and `out/batches_f64.png`. The program fails if a batch costs more than 1.15 times one that is larger.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use nn_plot::{LineChart, Picture};
use smallnet::{
    Adam, Batch, Dense, Identity, Layer, Link, Network, Relu, Scalar, SoftmaxCrossEntropy, Tanh, Workspace,
};
use smallnet_benches::{Epochs, Work, keep, table};

const BATCHES: [usize; 17] = [1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 96];
const WIDTHS: [usize; 6] = [2, 7, 16, 64, 200, 512];

/// What a batch may cost beside a larger one: a timer's noise, and the difference of a vector that is not full.
const TOLERATED: f64 = 1.15;

fn step<T: Scalar>(width: usize, batch: usize) -> Work {
    let (x, labels) = (keep(table::<T>(batch, 20)), keep((0..batch).map(|n| n % 2).collect::<Vec<_>>()));
    let layers = (Dense::new(width, Relu), Dense::new(width, Relu), Dense::linear(2));
    let network = Network::new(20, layers, 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Adam::<T>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch };
    Box::new(epochs.prepare(Batch::new(x.view(), &labels[..]).expect("finite")))
}

/// The least microseconds that each takes, in rounds of some 0.2 ms that take turns.
fn best_of(works: &mut [Work]) -> Vec<f64> {
    let times = |work: &mut Work, count: u32| {
        let began = Instant::now();
        (0..count).for_each(|_| work());
        began.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    };
    let counts: Vec<u32> = works
        .iter_mut()
        .map(|work| {
            let once = times(work, 3);
            (1..1000).find(|&count| f64::from(count) * once > 200.0).unwrap_or(1000)
        })
        .collect();
    let mut best = vec![f64::INFINITY; works.len()];
    for _ in 0..60 {
        for ((work, &count), best) in works.iter_mut().zip(&counts).zip(&mut best) {
            *best = best.min(times(work, count));
        }
    }
    best
}

/// Batches that cost more than a larger one.
fn cliffs(costs: &[f64]) -> Vec<usize> {
    let least_after = |n: usize| costs[n..].iter().copied().fold(f64::INFINITY, f64::min);
    (0..costs.len()).filter(|&n| costs[n] > TOLERATED * least_after(n)).map(|n| BATCHES[n]).collect()
}

fn single<L: Layer<f32> + Clone + 'static>(name: &str, layers: L, inputs: usize, link: Link) {
    let mut network = Network::<f32, L>::new(inputs, layers, 0).expect("it fits");
    network.set_link(link);
    let x = keep(table::<f32>(1, inputs).into_raw_vec_and_offset().0);
    let (predictor, mut out) = (network.predictor(), vec![0.0; network.out_dim()]);
    let (mut workspace, mut row) = (Workspace::new(), out.clone());
    let mut works: [Work; 2] = [
        Box::new(move || {
            network.predict_row(std::hint::black_box(x), &mut workspace, &mut row).expect("it fits");
        }),
        Box::new(move || predictor.predict_proba(std::hint::black_box(x), &mut out).expect("it fits")),
    ];
    let best = best_of(&mut works);
    println!("{name:14} {:8.0} {:8.0}", best[0] * 1e3, best[1] * 1e3);
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    println!("nanoseconds of a prediction of one sample, f32: predict_row, predictor");
    let output = |outputs: usize| -> Dense<Identity> { Dense::linear(outputs) };
    single("20-64-32-2", (Dense::new(64, Relu), Dense::new(32, Relu), output(2)), 20, Link::Softmax);
    single("6-64-8-4", (Dense::new(64, Relu), Dense::new(8, Relu), output(4)), 6, Link::Identity);
    single("2-15-4 tanh", (Dense::new(15, Tanh), output(4)), 2, Link::Softmax);
    single("784-128-10", (Dense::new(128, Relu), output(10)), 784, Link::Identity);

    println!("\nmicroseconds of a step of 20-width-width-2 with Adam, by the batch");
    print!("{:9}", "");
    BATCHES.iter().for_each(|batch| print!(" {batch:>7}"));
    println!();
    let mut bad = false;
    for (name, prepare) in
        [("f32", step::<f32> as fn(usize, usize) -> Work), ("f64", step::<f64> as fn(usize, usize) -> Work)]
    {
        let mut chart = LineChart::new()
            .title(format!("A step of 20-width-width-2 with Adam, {name}"))
            .x_label("samples of a batch")
            .y_label("microseconds")
            .log_x(true)
            .log_y(true);
        for width in WIDTHS {
            let mut works: Vec<Work> = BATCHES.iter().map(|&batch| prepare(width, batch)).collect();
            let costs = best_of(&mut works);
            print!("{name} {width:>5}");
            costs.iter().for_each(|cost| print!(" {cost:7.2}"));
            let cliffs = cliffs(&costs);
            println!(
                "{}",
                if cliffs.is_empty() {
                    String::new()
                } else {
                    format!("  dearer than a larger batch: {cliffs:?}")
                }
            );
            bad |= !cliffs.is_empty();
            let points = BATCHES.iter().map(|&batch| batch as f64).zip(costs);
            chart = chart.line_and_points(format!("width {width}"), points);
        }
        let path = format!("out/batches_{name}.png");
        chart.save(&path)?;
        println!("drawn in {path}");
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
