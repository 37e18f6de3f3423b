//! Fashion-MNIST: pictures of clothes, 60,000 to learn from and 10,000 to be judged by, told apart by a small network and a large one.
//!
//! `cargo run --release --features files,idx,parallel --example 14_fashion_mnist [small|large|parts] [SEEDS] [FOLDER] [EPOCHS]`
//!
//! The files are in Debian's package `dataset-fashion-mnist`. docs/fashion-mnist.md has what comes out. `parts` leaves one part of
//! the large recipe out after the other.

use std::{env, error::Error, path::Path};

use ndarray::{Axis, concatenate};
use smallnet::{
    Activate, AdamW, BatchNorm, Classification, Dense, Dropout, Init, Network, Relu, Sequential,
    SoftmaxCrossEntropy, Trainer, evaluate, read_idx, rng, schedule::Cosine,
};

const FOLDER: &str = "/usr/share/datasets/fashion-mnist";
const SIDE: usize = 28;

/// How a network is made and trained: by AdamW, at a rate that falls to 0 along half a cosine.
#[derive(Debug, Clone, Copy)]
struct Recipe {
    hidden: &'static [usize],
    batch_norm: bool,
    dropout: f64,
    /// Learns from the mirror images, too.
    mirrored: bool,
    label_smoothing: f64,
    weight_decay: f64,
    learning_rate: f64,
    batch_size: usize,
    epochs: usize,
}

const SMALL: Recipe = Recipe {
    hidden: &[100],
    batch_norm: false,
    dropout: 0.0,
    mirrored: false,
    label_smoothing: 0.0,
    weight_decay: 0.01,
    learning_rate: 2e-3,
    batch_size: 128,
    epochs: 20,
};

const LARGE: Recipe = Recipe {
    hidden: &[512, 512],
    batch_norm: true,
    dropout: 0.25,
    mirrored: true,
    label_smoothing: 0.1,
    weight_decay: 0.1,
    learning_rate: 2e-3,
    batch_size: 256,
    epochs: 25,
};

impl Recipe {
    /// With other epochs, unless they are 0.
    fn with_epochs(self, epochs: usize) -> Self {
        Self { epochs: if epochs == 0 { self.epochs } else { epochs }, ..self }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let what = arguments.next().unwrap_or("small".into());
    let seeds = number(arguments.next(), 1)?.max(1);
    let folder = arguments.next().unwrap_or(FOLDER.into());
    let epochs = number(arguments.next(), 0)?;
    if !Path::new(&folder).join("train-images-idx3-ubyte.gz").exists() {
        println!("Fashion-MNIST is not in {folder}: install Debian's package dataset-fashion-mnist,");
        println!("or name a folder with its four files: 14_fashion_mnist {what} {seeds} FOLDER");
        return Ok(());
    }
    let (train, test) = (read(&folder, "train")?, read(&folder, "t10k")?);
    match what.as_str() {
        "small" => judge(&SMALL.with_epochs(epochs), &train, &test, seeds),
        "large" => judge(&LARGE.with_epochs(epochs), &train, &test, seeds),
        "parts" => parts(&LARGE.with_epochs(epochs), &train, seeds),
        _ => Err(format!("{what} is none of small, large and parts").into()),
    }
}

/// A whole number on the command line.
fn number(argument: Option<String>, default: usize) -> Result<usize, Box<dyn Error>> {
    let Some(text) = argument else { return Ok(default) };
    text.parse().map_err(|_| format!("expected a whole number, found `{text}`").into())
}

/// Pictures, from 0 for white to 1 for black, and their classes.
fn read(folder: &str, part: &str) -> Result<Classification<f32>, Box<dyn Error>> {
    let images = read_idx(format!("{folder}/{part}-images-idx3-ubyte.gz"))?;
    let labels = read_idx(format!("{folder}/{part}-labels-idx1-ubyte.gz"))?;
    Ok(Classification::from_arrays(images, labels, 10)?.map_features(|_, grey| grey / 255.0)?)
}

/// The mean over seeds of the accuracy on `test`.
fn judge(
    recipe: &Recipe,
    train: &Classification<f32>,
    test: &Classification<f32>,
    seeds: usize,
) -> Result<(), Box<dyn Error>> {
    let with_mirrored = if recipe.mirrored { Some(and_mirrored(train)?) } else { None };
    let train = with_mirrored.as_ref().unwrap_or(train);
    let mut sum = 0.0;
    for seed in 0..seeds {
        let (accuracy, seconds) = fit(recipe, train, test, seed as u64)?;
        println!("seed {seed}: accuracy {accuracy:.4}, trained in {seconds:.1} s");
        sum += accuracy;
    }
    println!("mean of {seeds}: accuracy {:.4}", sum / seeds as f64);
    Ok(())
}

/// A recipe without one of its parts after the other, by a sixth of the training pictures, which is held out.
fn parts(recipe: &Recipe, train: &Classification<f32>, seeds: usize) -> Result<(), Box<dyn Error>> {
    let (train, held) = train.stratified_split(1.0 / 6.0, 0)?;
    let recipe = *recipe;
    let without = [
        ("all of it", recipe),
        ("without batch normalisation", Recipe { batch_norm: false, ..recipe }),
        // As many steps.
        ("without mirror images", Recipe { mirrored: false, epochs: 2 * recipe.epochs, ..recipe }),
        ("without label smoothing", Recipe { label_smoothing: 0.0, ..recipe }),
        ("without dropout", Recipe { dropout: 0.0, ..recipe }),
        ("without weight decay", Recipe { weight_decay: 0.0, ..recipe }),
    ];
    for (name, recipe) in without {
        println!("{name}:");
        judge(&recipe, &train, &held, seeds)?;
    }
    Ok(())
}

/// Each picture, and each as in a mirror: clothes have no left and right.
fn and_mirrored(data: &Classification<f32>) -> Result<Classification<f32>, Box<dyn Error>> {
    let x = data.x();
    let mut mirrored = x.to_owned().into_shape_with_order((data.samples(), SIDE, SIDE))?;
    mirrored.invert_axis(Axis(2));
    let mirrored = mirrored.to_shape(x.dim())?;
    Ok(Classification::new(
        concatenate![Axis(0), x, mirrored],
        [data.y(), data.y()].concat(),
        data.classes(),
    )?)
}

fn layers(recipe: &Recipe) -> Sequential<f32> {
    let mut layers = Sequential::new();
    for &units in recipe.hidden {
        layers = if recipe.batch_norm {
            layers.then(Dense::linear(units).without_bias()).then(BatchNorm::new()).then(Activate(Relu))
        } else {
            layers.then(Dense::new(units, Relu))
        };
        if recipe.dropout > 0.0 {
            layers = layers.then(Dropout::new(recipe.dropout));
        }
    }
    layers.then(Dense::linear(10))
}

/// Accuracy on `test`, and the seconds that the training took.
fn fit(
    recipe: &Recipe,
    train: &Classification<f32>,
    test: &Classification<f32>,
    seed: u64,
) -> Result<(f64, f64), Box<dyn Error>> {
    let mut network = Network::with_init(train.features(), layers(recipe), Init::HeNormal, &mut rng(seed))?;
    let loss = SoftmaxCrossEntropy::mean().label_smoothing(recipe.label_smoothing);
    let steps = recipe.epochs * train.samples().div_ceil(recipe.batch_size);
    let report = Trainer::new(AdamW::new().weight_decay(recipe.weight_decay))
        .learning_rate(recipe.learning_rate)
        .schedule_steps(Cosine::new(steps))
        .batch_size(recipe.batch_size)
        .epochs(recipe.epochs)
        .record_every(recipe.epochs)
        .seed(seed)
        .fit(&mut network, &loss, train.view(), None)?;
    let accuracy = evaluate(&network, &loss, test.view())?.accuracy.unwrap_or(f64::NAN);
    Ok((accuracy, report.elapsed.as_secs_f64()))
}
