use std::collections::BTreeMap;
use std::path::Path;

use ndarray::ArrayD;
use nn_core::{ActivationSpec, Dense, Link, Network, Scalar, Sequential};
use nn_data::read_npz;

use super::FileError;

/// The network of a `MLPClassifier` or `MLPRegressor` of scikit-learn, from an NPZ archive of its weights.
///
/// Written there by
/// ```python
/// arrays = {f"coefs_{i}": w for i, w in enumerate(mlp.coefs_)}
/// arrays |= {f"intercepts_{i}": b for i, b in enumerate(mlp.intercepts_)}
/// numpy.savez("mlp.npz", **arrays)
/// ```
///
/// | Argument | In scikit-learn |
/// |---|---|
/// | `activation` | `mlp.activation`: `identity`, `logistic` ([`ActivationSpec::Sigmoid`]), `tanh`, `relu`, of every hidden layer |
/// | `link` | `mlp.out_activation_`: `identity`, `softmax`, `logistic` (two classes, and several labels) |
///
/// # Errors
/// [`FileError::Data`] for a file that is no such archive, [`FileError::MissingTensor`] and [`FileError::UnknownTensor`] for arrays
/// of other names, [`FileError::Shape`] for weights that do not follow each other.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{ActivationSpec, Link};
/// use nn_data::write_npz;
/// use nn_model::read_sklearn;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("mlp.npz");
/// let (coefs, intercepts) = (array![[1.0], [2.0]].into_dyn(), array![0.5].into_dyn());
/// write_npz::<f64>(&path, [("coefs_0", coefs.view()), ("intercepts_0", intercepts.view())])?;
/// let network = read_sklearn::<f64>(&path, ActivationSpec::Relu, Link::Identity)?;
/// assert_eq!(network.predict(array![[10.0, 100.0]].view())?, array![[210.5]]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_sklearn<T: Scalar>(
    path: impl AsRef<Path>,
    activation: ActivationSpec,
    link: Link,
) -> Result<Network<T, Sequential<T>>, FileError> {
    let path = path.as_ref();
    from_arrays(&read_npz(path)?, activation, link).map_err(|error| error.at(path))
}

fn from_arrays<T: Scalar>(
    arrays: &BTreeMap<String, ArrayD<T>>,
    activation: ActivationSpec,
    link: Link,
) -> Result<Network<T, Sequential<T>>, FileError> {
    let depth =
        (0..arrays.len()).take_while(|index| arrays.contains_key(&format!("coefs_{index}"))).count().max(1);
    let known = |name: &str, stem| (0..depth).any(|index| name == format!("{stem}_{index}"));
    if let Some(name) = arrays.keys().find(|name| !known(name, "coefs") && !known(name, "intercepts")) {
        return Err(FileError::UnknownTensor { name: name.clone() });
    }
    let (mut layers, mut params, mut inputs) = (Sequential::new(), Vec::new(), None);
    for index in 0..depth {
        let layer = format!("layer {index}");
        let get = |stem: &str, shape: Vec<usize>| {
            let name = format!("{stem}_{index}");
            let found = arrays.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let missing =
                || FileError::MissingTensor { name: name.clone(), shape, layer: layer.clone(), found };
            arrays.get(&name).ok_or_else(missing)
        };
        let shape_error = |stem: &str, expected, found: &ArrayD<T>| FileError::Shape {
            name: format!("{stem}_{index}"),
            layer: layer.clone(),
            expected,
            found: found.shape().to_vec(),
        };
        let weight = get("coefs", vec![inputs.unwrap_or(0), 0])?;
        let &[fan_in, units] = weight.shape() else { return Err(shape_error("coefs", vec![0, 0], weight)) };
        if inputs.is_some_and(|inputs| inputs != fan_in) {
            return Err(shape_error("coefs", vec![inputs.unwrap_or(0), units], weight));
        }
        let bias = get("intercepts", vec![units])?;
        if bias.shape() != [units] {
            return Err(shape_error("intercepts", vec![units], bias));
        }
        // (inputs, units) there; here a row a unit.
        params.extend(weight.t().iter().chain(bias.iter()));
        layers = if index + 1 < depth {
            layers.then(Dense::new(units, activation))
        } else {
            layers.then(Dense::linear(units))
        };
        inputs = Some(units);
    }
    let features = arrays.get("coefs_0").map_or(0, |weight| weight.shape()[0]);
    let mut network = Network::from_params(features, layers, params)?;
    network.set_link(link);
    Ok(network)
}
