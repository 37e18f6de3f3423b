//! Training for [`nn_core`] networks: the loop, its optimizers, and callbacks that watch and stop it.
//!
//! | To | see |
//! |---|---|
//! | train | [`Trainer`] |
//! | choose an optimizer | [`Sgd`], [`Adam`], [`AdamW`], [`NAdam`], [`RAdam`], [`Adamax`], [`RmsProp`], [`Adagrad`], [`Adadelta`], [`Lion`], [`Rprop`] |
//! | choose a second-order one, for the full batch | [`Lbfgs`], `LevenbergMarquardt` (feature `levenberg-marquardt`) |
//! | write one | [`Optimizer`], [`Objective`], [`Needs`] |
//! | treat some parameters differently, or freeze them | [`Groups`], [`Group`] |
//! | bound weights, or average them over steps | [`MaxNorm`], [`Ema`] |
//! | change the learning rate during a run | [`schedule`] |
//! | find a learning rate | [`LearningRateFinder`], [`LearningRateCurve`] |
//! | stop in time | [`EarlyStopping`], [`Converged`], [`TargetMetric`], [`TimeLimit`], [`StopHandle`], any closure |
//! | watch | [`Metric`], `CsvLog` (feature `csv`), `JsonLinesLog` (feature `json`), `ProgressBar` (feature `progress`), [`Every`], any closure |
//! | save the network on the way | `Checkpoint`, `save_json` (feature `json`) |
//! | write a file whole or not at all | [`write_whole`] |
//! | go on with a run in another process | [`RunState`], [`Checkpointer`] |
//! | see what happened | [`Report`], [`History`], [`StopReason`] |
//! | be told what is wrong with data, network or run | [`diagnose`], [`diagnose_data`], [`diagnose_history`], [`Diagnosis`], [`Finding`], [`FindingKind`] |
//! | train from several seeds | [`fit_seeds`], [`SeedsReport`] |
//! | measure predicted classes | [`accuracy_score`], [`balanced_accuracy_score`], [`precision_score`], [`recall_score`], [`f1_score`], [`Average`], [`matthews_corrcoef`], [`cohen_kappa_score`], [`ConfusionMatrix`] |
//! | measure probabilities and scores | [`log_loss`], [`brier_score_loss`], [`expected_calibration_error`], [`roc_auc_score`], [`roc_auc_ovr_score`], [`top_k_accuracy_score`] |
//! | measure predicted values | [`mean_squared_error`], [`root_mean_squared_error`], [`mean_absolute_error`], [`mean_absolute_percentage_error`], [`r2_score`], [`explained_variance_score`] |
//! | search for hyper-parameters | [`search`] |
//! | ask which features matter | [`permutation_importance`], [`PermutationImportance`] |
//!
//! # Example
//! ```
//! use ndarray::array;
//! use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh};
//! use nn_train::{Sgd, Trainer};
//!
//! let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
//! let xor = Batch::new(x.view(), &[0, 1, 1, 0][..])?;
//! let mut network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
//! let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(1000).full_batch();
//! let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), xor, None)?;
//! assert_eq!(report.train.accuracy, Some(1.0));
//! # Ok::<(), nn_train::TrainError>(())
//! ```
//!
//! # Features
//! All off by default.
//! - `csv`: histories as CSV files, and a callback that logs into one; by the `csv` crate.
//! - `serde`: optimizers, schedules, progress and results as values of the `serde` crate.
//! - `json`: checkpoints and logs in JSON, by the `serde_json` crate.
//! - `parallel`: training on all cores, by the `rayon` crate. The bits do not depend on the number of threads.
//! - `blas`: large products by the BLAS that the program links, see [`nn_core`](nn_core#blas). The bits are those of that
//!   BLAS.
//! - `levenberg-marquardt`: the optimizer of that name.
//! - `progress`: a progress bar, by the `indicatif` crate.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod callback;
mod check;
mod clip;
mod clock;
mod diagnosis;
mod elementary;
mod error;
mod evaluate;
mod figure;
mod history;
mod importance;
mod metric;
mod optimizer;
mod penalty;
mod quartiles;
mod report;
mod save;
pub mod schedule;
pub mod search;
mod seeds;
mod state_dict;
mod trainer;

#[cfg(feature = "csv")]
pub use callback::CsvLog;
#[cfg(feature = "progress")]
pub use callback::ProgressBar;
pub use callback::{
    Callback, Converged, EarlyStopping, End, Epoch, Every, Metric, Start, StopHandle, TargetMetric, TimeLimit,
};
#[cfg(feature = "json")]
pub use callback::{Checkpoint, JsonLinesLog};
pub use diagnosis::{
    Diagnosis, Finding, FindingKind, Place, Severity, diagnose, diagnose_data, diagnose_history,
};
pub use error::{SeedsError, TrainError};
pub use evaluate::{Score, evaluate};
pub use history::{History, Record};
pub use importance::{ImportanceError, PermutationImportance, permutation_importance};
pub use metric::{
    Average, ConfusionMatrix, MetricError, accuracy_score, balanced_accuracy_score, brier_score_loss,
    cohen_kappa_score, expected_calibration_error, explained_variance_score, f1_score, log_loss,
    matthews_corrcoef, mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
    precision_score, r2_score, recall_score, roc_auc_ovr_score, roc_auc_score, root_mean_squared_error,
    top_k_accuracy_score,
};
#[cfg(feature = "levenberg-marquardt")]
pub use optimizer::LevenbergMarquardt;
pub use optimizer::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Ema, Group, Groups, Lbfgs, Lion, MaxNorm, NAdam, Needs,
    Objective, Optimizer, RAdam, RmsProp, Rprop, Sgd,
};
pub use quartiles::Quartiles;
pub use report::{Report, StopReason};
#[cfg(feature = "json")]
pub use save::save_json;
pub use save::write_whole;
pub use schedule::Schedule;
pub use seeds::{FitSeed, SeedRun, SeedsReport, fit_seeds};
pub use state_dict::StateDict;
pub use trainer::{
    Checkpointer, LearningRateCurve, LearningRateFinder, Moment, Progress, Run, RunState, Trainer,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
