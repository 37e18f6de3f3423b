//! What the Rust peers have in common: workloads, their data, and the dialogue with `run.py`.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;

use serde::Deserialize;

/// An entry of `workloads.json`. One without a loss is a prediction.
#[derive(Debug, Clone, Deserialize)]
pub struct Workload {
    pub name: String,
    pub data: String,
    pub samples: usize,
    pub dtype: String,
    pub layers: Vec<usize>,
    pub activation: String,
    pub loss: Option<String>,
    #[serde(default)]
    pub reduction: String,
    #[serde(default)]
    pub output: String,
    #[serde(default)]
    pub optimizer: String,
    #[serde(default)]
    pub learning_rate: f64,
    #[serde(default)]
    pub l2: f64,
    #[serde(default)]
    pub batch: usize,
    /// All samples at once, instead of one after the other.
    #[serde(default)]
    pub rows: bool,
    /// How many networks are trained, if not one.
    #[serde(default)]
    pub seeds: usize,
}

/// What `python/data.py` wrote. `params` has, for each layer, the weight (outputs, inputs) and the bias.
#[derive(Debug)]
pub struct Data {
    pub x: Vec<f64>,
    pub labels: Vec<u32>,
    pub targets: Vec<f64>,
    pub params: Vec<f64>,
}

/// Runs that many epochs from the initial weights, in a new order each epoch if the flag is set, or that many
/// predictions, one row after the other or all at once. Gives the last epoch's loss, or the last outputs' sum of squares, and seconds.
pub type Run = Box<dyn FnMut(usize, bool) -> (f64, f64)>;

impl Workload {
    /// Weight and bias of each layer: the numbers of outputs and inputs, and the parameters.
    pub fn tensors<'d>(&self, data: &'d Data) -> Vec<(usize, usize, &'d [f64], &'d [f64])> {
        let mut rest = &data.params[..];
        let sizes = self.layers.windows(2).map(|pair| (pair[1], pair[0]));
        sizes
            .map(|(outputs, inputs)| {
                let (weight, after) = rest.split_at(outputs * inputs);
                let (bias, after) = after.split_at(outputs);
                rest = after;
                (outputs, inputs, weight, bias)
            })
            .collect()
    }

    /// Neither rows at once nor several networks, which only some peers do.
    pub fn is_plain(&self) -> bool {
        !self.rows && self.seeds == 0
    }

    pub fn inputs(&self) -> usize {
        self.layers[0]
    }

    pub fn outputs(&self) -> usize {
        *self.layers.last().expect("at least one layer")
    }
}

impl Data {
    fn read(folder: &Path, workload: &Workload) -> Self {
        let read = |file| std::fs::read(folder.join(&workload.data).join(file)).unwrap_or_default();
        let floats =
            |file| read(file).chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
        let integers =
            |file| read(file).chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect();
        Self {
            x: floats("x.f64"),
            labels: integers("labels.u32"),
            targets: floats("targets.f64"),
            params: floats("params.f64"),
        }
    }
}

/// As `f32`.
pub fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

pub fn sum_of_squares(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum()
}

/// The orders of samples, for peers that bring no shuffle of their own: Fisher-Yates on splitmix64.
pub struct Orders {
    order: Vec<u32>,
    state: u64,
}

impl Orders {
    pub fn new(samples: usize) -> Self {
        Self { order: (0..samples as u32).collect(), state: 0 }
    }

    /// The next epoch's order.
    pub fn next(&mut self, shuffled: bool) -> &[u32] {
        for i in (1..self.order.len()).rev().filter(|_| shuffled) {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            self.order.swap(i, ((z ^ (z >> 31)) % (i as u64 + 1)) as usize);
        }
        &self.order
    }
}

/// Answers each line `NAME EPOCHS SHUFFLED` with `VALUE SECONDS`, or with `none` where `prepare` knows no such workload.
///
/// Arguments of the program: `workloads.json`, the folder of the data, and whatever the peer wants.
pub fn serve(prepare: impl Fn(&Workload, &Data) -> Option<Run>) {
    let argument = |n| std::env::args().nth(n).expect("workloads.json and a folder of data");
    let list = std::fs::read_to_string(argument(1)).expect("the list of workloads");
    let workloads: Vec<Workload> = serde_json::from_str(&list).expect("workloads of known form");
    let mut prepared: HashMap<String, Option<Run>> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("text");
        let [name, epochs, shuffled] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("expected NAME EPOCHS SHUFFLED, found {line:?}");
        };
        let run = prepared.entry(name.to_owned()).or_insert_with(|| {
            let workload = workloads.iter().find(|w| w.name == name).expect("a workload of the list");
            prepare(workload, &Data::read(Path::new(&argument(2)), workload))
        });
        match run {
            Some(run) => {
                let (value, seconds) = run(epochs.parse().expect("a number"), shuffled == "1");
                println!("{value:e} {seconds:e}");
            }
            None => println!("none"),
        }
        std::io::stdout().flush().expect("run.py listens");
    }
}
