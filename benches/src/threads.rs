//! Prints what all threads save beside one, over a grid of shapes, and what it costs to wake one up: `cargo run --release
//! -p smallnet-benches --features parallel --bin threads`. With a part of a name, such as `images`, only those are timed.
//!
//! Timed are epochs of two mini-batches, shuffled, gathered, and stepped on, of networks of some inputs, two hidden layers
//! of as many units, and 10 outputs; and those of the workloads. Rounds on one thread and on all take turns; each pair has
//! a ratio, above 1 if threads are faster, and their median counts, since a core is not as fast at all times. All of them
//! are drawn against the time of a step in `out/threads.png`. The program fails if one is below 0.97.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use nn_plot::{LineChart, Picture};
use smallnet::{Batch, Dense, Network, Relu, Scalar, Sgd, SoftmaxCrossEntropy};
use smallnet_benches::{Epochs, WORKLOADS, Work, keep, table};

/// The smallest ratio that is not a loss.
const TOLERATED: f64 = 0.97;

/// Seconds that a round takes, if an epoch is not longer.
const ROUND: f64 = 5e-5;

fn epoch<T: Scalar>(inputs: usize, hidden: usize, batch: usize) -> Work {
    let (x, labels) =
        (keep(table::<T>(2 * batch, inputs)), keep((0..2 * batch).map(|n| n % 10).collect::<Vec<_>>()));
    let layers = (Dense::new(hidden, Relu), Dense::new(hidden, Relu), Dense::linear(10));
    let network = Network::new(inputs, layers, 0).expect("it fits");
    let (loss, optimizer) = (SoftmaxCrossEntropy::mean(), Sgd::<T>::new());
    let epochs = Epochs { network, loss, optimizer, learning_rate: 1e-3, l2: 0.0, batch };
    Box::new(epochs.prepare(Batch::new(x.view(), &labels[..]).expect("finite")))
}

/// The seconds of rounds that take turns, on one thread and on all.
fn race(work: &mut Work) -> Vec<[f64; 2]> {
    let began = Instant::now();
    work();
    let once = began.elapsed().as_secs_f64().max(1e-7);
    let times = (1..1000).find(|&n| f64::from(n) * once > ROUND).unwrap_or(1000);
    let (pairs, rounds) = if once < 0.002 { (15, 10) } else { (5, 2) };
    let time = |work: &mut Work| {
        if once < 0.002 {
            // Warm-up: the other core's cache, and threads that have fallen asleep.
            work();
        }
        let rounds = (0..rounds).map(|_| {
            let began = Instant::now();
            (0..times).for_each(|_| work());
            began.elapsed().as_secs_f64() / f64::from(times)
        });
        rounds.fold(f64::INFINITY, f64::min)
    };
    // On a thread of the pool, as `Trainer::fit` is if the work is worth it.
    (0..pairs).map(|_| [time(work), rayon::scope(|_| time(work))]).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// Something to be timed, and what its rounds have shown.
struct Case {
    name: String,
    prepare: Box<dyn Fn() -> Work>,
    rounds: Vec<[f64; 2]>,
}

impl Case {
    fn new(name: String, prepare: impl Fn() -> Work + 'static) -> Self {
        Self { name, prepare: Box::new(prepare), rounds: Vec::new() }
    }

    fn ratio(&self) -> f64 {
        median(self.rounds.iter().map(|[one, all]| one / all).collect())
    }

    fn microseconds(&self) -> f64 {
        1e6 * median(self.rounds.iter().map(|[one, _]| *one).collect())
    }
}

/// Microseconds that it costs two threads to share work, if the second has had none for so long.
fn waking_up(idle: Duration) -> f64 {
    const WORK: Duration = Duration::from_micros(150);
    let busy = |duration| {
        let began = Instant::now();
        while began.elapsed() < duration {
            std::hint::spin_loop();
        }
    };
    let shared = |_| {
        busy(idle);
        let began = Instant::now();
        rayon::join(|| busy(WORK), || busy(WORK));
        1e6 * began.elapsed().saturating_sub(WORK).as_secs_f64()
    };
    rayon::scope(|_| median((0..300).map(shared).collect()))
}

/// The networks of the grid, their inputs and their hidden units.
const NETWORKS: [(usize, usize); 8] =
    [(4, 4), (16, 16), (10, 45), (64, 64), (128, 128), (256, 256), (512, 512), (1024, 1024)];

const BATCHES: [usize; 9] = [1, 4, 16, 64, 256, 512, 1024, 2048, 4096];

fn grid<T: Scalar>() -> impl Iterator<Item = Case> {
    let scalar = std::any::type_name::<T>();
    let shapes = NETWORKS.into_iter().flat_map(|network| BATCHES.map(|batch| (network, batch)));
    shapes.map(move |((inputs, hidden), batch)| {
        let name = format!("{inputs}-{hidden}-{hidden}-10 of {batch} in {scalar}");
        Case::new(name, move || epoch::<T>(inputs, hidden, batch))
    })
}

fn print_grid(scalar: &str, cases: &[Case]) {
    println!("| {scalar} | {} |", BATCHES.map(|batch| format!("of {batch}")).join(" | "));
    println!("|---{}|", "|---".repeat(BATCHES.len()));
    for ((inputs, hidden), cases) in NETWORKS.iter().zip(cases.chunks(BATCHES.len())) {
        let ratios: Vec<_> = cases.iter().map(|case| format!("{:.2}", case.ratio())).collect();
        println!("| {inputs}-{hidden}-{hidden}-10 | {} |", ratios.join(" | "));
    }
    println!();
}

fn main() -> ExitCode {
    if rayon::current_num_threads() < 2 {
        eprintln!("there is a single thread");
        return ExitCode::FAILURE;
    }
    println!("| a thread idle for | costs, to share work with |\n|---|---|");
    for idle in [0, 10, 50, 200, 1000] {
        println!("| {idle} us | {:.1} us |", waking_up(Duration::from_micros(idle)));
    }
    let workloads = WORKLOADS.iter().filter(|workload| workload.samples > 1);
    let workloads = workloads.map(|workload| Case::new(workload.name.to_owned(), workload.prepare));
    let mut cases: Vec<_> = grid::<f32>().chain(grid::<f64>()).chain(workloads).collect();
    let only = std::env::args().nth(1);
    cases.retain(|case| only.as_ref().is_none_or(|only| case.name.contains(only)));
    if cases.is_empty() {
        eprintln!("no such shape or workload");
        return ExitCode::FAILURE;
    }
    // Passes over all of them, then over what looks odd: what loads the machine for a moment has gone by the next.
    for pass in 0..8 {
        for case in cases.iter_mut().filter(|case| pass < 1 || case.ratio() < TOLERATED) {
            case.rounds.extend(race(&mut (case.prepare)()));
            eprintln!("{pass}: {:.2} {}, {:.1} us", case.ratio(), case.name, case.microseconds());
        }
    }
    println!("\n{} threads beside one; above 1 they are faster\n", rayon::current_num_threads());
    if only.is_none() {
        let shapes = NETWORKS.len() * BATCHES.len();
        print_grid("f32", &cases[..shapes]);
        print_grid("f64", &cases[shapes..2 * shapes]);
        println!("| workload | |\n|---|---|");
        for case in &cases[2 * shapes..] {
            println!("| {} | {:.2} |", case.name, case.ratio());
        }
        // An epoch of the grid has two steps.
        let points = cases[..2 * shapes].iter().map(|case| (case.microseconds() / 2.0, case.ratio()));
        let picture = LineChart::new()
            .title(format!("{} threads beside one, by the time of a step", rayon::current_num_threads()))
            .points("shapes of the grid", points)
            .horizontal("as fast as one thread", 1.0)
            .x_label("microseconds of a step on one thread")
            .y_label("times as fast")
            .log_x(true);
        if let Err(error) = picture.save("out/threads.png") {
            eprintln!("no picture: {error}");
        }
    }
    cases.sort_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    println!("\nThe worst:");
    for case in cases.iter().take(5) {
        println!("{:.3}: {}, {:.1} us on one thread", case.ratio(), case.name, case.microseconds());
    }
    if cases.iter().any(|case| case.ratio() < TOLERATED) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
