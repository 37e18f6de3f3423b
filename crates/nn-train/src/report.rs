use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{History, Score};

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StopReason {
    /// All epochs were run.
    Epochs,
    /// [`Converged`](crate::Converged): the loss changed by less than the tolerance.
    Converged {
        /// |loss change| between the last two looks.
        change: f64,
    },
    /// [`EarlyStopping`](crate::EarlyStopping): the validation loss did not get better for as long as its patience.
    EarlyStopping {
        /// The epoch whose weights the network has now.
        best_epoch: usize,
        /// Its validation loss.
        best_loss: f64,
    },
    /// Another callback, in its own words.
    Callback(String),
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epochs => f.write_str("all epochs were run"),
            Self::Converged { change } => write!(f, "the loss changed by {change:.1e} only"),
            Self::EarlyStopping { best_epoch, best_loss } => {
                write!(f, "the validation loss was best in epoch {best_epoch}, {best_loss}")
            }
            Self::Callback(words) => f.write_str(words),
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Why it ended.
    pub reason: StopReason,
    /// Epochs run.
    pub epochs: usize,
    /// The score of the weights that the network has now on the training set, with the L2 penalty in the loss.
    pub train: Score,
    /// Their score on the validation set, if there is one, without the penalty.
    pub validation: Option<Score>,
    /// The scores on the way.
    pub history: History,
    /// The time it took.
    pub elapsed: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} epochs in {:.1?}: {}; loss {:.4}",
            self.epochs, self.elapsed, self.reason, self.train.loss
        )?;
        if let Some(accuracy) = self.train.accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        if let Some(Score { loss, accuracy }) = self.validation {
            write!(f, "; validation loss {loss:.4}")?;
            if let Some(accuracy) = accuracy {
                write!(f, ", accuracy {accuracy:.4}")?;
            }
        }
        Ok(())
    }
}
