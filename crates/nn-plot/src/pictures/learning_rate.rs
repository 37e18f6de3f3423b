use nn_train::LearningRateCurve;

use super::line_chart::{AxisSettings, LineChart};
use crate::axis::{Axis, rounded, span};
use crate::error::drawable;
use crate::frame::{Frame, frame_settings};
use crate::{Drawing, Picture, PlotError};

/// The losses at growing learning rates, and the rate that the curve suggests.
///
/// Losses far above the first one, where the run diverges, are cut off.
///
/// # Errors
/// [`PlotError::Empty`] for a curve without a finite loss.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_data::Moons;
/// use nn_plot::{LearningRatePlot, Picture};
/// use nn_train::{LearningRateFinder, Sgd, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("rates.png");
/// let moons = Moons::default().generate::<f64>(0)?;
/// let network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
/// let curve = LearningRateFinder::new().run(&Trainer::new(Sgd::new()), &network, &SoftmaxCrossEntropy::mean(), moons.view())?;
/// LearningRatePlot::new(&curve).save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LearningRatePlot {
    frame: Frame,
    curve: LearningRateCurve,
}

impl LearningRatePlot {
    /// Of what a `LearningRateFinder` has found.
    pub fn new(curve: &LearningRateCurve) -> Self {
        Self { frame: Frame::default(), curve: curve.clone() }
    }

    frame_settings!();
}

impl Picture for LearningRatePlot {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let LearningRateCurve { rates, losses, smoothed, .. } = &self.curve;
        let points = |values: &[f64]| rates.iter().copied().zip(values.iter().copied()).collect::<Vec<_>>();
        let begin = smoothed.iter().take(smoothed.len() / 2 + 1).copied();
        let all = losses.iter().chain(smoothed).copied();
        let (low, _) = span(all).ok_or(PlotError::Empty { what: "finite loss" })?;
        let high = span(begin).map_or(low, |span| span.1);
        let axis = Axis::linear(low, high).widened();
        let room = 0.1 * (axis.high - axis.low);
        let range = Some((axis.low - room, axis.high + room));
        let mut chart = LineChart {
            frame: self.frame.clone(),
            y: AxisSettings { label: "loss".to_owned(), range, ..AxisSettings::default() },
            ..LineChart::default()
        };
        chart = chart.line("smoothed", points(smoothed)).line("of each batch", points(losses));
        if let Some(rate) = self.curve.suggestion().filter(|rate| drawable(*rate)) {
            chart = chart.vertical(format!("suggestion: {}", rounded(rate, 2)), rate);
        }
        Ok(chart.x_label("learning rate").log_x(true).chart("Learning rates")?.finish())
    }
}
