//! What nn-train promises, a module a promise. `cargo test -p nn-train-tests callbacks` runs those of one.

mod allocations;
mod callbacks;
mod diagnosis;
mod importance;
mod interrupted;
mod losses;
mod metrics;
mod noise;
mod optimizers;
mod reference_optimizers;
mod reference_schedules;
mod reference_training;
mod resume;
mod search;
mod second_order;
mod state;
mod threads;
mod training_settings;
