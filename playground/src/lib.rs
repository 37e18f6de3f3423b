//! The playground's engine: a run that is described by an address, trained a few epochs at a time, looked at, and saved.
//!
//! All of it is plain Rust on the crates of smallnet; [`web`] alone knows that there is a browser.

mod activation;
mod address;
mod check;
mod choices;
mod data;
mod export;
mod history;
mod inspect;
mod layers;
mod loss;
mod optimizer;
mod picture;
mod problem;
mod schedule;
mod session;
mod settings;
mod snapshot;
pub mod web;

pub use choices::choices;
pub use data::{Data, View};
pub use inspect::Inspection;
pub use session::Session;
pub use settings::{Hidden, Settings};

/// What the playground cannot do, in words for its user.
pub type Result<T> = std::result::Result<T, String>;

/// The words of an error.
fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
