//! The command `smallnet`: arguments, messages, and calls. [`run`] is all of it; [`run_on`] is `train` and `tune` on several processes.

mod answers;
mod arguments;
mod ask;
mod columns;
mod demo;
mod doctor;
mod export;
mod fit;
mod gradcheck;
mod importance;
mod inspect;
mod interrupt;
mod outliers;
mod pictures;
mod plot;
mod read;
mod report;
mod rows;
mod samples;
mod say;
mod shell;
mod train;
mod tune;
mod words;
mod workers;
mod worth;

pub use workers::{Failure, Scored, Workers};

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use words::Doing;

/// Runs the command with the arguments of this process.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command;
    let doing =
        if matches!(command, Command::Train(_) | Command::Tune(_)) { Doing::Training } else { Doing::Asking };
    let done = |()| ExitCode::SUCCESS;
    let result = match command {
        Command::Train(arguments) => train::run(&arguments, None),
        Command::Tune(arguments) => tune::run(&arguments, None),
        Command::Predict(arguments) => ask::predict(&arguments).map(done),
        Command::Evaluate(arguments) => ask::evaluate(&arguments).map(done),
        Command::Inspect { model, json } => inspect::run(&model, json).map(done),
        Command::Export(arguments) => export::run(&arguments).map(done),
        Command::Plot(arguments) => plot::run(&arguments).map(done),
        Command::Demo(arguments) => demo::run(&arguments).map(done),
        Command::Gradcheck(arguments) => gradcheck::run(&arguments).map(done),
        Command::Completions { shell } => shell::completions(shell).map(done),
        Command::Man { out } => shell::man(out.as_deref()).map(done),
    };
    match result {
        Ok(code) => code,
        // Who reads our output may have had enough of it.
        Err(error) if error.downcast_ref::<std::io::Error>().is_some_and(is_broken_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smallnet: {}", words::message(&*error, doing));
            ExitCode::FAILURE
        }
    }
}

/// Runs `train` or `tune` with the arguments of this process, of which there are several that share the work.
///
/// # Errors
/// With the message.
pub fn run_on(workers: &dyn Workers) -> Result<ExitCode, String> {
    let command = match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        Err(error) => {
            if workers.is_first() {
                // Nobody may be listening.
                let _ = error.print();
            }
            return Ok(ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)));
        }
    };
    let result = match command {
        Command::Train(arguments) => train::run(&arguments, Some(workers)),
        Command::Tune(arguments) => tune::run(&arguments, Some(workers)),
        _ => Err("several processes have train and tune alone; run `smallnet` for the rest".into()),
    };
    result.map_err(|error| words::message(&*error, Doing::Training))
}

fn is_broken_pipe(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}
