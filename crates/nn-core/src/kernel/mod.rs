//! The arithmetic that training spends its time in.
//!
//! | Module | Has |
//! |---|---|
//! | [`elementary`] | exp, tanh, the logistic function, ln |
//! | [`erf`] | the error function |
//! | [`product`] | the four products of a dense layer, for every instruction set |
//! | [`vector`] | their kernels, written once |
//! | [`plain`] | their definitions |
//! | `total` | the end of a scalar product |

pub(crate) mod elementary;
pub(crate) mod erf;
mod plain;
pub(crate) mod product;
#[cfg(target_arch = "x86_64")]
mod total;
mod vector;

pub(crate) use product::Product;
