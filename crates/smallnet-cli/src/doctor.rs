//! What the doctor finds, in the command's words: columns by their names, advice by the options there are.

use std::fmt::Write as _;

use nn_data::TableEncoder;
use nn_train::{Diagnosis, Finding, FindingKind, Place, TrainError, diagnose_data, diagnose_history};
use serde_json::{Value, json};

use crate::Failure;
use crate::fit::Recipe;
use crate::samples::Samples;

/// Findings about a network of these columns and this recipe.
pub(crate) struct Findings<'a> {
    pub(crate) diagnosis: &'a Diagnosis,
    pub(crate) encoder: &'a TableEncoder,
    pub(crate) recipe: &'a Recipe,
}

impl Findings<'_> {
    /// A line a finding, the worst first; empty if nothing was found.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for finding in self.diagnosis {
            let Finding { severity, seen, .. } = finding;
            let _ = writeln!(text, "{severity}: {}: {seen}. {}.", self.place(finding), self.advice(finding));
        }
        text
    }

    pub(crate) fn to_json(&self) -> Value {
        let finding = |finding: &Finding| {
            json!({
                "kind": finding.kind,
                "severity": finding.severity.to_string(),
                "figure": finding.figure,
                "place": self.place(finding),
                "seen": finding.seen,
                "advice": self.advice(finding),
            })
        };
        self.diagnosis.iter().map(finding).collect()
    }

    fn place(&self, finding: &Finding) -> String {
        match &finding.place {
            Place::Feature(feature) => {
                let names = self.encoder.feature_names();
                names.get(*feature).map_or_else(|| format!("feature {feature}"), |name| format!("`{name}`"))
            }
            Place::Target(_) => {
                self.encoder.target().map_or_else(String::new, |target| format!("`{}`", target.name()))
            }
            Place::Class(class) => match self.encoder.classes().get(*class) {
                Some(name) => format!("class `{name}`"),
                None => format!("class {class}"),
            },
            place => place.to_string(),
        }
    }

    /// What to say to the command.
    fn advice(&self, finding: &Finding) -> String {
        let Recipe { learning_rate, epochs, .. } = self.recipe;
        let slower = slower(self.recipe);
        match finding.kind {
            FindingKind::LearningRateTooHigh | FindingKind::ExplodedWeights | FindingKind::NonFiniteParameters => {
                format!("Take smaller steps: --learning-rate {slower}")
            }
            FindingKind::LearningRateTooLow => {
                format!("Try a higher learning rate: --learning-rate {}", shortest(learning_rate * 10.0))
            }
            FindingKind::TooFewEpochs => format!("Train for longer: --epochs {}", epochs.saturating_mul(3)),
            FindingKind::Overfitting => {
                "Fewer units (--hidden 16), a larger penalty (--l2 0.01), --dropout 0.2 or more rows may help; the epochs after the best are not kept"
                    .to_owned()
            }
            FindingKind::NoisyValidation => {
                format!("Set more rows aside (--validation 0.3), or take smaller steps (--learning-rate {slower})")
            }
            FindingKind::TooFewSamples => {
                "Fewer units (--hidden 16), a larger penalty (--l2 0.01), --dropout 0.2 or more rows may help".to_owned()
            }
            FindingKind::TooFewValidationSamples => {
                "Judge it by every row once (--folds 5), or set more rows aside (--validation 0.3)".to_owned()
            }
            FindingKind::ImbalancedClasses | FindingKind::IgnoredClasses => {
                "Look at its recall, not at the accuracy; gather more rows of it".to_owned()
            }
            FindingKind::ConstantFeatures | FindingKind::NearConstantFeatures | FindingKind::DuplicateFeatures => {
                format!("It can be left out: --leave-out {}", self.column(finding))
            }
            FindingKind::LeakingFeature => format!(
                "If it is not known when the network is to be asked, leave it out (--leave-out {}): the figures would be too good to be true",
                self.column(finding)
            ),
            FindingKind::DeadUnits => {
                format!("Take smaller steps (--learning-rate {slower}), or --activation gelu")
            }
            FindingKind::SaturatedUnits => {
                format!("Take smaller steps (--learning-rate {slower}), or --activation relu")
            }
            FindingKind::VanishingGradients => "Use --activation relu, or fewer layers (--hidden 64)".to_owned(),
            FindingKind::ExplodingGradients => {
                format!("Use fewer layers (--hidden 64), or smaller steps (--learning-rate {slower})")
            }
            FindingKind::Plateau | FindingKind::NoBetterThanGuess | FindingKind::CollapsedOutputs => format!(
                "See to the other findings first; then try --learning-rate {slower}, more epochs, another --seed or --activation: or the columns say nothing about the target"
            ),
            FindingKind::MissingClasses | FindingKind::UnseenClasses => {
                "It has too few rows to be among both; gather more of it".to_owned()
            }
            FindingKind::DistributionShift => {
                "With few rows it may be chance: see whether another --seed has it, too".to_owned()
            }
            _ => finding.advice.clone(),
        }
    }

    /// The column that a feature was made of, as one writes it in a shell.
    fn column(&self, finding: &Finding) -> String {
        let Place::Feature(feature) = finding.place else { return "COLUMN".to_owned() };
        let mut first = 0;
        let column = self.encoder.columns().iter().find(|column| {
            first += column.features();
            feature < first
        });
        let name = column.map_or("COLUMN", |column| column.name());
        let plain = name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
        if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
    }
}

/// A tenth of the learning rate, and not above what is usual.
fn slower(recipe: &Recipe) -> String {
    shortest((recipe.learning_rate / 10.0).min(Recipe::default().learning_rate))
}

/// Without the digits that a division leaves.
fn shortest(number: f64) -> String {
    let short: f64 = format!("{number:.3e}").parse().unwrap_or(number);
    format!("{short}")
}

/// An error of training, with what is likely wrong and what to try.
pub(crate) fn explain(
    failure: Failure,
    recipe: &Recipe,
    encoder: &TableEncoder,
    train: &Samples,
    held: Option<&Samples>,
) -> Failure {
    let Some(TrainError::NotFinite { what, value, epoch, history, .. }) = failure.downcast_ref() else {
        return failure;
    };
    let mut text = format!(
        "{what} became {value} in epoch {epoch}, so that nothing was learned; take smaller steps: --learning-rate {}",
        slower(recipe)
    );
    let data = match train {
        Samples::Classes(train) => diagnose_data(
            train.x(),
            train.y(),
            held.and_then(Samples::classes).map(|held| (held.x(), held.y())),
        ),
        Samples::Values(train) => diagnose_data(
            train.x(),
            train.y(),
            held.and_then(Samples::values).map(|held| (held.x(), held.y())),
        ),
    };
    let run = diagnose_history(history);
    let said = [Some(run), data.ok()].into_iter().flatten();
    let said: String =
        said.map(|diagnosis| Findings { diagnosis: &diagnosis, encoder, recipe }.text()).collect();
    if !said.is_empty() {
        let _ = write!(text, "\n{}", said.trim_end());
    }
    text.into()
}
