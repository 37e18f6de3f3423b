use std::fmt;
use std::time::Duration;

use crate::figure::{Figure, Given};
use crate::{History, Score};

/// Why a run ended.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// [`EarlyStopping`](crate::EarlyStopping): the figure did not get better for as long as its patience.
    EarlyStopping {
        /// The name of the figure.
        metric: String,
        /// The epoch whose weights the network has now.
        best_epoch: usize,
        /// Its figure.
        best: f64,
    },
    /// [`EarlyStopping`](crate::EarlyStopping): the figure did not come to its baseline in as long as its patience.
    BaselineNotReached {
        /// The name of the figure.
        metric: String,
        /// What it was to reach.
        baseline: f64,
        /// The epoch whose weights the network has now.
        best_epoch: usize,
        /// Its figure.
        best: f64,
    },
    /// [`TargetMetric`](crate::TargetMetric): the figure came to its target.
    TargetReached {
        /// The name of the figure.
        metric: String,
        /// What it came to.
        value: f64,
        /// What it was to reach.
        target: f64,
    },
    /// [`TimeLimit`](crate::TimeLimit): the time was over.
    TimeLimit {
        /// The time.
        limit: Duration,
    },
    /// [`StopHandle`](crate::StopHandle): the run was stopped from outside.
    Stopped,
    /// A callback could not go on: a file could not be written, a figure not be found. The network keeps its weights. In
    /// epoch 1 it is an error, [`TrainError::CallbackFailed`](crate::TrainError::CallbackFailed).
    CallbackFailed {
        /// The callback.
        callback: String,
        /// Why.
        message: String,
    },
    /// Another callback, in its own words.
    Callback(String),
}

impl StopReason {
    /// [`StopReason::CallbackFailed`].
    pub(crate) fn failed(callback: &str, message: String) -> Self {
        Self::CallbackFailed { callback: callback.to_owned(), message }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epochs => f.write_str("all epochs were run"),
            Self::Converged { change } => write!(f, "the loss changed by {change:.1e} only"),
            Self::Flat { gradient } => write!(f, "no derivative is above {gradient:.1e}"),
            Self::EarlyStopping { metric, best_epoch, best } => {
                write!(f, "{metric} was best in epoch {best_epoch}, {}", Figure(*best))
            }
            Self::BaselineNotReached { metric, baseline, best_epoch, best } => {
                write!(
                    f,
                    "{metric} did not reach {}: it was best in epoch {best_epoch}, {}",
                    Given(*baseline),
                    Figure(*best)
                )
            }
            Self::TargetReached { metric, value, target } => {
                write!(f, "{metric} came to {}, which was to reach {}", Figure(*value), Given(*target))
            }
            Self::TimeLimit { limit } => write!(f, "its time of {limit:?} was over"),
            Self::Stopped => f.write_str("it was stopped from outside"),
            Self::CallbackFailed { callback, message } => write!(f, "{callback} could not go on: {message}"),
            Self::Callback(words) => f.write_str(words),
        }
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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
    /// What went wrong on the way without ending the run: a checkpoint that could not be written.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub warnings: Vec<String>,
    /// The time it took; 0 where there is no clock, in WebAssembly without a system interface.
    pub elapsed: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} epochs in {:.1?}: {}; loss {}",
            self.epochs,
            self.elapsed,
            self.reason,
            Figure(self.train.loss)
        )?;
        if let Some(accuracy) = self.train.accuracy {
            write!(f, ", accuracy {accuracy:.4}")?;
        }
        if let Some(Score { loss, accuracy }) = self.validation {
            write!(f, "; validation loss {}", Figure(loss))?;
            if let Some(accuracy) = accuracy {
                write!(f, ", accuracy {accuracy:.4}")?;
            }
        }
        if let [first, others @ ..] = &self.warnings[..] {
            write!(f, "; warning: {first}")?;
            if !others.is_empty() {
                write!(f, " (and {} more)", others.len())?;
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
        let reason = StopReason::EarlyStopping { metric: "f1".into(), best_epoch: 3, best: 0.3 };
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
            warnings: vec!["no space".into(), "again".into()],
            elapsed,
        };
        let json = serde_json::to_string(&report).expect("it can be written");
        assert_eq!(serde_json::from_str::<Report>(&json).expect("it can be read"), report);
        assert_eq!(
            report.to_string(),
            "7 epochs in 1.5s: f1 was best in epoch 3, 0.3000; loss 0.3000, accuracy 0.7500; warning: no space (and 1 more)"
        );
    }

    #[test]
    fn numbers_of_any_size_are_short() {
        let (metric, baseline) = ("f1".to_owned(), 1e34);
        let reason = StopReason::BaselineNotReached { metric, baseline, best_epoch: 3, best: -1e300 };
        assert_eq!(reason.to_string(), "f1 did not reach 1.0000e34: it was best in epoch 3, -1.0000e300");
        let reason = StopReason::TargetReached { metric: "f1".to_owned(), value: 1.5e-9, target: 0.95 };
        assert_eq!(reason.to_string(), "f1 came to 1.5000e-9, which was to reach 0.95");
    }

    #[test]
    fn every_reason_is_written_and_read_back() {
        let metric = || "f1".to_owned();
        let reasons = [
            StopReason::Epochs,
            StopReason::Converged { change: 1e-6 },
            StopReason::EarlyStopping { metric: metric(), best_epoch: 3, best: 0.3 },
            StopReason::BaselineNotReached { metric: metric(), baseline: 0.5, best_epoch: 3, best: 0.3 },
            StopReason::TargetReached { metric: metric(), value: 0.1 + 0.2, target: 0.3 },
            StopReason::TimeLimit { limit: Duration::from_millis(1500) },
            StopReason::Stopped,
            StopReason::failed("CsvLog", "no space".to_owned()),
            StopReason::Callback("enough".to_owned()),
        ];
        for reason in reasons {
            let json = serde_json::to_string(&reason).expect("it can be written");
            assert_eq!(serde_json::from_str::<StopReason>(&json).expect("it can be read"), reason);
        }
    }
}
