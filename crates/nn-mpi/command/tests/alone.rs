//! The command `smallnet`.

use std::process::ExitCode;

fn main() -> ExitCode {
    smallnet_cli::run()
}
