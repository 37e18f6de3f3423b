//! What the crates promise together, a module a promise; each crate has its own promises in `crates/*/tests`.

mod bad_input;
mod bits;
mod book;
mod determinism;
