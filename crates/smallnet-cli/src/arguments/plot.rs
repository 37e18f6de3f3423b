//! The arguments of `plot`.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  smallnet plot model.safetensors others.csv
  smallnet plot model.safetensors others.csv --features bill_length_mm,body_mass_g --terminal
  smallnet plot model.safetensors                      the weights alone
  smallnet plot model-report/history.csv --terminal";

#[derive(Debug, Args)]
pub(crate) struct Plot {
    /// A model, or the `history.csv` of a report.
    pub(crate) file: PathBuf,
    /// A table whose answers are known, or `-` for the standard input.
    pub(crate) table: Option<PathBuf>,
    /// The two features along the axes of the regions of classes; the first two columns of numbers if it is not said. A category has
    /// features such as `street=elm`.
    #[arg(long, value_name = "X,Y", value_delimiter = ',', num_args = 1)]
    pub(crate) features: Vec<String>,
    /// Write to the terminal what can be written there, and no file.
    #[arg(long, conflicts_with_all = ["out", "force"])]
    pub(crate) terminal: bool,
    /// The folder of the pictures; the file's name with `-pictures` if it is not said.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite pictures that are there.
    #[arg(long)]
    pub(crate) force: bool,
}
