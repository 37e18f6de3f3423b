//! Models and checkpoints as files.

mod checkpoint;
mod container;
mod description;
mod error;
mod model;
mod names;
mod sklearn;
mod state_dict;
mod tensors;
mod training;

pub use checkpoint::{Checkpoints, Saved};
pub use error::FileError;
pub use model::Model;
pub use sklearn::read_sklearn;
pub use state_dict::read_state_dict;
