//! What nn-model promises.

mod export;
mod file;
