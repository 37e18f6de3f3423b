use std::fmt;

use thiserror::Error;

use crate::{Mode, Scalar, ShapeError};

/// One derivative, as the code says it and as the oracle does.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Which: `layer 1 Dense 15->4, weight[3, 0]`.
    pub name: String,
    /// The derivative that the code under test computes.
    pub analytic: f64,
    /// The derivative that the oracle computes.
    pub expected: f64,
}

impl Entry {
    /// |analytic - expected| / max(1, |analytic|, |expected|).
    pub fn error(&self) -> f64 {
        (self.analytic - self.expected).abs() / self.size(1.0)
    }

    /// max(floor, |analytic|, |expected|).
    pub(super) fn size(&self, floor: f64) -> f64 {
        self.analytic.abs().max(self.expected.abs()).max(floor)
    }
}

/// What the derivatives are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oracle {
    /// Central differences.
    FiniteDifferences,
    /// Dual numbers: exact to rounding.
    DualNumbers,
}

impl fmt::Display for Oracle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FiniteDifferences => "numeric",
            Self::DualNumbers => "dual",
        })
    }
}

/// The error of central differences against the step: for a correct derivative it falls as step², until rounding
/// takes over; for a wrong one it stays.
#[derive(Debug, Clone, PartialEq)]
pub struct StepTable {
    /// (step, |analytic - numeric|), from the largest step to the smallest.
    pub rows: Vec<(f64, f64)>,
}

impl StepTable {
    /// The order at which the error falls: the slope of log error over log step, between the last two neighbouring steps
    /// of at least 1e-4 whose errors are more than rounding.
    ///
    /// About 2 for a correct derivative of a smooth function; more where the third derivative vanishes; about 0 for a
    /// wrong one. `None` when the differences are exact at every step, as for a quadratic function.
    pub fn order(&self) -> Option<f64> {
        let rows = &self.rows[..self.rows.len().min(4)];
        let mut slopes = rows.windows(2).filter_map(|pair| {
            let [(h0, e0), (h1, e1)] = [pair[0], pair[1]];
            // Below 1e-10 an error is rounding.
            (e0 > 1e-10 && e1 > 1e-10).then(|| (e0 / e1).kernel_ln() / (h0 / h1).kernel_ln())
        });
        slopes.next_back()
    }
}

impl fmt::Display for StepTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    step      error")?;
        for (step, error) in &self.rows {
            writeln!(f, "{step:8.0e}  {error:9.2e}")?;
        }
        match self.order() {
            Some(order) => write!(f, "order {order:.1} (2 expected)"),
            None => f.write_str("exact at every step"),
        }
    }
}

/// What came of the derivatives with respect to one tensor of a layer or network.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorReport {
    /// Which: `layer 1 Dense 15->4, weight`, or `Dense 15->4, input`.
    pub name: String,
    /// Derivatives compared with central differences.
    pub derivatives: usize,
    /// The largest error of those comparisons, |a - b| / max(1, |a|, |b|).
    pub worst_numeric: f64,
}

/// A check that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Derivatives compared with central differences.
    pub numeric: usize,
    /// Derivatives compared with dual numbers.
    pub exact: usize,
    /// The largest error of the comparisons with central differences, each within the tolerance.
    pub worst_numeric: f64,
    /// The largest error of the comparisons with dual numbers, each within the tolerance.
    pub worst_exact: f64,
    /// Points that were moved because they stood on or near a kink.
    pub moved: usize,
    /// The same, tensor by tensor, in the order of the layers; then the input. Empty for activations and losses.
    pub tensors: Vec<TensorReport>,
    /// The error of central differences against the step, for the derivative where it was largest.
    pub steps: StepTable,
}

impl Report {
    /// Both reports in one.
    pub(super) fn merge(self, other: Self) -> Self {
        let steps = if self.worst_numeric < other.worst_numeric { other.steps } else { self.steps };
        let both = |(a, b): (TensorReport, TensorReport)| TensorReport {
            derivatives: a.derivatives + b.derivatives,
            worst_numeric: a.worst_numeric.max(b.worst_numeric),
            name: a.name,
        };
        let tensors = if self.tensors.len() == other.tensors.len() {
            self.tensors.into_iter().zip(other.tensors).map(both).collect()
        } else {
            Vec::new()
        };
        Self {
            numeric: self.numeric + other.numeric,
            exact: self.exact + other.exact,
            worst_numeric: self.worst_numeric.max(other.worst_numeric),
            worst_exact: self.worst_exact.max(other.worst_exact),
            moved: self.moved + other.moved,
            tensors,
            steps,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { numeric, exact, worst_numeric, worst_exact, moved, .. } = self;
        write!(f, "{numeric} derivatives agree with finite differences to {worst_numeric:.1e}")?;
        if *exact > 0 {
            write!(f, ", {exact} with dual numbers to {worst_exact:.1e}")?;
        }
        if *moved > 0 {
            write!(f, "; {moved} points moved away from kinks")?;
        }
        Ok(())
    }
}

/// A check that failed, and where to look.
#[derive(Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Failure {
    /// A derivative is wrong; the worst of them.
    #[error(
        "{}: analytic {}, {oracle} {} (relative error {:.1e}){}{context}\n{steps}",
        entry.name, entry.analytic, entry.expected, entry.error(),
        if *checked > 1 { format!("; {wrong} of {checked} derivatives are wrong") } else { String::new() }
    )]
    Mismatch {
        /// The worst derivative.
        entry: Entry,
        /// What it was compared with.
        oracle: Oracle,
        /// Derivatives beyond the tolerance.
        wrong: usize,
        /// Derivatives compared.
        checked: usize,
        /// ` in Train mode`, ` with sample weights`.
        context: String,
        /// The error against the step, for that derivative.
        steps: StepTable,
    },
    /// A buffer that must be overwritten whole was not, or was added to, or depends on what was in it.
    #[error(
        "{what} is NaN after the call: the buffer began as NaN, so it was not overwritten, or was added to, or scratch was read before it was written{context}"
    )]
    Unwritten {
        /// Which value.
        what: String,
        /// ` in Train mode`.
        context: String,
    },
    /// Two calls that must give the same do not.
    #[error("{what} differs {when}: {first} against {second}{context}")]
    Unstable {
        /// Which value.
        what: String,
        /// Between which calls.
        when: &'static str,
        /// The first call's value.
        first: f64,
        /// The second call's value.
        second: f64,
        /// ` in Train mode`.
        context: String,
    },
    /// Every point that was tried stands on or near a kink, where central differences mean nothing.
    #[error(
        "{what} stands on a kink at each of {attempts} points tried{context}: one-sided slopes differ. Choose other points, or check that the function is differentiable"
    )]
    Kink {
        /// Which coordinate.
        what: String,
        /// Points tried.
        attempts: usize,
        /// ` in Train mode`.
        context: String,
    },
    /// The function is not finite at the point, so it has no derivative there.
    #[error("{what} is {value}; expected a finite number. Choose a point within the function's domain")]
    NotFinite {
        /// Which value.
        what: String,
        /// The value.
        value: f64,
    },
    /// A property that does not concern derivatives is broken.
    #[error("{0}")]
    Broken(String),
    /// The layer does not take so many inputs.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A hyper-parameter is out of its range, or the targets do not fit the loss.
    #[error(transparent)]
    Invalid(#[from] crate::Error),
}

// A test that returns a failure, or unwraps one, prints its `Debug` form: let that be the one for people.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// ` in Train mode`, for messages.
pub(super) fn in_mode(mode: Mode) -> String {
    format!(" in {} mode", if mode == Mode::Eval { "Eval" } else { "Train" })
}
