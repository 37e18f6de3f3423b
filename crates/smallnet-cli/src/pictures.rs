//! Pictures of runs and answers, in a folder.

use std::path::{Path, PathBuf};

use nn_data::{TableEncoder, TableTarget};
use nn_plot::{
    ConfusionHeatmap, LossCurve, MetricCurve, Picture, PredictedVsTrue, ReliabilityDiagram, Residuals,
    RocCurves,
};
use nn_train::History;

use crate::answers::Answers;
use crate::worth::Worth;

/// The names that pictures of a report have: those of an earlier one are removed before others are drawn.
pub(crate) const NAMES: [&str; 8] = [
    "loss.png",
    "accuracy.png",
    "confusion.png",
    "reliability.png",
    "roc.png",
    "predicted.png",
    "residuals.png",
    "importance.png",
];

/// More curves than this are a tangle.
const CURVES: usize = 8;
/// A matrix of more classes than this is no picture.
const MATRIX: usize = 100;

/// Pictures that are drawn into a folder. One that cannot be drawn is no reason to go without the others.
#[derive(Debug)]
pub(crate) struct Pictures {
    folder: PathBuf,
    /// The names of those that are there.
    pub(crate) drawn: Vec<String>,
    /// Why others are not.
    pub(crate) failed: Vec<String>,
}

impl Pictures {
    pub(crate) fn into(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), drawn: Vec::new(), failed: Vec::new() }
    }

    pub(crate) fn save(&mut self, name: &str, picture: &impl Picture) {
        match picture.save(self.folder.join(name)) {
            Ok(()) => self.drawn.push(name.to_owned()),
            Err(error) => self.failed.push(format!("{name} is not drawn: {error}")),
        }
    }

    /// The losses of a run, and its accuracies if they were measured.
    pub(crate) fn of_history(&mut self, history: &History) {
        self.save("loss.png", &LossCurve::new(history).title("Loss"));
        if has_accuracy(history) {
            self.save("accuracy.png", &MetricCurve::accuracy(history).title("Accuracy"));
        }
    }

    /// What a network answers, beside what is true.
    pub(crate) fn of_answers(
        &mut self,
        answers: &Answers,
        worth: &Worth,
        encoder: &TableEncoder,
        rows: &str,
    ) {
        let target = encoder.target().map_or("", TableTarget::name);
        match (answers, worth) {
            (Answers::Classes { truth, probabilities, .. }, Worth::Classes(worth)) => {
                let title = format!("{target}, {rows}");
                if encoder.classes().len() <= MATRIX {
                    self.save("confusion.png", &ConfusionHeatmap::new(&worth.confusion).title(&title));
                }
                if worth.log_loss.is_some() {
                    let diagram = ReliabilityDiagram::new(truth, probabilities.view());
                    self.save("reliability.png", &diagram.title(&title));
                }
                if worth.roc_auc.is_some() && encoder.classes().len() <= CURVES {
                    let curves = RocCurves::new(truth, probabilities.view());
                    self.save("roc.png", &curves.class_names(encoder.classes()).title(&title));
                }
            }
            (Answers::Values { truth, predicted }, _) => {
                let label = format!("{target}, {rows}");
                self.save(
                    "predicted.png",
                    &PredictedVsTrue::new(truth, predicted).label(target).title(&label),
                );
                self.save("residuals.png", &Residuals::new(truth, predicted).label(target).title(&label));
            }
            _ => {}
        }
    }
}

pub(crate) fn has_accuracy(history: &History) -> bool {
    history
        .records()
        .iter()
        .any(|record| record.train_accuracy.is_some() || record.validation_accuracy.is_some())
}
