//! The tensors of a network, to a file and back.

use nn_core::{LayerSpec, Network, Scalar, Sequential};
use safetensors::tensor::Dtype;

use super::FileError;
use super::container::{File, Tensor, View, dtype};
use super::names::torch_name;

/// Parameters and state under PyTorch's names.
pub(super) fn of_network<T: Scalar>(
    network: &Network<T, Sequential<T>>,
    layers: &[LayerSpec],
) -> Vec<Tensor> {
    let parts = [(network.layout(), network.params()), (network.state_layout(), network.state())];
    let tensors = parts
        .iter()
        .flat_map(|(layout, values)| layout.tensors().iter().map(move |tensor| (tensor, *values)));
    tensors
        .map(|(tensor, values)| {
            let name = torch_name(&tensor.name, layers);
            Tensor::new(name, tensor.shape.clone(), &values[tensor.range.clone()])
        })
        .collect()
}

/// Which types of numbers a network takes.
pub(super) enum Types {
    /// Its own.
    Own,
    /// Those of which each number is one of its own, too, or is rounded to one.
    Any,
}

/// Fills parameters and state with a file's tensors, all of which must belong to the network, but those for which `ignored`
/// is true.
pub(super) fn fill<T: Scalar>(
    network: &mut Network<T, Sequential<T>>,
    layers: &[LayerSpec],
    file: &File<'_>,
    types: &Types,
    ignored: impl Fn(&str) -> bool,
) -> Result<(), FileError> {
    let layouts = [network.layout(), network.state_layout()];
    let mut names = Vec::new();
    let (params, state) = network.params_and_state_mut();
    for (layout, values) in layouts.iter().zip([params, state]) {
        for tensor in layout.tensors() {
            let name = torch_name(&tensor.name, layers);
            let view = file.tensor(&name).ok_or_else(|| FileError::MissingTensor {
                name: name.clone(),
                shape: tensor.shape.clone(),
                layer: tensor.layer.clone(),
                found: some_names(file),
            })?;
            if view.shape != tensor.shape {
                let (expected, found) = (tensor.shape.clone(), view.shape.to_vec());
                return Err(FileError::Shape { name, layer: tensor.layer.clone(), expected, found });
            }
            let found = read::<T>(&name, &view, types)?;
            values[tensor.range.clone()]
                .iter_mut()
                .zip(found)
                .for_each(|(value, found)| *value = T::of(found));
            names.push(name);
        }
    }
    names.sort_unstable();
    let unknown = |name: &String| names.binary_search(name).is_err() && !ignored(name);
    match file.names().into_iter().filter(unknown).min() {
        Some(name) => Err(FileError::UnknownTensor { name }),
        None => check_finite(network),
    }
}

fn read<T: Scalar>(name: &str, view: &View<'_>, types: &Types) -> Result<Vec<f64>, FileError> {
    let own = dtype::<T>();
    let (fits, expected) = match types {
        Types::Own => (view.dtype == own, if own == Dtype::F32 { "F32" } else { "F64" }),
        Types::Any => (true, "F32 or F64"),
    };
    let wrong = || FileError::NumberType {
        what: format!("the tensor {name:?}"),
        expected,
        found: format!("{:?}", view.dtype),
    };
    if fits { view.numbers().ok_or_else(wrong) } else { Err(wrong()) }
}

pub(super) fn check_finite<T: Scalar>(network: &Network<T, Sequential<T>>) -> Result<(), FileError> {
    for (what, values) in [("parameters", network.params()), ("scalars of state", network.state())] {
        if let Some((column, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            return Err(nn_core::Error::NotFinite { what, row: 0, column, value: value.as_f64() }.into());
        }
    }
    Ok(())
}

/// The first names of a file, for a message.
fn some_names(file: &File<'_>) -> String {
    let mut names = file.names();
    names.sort_unstable();
    let more = if names.len() > 8 { ", .." } else { "" };
    if names.is_empty() { "none".to_owned() } else { names[..names.len().min(8)].join(", ") + more }
}
