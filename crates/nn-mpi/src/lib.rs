//! Training on several machines, over MPI: data-parallel, with the bits of one process.
//!
//! | To | see |
//! |---|---|
//! | begin, and meet the other processes | [`Ranks`] |
//! | say which rows a rank has | [`Share`], [`SharedTargets`] |
//! | read a rank's rows | `Share::read_npy`, `Share::read_csv` with [`shared_encoder`] |
//! | train on the rows of all | [`DistributedTrainer`] |
//! | go on after a crash, on any number of ranks | [`newest`] |
//! | try settings on all ranks, or do other jobs there | [`run_search`], [`share_out`] |
//! | add up in a fixed order | [`Sums`] |

mod error;
mod exchange;
mod jobs;
mod problem;
mod ranks;
mod read;
mod share;
mod sum;
mod trainer;

pub use error::Error;
pub use jobs::{Scored, run_search, share_out};
pub use ranks::Ranks;
pub use read::{newest, shared_encoder};
pub use share::{Share, SharedTargets};
pub use sum::Sums;
pub use trainer::DistributedTrainer;
