use nn_train::TrainError;
use thiserror::Error;

/// Ranks could not begin, or could not go on. Every rank has the same error, but for what its own files and callbacks say.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// MPI was begun already.
    #[error("MPI was begun already; make one `Ranks` a process")]
    Begun,
    /// Something went wrong on one rank, and so everywhere.
    #[error("rank {rank} of {size}: {message}")]
    OnRank {
        /// The rank.
        rank: usize,
        /// How many there are.
        size: usize,
        /// What went wrong there.
        message: String,
    },
    /// What must be the same on all ranks is not.
    #[error("ranks differ in {what}: rank 0 has {first}, rank {rank} has {other}; {hint}")]
    Differ {
        /// What.
        what: &'static str,
        /// What rank 0 has.
        first: String,
        /// The first rank that has something else.
        rank: usize,
        /// What it has.
        other: String,
        /// What to do.
        hint: &'static str,
    },
    /// A rank has no rows.
    #[error(
        "rank {rank} of {size} has no rows: there are {rows} in all; start fewer ranks, or give each of them some"
    )]
    NoRows {
        /// The first such rank.
        rank: usize,
        /// How many ranks there are.
        size: usize,
        /// Rows of all ranks.
        rows: usize,
    },
    /// The run itself.
    #[error(transparent)]
    Train(#[from] TrainError),
}
