//! Problems: where samples come from, and what a network sees of them.

mod drawn;
mod feature;
mod made;
mod table;

pub(crate) use feature::Feature;

use ndarray::Array2;

use crate::{Result, Settings};

/// Where samples come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The exclusive or.
    Xor,
    /// Two spirals.
    Spirals,
    /// Four spirals.
    FourSpirals,
    /// Two half circles.
    Moons,
    /// A circle within a circle.
    Circles,
    /// The fields of a checkerboard.
    Checkerboard,
    /// Three clouds.
    Blobs,
    /// A curve: the sum of two sines.
    Sines,
    /// A step, which is a curve, too.
    Step,
    /// Points drawn by hand.
    Drawn,
    /// A table of one's own, as CSV.
    Table,
}

impl Problem {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Xor,
        Self::Spirals,
        Self::FourSpirals,
        Self::Moons,
        Self::Circles,
        Self::Checkerboard,
        Self::Blobs,
        Self::Sines,
        Self::Step,
        Self::Drawn,
        Self::Table,
    ];

    /// As addresses have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xor => "xor",
            Self::Spirals => "spirals",
            Self::FourSpirals => "four_spirals",
            Self::Moons => "moons",
            Self::Circles => "circles",
            Self::Checkerboard => "checkerboard",
            Self::Blobs => "blobs",
            Self::Sines => "sines",
            Self::Step => "step",
            Self::Drawn => "drawn",
            Self::Table => "table",
        }
    }

    pub(crate) fn of(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|problem| problem.name() == name).ok_or_else(|| {
            format!("problem: expected one of {}, found {name:?}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// What is to be learned.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// A class a sample, and how many there are.
    Classes(Vec<usize>, usize),
    /// A value a sample.
    Values(Vec<f64>),
}

/// Samples before they are split and seen by a network.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    /// Rows are points: of a plane, of a line, or of a table's features.
    pub(crate) points: Array2<f64>,
    pub(crate) target: Target,
    /// Names of the columns, and of the classes or the value.
    pub(crate) columns: Vec<String>,
    pub(crate) targets: Vec<String>,
}

impl Samples {
    /// What the settings ask for.
    pub(crate) fn of(settings: &Settings) -> Result<Self> {
        match settings.problem {
            Problem::Drawn => drawn::samples(&settings.text),
            Problem::Table => table::samples(&settings.text),
            made => made::samples(made, settings),
        }
    }

    /// Of a plane or a line, whose classes need no names of their own.
    fn plain(points: Array2<f64>, target: Target) -> Self {
        let columns = ["x", "y"][..points.ncols()].iter().map(ToString::to_string).collect();
        let targets = match &target {
            Target::Classes(_, classes) => (0..*classes).map(|class| format!("class {class}")).collect(),
            Target::Values(_) => vec!["value".to_owned()],
        };
        Self { points, target, columns, targets }
    }
}
