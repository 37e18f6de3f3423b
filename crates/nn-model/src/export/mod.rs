//! Exports: a trained network as a file that needs nothing of this library.
//!
//! Every exporter writes a [`Plan`], the network as a list of operations with their constants.
//!
//! | To | write |
//! |---|---|
//! | a Rust program or device, without a dependency | [`Plan::to_rust`] |
//! | ONNX Runtime and whatever else reads ONNX | `Plan::to_onnx` (feature `onnx`) |

mod error;
mod file;
mod header;
#[cfg(feature = "onnx")]
mod onnx;
mod parts;
mod plan;
mod run;
mod rust;
mod samples;
mod text;
mod walk;

pub use error::ExportError;
pub use plan::{Op, Plan, Precision, Step};
