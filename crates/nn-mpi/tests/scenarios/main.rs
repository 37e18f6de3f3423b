//! What the tests run on several ranks: `scenarios NAME ..`.

mod fails;
mod fit;
mod read;
mod resume;
mod search;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        // Without MPI.
        ["local"] => fit::local(),
        ["fit"] => fit::shared(),
        ["fails", how] => fails::run(how),
        ["read", "local", folder] => read::local(folder),
        ["read", folder] => read::shared(folder),
        ["search", "local"] => search::local(),
        ["search", how] => search::shared(how),
        ["train", folder, epochs] => resume::run(folder, epochs, "never"),
        ["train", folder, epochs, dies] => resume::run(folder, epochs, dies),
        _ => {
            eprintln!("no such scenario: {words:?}");
            ExitCode::FAILURE
        }
    }
}
