#![doc = include_str!("../README.md")]

pub mod export;
#[cfg(feature = "files")]
mod file;

#[cfg(feature = "files")]
pub use file::{Checkpoints, FileError, Model, Saved, read_sklearn, read_state_dict};
