use ndarray::{Array2, ArrayView2};
use nn_core::Scalar;
use nn_train::expected_calibration_error;

use super::line_chart::{GuideLine, LineChart};
use super::roc::unit_axis;
use crate::axis::rounded;
use crate::colour::Colour;
use crate::frame::{Frame, frame_settings};
use crate::scene::Rect;
use crate::{Drawing, Picture, PlotError};

/// How often predictions of each confidence are right: on the diagonal they are as good as they say, below it they are
/// too sure. Grey bars are the shares of all predictions; the legend has the expected calibration error.
///
/// The confidence of a prediction is its highest probability; predictions are sorted into bins of equal width as
/// [`expected_calibration_error`] does it.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | [`bins`](Self::bins) | 10 | from 1 to 100 |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// # Errors
/// [`PlotError::Metric`] for labels and probabilities that do not fit each other; [`PlotError::Parameter`] for a number
/// of bins out of range.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_plot::{Picture, ReliabilityDiagram};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("reliability.png");
/// let probabilities = array![[0.9, 0.1], [0.4, 0.6], [0.65, 0.35], [0.2, 0.8]];
/// ReliabilityDiagram::new(&[0, 0, 1, 1], probabilities.view()).bins(5).save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReliabilityDiagram<T> {
    frame: Frame,
    y_true: Vec<usize>,
    probabilities: Array2<T>,
    bins: usize,
}

impl<T: Scalar> ReliabilityDiagram<T> {
    /// Of labels, and the probabilities that `predict_proba` gives: a column for each class, or one of class 1 of two.
    pub fn new(y_true: &[usize], probabilities: ArrayView2<'_, T>) -> Self {
        let probabilities = probabilities.to_owned();
        Self { frame: Frame::default(), y_true: y_true.to_vec(), probabilities, bins: 10 }
    }

    frame_settings!();

    /// The number of bins.
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = bins;
        self
    }

    /// Of each bin the number of its predictions, the sum of their confidences, and how many are right.
    fn counts(&self) -> Vec<(usize, f64, usize)> {
        let mut counts = vec![(0, 0.0, 0); self.bins];
        for (row, &label) in self.probabilities.rows().into_iter().zip(&self.y_true) {
            let row: Vec<f64> = row.iter().map(|p| p.as_f64()).collect();
            let row = if let [p] = row[..] { vec![1.0 - p, p] } else { row };
            let best =
                (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
            // An upper edge belongs to its bin.
            let above = |bin: &usize| row[best] <= (bin + 1) as f64 / self.bins as f64;
            let bin = (0..self.bins).find(above).unwrap_or(self.bins - 1);
            let (count, confidence, right) = &mut counts[bin];
            *count += 1;
            *confidence += row[best];
            *right += usize::from(best == label);
        }
        counts
    }
}

impl<T: Scalar> Picture for ReliabilityDiagram<T> {
    fn draw(&self) -> Result<Drawing, PlotError> {
        if !(1..=100).contains(&self.bins) {
            return Err(PlotError::parameter("the number of bins", "from 1 to 100", self.bins));
        }
        let error = expected_calibration_error(&self.y_true, self.probabilities.view(), self.bins)?;
        let counts = self.counts();
        let points = counts
            .iter()
            .filter(|bin| bin.0 > 0)
            .map(|&(count, confidence, right)| (confidence / count as f64, right as f64 / count as f64));
        let chart = LineChart {
            frame: self.frame.clone(),
            x: unit_axis("confidence"),
            y: unit_axis("accuracy; bars: share of predictions"),
            square: true,
            ..LineChart::default()
        };
        let name = format!("calibration error {}", rounded(error, 3));
        let chart = chart.line_and_points(name, points).guide("perfect", GuideLine::Diagonal);
        let mut drawn = chart.chart("Reliability diagram")?;
        let (area, all) = (drawn.area, self.y_true.len() as f64);
        let width = area.width / self.bins as f64;
        for (bin, &(count, ..)) in counts.iter().enumerate().filter(|(_, bin)| bin.0 > 0) {
            let height = area.height * count as f64 / all;
            let x = area.x + bin as f64 * width;
            let bar = Rect { x: x + 1.0, y: area.bottom() - height, width: width - 2.0, height };
            drawn.scene.rect(bar, Colour::GREY.opacity(70), None);
        }
        Ok(drawn.finish())
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_gaps_add_up_to_the_error() {
        let p = array![[0.6, 0.4], [0.8, 0.2], [0.3, 0.7], [0.5, 0.5], [0.1, 0.9], [0.0, 1.0]];
        let labels = [0, 1, 1, 1, 1, 0];
        for bins in [1, 2, 5, 10, 15] {
            let diagram = ReliabilityDiagram::new(&labels, p.view()).bins(bins);
            let gaps: f64 = diagram.counts().iter().map(|&(_, sum, right)| (right as f64 - sum).abs()).sum();
            let expected = expected_calibration_error(&labels, p.view(), bins).expect("probabilities");
            assert!((gaps / 6.0 - expected).abs() < 1e-12, "{bins} bins");
        }
    }
}
