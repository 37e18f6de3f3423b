//! What nn-model promises.

mod export;
