//! What is wrong within a network.

mod trace;
mod units;
mod weights;

pub(super) use trace::Trace;

use nn_core::{Layer, Network, Scalar};

use super::Finding;

/// Rows that go through the layers one by one: what a unit does with them all shows in as many.
pub(super) const MAX_ROWS: usize = 2_000;

/// Whether all parameters are finite; without, nothing else can be said.
pub(super) fn parameters<T: Scalar, L: Layer<T>>(
    network: &Network<T, L>,
    findings: &mut Vec<Finding>,
) -> bool {
    weights::examine(network, findings)
}

pub(super) fn layers<T: Scalar>(trace: &Trace<T>, findings: &mut Vec<Finding>) {
    units::examine(trace, findings);
    findings.extend(trace.gradients());
}
