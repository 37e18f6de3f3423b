//! What a training came to, in words and as JSON.

use std::fmt;

use nn_data::TableEncoder;
use nn_train::{Diagnosis, Report, StopReason};
use serde_json::{Value, json};

use super::FEW;
use super::folds::Folds;
use crate::arguments::Train;
use crate::doctor::Findings;
use crate::fit::{Fitted, Recipe};
use crate::importance::Importance;
use crate::read;
use crate::say::counted;
use crate::worth::{Worth, fixed};

/// Where few rows were set aside.
const MEDIAN: &str = ": the median of what is best for 5 folds, since few rows were set aside";

pub(super) struct Outcome<'a> {
    pub(super) arguments: &'a Train,
    pub(super) recipe: &'a Recipe,
    /// Of the whole table.
    pub(super) whole: &'a TableEncoder,
    /// Of the network in the file.
    pub(super) encoder: &'a TableEncoder,
    /// Learned from, and set aside.
    pub(super) rows: [usize; 2],
    pub(super) fitted: &'a Fitted,
    /// For how many epochs the network in the file learned from all rows, if it did.
    pub(super) refit_epochs: Option<usize>,
    pub(super) diagnosis: &'a Diagnosis,
    pub(super) validation: &'a Worth,
    /// On the rows set aside.
    pub(super) importance: Option<&'a Importance>,
    pub(super) test: Option<&'a Worth>,
    /// What there is to say of the rows of the other table.
    pub(super) test_note: Option<&'a str>,
    pub(super) folds: Option<&'a Folds>,
    pub(super) is_interrupted: bool,
}

impl Outcome<'_> {
    /// What the model file says about itself.
    pub(super) fn notes(&self) -> Vec<String> {
        let file = read::name(&self.arguments.data);
        let first = |worth: &Worth| worth.to_string().lines().next().unwrap_or_default().to_owned();
        let mut notes = vec![
            format!("learned from {file}; set aside: {}", first(self.validation)),
            format!("by {}, and --validation {}", self.recipe, self.arguments.validation),
        ];
        if let (Some(path), Some(worth)) = (&self.arguments.test, self.test) {
            notes.push(format!("on {}: {}", read::name(path), first(worth)));
        }
        if let Some(epochs) = self.refit_epochs {
            notes.push(format!("then trained on all rows, for {}", counted(epochs, "epoch")));
        }
        notes
    }

    pub(super) fn to_json(&self) -> Value {
        let Report { epochs, reason, fingerprint, elapsed, history, warnings, .. } = &self.fitted.report;
        json!({
            "model": self.arguments.out,
            "report": self.arguments.report(),
            "data": {
                "file": self.arguments.data,
                "rows": self.whole.rows(),
                "rows_left_out": self.whole.dropped(),
                "target": self.whole.target().map(nn_data::TableTarget::name),
                "classes": self.whole.classes(),
                "set_aside": crate::columns::set_aside_json(self.whole),
                "columns": crate::columns::columns_json(self.whole),
            },
            "settings": self.recipe,
            "training": {
                "rows": self.rows[0],
                "rows_set_aside": self.rows[1],
                "parameters": self.fitted.network.params().len(),
                "epochs": epochs,
                "best_epoch": self.fitted.best_epoch,
                "ended": ended(reason),
                "interrupted": self.is_interrupted,
                "seconds": elapsed.as_secs_f64(),
                "fingerprint": format!("{fingerprint:016x}"),
                "refit": self.refit_epochs.is_some(),
                "refit_epochs": self.refit_epochs,
                "warnings": warnings,
            },
            "score": self.validation.score(),
            "validation": self.validation.to_json(),
            "test": self.test.map(Worth::to_json),
            "folds": self.folds.map(Folds::to_json),
            "importance": self.importance.map(Importance::to_json),
            "findings": self.findings().to_json(),
            "history": history,
        })
    }

    /// The files.
    pub(super) fn written(&self) -> String {
        let folder = self.arguments.report().map(|folder| format!(", {}", folder.display()));
        format!("written: {}{}", self.arguments.out.display(), folder.unwrap_or_default())
    }

    fn findings(&self) -> Findings<'_> {
        Findings { diagnosis: self.diagnosis, encoder: self.encoder, recipe: self.recipe }
    }
}

/// The report for people, without the files.
impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { epochs, elapsed, reason, warnings, .. } = &self.fitted.report;
        writeln!(f, "{} in {:.1} s: {}", counted(*epochs, "epoch"), elapsed.as_secs_f64(), ended(reason))?;
        warnings.iter().try_for_each(|warning| writeln!(f, "warning: {warning}"))?;
        writeln!(f, "\nOn what was set aside, and said when to stop:\n{}", self.validation)?;
        if let Some(importance) = self.importance {
            writeln!(f, "{importance}")?;
        }
        if let Some(folds) = self.folds {
            writeln!(f, "On every row once, by a network that did not know it:\n{folds}")?;
        }
        if let Some(epochs) = self.refit_epochs {
            let all = self.rows.iter().sum::<usize>();
            let (epochs, why) = (counted(epochs, "epoch"), if self.rows[1] < FEW { MEDIAN } else { "" });
            writeln!(
                f,
                "The network in the file was then trained anew on all {all} rows, for {epochs}{why}.\n"
            )?;
        }
        if let (Some(path), Some(worth)) = (&self.arguments.test, self.test) {
            let note = self.test_note.map_or_else(String::new, |note| format!(" ({note})"));
            writeln!(f, "On {}{note}:\n{worth}", path.display())?;
        }
        let findings = self.findings().text();
        if findings.is_empty() { Ok(()) } else { writeln!(f, "What to look at:\n{findings}") }
    }
}

/// Why it ended, in the command's words.
fn ended(reason: &StopReason) -> String {
    match reason {
        StopReason::EarlyStopping { best_epoch, best, .. } => {
            format!("the loss on the rows set aside was best in epoch {best_epoch}, {}", fixed(*best, 4))
        }
        StopReason::Epochs => "as many as were allowed".to_owned(),
        StopReason::Stopped => "interrupted".to_owned(),
        reason => reason.to_string(),
    }
}
