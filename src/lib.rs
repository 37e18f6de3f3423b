#![doc = include_str!("../README.md")]
//!
//! # Where things are
//! | To | see |
//! |---|---|
//! | compose layers | [`Dense`], [`Activate`], [`Softmax`], [`LogSoftmax`], [`Residual`], [`Parallel`]; tuples, [`Chain`], [`Sequential`] |
//! | normalise features | [`Normalize`], [`BatchNorm`], [`LayerNorm`], [`RmsNorm`] |
//! | train with noise | [`Dropout`], [`AlphaDropout`], [`GaussianNoise`] |
//! | choose an activation | [`Identity`], [`Tanh`], [`Sigmoid`], [`Relu`], [`LeakyRelu`], [`Softplus`] |
//! | choose a loss | [`SoftmaxCrossEntropy`], [`CrossEntropy`], [`BinaryCrossEntropy`], [`HalfSquaredError`], [`MeanSquaredError`] |
//! | get data | [`NoisyXor`], [`RotatedSpirals`], [`Moons`], [`Blobs`], [`NoisySines`], `CsvOptions` (feature `csv`), [`Classification`], [`Regression`] |
//! | scale and encode it | [`StandardScaler`], [`MinMaxScaler`], [`RobustScaler`], [`LabelEncoder`], [`one_hot`] |
//! | train | [`Trainer`], [`Sgd`], [`Adam`], [`AdamW`], [`Lbfgs`], [`schedule`], [`LearningRateFinder`], [`Report`] |
//! | watch and end a run | [`EarlyStopping`], [`Converged`], [`TargetMetric`], [`TimeLimit`], [`StopHandle`], [`Metric`], [`Every`]; `CsvLog` (feature `csv`), `JsonLinesLog`, `Checkpoint` (feature `json`) |
//! | measure predictions | [`evaluate`], [`accuracy_score`], [`f1_score`], [`ConfusionMatrix`], [`roc_auc_score`], [`log_loss`], [`r2_score`] |
//! | use and save a network | [`Network`], [`Predictor`], [`Workspace`], [`Link`] |
//! | write a layer, an activation, a loss | [`Layer`], [`Activation`], [`Loss`] |
//! | prove its gradient | [`gradcheck`] |

pub use nn_core::*;
pub use nn_data::*;
pub use nn_train::*;
