//! The folder of a report, and files that are not to be overwritten.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use nn_train::{History, write_whole};
use serde_json::Value;

use crate::Failure;
use crate::pictures::NAMES;

/// Refuses a model or a report that is there already, or could not be written, before anything is learned.
pub(crate) fn refuse_what_is_there(model: &Path, folder: Option<&Path>, force: bool) -> Result<(), Failure> {
    let parent = model.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    if let Some(parent) = parent {
        return Err(format!("there is no folder {}; create it first", parent.display()).into());
    }
    if model.exists() && !force {
        return Err(is_there(model, "--out"));
    }
    folder.iter().try_for_each(|folder| refuse_folder(folder, "--report", force))
}

/// Refuses a folder with files in it.
pub(crate) fn refuse_folder(folder: &Path, option: &str, force: bool) -> Result<(), Failure> {
    if folder.is_file() {
        return Err(format!("{} is a file; give another {option} for the folder", folder.display()).into());
    }
    let is_used = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if is_used && !force { Err(is_there(folder, option)) } else { Ok(()) }
}

fn is_there(path: &Path, option: &str) -> Failure {
    format!("{} is there already; give another {option}, or --force to overwrite it", path.display()).into()
}

/// Writes the report, without pictures; those of an earlier one are removed.
pub(crate) fn write(folder: &Path, result: &Value, history: &History) -> Result<(), Failure> {
    let in_folder = |error: std::io::Error| format!("cannot write the report {}: {error}", folder.display());
    fs::create_dir_all(folder).map_err(in_folder)?;
    for name in NAMES {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(in_folder(error).into()),
            _ => {}
        }
    }
    write_whole(folder.join("result.json"), |out| writeln!(out, "{result:#}")).map_err(in_folder)?;
    write_whole(folder.join("history.csv"), |out| history.write_csv(out)).map_err(in_folder)?;
    Ok(())
}
