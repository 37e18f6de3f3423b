//! What nn-core promises, a module a promise. `cargo test -p nn-core-tests losses` runs those of one.

mod activations;
mod bad_input;
mod bulk;
mod gradcheck_catches_bugs;
mod gradient_checks;
mod initialisers;
mod kernels;
mod layers;
mod losses;
mod network;
mod planted;
mod predict_row;
mod static_dynamic;
