//! What takes long: the reference's own runs, number by number, and how often its problems are learned.

mod reference_numpy;
mod seeds;
