//! The inner loops: elementary functions and small matrix products on slices.
//!
//! Each is written once as plain safe code, compiled for several vector widths, and chosen at run time by what the CPU
//! offers. All widths do the same operations in the same order, so the bits do not depend on the CPU.

pub(crate) mod elementary;
pub(crate) mod matmul;
