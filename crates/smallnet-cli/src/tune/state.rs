//! The file of a search, which a second call goes on with.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use nn_train::search::Search;
use nn_train::write_whole;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::space::Settings;
use crate::Failure;

/// What is in the file: what was asked for, and what has come of it so far.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    arguments: Map<String, Value>,
    search: Search<Settings>,
}

/// The search in the file, if it is there and of these arguments; without rounds, it may have fewer trials.
pub(super) fn read(path: &Path, arguments: &Map<String, Value>) -> Result<Option<Search<Settings>>, Failure> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => {
            text.map_err(|error| format!("cannot read {}: {error}; give another --state", path.display()))?
        }
    };
    let stored: Stored = serde_json::from_str(&text).map_err(|error| {
        format!(
            "{} is not the file of a search ({error}); give another --state, or remove it to begin anew",
            path.display()
        )
    })?;
    let trials = |arguments: &Map<String, Value>| arguments.get("--trials").and_then(Value::as_u64);
    let is_longer = arguments.get("--halving") == Some(&Value::Bool(false))
        && trials(arguments) > trials(&stored.arguments);
    let differs = |(key, _): &(&String, &Value)| {
        stored.arguments.get(*key) != arguments.get(*key) && !(is_longer && *key == "--trials")
    };
    if let Some((key, now)) = arguments.iter().find(differs) {
        let before = stored.arguments.get(key).unwrap_or(&Value::Null);
        return Err(format!(
            "{} is of a search with other arguments: {key} was {before} and is {now}; give those it began with, another --state, or remove it to begin anew",
            path.display()
        )
        .into());
    }
    Ok(Some(stored.search))
}

/// Writes the file, whole or not at all.
pub(super) fn write(
    path: &Path,
    arguments: &Map<String, Value>,
    search: &Search<Settings>,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct State<'a> {
        arguments: &'a Map<String, Value>,
        search: &'a Search<Settings>,
    }
    write_whole(path, |out| Ok(serde_json::to_writer(out, &State { arguments, search })?))
        .map_err(|error| format!("cannot write the search down: {error}").into())
}
