//! The arguments of `tune`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;
use nn_core::ActivationSpec;

use super::{TableArguments, parse};
use crate::fit::{ClassWeight, Recipe, Widths};
use crate::tune::Span;

pub(super) const EXAMPLES: &str = "\
Examples:
  smallnet tune iris.csv
  smallnet tune rents.csv --target rent --trials 100 --folds 5
  smallnet tune large.csv --trials 200 --halving --epochs 300    drop most after few epochs
  smallnet tune rents.csv --hidden none --hidden 16 --hidden 32,16 --activation relu,gelu --learning-rate 1e-4..1e-1";

#[derive(Debug, Args)]
pub(crate) struct Tune {
    /// The table: a CSV file with a header.
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) table: TableArguments,
    #[command(flatten)]
    pub(crate) space: SpaceArguments,

    /// How many settings are tried.
    #[arg(long, default_value_t = 30, value_parser = parse::count, help_heading = SEARCH)]
    pub(crate) trials: usize,
    /// Try all settings for few epochs, then the best third for three times as many, and so on.
    #[arg(long, help_heading = SEARCH)]
    pub(crate) halving: bool,
    /// The epochs of the first round of `--halving`; a ninth of `--epochs` if it is not said.
    #[arg(long, value_name = "EPOCHS", requires = "halving", value_parser = parse::count, help_heading = SEARCH)]
    min_epochs: Option<usize>,
    /// Passes over the data at most.
    #[arg(long, default_value_t = Recipe::default().epochs, value_parser = parse::count, help_heading = SEARCH)]
    pub(crate) epochs: usize,
    /// Passes without improvement that end a training.
    #[arg(long, default_value_t = Recipe::default().patience, value_name = "EPOCHS", value_parser = parse::count, help_heading = SEARCH)]
    pub(crate) patience: usize,
    /// Judge settings by every row once, on so many parts of the table, instead of by one share of it: takes so many times as long.
    #[arg(long, value_name = "FOLDS", value_parser = parse::parts, help_heading = SEARCH)]
    pub(crate) folds: Option<usize>,
    /// The share of the rows that is set aside: it says when to stop, and how good settings are.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = parse::share, help_heading = SEARCH)]
    pub(crate) validation: f64,
    /// How much a class counts: as much as it has rows, or `balanced`, as much as any other.
    #[arg(long, value_enum, default_value_t = Recipe::default().class_weight, value_name = "WEIGHT", help_heading = SEARCH)]
    pub(crate) class_weight: ClassWeight,
    /// Fixes everything: the same seed gives the same winner, on any number of threads.
    #[arg(long, default_value_t = 0, help_heading = SEARCH)]
    pub(crate) seed: u64,
    /// Trainings at a time; as many as there are cores if it is not said.
    #[arg(long, help_heading = SEARCH)]
    threads: Option<NonZeroUsize>,

    /// The model file.
    #[arg(long, default_value = "model.safetensors", value_name = "FILE", help_heading = WRITTEN)]
    pub(crate) out: PathBuf,
    /// The file of the search, which the same command goes on with; the model's name with `-tune.json` if it is not said.
    #[arg(long, value_name = "FILE", help_heading = WRITTEN)]
    state: Option<PathBuf>,
    /// Overwrite the model file and its report if they are there. The file of the search is gone on with, not overwritten.
    #[arg(long, help_heading = WRITTEN)]
    pub(crate) force: bool,
    /// Say nothing but errors.
    #[arg(long, short, help_heading = WRITTEN)]
    pub(crate) quiet: bool,
}

/// What may be tried; one value for what is to be the same in all trials.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is tried")]
pub(crate) struct SpaceArguments {
    /// Units of the hidden layers, as `train` takes them; give it as often as there are choices.
    #[arg(long, default_values = ["16", "64", "64,32", "128,64"], value_name = "UNITS", value_parser = parse::widths)]
    pub(crate) hidden: Vec<Widths>,
    /// What the hidden layers apply, with commas between them.
    #[arg(long, value_delimiter = ',', default_values = ["relu", "tanh", "gelu"], value_parser = parse::activation)]
    pub(crate) activation: Vec<ActivationSpec>,
    /// The size of a step, any order of magnitude equally likely.
    #[arg(long, default_value = "0.0003..0.03", value_name = "LOW..HIGH", value_parser = parse::span)]
    pub(crate) learning_rate: Span,
    /// The penalty on large weights, any order of magnitude equally likely.
    #[arg(long, default_value = "1e-6..1e-2", value_name = "LOW..HIGH", value_parser = parse::span_or_zero)]
    pub(crate) l2: Span,
    /// Rows a step, with commas between the choices.
    #[arg(long, value_delimiter = ',', default_values = ["16", "32", "64", "128"], value_name = "ROWS", value_parser = parse::count)]
    pub(crate) batch_size: Vec<usize>,
    /// The share of a hidden layer's outputs that is dropped in training, with commas between the choices.
    #[arg(long, value_delimiter = ',', default_values = ["0", "0.1", "0.3"], value_name = "RATE", value_parser = parse::rate)]
    pub(crate) dropout: Vec<f64>,
}

const SEARCH: &str = "The search";
const WRITTEN: &str = "What is written";

impl Tune {
    /// The epochs of the first round, if there are several.
    pub(crate) fn min_epochs(&self) -> Option<usize> {
        self.halving.then(|| self.min_epochs.unwrap_or((self.epochs / 9).max(1)))
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    /// The file of the search.
    pub(crate) fn state(&self) -> PathBuf {
        let stem = self.out.file_stem().unwrap_or_default().to_string_lossy();
        self.state.clone().unwrap_or_else(|| self.out.with_file_name(format!("{stem}-tune.json")))
    }
}
