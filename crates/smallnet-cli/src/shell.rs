//! What a shell wants to know of the command: completions, and pages of the manual.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::Failure;
use crate::arguments::Arguments;

/// The completions of a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "smallnet", &mut text);
    Ok(io::stdout().lock().write_all(&text)?)
}

/// The page of the command, or with a folder the pages of all commands as files.
pub(crate) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    if let Some(folder) = folder {
        fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
            .map_err(|error| format!("cannot write pages into {}: {error}", folder.display()))?;
        return Ok(());
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
    Ok(io::stdout().lock().write_all(&text)?)
}
