//! The number type of a network.

/// The number type that an exported network computes with: that of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl Precision {
    /// The number type's name in Rust.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The number as Rust and C read it back to the bit: the shortest decimal does.
    #[allow(clippy::cast_possible_truncation, reason = "the number is one of that type")]
    pub(super) fn literal(self, value: f64) -> String {
        match self {
            Self::F32 => format!("{:?}", value as f32),
            Self::F64 => format!("{value:?}"),
        }
    }

    /// The nearest number of this type.
    #[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
    pub(super) fn round(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            Self::F64 => value,
        }
    }
}
