use std::fmt;

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; most likely harmless.
    Note,
    /// Most likely it makes the network worse, or its scores less trustworthy.
    Warning,
    /// The network learns nothing like this, or its scores say nothing.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Where a [`Finding`] was made. Columns, classes and rows are counted from 0, epochs from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Place {
    /// The training set as a whole.
    Training,
    /// The validation set as a whole.
    Validation,
    /// A column of the features.
    Feature(usize),
    /// A column of the targets.
    Target(usize),
    /// A class.
    Class(usize),
    /// The run as a whole.
    Run,
    /// An epoch of the run.
    Epoch(usize),
    /// A layer, `layers.0 (Dense)`.
    Layer(String),
    /// The outputs of the network, and the loss that reads them.
    Outputs,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Training => f.write_str("training set"),
            Self::Validation => f.write_str("validation set"),
            Self::Feature(column) => write!(f, "feature {column}"),
            Self::Target(column) => write!(f, "target {column}"),
            Self::Class(class) => write!(f, "class {class}"),
            Self::Run => f.write_str("run"),
            Self::Epoch(epoch) => write!(f, "epoch {epoch}"),
            Self::Layer(layer) => f.write_str(layer),
            Self::Outputs => f.write_str("outputs"),
        }
    }
}

/// What a [`Finding`] is about; what its figure is stands with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// NaN or infinity among features or targets. Figure: how many.
    NonFiniteValues,
    /// Features far from the size of 1. Figure: the root mean square of the largest; or the range, or the mean over the
    /// range, or the ratio of two ranges, whichever is wrong.
    UnscaledFeatures,
    /// Target values far from the size of 1. Figure: as for features.
    UnscaledTargets,
    /// Features of one value. Figure: how many.
    ConstantFeatures,
    /// Features of one value in all but a few rows. Figure: how many.
    NearConstantFeatures,
    /// Target values that are all the same. Figure: the value.
    ConstantTargets,
    /// Features that equal another one. Figure: how many.
    DuplicateFeatures,
    /// A feature that says what the target is. Figure: the correlation with the target, 1 for a class.
    LeakingFeature,
    /// Validation rows whose features are a training row's. Figure: their share.
    SharedRows,
    /// Rows of the same features and another target. Figure: their share.
    ContradictoryRows,
    /// Far more parameters than target values. Figure: parameters a value.
    TooFewSamples,
    /// A validation set that is too small to tell much. Figure: its rows.
    TooFewValidationSamples,
    /// All samples are of one class. Figure: their number.
    SingleClass,
    /// A class has many times the samples of another. Figure: how many times.
    ImbalancedClasses,
    /// Classes of the training set that the validation set lacks. Figure: how many.
    MissingClasses,
    /// Classes of the validation set that the training set lacks. Figure: how many.
    UnseenClasses,
    /// Validation data that are distributed otherwise. Figure: the Kolmogorov-Smirnov distance of a column, or the difference
    /// of a class's shares.
    DistributionShift,
    /// The loss exploded, or goes up and down. Figure: the last loss over the best one; or the mean step over the first
    /// loss.
    LearningRateTooHigh,
    /// The loss has hardly moved, and steadily falls. Figure: the share of the first loss by which it fell.
    LearningRateTooLow,
    /// The loss was still falling. Figure: the share of the whole fall that the last fifth of the epochs brought.
    TooFewEpochs,
    /// The validation loss rose while the training loss fell. Figure: the last validation loss over the best one, or the
    /// validation loss over that of a constant guess.
    Overfitting,
    /// The validation loss goes up and down. Figure: its mean step over its mean.
    NoisyValidation,
    /// The training loss is that of the best constant guess, or worse. Figure: their ratio.
    NoBetterThanGuess,
    /// The training loss stays where the best constant guess has it. Figure: the share of the epochs in which it did.
    Plateau,
    /// The validation loss is far below the training loss. Figure: their ratio.
    ValidationBetterThanTraining,
    /// Classes of the training set that are never predicted. Figure: the share of the samples that are of them.
    IgnoredClasses,
    /// Units that give 0 for every sample. Figure: their share of the layer.
    DeadUnits,
    /// Outputs at the flat ends of an activation. Figure: their share of the layer's.
    SaturatedUnits,
    /// The gradient shrinks on its way from the last hidden layer to the first. Figure: the ratio first to last.
    VanishingGradients,
    /// The gradient grows on its way from the last hidden layer to the first. Figure: the ratio first to last.
    ExplodingGradients,
    /// A weight is very large. Figure: its magnitude.
    ExplodedWeights,
    /// Units with the weights of another unit. Figure: their share of the layer.
    IdenticalUnits,
    /// A parameter is NaN or infinite. Figure: how many are.
    NonFiniteParameters,
    /// The outputs are the same for all samples. Figure: the largest standard deviation of an output.
    CollapsedOutputs,
    /// The network ends in the function that the loss applies once more. Figure: how often it is applied, 2.
    DoubleLink,
    /// Targets that the last activation cannot reach. Figure: their share.
    TargetsOutOfRange,
    /// A loss that reads probabilities, or their logarithms, gets other numbers. Figure: the share of rows that are not.
    NotProbabilities,
    /// Classes as rows of 0 and 1 under a loss of values. Figure: the number of classes.
    ClassesAsValues,
}

/// One thing that [`diagnose`](crate::diagnose) found: what was seen and where, how bad it is, and what to try.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// The figure that [`kind`](Finding::kind) names; always finite.
    pub figure: f64,
    /// Where it is; of several places the worst or the first.
    pub place: Place,
    /// What was seen, in plain words.
    pub seen: String,
    /// What to try.
    pub advice: String,
}

impl Finding {
    pub(super) fn new(
        (severity, kind): (Severity, FindingKind),
        place: Place,
        figure: f64,
        seen: impl Into<String>,
        advice: &str,
    ) -> Self {
        // JSON has no infinity, and a reader no use for NaN.
        let figure = if figure.is_nan() { 0.0 } else { figure.clamp(f64::MIN, f64::MAX) };
        Self { kind, severity, figure, place, seen: seen.into(), advice: advice.to_owned() }
    }
}

/// `warning: feature 3: its values are around 1e6. Standardise the features.`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, place, seen, advice, .. } = self;
        write!(f, "{severity}: {place}: {seen}. {advice}.")
    }
}
