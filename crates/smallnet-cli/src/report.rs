//! The folder of a report, and files that are not to be overwritten.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use nn_train::{History, write_whole};
use serde_json::Value;

use crate::Failure;

/// Refuses a model or a report that is there already, or could not be written, before anything is learned.
pub(crate) fn refuse_what_is_there(model: &Path, folder: Option<&Path>, force: bool) -> Result<(), Failure> {
    let parent = model.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    if let Some(parent) = parent {
        return Err(format!("there is no folder {}; create it first", parent.display()).into());
    }
    if force {
        return Ok(());
    }
    let is_used = |folder: &&Path| fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    let (found, option) = match folder.filter(is_used) {
        _ if model.exists() => (model, "--out"),
        Some(folder) => (folder, "--report"),
        None => return Ok(()),
    };
    Err(format!("{} is there already; give another {option}, or --force to overwrite it", found.display())
        .into())
}

/// Writes the report.
pub(crate) fn write(folder: &Path, result: &Value, history: &History) -> Result<(), Failure> {
    let in_folder = |error: std::io::Error| format!("cannot write the report {}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(in_folder)?;
    write_whole(folder.join("result.json"), |out| writeln!(out, "{result:#}")).map_err(in_folder)?;
    write_whole(folder.join("history.csv"), |out| history.write_csv(out)).map_err(in_folder)?;
    Ok(())
}
