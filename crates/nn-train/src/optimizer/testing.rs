//! What the unit tests of the optimizers share.

use nn_core::{Dense, Layout, Network};

use super::Optimizer;

/// One weight and one bias.
fn layout() -> Layout {
    Network::<f64, _>::new(1, Dense::linear(1), 0).expect("it fits").layout()
}

/// An optimizer that is ready for steps on two parameters.
pub(super) fn started<O: Optimizer<f64>>(mut optimizer: O) -> O {
    optimizer.start(&layout()).expect("valid settings");
    optimizer
}

/// Why an optimizer does not start.
pub(super) fn message<O: Optimizer<f64>>(mut optimizer: O) -> String {
    optimizer.start(&layout()).expect_err("out of range").to_string()
}
