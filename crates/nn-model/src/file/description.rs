//! What a file says of a model beside its tensors.

use nn_core::{Architecture, LayerSpec, Link, Network, Scalar, Sequential};
use nn_data::TableEncoder;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::FileError;
use super::container::no_checksum;

/// The latest form of file that this version reads, and the one that it writes.
pub(super) const FORMAT: u32 = 1;
/// Names and numbers of a description at most, and words in its layers, of which each has two at least: so that one that is
/// made to take much memory does not.
const WORDS: usize = 1 << 17;
const LAYER_WORDS: usize = 10_000;

/// As JSON, in the metadata of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub(super) format: u32,
    pub(super) checksum: String,
    /// The version of the library that wrote it.
    pub(super) version: String,
    pub(super) inputs: usize,
    pub(super) layers: Vec<LayerSpec>,
    pub(super) link: Option<Link>,
    #[serde(default, skip_serializing_if = "About::is_empty")]
    pub(super) about: About,
    /// Of a checkpoint: optimizer, and how far the run has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) training: Option<serde_json::Value>,
}

/// What a model has beside its network.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct About {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) feature_names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) class_names: Vec<String>,
    /// Offset and factor of each output, from the network's to the targets' units.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) target_scale: Vec<[f64; 2]>,
    /// From the rows of a table to the network's inputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoder: Option<TableEncoder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fingerprint: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

impl About {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Checks that it fits a network of so many inputs and outputs.
    pub(super) fn check<T: Scalar>(&self, network: &Network<T, Sequential<T>>) -> Result<(), FileError> {
        let classes = if network.out_dim() == 1 && network.link() == Some(Link::Logistic) {
            2
        } else {
            network.out_dim()
        };
        check_length("names of features", network.in_dim(), self.feature_names.len())?;
        check_length("names of classes", classes, self.class_names.len())?;
        check_length("scales of targets", network.out_dim(), self.target_scale.len())?;
        check_length(
            "features of the encoder",
            network.in_dim(),
            self.encoder.as_ref().map_or(0, TableEncoder::features),
        )?;
        let numbers = self.target_scale.as_flattened();
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(n) => {
                let (row, column, value) = (n / 2, n % 2, numbers[n]);
                Err(nn_core::Error::NotFinite { what: "scales of targets", row, column, value }.into())
            }
            None => Ok(()),
        }
    }
}

/// None, or as many as the network has.
fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), FileError> {
    if found == 0 || found == expected { Ok(()) } else { Err(FileError::Length { what, expected, found }) }
}

impl Description {
    pub(super) fn of<T: Scalar>(
        network: &Network<T, Sequential<T>>,
        about: &About,
        training: Option<serde_json::Value>,
    ) -> Result<Self, FileError> {
        Ok(Self {
            format: FORMAT,
            checksum: no_checksum(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            inputs: network.in_dim(),
            layers: network.layers().specs()?,
            link: network.link(),
            about: about.clone(),
            training,
        })
    }

    pub(super) fn to_json(&self) -> Result<String, FileError> {
        serde_json::to_string(self).map_err(|error| FileError::Description(error.to_string()))
    }

    /// Reads one, with the limits that keep a hostile one from taking much memory.
    pub(super) fn from_json(text: &str) -> Result<Self, FileError> {
        /// What every format has, and what takes much more memory than text.
        #[derive(Deserialize)]
        struct Outline<'a> {
            format: u32,
            #[serde(borrow)]
            layers: Option<&'a RawValue>,
        }
        let invalid = |error: serde_json::Error| FileError::Description(error.to_string());
        let Outline { format, layers } = serde_json::from_str(text).map_err(invalid)?;
        if format > FORMAT {
            return Err(FileError::Format { expected: FORMAT, found: format });
        }
        if text.bytes().filter(|byte| b",:[{".contains(byte)).count() > WORDS {
            return Err(FileError::TooLarge { what: "names and numbers in the description", limit: WORDS });
        }
        if layers.is_some_and(|layers| layers.get().matches('"').count() > 2 * LAYER_WORDS) {
            return Err(FileError::TooLarge { what: "words in the layers", limit: LAYER_WORDS });
        }
        serde_json::from_str(text).map_err(invalid)
    }

    /// The network without its weights, which are as many as the file has numbers.
    pub(super) fn network<T: Scalar>(&self, numbers: usize) -> Result<Network<T, Sequential<T>>, FileError> {
        let layers = Sequential::from_specs(&self.layers);
        layers.out_dim(self.inputs)?;
        // Before memory is reserved for them.
        let (params, state) = (layers.param_len(self.inputs), layers.state_len(self.inputs));
        if params.saturating_add(state) > numbers {
            let found = format!(
                "layers with {params} parameters and {state} numbers of state, where the file has {numbers}"
            );
            return Err(FileError::Description(found));
        }
        let mut network = Network::from_params(self.inputs, layers, vec![T::zero(); params])?;
        if let Some(link) = self.link {
            network.set_link(link);
        }
        Ok(network)
    }
}
