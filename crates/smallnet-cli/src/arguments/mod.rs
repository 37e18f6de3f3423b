//! What may be said on the command line.

mod demo;
mod parse;
mod plot;
mod recipe;
mod table;
mod train;
mod tune;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use demo::{Demo, Problem};
pub(crate) use plot::Plot;
pub(crate) use recipe::RecipeArguments;
pub(crate) use table::TableArguments;
pub(crate) use train::{Refit, Train};
pub(crate) use tune::{SpaceArguments, Tune};

const COMPLETIONS: &str = "\
Examples:
  smallnet completions bash > ~/.local/share/bash-completion/completions/smallnet
  smallnet completions zsh > ~/.zfunc/_smallnet
  smallnet completions fish > ~/.config/fish/completions/smallnet.fish";

const DEMOS: &str = "\
Examples:
  smallnet demo spirals
  smallnet demo moons --hidden 8,8 --activation relu --animate
  smallnet demo sines --epochs 1000 --out curve";

/// Small neural networks for tables: train on a CSV file, ask, judge, export.
#[derive(Debug, Parser)]
#[command(name = "smallnet", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Learn a column of a CSV file from the others, and write the network to a file.
    ///
    /// Columns are numbers, categories, or yes and no, as their fields are. A share of the rows is set aside: it says when to stop, and how
    /// good the network is. Means, scales and categories are those of the other rows alone.
    ///
    /// Ctrl-C ends the training, keeps the best network so far, and writes it with its report; a second Ctrl-C ends the command at once.
    #[command(after_help = train::EXAMPLES)]
    Train(Box<Train>),
    /// Search for settings that learn a table well: try many, train the best as `train` does, and say how.
    ///
    /// A trial draws units, activation, size of a step, penalty, rows a step and dropout at random, trains, and is judged by the loss on rows
    /// that were set aside. All cores share the trials; how many there are changes nothing.
    ///
    /// Every result is written down. Ctrl-C ends the search; the same command goes on with it, also for more trials.
    #[command(after_help = tune::EXAMPLES)]
    Tune(Box<Tune>),
    /// Ask a network about the rows of a CSV file: its answers are written to the standard output, a line a row.
    ///
    /// For classes these are the likeliest and the probability of each, for values the value.
    #[command(
        after_help = "Examples:\n  smallnet predict model.safetensors new.csv > answers.csv\n  smallnet predict model.safetensors new.csv --keep id,name\n  cat new.csv | smallnet predict model.safetensors - --keep-all"
    )]
    Predict(Predict),
    /// Judge a network by a CSV file whose answers are known.
    #[command(
        after_help = "Examples:\n  smallnet evaluate model.safetensors others.csv\n  cat others.csv | smallnet evaluate model.safetensors -"
    )]
    Evaluate(Evaluate),
    /// Say what a model file holds.
    #[command(after_help = "Example:\n  smallnet inspect model.safetensors")]
    Inspect {
        /// The model.
        model: PathBuf,
        /// As one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Write a network as code, or for other programs.
    #[command(
        after_help = "Examples:\n  smallnet export model.safetensors --rust model.rs --c model.h --onnx model.onnx\n  smallnet export model.safetensors --int8 train.csv --c model.h"
    )]
    Export(Export),
    /// Draw what a network makes of a table, or how a training went: into PNG files, or into the terminal.
    ///
    /// For classes: which are mixed up, how sure and how often right the network is, ROC curves, and the regions of two features. For values:
    /// predicted against true ones, and what is left. And the weights of the first layer.
    #[command(after_help = plot::EXAMPLES)]
    Plot(Plot),
    /// Learn a problem of the textbooks, and draw how.
    #[command(after_help = DEMOS)]
    Demo(Demo),
    /// Prove the gradient of a model: its derivatives, all but of large networks, beside finite differences and dual numbers.
    ///
    /// A derivative that is too far off is named, with the exit code 1.
    #[command(after_help = "Example:\n  smallnet gradcheck model.safetensors")]
    Gradcheck(Prove),
    /// Write the completions of a shell to the standard output.
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the page of the manual to the standard output.
    #[command(
        after_help = "Examples:\n  smallnet man | man -l -\n  smallnet man --out ~/.local/share/man/man1"
    )]
    Man {
        /// A folder for the pages of all commands, as files.
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The model.
    pub(crate) model: PathBuf,
    /// The table, or `-` for the standard input. Its columns are found by their names, in any order.
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// The model.
    pub(crate) model: PathBuf,
    /// Samples of the batch, drawn from the normal distribution: what the first layer sees of a scaled table.
    #[arg(long, default_value = "3")]
    pub(crate) rows: NonZeroUsize,
    /// Derivatives that are proven of each tensor, at most, evenly spaced; all, unless there are more than 20,000 weights, and then 100.
    #[arg(long)]
    pub(crate) derivatives: Option<NonZeroUsize>,
    /// Fixes the samples.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// As one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Predict {
    #[command(flatten)]
    pub(crate) ask: Ask,
    /// Columns of the table that are written before the answers, with commas between them.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) keep: Vec<String>,
    /// Write all columns of the table before the answers.
    #[arg(long, conflicts_with = "keep")]
    pub(crate) keep_all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    #[command(flatten)]
    pub(crate) ask: Ask,
    /// As one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("files").required(true).multiple(true))]
pub(crate) struct Export {
    /// The model.
    pub(crate) model: PathBuf,
    /// A file of Rust: `no_std`, no dependency, no allocation.
    #[arg(long, value_name = "FILE", group = "files")]
    pub(crate) rust: Option<PathBuf>,
    /// A C99 header.
    #[arg(long, value_name = "FILE", group = "files")]
    pub(crate) c: Option<PathBuf>,
    /// An ONNX model.
    #[arg(long, value_name = "FILE", group = "files", conflicts_with = "int8")]
    pub(crate) onnx: Option<PathBuf>,
    /// In integers of 8 bits; a table with a few hundred rows, such as those that were learned from, tells how large numbers become.
    #[arg(long, value_name = "TABLE")]
    pub(crate) int8: Option<PathBuf>,
    /// Overwrite files that are there.
    #[arg(long)]
    pub(crate) force: bool,
}
