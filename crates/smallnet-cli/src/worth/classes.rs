//! What predicted classes are worth.

use std::fmt;

use ndarray::ArrayView2;
use nn_train::{
    Average, ConfusionMatrix, MetricError, accuracy_score, f1_score, log_loss, roc_auc_ovr_score,
    roc_auc_score,
};
use serde::{Serialize, Serializer};

use super::fixed;
use crate::say::counted;

/// The matrix is printed for so many classes; for more, the commonest confusions.
const PRINTED: usize = 12;
/// A line is printed for each of so many classes; of more, for so many that are told worst.
const LINES: usize = 40;

/// Figures of all rows, of each class, and what is taken for what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct OfClasses {
    pub(crate) rows: usize,
    pub(crate) accuracy: f64,
    pub(crate) macro_f1: f64,
    /// None for outputs that are no probabilities.
    pub(crate) log_loss: Option<f64>,
    /// None unless each class has a row; of more than two classes, the mean of each against the others.
    pub(crate) roc_auc: Option<f64>,
    pub(crate) constant_guess: Guess,
    pub(crate) classes: Vec<OfClass>,
    /// A row a true class, a column a predicted one.
    #[serde(rename = "confusion_matrix", serialize_with = "counts")]
    pub(crate) confusion: ConfusionMatrix,
}

/// Always the commonest class, and always the shares of the classes as probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Guess {
    pub(crate) class: String,
    pub(crate) accuracy: f64,
    pub(crate) log_loss: f64,
}

/// One class among the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct OfClass {
    pub(crate) name: String,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
    /// Rows that are of it.
    pub(crate) support: usize,
}

impl OfClasses {
    pub(super) fn new(
        truth: &[usize],
        predicted: &[usize],
        probabilities: ArrayView2<'_, f32>,
        names: &[String],
    ) -> Result<Self, MetricError> {
        let matrix = ConfusionMatrix::new(truth, predicted, names.len())?;
        let confusion = matrix.with_class_names(names.iter().cloned())?;
        let classes = (0..names.len()).map(|class| OfClass::new(&confusion, class)).collect();
        Ok(Self {
            rows: truth.len(),
            accuracy: accuracy_score(truth, predicted)?,
            macro_f1: f1_score(truth, predicted, Average::Macro)?,
            log_loss: log_loss(truth, probabilities).ok(),
            roc_auc: roc_auc(truth, probabilities),
            constant_guess: Guess::new(&confusion),
            classes,
            confusion,
        })
    }
}

fn roc_auc(truth: &[usize], probabilities: ArrayView2<'_, f32>) -> Option<f64> {
    match probabilities.ncols() {
        0 => None,
        columns @ (1 | 2) => roc_auc_score(truth, &probabilities.column(columns - 1).to_vec()).ok(),
        _ => roc_auc_ovr_score(truth, probabilities).ok(),
    }
}

impl Guess {
    fn new(matrix: &ConfusionMatrix) -> Self {
        let rows = matrix.counts().sum() as f64;
        let supports: Vec<usize> = matrix.counts().rows().into_iter().map(|row| row.sum()).collect();
        // The first of equals.
        let commonest = supports.iter().enumerate().rev().max_by_key(|(_, support)| **support);
        let (class, support) = commonest.map_or((0, 0), |(class, &support)| (class, support));
        let shares = supports.iter().filter(|&&support| support > 0).map(|&support| support as f64 / rows);
        Self {
            class: matrix.class_names()[class].clone(),
            accuracy: support as f64 / rows,
            log_loss: shares.map(|share| share * share.recip().ln()).sum(),
        }
    }
}

impl OfClass {
    fn new(matrix: &ConfusionMatrix, class: usize) -> Self {
        let counts = matrix.counts();
        let (hits, support, said) =
            (counts[[class, class]], counts.row(class).sum(), counts.column(class).sum());
        let ratio = |part: usize, all: usize| if all == 0 { 0.0 } else { part as f64 / all as f64 };
        Self {
            name: matrix.class_names()[class].clone(),
            precision: ratio(hits, said),
            recall: ratio(hits, support),
            f1: ratio(2 * hits, said + support),
            support,
        }
    }
}

fn counts<S: Serializer>(matrix: &ConfusionMatrix, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(matrix.counts().rows().into_iter().map(|row| row.to_vec()))
}

impl fmt::Display for OfClasses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, accuracy, macro_f1, constant_guess: guess, .. } = self;
        writeln!(
            f,
            "accuracy {accuracy:.4} on {}; always `{}` would be {:.4}",
            counted(*rows, "row"),
            guess.class,
            guess.accuracy
        )?;
        write!(f, "macro F1 {macro_f1:.4}")?;
        if let Some(auc) = self.roc_auc {
            write!(f, ", ROC AUC {auc:.4}")?;
        }
        if let Some(loss) = self.log_loss {
            write!(
                f,
                ", log loss {}; always the classes' shares would be {}",
                fixed(loss, 4),
                fixed(guess.log_loss, 4)
            )?;
        }
        let mut shown: Vec<&OfClass> = self.classes.iter().collect();
        let is_cut = shown.len() > LINES;
        if is_cut {
            shown.sort_by(|a, b| a.f1.total_cmp(&b.f1).then(b.support.cmp(&a.support)));
            shown.truncate(LINES / 2);
        }
        let width = shown.iter().map(|class| class.name.chars().count()).max().unwrap_or(0).max(5);
        writeln!(f, "\n\n{:width$}  precision  recall      f1  rows", "class")?;
        for OfClass { name, precision, recall, f1, support } in &shown {
            writeln!(f, "{name:width$}  {precision:9.4}  {recall:6.4}  {f1:6.4}  {support:4}")?;
        }
        if is_cut {
            writeln!(f, "which are the worst of {} classes\n", self.classes.len())?;
        }
        if self.classes.len() <= PRINTED { writeln!(f, "\n{}", self.confusion) } else { self.confusions(f) }
    }
}

impl OfClasses {
    /// What is most often taken for what.
    fn confusions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.confusion.counts();
        let wrong = counts.indexed_iter().filter(|((truth, said), count)| truth != said && **count > 0);
        let mut wrong: Vec<_> = wrong.collect();
        wrong.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for ((truth, said), count) in wrong.into_iter().take(PRINTED) {
            let [truth, said] = [truth, said].map(|class| &self.classes[class].name);
            writeln!(f, "`{truth}` is taken for `{said}` {count} times")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn the_figures_of_a_small_matrix() {
        let (truth, predicted) = ([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 0]);
        let sure =
            Array2::from_shape_fn((6, 3), |(row, class)| if predicted[row] == class { 0.5 } else { 0.25 });
        let worth =
            OfClasses::new(&truth, &predicted, sure.view(), &names(&["a", "b", "c"])).expect("figures");
        assert_eq!(worth.accuracy, 4.0 / 6.0);
        let of = |class: usize| {
            let OfClass { precision, recall, f1, support, .. } = worth.classes[class];
            (precision, recall, f1, support)
        };
        assert_eq!(of(0), (2.0 / 3.0, 2.0 / 3.0, 4.0 / 6.0, 3));
        assert_eq!(of(1), (2.0 / 3.0, 1.0, 0.8, 2));
        assert_eq!(of(2), (0.0, 0.0, 0.0, 1));
        assert!((worth.macro_f1 - (4.0 / 6.0 + 0.8) / 3.0).abs() < 1e-15);
        // Four halves and two quarters.
        let loss = worth.log_loss.expect("probabilities");
        assert!((loss - (4.0 * 2.0_f64.ln() + 2.0 * 4.0_f64.ln()) / 6.0).abs() < 1e-7, "{loss}");
        let guess = &worth.constant_guess;
        assert_eq!((guess.class.as_str(), guess.accuracy), ("a", 0.5));
        let entropy = 0.5 * 2.0_f64.ln() + 3.0_f64.ln() / 3.0 + 6.0_f64.ln() / 6.0;
        assert!((guess.log_loss - entropy).abs() < 1e-15);
        let json = serde_json::to_value(&worth).expect("JSON");
        assert_eq!(json["confusion_matrix"], serde_json::json!([[2, 1, 0], [0, 2, 0], [1, 0, 0]]));
        assert_eq!(json["classes"][1]["recall"], 1.0);
    }

    #[test]
    fn it_is_printed_as_a_table() {
        let p = array![[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]];
        let worth = OfClasses::new(&[0, 0, 1, 0], &[0, 0, 1, 1], p.view(), &names(&["no", "maybe"]))
            .expect("figures");
        assert_eq!(
            worth.to_string(),
            "accuracy 0.7500 on 4 rows; always `no` would be 0.7500\n\
             macro F1 0.7333, ROC AUC 1.0000, log loss 0.5108; always the classes' shares would be 0.5623\n\n\
             class  precision  recall      f1  rows\n\
             no        1.0000  0.6667  0.8000     3\n\
             maybe     0.5000  1.0000  0.6667     1\n\n\
             true \\ predicted  no  maybe\n\
             \x20             no   2      1\n\
             \x20          maybe   0      1\n"
        );
    }

    #[test]
    fn a_class_without_rows_and_outputs_that_are_no_probabilities_leave_figures_out() {
        let worth =
            OfClasses::new(&[0, 0], &[0, 0], array![[3.0, -1.0], [2.0, 0.0]].view(), &names(&["a", "b"]));
        let worth = worth.expect("figures");
        assert_eq!((worth.log_loss, worth.roc_auc, worth.accuracy), (None, None, 1.0));
        assert!(worth.to_string().contains("\nmacro F1 1.0000\n"), "{worth}");
    }

    #[test]
    fn of_many_classes_the_commonest_confusions_are_printed() {
        let names: Vec<String> = (0..20).map(|n| format!("c{n}")).collect();
        let truth: Vec<usize> = (0..60).map(|n| n % 20).collect();
        let predicted: Vec<usize> = truth.iter().map(|&class| if class == 7 { 3 } else { class }).collect();
        let p = Array2::zeros((60, 20));
        let text = OfClasses::new(&truth, &predicted, p.view(), &names).expect("figures").to_string();
        assert!(text.ends_with("`c7` is taken for `c3` 3 times\n") && !text.contains("true \\"), "{text}");
    }
}
