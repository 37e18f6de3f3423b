//! What a checkpoint has beside a model: values of the crate `serde`, with their long lists of numbers as tensors.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use super::FileError;
use super::checkpoint::PREFIX;
use super::container::{File, Tensor};

/// Lists as long as this are tensors, to the bit, and not text.
const LONG: usize = 16;
/// The key of what stands in the place of such a list.
const KEY: &str = "tensor";

/// The value with its lists as tensors, whose names begin with `name`.
pub(super) fn to_value<V: Serialize + ?Sized>(
    name: &str,
    value: &V,
    tensors: &mut Vec<Tensor>,
) -> Result<Value, FileError> {
    let value =
        serde_json::to_value(value).map_err(|error| FileError::Description(format!("{name}: {error}")))?;
    Ok(without_lists(&format!("{PREFIX}{name}"), value, tensors))
}

fn without_lists(name: &str, value: Value, tensors: &mut Vec<Tensor>) -> Value {
    let inner =
        |key: &str, value, tensors: &mut Vec<Tensor>| without_lists(&format!("{name}.{key}"), value, tensors);
    match value {
        Value::Array(list) => {
            if let Some(floats) = floats(&list) {
                tensors.push(tensor(name.to_owned(), &floats));
                return Value::Object(
                    [(KEY.to_owned(), Value::String(name.to_owned()))].into_iter().collect(),
                );
            }
            let named = list.into_iter().enumerate();
            named.map(|(index, value)| inner(&index.to_string(), value, tensors)).collect()
        }
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| {
                let value = inner(&key, value, tensors);
                (key, value)
            });
            Value::Object(fields.collect())
        }
        other => other,
    }
}

/// The numbers of a long list of floats.
fn floats(list: &[Value]) -> Option<Vec<f64>> {
    let float = |value: &Value| value.as_number().filter(|number| number.is_f64()).and_then(Number::as_f64);
    if list.len() < LONG { None } else { list.iter().map(float).collect() }
}

/// As `f32` where no number loses a bit.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "that is what is asked")]
fn tensor(name: String, values: &[f64]) -> Tensor {
    let singles: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    let same =
        singles.iter().zip(values).all(|(&single, value)| f64::from(single).to_bits() == value.to_bits());
    if same {
        Tensor::new(name, vec![values.len()], &singles)
    } else {
        Tensor::new(name, vec![values.len()], values)
    }
}

/// The value again.
pub(super) fn from_value<V: DeserializeOwned>(
    name: &str,
    value: Value,
    lists: &mut BTreeMap<String, Vec<f64>>,
) -> Result<V, FileError> {
    let invalid = |error: serde_json::Error| FileError::Description(format!("{name}: {error}"));
    serde_json::from_value(with_lists(value, lists)?).map_err(invalid)
}

/// The lists of a checkpoint by name.
pub(super) fn lists(file: &File<'_>) -> BTreeMap<String, Vec<f64>> {
    let ours = file.names().into_iter().filter(|name| name.starts_with(PREFIX));
    ours.filter_map(|name| file.tensor(&name)?.numbers().map(|numbers| (name, numbers))).collect()
}

fn with_lists(value: Value, lists: &mut BTreeMap<String, Vec<f64>>) -> Result<Value, FileError> {
    match value {
        Value::Array(list) => list.into_iter().map(|value| with_lists(value, lists)).collect(),
        Value::Object(fields) => {
            if let Some(name) = name_of_list(&fields) {
                // Each is used once, so that no file can ask for more memory than it has.
                let missing = || FileError::Description(format!("there is no list of numbers {name:?}"));
                return lists.remove(name).map(Value::from).ok_or_else(missing);
            }
            let field = |(key, value)| Ok((key, with_lists(value, lists)?));
            Ok(Value::Object(fields.into_iter().map(field).collect::<Result<_, FileError>>()?))
        }
        other => Ok(other),
    }
}

fn name_of_list(fields: &Map<String, Value>) -> Option<&str> {
    let name = fields.get(KEY).filter(|_| fields.len() == 1)?.as_str()?;
    name.starts_with(PREFIX).then_some(name)
}
