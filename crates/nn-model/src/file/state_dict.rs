use std::path::Path;

use nn_core::{Layer, LayerSpec, Network, Scalar};

use super::container::File;
use super::tensors::{Types, fill};
use super::{FileError, error};

/// Fills a network with weights from PyTorch: a `state_dict` of an `nn.Sequential` of the same layers, written by
/// `safetensors.torch.save_file(module.state_dict(), path)`.
///
/// | Here | In PyTorch |
/// |---|---|
/// | [`Dense`](nn_core::Dense) | `Linear`, and its activation as the next module |
/// | [`Activate`](nn_core::Activate), `Softmax`, `LogSoftmax`, `Dropout`, `AlphaDropout` | modules without parameters |
/// | [`BatchNorm`](nn_core::BatchNorm), [`LayerNorm`](nn_core::LayerNorm), [`RmsNorm`](nn_core::RmsNorm), [`PRelu`](nn_core::PRelu) | `BatchNorm1d`, `LayerNorm`, `RMSNorm`, `PReLU` |
///
/// `F32` and `F64` are read into either, rounded where need be; `num_batches_tracked` is ignored, since the momentum is a number here.
/// Layers, momentum and ε are the network's own. (PyTorch's `Softplus` takes x for its value above 20, which is off by 2e-9 at
/// most.)
///
/// # Errors
/// A [`FileError`] that names the tensor which is missing, of another shape or type, or of no layer. The network is then as it
/// was.
///
/// # Example
/// ```no_run
/// use nn_core::{Dense, Network, Relu};
/// use nn_model::read_state_dict;
///
/// // nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 2))
/// let mut network = Network::<f32, _>::new(20, (Dense::new(64, Relu), Dense::linear(2)), 0)?;
/// read_state_dict("weights.safetensors", &mut network)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_state_dict<T: Scalar, L: Layer<T>>(
    path: impl AsRef<Path>,
    network: &mut Network<T, L>,
) -> Result<(), FileError> {
    let path = path.as_ref();
    from_bytes(&error::read(path)?, network).map_err(|error| error.at(path))
}

fn from_bytes<T: Scalar, L: Layer<T>>(bytes: &[u8], network: &mut Network<T, L>) -> Result<(), FileError> {
    let file = File::open(bytes)?;
    let mut filled = network.to_sequential().ok_or(FileError::Unwritable)?;
    let layers: Vec<LayerSpec> = filled.layers().specs()?;
    fill(&mut filled, &layers, &file, &Types::Any, |name| name.ends_with("num_batches_tracked"))?;
    let (params, state) = network.params_and_state_mut();
    params.copy_from_slice(filled.params());
    state.copy_from_slice(filled.state());
    Ok(())
}
