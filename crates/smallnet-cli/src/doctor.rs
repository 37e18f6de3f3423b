//! What the doctor finds, in the command's words: columns by their names, advice by the options there are.

use std::fmt::Write as _;

use nn_data::{TableColumn, TableEncoder, TableWarning};
use nn_train::{Diagnosis, Finding, FindingKind, Place, TrainError, diagnose_data, diagnose_history};
use serde_json::{Value, json};

use crate::Failure;
use crate::fit::{ClassWeight, Recipe};
use crate::rows::Rows;
use crate::samples::Samples;

/// Rows that are looked at, at most.
pub(crate) const EXAMINED: usize = 20_000;

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
        for finding in self.diagnosis.iter().filter(|finding| !self.is_noted(finding)) {
            let (place, seen, advice) = (self.place(finding), seen(finding), self.advice(finding));
            let _ = writeln!(text, "{}: {place}: {seen}. {advice}.", finding.severity);
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
                "seen": seen(finding),
                "advice": self.advice(finding),
            })
        };
        self.diagnosis.iter().map(finding).collect()
    }

    /// Whether a note on the table says the same.
    fn is_noted(&self, finding: &Finding) -> bool {
        let column = self.column_name(finding);
        let is_same = |warning: &TableWarning| match (finding.kind, warning) {
            (FindingKind::ConstantFeatures, TableWarning::Constant { column: noted, .. })
            | (
                FindingKind::LeakingFeature,
                TableWarning::EqualsTarget { column: noted } | TableWarning::TellsTarget { column: noted },
            ) => column == Some(noted),
            _ => false,
        };
        self.encoder.warnings().iter().any(is_same)
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
                let weigh = match self.recipe.class_weight {
                    ClassWeight::Even => "have it count as much as the others (--class-weight balanced), or ",
                    ClassWeight::Balanced => "",
                };
                format!("Look at its recall, not at the accuracy; {weigh}gather more rows of it")
            }
            FindingKind::ConstantFeatures | FindingKind::NearConstantFeatures if self.is_category(finding) => {
                "Categories that few rows have can be joined: --min-frequency 10".to_owned()
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
        shell_word(self.column_name(finding).unwrap_or("COLUMN"))
    }

    fn column_name(&self, finding: &Finding) -> Option<&str> {
        self.column_of(finding).map(TableColumn::name)
    }

    /// Whether the feature is one of several of its column.
    fn is_category(&self, finding: &Finding) -> bool {
        self.column_of(finding).is_some_and(|column| column.features() > 1)
    }

    fn column_of(&self, finding: &Finding) -> Option<&TableColumn> {
        let Place::Feature(feature) = finding.place else { return None };
        let mut first = 0;
        self.encoder.columns().iter().find(|column| {
            first += column.features();
            feature < first
        })
    }
}

/// A name as one writes it in a shell.
fn shell_word(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', "'\\''")) }
}

/// What was seen, without the numbers of classes and features, which have names here.
fn seen(finding: &Finding) -> String {
    match finding.kind {
        FindingKind::ImbalancedClasses => format!(
            "another class has {:.0} times as many rows, so that this one may be ignored",
            finding.figure
        ),
        // Features are scaled, and have other values than the table.
        FindingKind::ConstantFeatures => "it has one value in every row".to_owned(),
        FindingKind::LeakingFeature => finding.seen.replace("with target 0", "with the target"),
        FindingKind::DuplicateFeatures => "it equals another one in every row".to_owned(),
        _ => finding.seen.clone(),
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
    train: &Rows<'_>,
    held: Option<&Rows<'_>>,
) -> Failure {
    let Some(TrainError::NotFinite { what, value, epoch, history, .. }) = failure.downcast_ref() else {
        return failure;
    };
    let mut text = format!(
        "{what} became {value} in epoch {epoch}, so that nothing was learned; take smaller steps: --learning-rate {}",
        slower(recipe)
    );
    let held = held.and_then(|held| held.some(EXAMINED).ok());
    let held = held.as_deref();
    let data = train.some(EXAMINED).ok().and_then(|train| match &*train {
        Samples::Classes(train) => {
            let held = held.and_then(Samples::classes).map(|held| (held.x(), held.y()));
            diagnose_data(train.x(), train.y(), held).ok()
        }
        Samples::Values(train) => {
            let held = held.and_then(Samples::values).map(|held| (held.x(), held.y()));
            diagnose_data(train.x(), train.y(), held).ok()
        }
    });
    let run = diagnose_history(history);
    let said = [Some(run), data].into_iter().flatten();
    let said: String =
        said.map(|diagnosis| Findings { diagnosis: &diagnosis, encoder, recipe }.text()).collect();
    if !said.is_empty() {
        let _ = write!(text, "\n{}", said.trim_end());
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use nn_data::{Dialect, Table, TableOptions};
    use nn_train::Severity;

    use super::*;

    fn of(text: &str) -> (Diagnosis, TableEncoder) {
        let table = Table::from_reader(text.as_bytes(), &Dialect::default()).expect("a table");
        let encoder = TableEncoder::fit_table(&table, &TableOptions::default()).expect("columns");
        let (samples, _) = Samples::of_table(&encoder, &table).expect("samples");
        let data = samples.classes().expect("classes");
        (diagnose_data(data.x(), data.y(), None).expect("a diagnosis"), encoder)
    }

    /// A constant column, one twice, and a class that nearly all rows are of.
    fn findings() -> (Diagnosis, TableEncoder) {
        let rows = (0..60).map(|n| {
            format!("{0},1,{0},{1},{2}\n", n * 7 % 60, ["x", "y"][n % 2], if n < 3 { "ill" } else { "well" })
        });
        of(&rows.fold("a size,b,c,word,class\n".to_owned(), |text, row| text + &row))
    }

    #[test]
    fn columns_and_classes_have_their_names_and_advice_names_arguments() {
        let (diagnosis, encoder) = findings();
        let recipe = Recipe::default();
        let findings = Findings { diagnosis: &diagnosis, encoder: &encoder, recipe: &recipe };
        let text = findings.text();
        for line in [
            "warning: class `ill`: another class has 19 times as many rows, so that this one may be ignored. Look at its recall, not at the accuracy; have it count as much as the others (--class-weight balanced), or gather more rows of it.\n",
            ": `c`: it equals another one in every row. It can be left out: --leave-out c.\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert!(!text.contains("`b`"), "a note on the table says that it is constant: {text}");
        let json = findings.to_json();
        assert_eq!(json.as_array().map(Vec::len), Some(diagnosis.findings().len()));
        assert!(json[0]["severity"] == Severity::Warning.to_string(), "{json}");
    }

    /// A category that hardly any row has is no reason to leave its column out.
    #[test]
    fn rare_categories_are_to_be_joined() {
        let word = |n: usize| if n == 7 { "rare" } else { ["x", "y"][n % 2] };
        let rows = (0..400).map(|n| format!("{},{},{}\n", n * 7 % 60, word(n), ["p", "q"][n / 3 % 2]));
        let (diagnosis, encoder) = of(&rows.fold("size,word,class\n".to_owned(), |text, row| text + &row));
        let text = Findings { diagnosis: &diagnosis, encoder: &encoder, recipe: &Recipe::default() }.text();
        let line = "`word=rare`: it has one value in 99.8 % of the rows. Categories that few rows have can be joined: --min-frequency 10.\n";
        assert!(text.contains(line), "{text}");
    }

    #[test]
    fn a_name_is_quoted_for_the_shell() {
        assert_eq!(["a_1.b-c", "a size", "it's"].map(shell_word), ["a_1.b-c", "'a size'", r"'it'\''s'"]);
    }

    #[test]
    fn a_learning_rate_is_short() {
        assert_eq!(
            [shortest(0.0003), shortest(0.1 / 10.0), shortest(3e-5 / 10.0)],
            ["0.0003", "0.01", "0.000003"]
        );
        let fast = Recipe { learning_rate: 1e30, ..Recipe::default() };
        assert_eq!(slower(&fast), shortest(Recipe::default().learning_rate));
    }
}
