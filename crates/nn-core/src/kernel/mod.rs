//! The arithmetic that training spends its time in.
//!
//! | Module | Has |
//! |---|---|
//! | [`elementary`] | exp, tanh, the logistic function, ln |
//! | [`erf`] | the error function |
//! | [`product`] | the four products of a dense layer, for every instruction set |
//! | [`vector`] | their kernels, written once |
//! | `row` | the first of them for a single sample |
//! | [`packed`] | and with its weights laid out for that |
//! | [`plain`] | their definitions |
//! | `arrays` | their vectors where a CPU has no kernels of its own |
//! | `blas` | large products by a BLAS, with the feature of that name |
//! | `square` | rows for columns |
//! | `total` | the end of a scalar product |

mod arrays;
#[cfg(feature = "blas")]
mod blas;
pub(crate) mod elementary;
pub(crate) mod erf;
pub(crate) mod packed;
mod plain;
pub(crate) mod product;
mod row;
mod square;
#[cfg(target_arch = "x86_64")]
mod total;
mod vector;

pub(crate) use product::Product;
