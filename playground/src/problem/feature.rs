//! What a network sees of a point in the plane.

use crate::Result;

/// A function of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// x
    X,
    /// y
    Y,
    /// x²
    XSquared,
    /// y²
    YSquared,
    /// x y
    Product,
    /// sin 2x
    SinX,
    /// sin 2y
    SinY,
}

impl Feature {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::X, Self::Y, Self::XSquared, Self::YSquared, Self::Product, Self::SinX, Self::SinY];

    /// As addresses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
            Self::XSquared => "x2",
            Self::YSquared => "y2",
            Self::Product => "xy",
            Self::SinX => "sinx",
            Self::SinY => "siny",
        }
    }

    /// As people write it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Y => "y",
            Self::XSquared => "x²",
            Self::YSquared => "y²",
            Self::Product => "x y",
            Self::SinX => "sin 2x",
            Self::SinY => "sin 2y",
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|feature| feature.name() == name).ok_or_else(|| {
            format!("features: expected some of {}, found {name:?}", Self::ALL.map(Self::name).join(", "))
        })
    }

    /// Whether it needs a second coordinate, which a line does not have.
    pub(crate) fn needs_plane(self) -> bool {
        matches!(self, Self::Y | Self::YSquared | Self::Product | Self::SinY)
    }

    /// Its value; `y` is 0 on a line.
    pub(crate) fn value(self, x: f64, y: f64) -> f64 {
        match self {
            Self::X => x,
            Self::Y => y,
            Self::XSquared => x * x,
            Self::YSquared => y * y,
            Self::Product => x * y,
            Self::SinX => libm::sin(2.0 * x),
            Self::SinY => libm::sin(2.0 * y),
        }
    }
}
