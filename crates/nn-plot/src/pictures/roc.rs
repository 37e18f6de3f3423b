use ndarray::{Array2, ArrayView2};
use nn_core::Scalar;
use nn_train::{log_loss, roc_auc_score};

use super::line_chart::{AxisSettings, GuideLine, LineChart};
use crate::axis::rounded;
use crate::error::check_length;
use crate::frame::{Frame, frame_settings};
use crate::{Drawing, Picture, PlotError};

/// The receiver operating characteristic: what share of a class is found (true positive rate) against what share of the
/// others is taken for it (false positive rate), at every threshold of its probability. The legend has the areas under
/// the curves.
///
/// Of two classes there is the curve of class 1; of more there is one for each class against all others.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`class_names`](Self::class_names) | `class 0`, `class 1`, .. | |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// # Errors
/// [`PlotError::Metric`] for labels and probabilities that do not fit each other, and for a class without samples, or
/// without others; [`PlotError::Length`] when there is not a name for each class.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_plot::{Picture, RocCurves};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("roc.png");
/// let probabilities = array![[0.9, 0.1], [0.4, 0.6], [0.65, 0.35], [0.2, 0.8]];
/// RocCurves::new(&[0, 0, 1, 1], probabilities.view()).class_names(["well", "ill"]).save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
///
/// scikit-learn's `RocCurveDisplay`; the areas are [`roc_auc_score`]'s.
#[derive(Debug, Clone)]
pub struct RocCurves<T> {
    frame: Frame,
    y_true: Vec<usize>,
    probabilities: Array2<T>,
    names: Option<Vec<String>>,
}

impl<T: Scalar> RocCurves<T> {
    /// Of labels, and the probabilities that `predict_proba` gives: a column for each class, or one of class 1 of two.
    pub fn new(y_true: &[usize], probabilities: ArrayView2<'_, T>) -> Self {
        let probabilities = probabilities.to_owned();
        Self { frame: Frame::default(), y_true: y_true.to_vec(), probabilities, names: None }
    }

    frame_settings!();

    /// The names of the classes.
    pub fn class_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }
}

impl<T: Scalar> Picture for RocCurves<T> {
    fn draw(&self) -> Result<Drawing, PlotError> {
        // It checks labels and probabilities.
        log_loss(&self.y_true, self.probabilities.view())?;
        let columns = self.probabilities.ncols();
        let classes = columns.max(2);
        if let Some(names) = &self.names {
            check_length("class names", classes, names.len())?;
        }
        let mut chart = LineChart {
            frame: self.frame.clone(),
            x: unit_axis("false positive rate"),
            y: unit_axis("true positive rate"),
            square: true,
            ..LineChart::default()
        };
        for class in if classes == 2 { 1..2 } else { 0..classes } {
            let own: Vec<usize> = self.y_true.iter().map(|&label| usize::from(label == class)).collect();
            let scores = self.probabilities.column(if columns == 1 { 0 } else { class });
            let scores: Vec<f64> = scores.iter().map(|score| score.as_f64()).collect();
            let area = rounded(roc_auc_score(&own, &scores)?, 4);
            let name =
                self.names.as_ref().map_or_else(|| format!("class {class}"), |names| names[class].clone());
            chart =
                chart.line(format!("{}, area {area}", crate::font::shorten(&name, 20)), rates(&own, &scores));
        }
        Ok(chart.guide("by chance", GuideLine::Diagonal).chart("ROC curve")?.finish())
    }
}

/// From 0 to 1.
pub(super) fn unit_axis(label: &str) -> AxisSettings {
    AxisSettings { label: label.to_owned(), range: Some((0.0, 1.0)), ..AxisSettings::default() }
}

/// (false, true) positive rates from the highest threshold to the lowest; samples of one score pass it together.
fn rates(own: &[usize], scores: &[f64]) -> Vec<(f64, f64)> {
    let mut samples: Vec<(f64, usize)> = scores.iter().copied().zip(own.iter().copied()).collect();
    samples.sort_by(|a, b| b.0.total_cmp(&a.0));
    let positives = own.iter().sum::<usize>() as f64;
    let negatives = own.len() as f64 - positives;
    let (mut hits, mut alarms, mut points) = (0, 0, vec![(0.0, 0.0)]);
    for tied in samples.chunk_by(|a, b| a.0 == b.0) {
        let found: usize = tied.iter().map(|sample| sample.1).sum();
        hits += found;
        alarms += tied.len() - found;
        points.push((alarms as f64 / negatives, hits as f64 / positives));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_the_curve_is_the_score() {
        for n in [4, 7, 40] {
            let own: Vec<usize> = (0..n).map(|i| (i * i + i / 3) % 5 % 2).collect();
            let scores: Vec<f64> = (0..n).map(|i| ((7 * i) % 11 % 4) as f64 / 4.0).collect();
            let points = rates(&own, &scores);
            let area: f64 = points.windows(2).map(|p| (p[1].0 - p[0].0) * (p[0].1 + p[1].1) / 2.0).sum();
            let expected = roc_auc_score(&own, &scores).expect("both classes");
            assert!((area - expected).abs() < 1e-12, "{area}, {expected}");
        }
    }
}
