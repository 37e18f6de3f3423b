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
    /// [`Converged`](crate::Converged) or a second-order optimizer: the loss changed by less than the tolerance.
    Converged {
        /// |loss change| between the last two looks.
        change: f64,
    },
    /// A second-order optimizer: the gradient is as good as 0.
    Flat {
        /// The largest derivative.
        gradient: f64,
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
            Self::Flat { gradient } => write!(f, "no derivative is above {gradient:.1e}"),
            Self::EarlyStopping { best_epoch, best_loss } => {
                write!(f, "the validation loss was best in epoch {best_epoch}, {best_loss:.4}")
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
    /// The score of the weights that the network has now on the training set, with the penalties in the loss.
    pub train: Score,
    /// Their score on the validation set, if there is one, without the penalty.
    pub validation: Option<Score>,
    /// The scores on the way.
    pub history: History,
    /// A hash of the settings, the data and the parameters that the network has now: two runs with the same were the
    /// same to the bit, all but surely.
    ///
    /// It is the same for any number of threads, and for static and dynamic networks. It is the same on all CPUs with
    /// fused multiply-add, which is every x86-64 with AVX2 and every aarch64, if the layers and losses in use call
    /// nothing of the platform's own (see *Bits* in ARCHITECTURE.md); CPUs without have results, and hashes, of their
    /// own. Another version of these crates may add the same numbers up in another order. Callbacks and schedules count
    /// by what they did to the parameters; a layer that is not of these crates, by its name, sizes and parameters.
    ///
    /// With the feature `blas` none of that holds for a network whose products are large enough for BLAS: its hash is that
    /// of one BLAS, its version, its threads and the CPU.
    pub fingerprint: u64,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_written_and_read_back() {
        let score = Score { loss: 0.1 + 0.2, accuracy: Some(0.75) };
        let reason = StopReason::EarlyStopping { best_epoch: 3, best_loss: 0.3 };
        let history = serde_json::from_str(
            r#"[{"epoch":1,"train_loss":0.5,"train_accuracy":null,"validation_loss":0.1,"validation_accuracy":null}]"#,
        );
        let (history, elapsed) = (history.expect("a history"), Duration::from_millis(1500));
        let report = Report {
            reason,
            epochs: 7,
            train: score,
            validation: None,
            history,
            fingerprint: u64::MAX,
            elapsed,
        };
        let json = serde_json::to_string(&report).expect("it can be written");
        assert_eq!(serde_json::from_str::<Report>(&json).expect("it can be read"), report);
        assert_eq!(
            report.to_string(),
            "7 epochs in 1.5s: the validation loss was best in epoch 3, 0.3000; loss 0.3000, accuracy 0.7500"
        );
    }
}
