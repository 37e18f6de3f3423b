use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use crate::{Layer, Link, Network, Scalar};

/// A network as a file holds it.
///
/// The layers are written as a list of [`LayerSpec`](crate::LayerSpec)s whether they are a tuple or a
/// [`Sequential`](crate::Sequential), so that either can read what the other wrote. What is read is checked: sizes,
/// number of parameters, and that each is finite.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File<L, P> {
    inputs: usize,
    layers: L,
    link: Option<Link>,
    params: P,
}

impl<T: Scalar + Serialize, L: Serialize> Serialize for Network<T, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.params.iter().any(|p| !p.is_finite()) {
            return Err(ser::Error::custom("a parameter is NaN or infinite; such a network is not written"));
        }
        let (layers, params) = (&self.layers, &self.params);
        File { inputs: self.in_dim, layers, link: self.link, params }.serialize(serializer)
    }
}

impl<'de, T: Scalar + Deserialize<'de>, L: Layer<T> + Deserialize<'de>> Deserialize<'de> for Network<T, L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let File { inputs, layers, link, params } = File::<L, Vec<T>>::deserialize(deserializer)?;
        let network = Self::from_params(inputs, layers, params).map_err(de::Error::custom)?;
        Ok(Self { link, ..network })
    }
}
