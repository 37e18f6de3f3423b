//! The arguments of `train`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{RecipeArguments, TableArguments, parse};

pub(super) const EXAMPLES: &str = "\
Examples:
  smallnet train iris.csv
  smallnet train penguins.csv --target species --leave-out year --missing mean
  smallnet train rents.csv --target rent --hidden 64,32 --epochs 500 --out rents.safetensors
  smallnet train rents.csv --test rents-of-2025.csv    judge it by other rows at the end
  smallnet train small.csv --folds 5                   judge it by every row once
  smallnet train large.csv --checkpoint run            after a crash, go on with --resume";

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(crate) struct Train {
    /// The table: a CSV file with a header, or `-` for the standard input.
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) table: TableArguments,
    #[command(flatten)]
    pub(crate) recipe: RecipeArguments,

    /// The share of the rows that is set aside: it says when to stop, and how good the network is.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = parse::share, help_heading = JUDGED)]
    pub(crate) validation: f64,
    /// Another table, with the same columns in any order, that the network is judged by at the end and learns nothing of.
    #[arg(long, value_name = "FILE", help_heading = JUDGED)]
    pub(crate) test: Option<PathBuf>,
    /// Train so many more networks, each judged by another part of the rows: every fold, the mean, and how far they lie apart.
    #[arg(long, value_name = "FOLDS", value_parser = parse::folds, help_heading = JUDGED)]
    pub(crate) folds: Option<usize>,
    /// Whether the network in the file is trained once more, on all rows, for as many epochs as were best: where fewer than 20 rows were set
    /// aside, in the median of 5 folds.
    #[arg(long, value_enum, default_value_t = Refit::Yes, default_missing_value = "yes", num_args = 0..=1, require_equals = true, help_heading = JUDGED)]
    pub(crate) refit: Refit,

    /// The model file.
    #[arg(long, default_value = "model.safetensors", value_name = "FILE", help_heading = WRITTEN)]
    pub(crate) out: PathBuf,
    /// The folder of the report; the model's name with `-report` if it is not said.
    #[arg(long, value_name = "FOLDER", help_heading = WRITTEN)]
    report: Option<PathBuf>,
    /// Write no report.
    #[arg(long, conflicts_with = "report", help_heading = WRITTEN)]
    no_report: bool,
    /// Overwrite the model file and the report if they are there.
    #[arg(long, help_heading = WRITTEN)]
    pub(crate) force: bool,
    /// A folder into which the run is written down on the way.
    #[arg(long, value_name = "FOLDER", help_heading = WRITTEN)]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Go on with the run in the folder of `--checkpoint`, with the same data and settings.
    #[arg(long, requires = "checkpoint", help_heading = WRITTEN)]
    pub(crate) resume: bool,
    /// Write one JSON document to the standard output, with everything, and nothing else.
    #[arg(long, help_heading = WRITTEN)]
    pub(crate) json: bool,
    /// Say nothing but errors.
    #[arg(long, short, help_heading = WRITTEN)]
    pub(crate) quiet: bool,
}

const JUDGED: &str = "How it is judged";
const WRITTEN: &str = "What is written";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Refit {
    Yes,
    No,
}

impl Train {
    /// The folder of the report.
    pub(crate) fn report(&self) -> Option<PathBuf> {
        if self.no_report {
            return None;
        }
        let beside = || {
            let stem = self.out.file_stem().unwrap_or_default().to_string_lossy();
            self.out.parent().unwrap_or(Path::new("")).join(format!("{stem}-report"))
        };
        Some(self.report.clone().unwrap_or_else(beside))
    }
}
