//! Exports: a trained network as a file that needs nothing of this library.
//!
//! Every exporter writes a [`Plan`], the network as a list of operations with their constants.
//!
//! | To | write |
//! |---|---|
//! | a Rust program or device, without a dependency | [`Plan::to_rust`] |
//! | a C or C++ program or device, as one header | [`Plan::to_c`] |
//! | a microcontroller, in integers of 8 bits | [`Plan::quantize`], then [`Int8Plan::to_c`] or [`Int8Plan::to_rust`] |
//! | ONNX Runtime and whatever else reads ONNX | `Plan::to_onnx` (feature `onnx`) |

mod activations;
mod c;
mod error;
mod file;
mod header;
mod int8;
mod math;
#[cfg(feature = "onnx")]
mod onnx;
mod op;
mod plan;
mod precision;
mod run;
mod rust;
mod samples;
mod scalers;
mod text;
mod walk;
mod writer;

pub use error::ExportError;
pub use int8::{Int8Plan, Int8Report};
pub use op::{Op, Step};
pub use plan::Plan;
pub use precision::Precision;
