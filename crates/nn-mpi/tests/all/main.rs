//! What the crate promises, run by `mpirun`.

mod bits;
mod failures;
mod files;
mod mpirun;
mod search;
