//! Draws what `measure` has printed, beside the model, and what the model says of a cluster: `draw PINNED.csv WIRE.csv FOLDER`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use nn_mpi_measure::{BATCHES, SHAPES, Shape, Wire};
use nn_plot::{LineChart, Picture};

/// Seconds by what was measured, shape, size and ranks.
type Times = BTreeMap<(String, String, usize, usize), f64>;

/// Machines in one rack: 0.1 ms, and 1 Gbit/s, of which some is for headers.
const CLUSTER: Wire = Wire { latency: 1e-4, bandwidth: 0.94e9 / 8.0 };

/// Batches of the prediction: those that were measured, and larger ones at the largest's time a sample.
const LARGE: [usize; 7] = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [pinned, wire, folder] = &arguments[..] else {
        return Err("expected two files of `measure` and a folder for pictures".into());
    };
    let (pinned, wire, folder) = (read(pinned)?, read(wire)?, Path::new(folder));
    sums(&pinned, "One machine, shared memory");
    sums(&wire, "Two network namespaces, TCP");
    let mut chart = LineChart::new();
    for (name, times) in [("shared memory", &pinned), ("TCP", &wire)] {
        let fitted = fit(times);
        println!(
            "\n{name}: {:.1} us and {:.0} MB/s by its sums\n",
            fitted.latency * 1e6,
            fitted.bandwidth / 1e6
        );
        println!(
            "| network | batch | one process, us | 2 ranks, us | efficiency | model |\n|---|---|---|---|---|---|"
        );
        for shape in SHAPES {
            let mut measured = Vec::new();
            for batch in BATCHES {
                let Some((alone, two)) =
                    alone(&pinned, &shape, batch).zip(time(times, "step", &shape, batch, 2))
                else {
                    continue;
                };
                let model = alone / 2.0 / fitted.step(alone, &shape, batch, 2);
                let efficiency = alone / 2.0 / two;
                let [one, both] = [alone, two].map(|seconds| seconds * 1e6);
                println!(
                    "| {} | {batch} | {one:.0} | {both:.0} | {efficiency:.2} | {model:.2} |",
                    shape.name
                );
                measured.push((batch as f64, efficiency));
            }
            if !measured.is_empty() {
                chart = chart.line_and_points(format!("{}, {name}", shape.name), measured);
            }
        }
    }
    let chart = chart.title("Two ranks: efficiency by network and batch").x_label("rows a step").log_x(true);
    let chart = chart.y_label("time of one process / 2 / time of two ranks").horizontal("twice as fast", 1.0);
    chart.size(900, 560).save(folder.join("cluster_efficiency.png"))?;

    println!("\nThe model for machines with 0.1 ms and 1 Gbit/s: times as fast as one of them\n");
    println!("| network | batch | 2 | 4 | 8 | 16 | 32 | 64 |\n|---|---|---|---|---|---|---|---|");
    let mut chart = LineChart::new();
    for shape in SHAPES {
        for batch in LARGE {
            let Some(alone) = alone(&pinned, &shape, batch) else { continue };
            let speed = |machines: usize| alone / CLUSTER.step(alone, &shape, batch, machines);
            let machines = [2, 4, 8, 16, 32, 64];
            let cells: Vec<String> = machines.iter().map(|&n| format!("{:.2}", speed(n))).collect();
            println!("| {} | {batch} | {} |", shape.name, cells.join(" | "));
            if [16_384, 262_144].contains(&batch) {
                let points = (0..7).map(|k| (f64::from(1 << k), speed(1 << k)));
                chart = chart.line_and_points(format!("{}, batch {batch}", shape.name), points);
            }
        }
    }
    let chart = chart
        .title("The model: machines with 0.1 ms and 1 Gbit/s")
        .x_label("machines")
        .log_x(true)
        .log_y(true);
    chart
        .y_label("times as fast as one")
        .horizontal("one machine", 1.0)
        .size(900, 560)
        .save(folder.join("cluster_64.png"))?;
    Ok(())
}

fn read(path: &str) -> Result<Times, Box<dyn Error>> {
    let mut times = Times::new();
    for line in fs::read_to_string(path)?.lines() {
        if let [what, shape, size, ranks, seconds] = line.split(',').collect::<Vec<_>>()[..] {
            let key = (what.to_owned(), shape.to_owned(), size.parse()?, ranks.parse()?);
            // Of several passes the least: what disturbs the machine only adds.
            let (seconds, least) = (seconds.parse()?, times.entry(key).or_insert(f64::INFINITY));
            *least = f64::min(*least, seconds);
        }
    }
    Ok(times)
}

fn time(times: &Times, what: &str, shape: &Shape, batch: usize, ranks: usize) -> Option<f64> {
    times.get(&(what.to_owned(), shape.name.to_owned(), batch, ranks)).copied()
}

/// A step of one process; of a batch that was not measured, by the time a sample of the largest that was.
fn alone(times: &Times, shape: &Shape, batch: usize) -> Option<f64> {
    let largest = BATCHES[BATCHES.len() - 1];
    let measured = |batch| time(times, "alone", shape, batch, 1);
    measured(batch).or_else(|| Some(measured(largest)? * batch as f64 / largest as f64))
}

/// Latency by the shortest sum, bandwidth by the longest, on two ranks with a part each.
fn fit(times: &Times) -> Wire {
    let sum = |params: usize| times.get(&("sum".to_owned(), params.to_string(), 2, 2)).copied();
    let (short, long) = (sum(1_000).unwrap_or(f64::NAN), sum(1_000_000).unwrap_or(f64::NAN));
    // A short one is one meeting, a long one two, each with half of the numbers into and out of each rank.
    Wire { latency: short, bandwidth: 4e6 / (long - 2.0 * short) }
}

fn sums(times: &Times, title: &str) {
    println!("\n{title}: a sum on two ranks, us\n");
    println!(
        "| numbers | `Sums`, a part a rank | 8 parts a rank | MPI's own all-reduce |\n|---|---|---|---|"
    );
    for params in [1_000, 10_000, 100_000, 1_000_000_usize] {
        let of = |what: &str, size| {
            let seconds = times.get(&(what.to_owned(), params.to_string(), size, 2));
            seconds.map_or_else(String::new, |seconds| format!("{:.0}", seconds * 1e6))
        };
        println!("| {params} | {} | {} | {} |", of("sum", 2), of("sum", 16), of("mpi", 1));
    }
}
