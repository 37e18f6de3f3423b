use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{Layer, Link, Network, Scalar};

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
        for (what, values) in [("parameter", &self.params), ("scalar of state", &self.state)] {
            if values.iter().any(|value| !value.is_finite()) {
                let message = format!("a {what} is NaN or infinite; such a network is not written");
                return Err(ser::Error::custom(message));
            }
        }
        let (layers, params) = (&self.layers, &self.params);
        let state = Some(&self.state).filter(|state| !state.is_empty());
        File { format: FORMAT, inputs: self.in_dim, layers, link: self.link, params, state }
            .serialize(serializer)
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
