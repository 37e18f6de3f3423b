//! Whether columns have the size of 1.

use super::super::FindingKind::{UnscaledFeatures, UnscaledTargets};
use super::super::Severity::{Error, Warning};
use super::super::column::Column;
use super::super::{Finding, FindingKind, Place, Severity};
use crate::figure::Short;

/// The largest root mean square: sums of a unit grow with its inputs, and beyond some tens a tanh is flat and a step of a
/// usual size throws the weights about.
const LARGE: f64 = 30.0;

/// From here on a network of usual weights learns nothing in a usual number of steps.
const HUGE: f64 = 1000.0;

/// The smallest range: what differs by less is lost beside the biases, and its gradient is small in proportion.
const SMALL: f64 = 0.01;

/// The largest mean over the range: what a column says lies in its differences, which are small beside such a mean.
const FAR: f64 = 10.0;

/// The largest ratio of two ranges: gradient descent crawls along one column when its steps suit the other. Indicators
/// beside grey values of 0 to 16 are well below.
const UNEVEN: f64 = 100.0;

const SCALE_FEATURES: &str = "Standardise the features, all by the numbers of the training set: StandardScaler before \
                              training, or Normalize as the first layer";
const SCALE_TARGETS: &str = "Subtract the mean of the training targets and divide by their standard deviation before \
                             training, and undo it on what is predicted";

/// Of all columns the worst.
pub(in super::super) fn features_not_scaled(columns: &[Column]) -> Option<Finding> {
    worst(UnscaledFeatures, columns, Place::Feature, SCALE_FEATURES).or_else(|| uneven(columns))
}

/// Of all columns of target values the worst.
pub(in super::super) fn targets_not_scaled(columns: &[Column]) -> Option<Finding> {
    worst(UnscaledTargets, columns, Place::Target, SCALE_TARGETS)
}

fn worst(kind: FindingKind, columns: &[Column], place: fn(usize) -> Place, advice: &str) -> Option<Finding> {
    let faults = columns.iter().enumerate().filter_map(|(j, column)| Some((j, Fault::of(column)?)));
    let (j, fault) = faults.max_by(|(_, a), (_, b)| a.badness().total_cmp(&b.badness()))?;
    let column = &columns[j];
    let range = format!("its values lie between {} and {}", Short(column.min), Short(column.max));
    let (figure, seen) = match fault {
        Fault::Large(size) => (size, format!("{range}, far above the size of 1")),
        Fault::Small(by) => (by, format!("{range}, which differ by {} only", Short(by))),
        Fault::Far(ratio) => {
            (ratio, format!("{range}, whose mean is {} times as far from 0 as they are apart", Short(ratio)))
        }
    };
    Some(Finding::new((fault.severity(), kind), place(j), figure, seen, advice))
}

/// Columns of very different ranges, none of which is wrong by itself.
fn uneven(columns: &[Column]) -> Option<Finding> {
    let varied = || columns.iter().enumerate().filter(|(_, column)| !column.is_constant());
    let by_range = |(_, a): &(usize, &Column), (_, b): &(usize, &Column)| a.range().total_cmp(&b.range());
    let ((widest, wide), (narrowest, narrow)) = (varied().max_by(by_range)?, varied().min_by(by_range)?);
    let ratio = wide.range() / narrow.range();
    if ratio <= UNEVEN {
        return None;
    }
    let seen = format!("its values spread {} times as far as those of feature {narrowest}", Short(ratio));
    Some(Finding::new((Warning, UnscaledFeatures), Place::Feature(widest), ratio, seen, SCALE_FEATURES))
}

/// What is wrong with one column.
enum Fault {
    Large(f64),
    Small(f64),
    Far(f64),
}

impl Fault {
    fn of(column: &Column) -> Option<Self> {
        let (size, range) = (column.size(), column.range());
        if column.is_constant() {
            None
        } else if size > LARGE {
            Some(Self::Large(size))
        } else if range < SMALL {
            Some(Self::Small(range))
        } else if column.mean.abs() > FAR * range {
            Some(Self::Far(column.mean.abs() / range))
        } else {
            None
        }
    }

    /// How many times the limit was passed.
    fn badness(&self) -> f64 {
        match self {
            Self::Large(size) => size / LARGE,
            Self::Small(range) => SMALL / range,
            Self::Far(ratio) => ratio / FAR,
        }
    }

    fn severity(&self) -> Severity {
        if matches!(self, Self::Large(size) if *size > HUGE) { Error } else { Warning }
    }
}
