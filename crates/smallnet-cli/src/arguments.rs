//! What may be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use nn_core::ActivationSpec;
use nn_data::{
    DecimalMark, Delimiter, Dialect, Missing, NumberFormat, TableOptions, TargetColumn, Task, Unseen,
};

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
    /// good the network is.
    #[command(
        after_help = "Examples:\n  smallnet train iris.csv\n  smallnet train penguins.csv --target species --leave-out year --missing mean\n  smallnet train rents.csv --target rent --hidden 64,32 --epochs 500 --out rents.safetensors"
    )]
    Train(Box<Train>),
    /// Ask a network about the rows of a CSV file: the same rows with its answers are written to the standard output.
    #[command(after_help = "Example:\n  smallnet predict model.safetensors new.csv > answers.csv")]
    Predict(Ask),
    /// Judge a network by a CSV file whose answers are known.
    #[command(after_help = "Example:\n  smallnet evaluate model.safetensors others.csv")]
    Evaluate(Ask),
    /// Say what a model file holds.
    Inspect {
        /// The model.
        model: PathBuf,
    },
    /// Write a network as code, or for other programs.
    #[command(
        after_help = "Example:\n  smallnet export model.safetensors --rust model.rs --c model.h --onnx model.onnx"
    )]
    Export(Export),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(crate) struct Train {
    /// The table: a CSV file with a header.
    pub(crate) data: PathBuf,
    /// The column to learn; the last one if it is not said.
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Whether the target is a class or a value.
    #[arg(long, value_enum, default_value = "infer")]
    task: Tasks,
    /// Columns to leave out, with commas between them.
    #[arg(long, value_delimiter = ',')]
    leave_out: Vec<String>,
    /// What becomes of missing values.
    #[arg(long, value_enum, default_value = "error")]
    missing: Gaps,
    /// Fewer rows than this of a category are joined with those of other rare ones.
    #[arg(long, default_value_t = 1)]
    min_frequency: usize,
    /// Take a category that was not there in training for a rare one.
    #[arg(long)]
    other: bool,
    /// What stands between two fields.
    #[arg(long, default_value = "detect", value_parser = delimiter)]
    delimiter: Delimiter,
    /// Numbers are written with a decimal comma.
    #[arg(long)]
    decimal_comma: bool,
    /// Units of the hidden layers, with commas between them.
    #[arg(long, value_delimiter = ',', default_value = "64,32")]
    pub(crate) hidden: Vec<usize>,
    /// What the hidden layers apply: relu, tanh, sigmoid, gelu, silu, ..
    #[arg(long, default_value = "relu", value_parser = activation)]
    pub(crate) activation: ActivationSpec,
    /// Passes over the data at most.
    #[arg(long, default_value_t = 500)]
    pub(crate) epochs: usize,
    /// Passes without improvement that end the training.
    #[arg(long, default_value_t = 30)]
    pub(crate) patience: usize,
    /// Rows a step.
    #[arg(long, default_value_t = 32)]
    pub(crate) batch_size: usize,
    /// The size of a step.
    #[arg(long, default_value_t = 0.003)]
    pub(crate) learning_rate: f64,
    /// The penalty on large weights.
    #[arg(long, default_value_t = 1e-4)]
    pub(crate) l2: f64,
    /// The share of the rows that is set aside.
    #[arg(long, default_value_t = 0.2)]
    pub(crate) validation: f64,
    /// Fixes weights, split and order: the same seed gives the same network, to the bit.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The model file.
    #[arg(long, default_value = "model.safetensors")]
    pub(crate) out: PathBuf,
    /// Overwrite the model file if it is there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// The model.
    pub(crate) model: PathBuf,
    /// The table, or `-` for the standard input. Its columns are found by their names, in any order.
    pub(crate) data: PathBuf,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Export {
    /// The model.
    #[arg(group = "what")]
    pub(crate) model: PathBuf,
    /// A file of Rust: `no_std`, no dependency, no allocation.
    #[arg(long)]
    pub(crate) rust: Option<PathBuf>,
    /// A C99 header.
    #[arg(long)]
    pub(crate) c: Option<PathBuf>,
    /// An ONNX model.
    #[arg(long)]
    pub(crate) onnx: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tasks {
    Infer,
    Classes,
    Values,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Gaps {
    Error,
    Drop,
    Mean,
    Median,
    MostFrequent,
}

fn delimiter(text: &str) -> Result<Delimiter, String> {
    let mut signs = text.chars();
    match (text, signs.next(), signs.next()) {
        ("detect", ..) => Ok(Delimiter::Detect),
        ("tab", ..) => Ok(Delimiter::Tab),
        (_, Some(sign), None) => Ok(Delimiter::Other(sign)),
        _ => Err("expected one character, `tab`, or `detect`".to_owned()),
    }
}

fn activation(name: &str) -> Result<ActivationSpec, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

impl Train {
    /// How the table is read.
    pub(crate) fn table(&self) -> TableOptions {
        let decimal = if self.decimal_comma { DecimalMark::Comma } else { DecimalMark::Point };
        let numbers = NumberFormat { decimal, ..NumberFormat::default() };
        TableOptions {
            dialect: Dialect { delimiter: self.delimiter, numbers, ..Dialect::default() },
            target: Some(self.target.clone().map_or(TargetColumn::Last, TargetColumn::Name)),
            task: match self.task {
                Tasks::Infer => Task::Infer,
                Tasks::Classes => Task::Classes,
                Tasks::Values => Task::Values,
            },
            leave_out: self.leave_out.clone(),
            missing: match self.missing {
                Gaps::Error => Missing::Refuse,
                Gaps::Drop => Missing::DropRows,
                Gaps::Mean => Missing::Mean,
                Gaps::Median => Missing::Median,
                Gaps::MostFrequent => Missing::MostFrequent,
            },
            min_frequency: self.min_frequency,
            unseen: if self.other { Unseen::Other } else { Unseen::Refuse },
            ..TableOptions::default()
        }
    }
}
