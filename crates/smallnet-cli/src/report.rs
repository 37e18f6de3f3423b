//! The folder of a report, and files that are not to be overwritten.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use nn_train::{History, write_whole};
use serde_json::Value;

use crate::Failure;
use crate::pictures::NAMES;

/// Refuses a model or a report that is there already, or could not be written, before anything is learned.
pub(crate) fn refuse_what_is_there(model: &Path, folder: Option<&Path>, force: bool) -> Result<(), Failure> {
    refuse_file(model, "--out", force)?;
    folder.iter().try_for_each(|folder| refuse_folder(folder, "--report", force))
}

/// Refuses a file that is there already, or could not be written.
pub(crate) fn refuse_file(file: &Path, option: &str, force: bool) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(format!("{} is a folder; give another {option} for the file", file.display()).into());
    }
    let folder = folder_of(file);
    if !folder.is_dir() {
        return Err(format!("there is no folder {}; create it first", folder.display()).into());
    }
    if file.exists() && !force {
        return Err(is_there(file, option));
    }
    refuse_to_write_into(folder, option)
}

/// Refuses a folder with files in it, or in which none could be written.
pub(crate) fn refuse_folder(folder: &Path, option: &str, force: bool) -> Result<(), Failure> {
    if folder.is_file() {
        return Err(format!("{} is a file; give another {option} for the folder", folder.display()).into());
    }
    let is_used = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if is_used && !force {
        return Err(is_there(folder, option));
    }
    // What is not there yet is created, in the first of those above it that is there.
    let there = folder.ancestors().map(or_this_one).find(|folder| folder.exists());
    there.map_or(Ok(()), |there| refuse_to_write_into(there, option))
}

fn folder_of(file: &Path) -> &Path {
    or_this_one(file.parent().unwrap_or(Path::new("")))
}

/// An empty path is the folder that one is in.
fn or_this_one(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Writes a file into a folder, since nothing else tells whether one can, and takes it away again.
fn refuse_to_write_into(folder: &Path, option: &str) -> Result<(), Failure> {
    let probe = folder.join(format!(".smallnet-{}", std::process::id()));
    let written = File::create(&probe).and_then(|_| fs::remove_file(&probe));
    written.map_err(|error| {
        format!("cannot write into the folder {}: {error}; give another {option}", folder.display()).into()
    })
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
