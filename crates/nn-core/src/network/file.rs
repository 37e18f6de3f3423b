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
}

fn first() -> u32 {
    1
}

impl<T: Scalar + Serialize, L: Serialize> Serialize for Network<T, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.params.iter().any(|p| !p.is_finite()) {
            return Err(ser::Error::custom("a parameter is NaN or infinite; such a network is not written"));
        }
        let (layers, params) = (&self.layers, &self.params);
        File { format: FORMAT, inputs: self.in_dim, layers, link: self.link, params }.serialize(serializer)
    }
}

impl<'de, T: Scalar + Deserialize<'de>, L: Layer<T> + Deserialize<'de>> Deserialize<'de> for Network<T, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let File { format, inputs, layers, link, params } = File::<L, Vec<T>>::deserialize(deserializer)?;
        if format != FORMAT {
            let message = format!("expected a network file of format {FORMAT}, found {format}");
            return Err(de::Error::custom(message));
        }
        let network = Self::from_params(inputs, layers, params).map_err(de::Error::custom)?;
        Ok(Self { link, ..network })
    }
}
