//! wip
pub use nn_core::*;
