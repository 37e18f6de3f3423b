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
//! | train on samples that are not in memory | [`Problem`], [`Trainer::fit_problem`], [`tallies`], [`Tally`] |
//! | go on with a run in another process | [`RunState`], [`Checkpointer`] |
//! | see what happened | [`Report`], [`History`], [`StopReason`] |
//! | be told what is wrong with data, network or run | [`diagnose`], [`diagnose_some`], [`diagnose_data`], [`diagnose_history`], [`Diagnosis`], [`Finding`], [`FindingKind`] |
//! | train from several seeds | [`fit_seeds`], [`SeedsReport`] |
//! | measure predicted classes | [`accuracy_score`], [`balanced_accuracy_score`], [`precision_score`], [`recall_score`], [`f1_score`], [`Average`], [`matthews_corrcoef`], [`cohen_kappa_score`], [`ConfusionMatrix`] |
//! | measure probabilities and scores | [`log_loss`], [`brier_score_loss`], [`expected_calibration_error`], [`roc_auc_score`], [`roc_auc_ovr_score`], [`top_k_accuracy_score`] |
//! | measure predicted values | [`mean_squared_error`], [`root_mean_squared_error`], [`mean_absolute_error`], [`mean_absolute_percentage_error`], [`r2_score`], [`explained_variance_score`] |
//! | search for hyper-parameters | [`search`] |
//! | ask which features matter | [`permutation_importance`], [`PermutationImportance`] |
//!
//! # A first training
//! Samples are the rows of a matrix, and each has a label: here 400 points of a square, of class 1 where they lie in a ring.
//! Some are set aside, since what a network is worth shows on samples that it did not learn from (`nn-data` has such splits
//! ready, and reads files):
//! ```
//! use ndarray::{Array2, s};
//! use nn_core::{Batch, Dense, Network, Relu, SoftmaxCrossEntropy};
//! use nn_train::{Adam, EarlyStopping, Trainer, accuracy_score, diagnose};
//!
//! let x = Array2::from_shape_fn((400, 2), |(n, j)| ((n * [37, 101][j]) % 400) as f64 / 100.0 - 2.0);
//! let radius = |n: usize| x[[n, 0]].hypot(x[[n, 1]]);
//! let y: Vec<usize> = (0..400).map(|n| usize::from((0.8..1.8).contains(&radius(n)))).collect();
//! let train = Batch::new(x.slice(s![..300, ..]), &y[..300])?;
//! let validation = Batch::new(x.slice(s![300.., ..]), &y[300..])?;
//!
//! // Two inputs, 16 hidden units, an output for each class; the loss makes probabilities of these.
//! let mut network = Network::new(2, (Dense::new(16, Relu), Dense::linear(2)), 0)?;
//! let loss = SoftmaxCrossEntropy::mean();
//!
//! // An epoch is one pass over the samples, 32 of them at a step. It ends early when the validation loss has not improved
//! // for 30 epochs, and then has the weights that were best.
//! let mut trainer = Trainer::new(Adam::new())
//!     .learning_rate(0.01)
//!     .batch_size(32)
//!     .epochs(500)
//!     .callback(EarlyStopping::new(30));
//! let report = trainer.fit(&mut network, &loss, train, Some(validation))?;
//! println!("{report}"); // how many epochs, why it ended, losses and accuracies
//!
//! let predicted = network.predict_classes(validation.x())?;
//! assert!(accuracy_score(validation.y(), &predicted)? > 0.9);
//!
//! // What is wrong, if anything is, and what to try.
//! println!("{}", diagnose(&network, &loss, train, Some(validation), Some(&report))?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//! What most people change: the units and the activation of the hidden layer; the [`learning_rate`](Trainer::learning_rate),
//! which [`LearningRateFinder`] finds; a penalty on large weights, [`l2`](Trainer::l2), when the training loss is far below the
//! validation loss; and for values instead of classes the loss, `MeanSquaredError`, with as many outputs as there are values, after
//! features *and* values were brought to a scale of about 1. The same [`seed`](Trainer::seed) gives the same bits.
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
    diagnose_some,
};
pub use error::{SeedsError, TrainError};
pub use evaluate::{Score, Tally, evaluate, tallies};
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
    Checkpointer, LearningRateCurve, LearningRateFinder, Moment, Problem, Progress, Run, RunState, Trainer,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
