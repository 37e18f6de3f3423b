use std::path::Path;

use nn_core::ShapeError;
use thiserror::Error;

/// A model, a checkpoint or a file of weights could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// What is below, of this file.
    #[error("{path}: {source}")]
    At {
        /// The file.
        path: String,
        /// What is wrong with it.
        source: Box<FileError>,
    },
    /// A file could not be read or written. One that was there before is still there.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file is shorter or longer than it says, or its header is none.
    #[error("the file is damaged or no safetensors file: {0}")]
    Container(String),
    /// Bits of the file are not those that were written.
    #[error(
        "the file is damaged: its checksum is {expected}, and that of what it holds {found}; take another copy"
    )]
    Checksum {
        /// What the file says.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A file of tensors that is not from this library.
    #[error(
        "expected a model of smallnet, found a safetensors file without a description of one; \
         weights from PyTorch are read by `read_state_dict` into a network of the same layers"
    )]
    NoModel,
    /// A file of a later version.
    #[error(
        "expected a file of format {expected} at most, found {found}: it is from a later version; update the library"
    )]
    Format {
        /// The latest that this version reads.
        expected: u32,
        /// That of the file.
        found: u32,
    },
    /// The description in the file is none.
    #[error("the description of the model is not valid: {0}")]
    Description(String),
    /// More than any model needs, and refused before memory is reserved for it.
    #[error("expected at most {limit} {what}, found more; no model of small networks is so large")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// So many.
        limit: usize,
    },
    /// A tensor that should be there is not.
    #[error("there is no tensor {name:?}, {shape:?}, of {layer}; the file has {found}")]
    MissingTensor {
        /// Its name in the file.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The layer that it belongs to.
        layer: String,
        /// What there is.
        found: String,
    },
    /// A tensor that belongs nowhere.
    #[error("the tensor {name:?} belongs to no layer of the network; is it of other layers?")]
    UnknownTensor {
        /// Its name in the file.
        name: String,
    },
    /// A tensor of another shape.
    #[error("the tensor {name:?} has shape {found:?}; expected {expected:?} for {layer}")]
    Shape {
        /// Its name in the file.
        name: String,
        /// The layer that it belongs to.
        layer: String,
        /// The shape that fits.
        expected: Vec<usize>,
        /// That of the file.
        found: Vec<usize>,
    },
    /// Numbers of another type.
    #[error("{what} has numbers of type {found}; expected {expected}")]
    NumberType {
        /// The tensor, or the model.
        what: String,
        /// The type that can be read.
        expected: &'static str,
        /// That of the file.
        found: String,
    },
    /// A layer does not fit its inputs.
    #[error(transparent)]
    Layers(#[from] ShapeError),
    /// Numbers that no network can have.
    #[error(transparent)]
    Network(#[from] nn_core::Error),
    /// A table or an array of NumPy's is not right.
    #[error(transparent)]
    Data(#[from] nn_data::DataError),
    /// The network has a layer that is not one of the library's own.
    #[error(
        "the network has a layer that has no `LayerSpec`, and so cannot be written; implement `Architecture::spec`"
    )]
    Unwritable,
    /// Names, scalers or an encoder that do not fit the network.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// Of what.
        what: &'static str,
        /// As many as the network has.
        expected: usize,
        /// As many as there were.
        found: usize,
    },
    /// The model has not what is asked of it.
    #[error("the model has no {missing}; {hint}")]
    Lacks {
        /// What it lacks.
        missing: &'static str,
        /// What to do.
        hint: &'static str,
    },
}

impl FileError {
    /// The same, with the file that it is about.
    pub(super) fn at(self, path: &Path) -> Self {
        match self {
            // These have it.
            error @ (Self::At { .. } | Self::Io(_)) => error,
            error => Self::At { path: path.display().to_string(), source: Box::new(error) },
        }
    }
}

/// The bytes of a file; an error has its path.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let error =
        |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    Ok(std::fs::read(path).map_err(error)?)
}
