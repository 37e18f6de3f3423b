use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{Layer, LayerSpec, Link, Network, Scalar};

/// The form of file that this version writes and reads.
const FORMAT: u32 = 1;

/// A network as a file holds it; documented at [`Network`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<L, P> {
    /// Which form of file this is; another than ours is refused. A file that does not say is of the first form.
    #[serde(default = "first")]
    format: u32,
    inputs: usize,
    layers: L,
    link: Option<Link>,
    params: P,
    /// Left out by a network that has none.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    state: Option<P>,
}

fn first() -> u32 {
    1
}

impl<T: Scalar + Serialize, L: Serialize> Serialize for Network<T, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { layers, in_dim, params, state, link, .. } = self;
        File { format: FORMAT, inputs: *in_dim, layers, link: *link, params, state: Some(state) }
            .write(serializer)
    }
}

/// A copy of a network as a file holds it: written, it is the file that the network itself would be.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Tanh};
///
/// let network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let snapshot = network.snapshot().expect("layers of the crate's own");
/// assert_eq!(serde_json::to_string(&snapshot)?, serde_json::to_string(&network)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot<T> {
    inputs: usize,
    layers: Vec<LayerSpec>,
    link: Option<Link>,
    params: Vec<T>,
    state: Vec<T>,
}

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// A copy to be written to a file later, or elsewhere; `None` if a layer is not one of the crate's own.
    pub fn snapshot(&self) -> Option<Snapshot<T>> {
        let Self { layers, in_dim, params, state, link, .. } = self;
        let (params, state) = (params.clone(), state.clone());
        Some(Snapshot { inputs: *in_dim, layers: layers.spec()?.into_chain(), link: *link, params, state })
    }
}

impl<T: Scalar + Serialize> Serialize for Snapshot<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { inputs, layers, link, params, state } = self;
        File { format: FORMAT, inputs: *inputs, layers, link: *link, params, state: Some(state) }
            .write(serializer)
    }
}

impl<T: Scalar + Serialize, L: Serialize> File<L, &Vec<T>> {
    fn write<S: Serializer>(self, serializer: S) -> Result<S::Ok, S::Error> {
        let state = self.state.filter(|state| !state.is_empty());
        for (what, values) in [("parameter", Some(self.params)), ("scalar of state", state)] {
            if values.into_iter().flatten().any(|value| !value.is_finite()) {
                let message = format!("a {what} is NaN or infinite; such a network is not written");
                return Err(ser::Error::custom(message));
            }
        }
        File { state, ..self }.serialize(serializer)
    }
}

impl<'de, T: Scalar + Deserialize<'de>, L: Layer<T> + Deserialize<'de>> Deserialize<'de> for Network<T, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let File { format, inputs, layers, link, params, state } =
            File::<L, Vec<T>>::deserialize(deserializer)?;
        if format != FORMAT {
            let message = format!("expected a network file of format {FORMAT}, found {format}");
            return Err(de::Error::custom(message));
        }
        let network = Self::from_params(inputs, layers, params)
            .and_then(|network| network.with_state(state.unwrap_or_default()))
            .map_err(de::Error::custom)?;
        Ok(Self { link, ..network })
    }
}
