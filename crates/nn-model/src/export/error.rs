use nn_core::ShapeError;
use thiserror::Error;

/// A network could not be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The network has a layer or an activation that is not one of the crate's own.
    #[error(
        "{layer} is not one of the library's own layers and activations, so no exporter knows it; \
         replace it by layers that are, or write an exporter over your own layers"
    )]
    Unknown {
        /// Which one.
        layer: String,
    },
    /// A layer does not fit its inputs.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A number is NaN, infinite, or beyond the format's range.
    #[error("expected finite {what}, found {value} at index {index}")]
    NotFinite {
        /// Which numbers.
        what: String,
        /// Which of them.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// A list has another length than the network asks for.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// Of what.
        what: &'static str,
        /// As many as the network has.
        expected: usize,
        /// As many as there were.
        found: usize,
    },
    /// Outputs that are probabilities cannot be scaled back.
    #[error(
        "expected a network with outputs to scale back, found one whose outputs are probabilities ({link})"
    )]
    Probabilities {
        /// The link that makes them.
        link: &'static str,
    },
    /// The file would be larger than its format allows.
    #[error("expected at most {limit} bytes of {format}, found {size}; a network with fewer parameters fits")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// The largest size in bytes.
        limit: usize,
        /// The size in bytes.
        size: usize,
    },
    /// A network has no form in integers of 8 bits.
    #[error(
        "cannot quantize {layer}: {why}; export the network in floating point, or train one without that layer"
    )]
    Quantize {
        /// Which layer.
        layer: String,
        /// Why.
        why: &'static str,
    },
    /// A file could not be written; what was there before is still there.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}
