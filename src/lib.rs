#![doc = include_str!("../README.md")]

pub use nn_core::*;
pub use nn_data::*;
pub use nn_train::*;
