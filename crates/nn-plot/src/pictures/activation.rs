use nn_core::Activation;

use super::line_chart::LineChart;
use crate::frame::{Frame, frame_settings};
use crate::{Drawing, Picture, PlotError};

/// Points of a curve.
const POINTS: u32 = 400;

/// An activation and its derivative.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`range`](Self::range) | from -4 to 4 | the inputs that are shown |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// # Errors
/// [`PlotError::Parameter`] for a range whose end is not above its beginning; [`PlotError::Empty`] if the activation is
/// nowhere finite.
///
/// # Example
/// ```
/// use nn_core::Gelu;
/// use nn_plot::{ActivationCurve, Picture};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("gelu.svg");
/// ActivationCurve::new(Gelu).range(-3.0, 3.0).title("GELU").save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ActivationCurve<A> {
    frame: Frame,
    activation: A,
    range: (f64, f64),
}

impl<A: Activation> ActivationCurve<A> {
    /// Of an activation.
    pub fn new(activation: A) -> Self {
        Self { frame: Frame::default(), activation, range: (-4.0, 4.0) }
    }

    frame_settings!();

    /// The first and the last input.
    pub fn range(mut self, from: f64, to: f64) -> Self {
        self.range = (from, to);
        self
    }
}

impl<A: Activation> Picture for ActivationCurve<A> {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let (from, to) = self.range;
        if !(from < to && from.abs() < 1e6 && to.abs() < 1e6) {
            let expected = "a beginning below its end, both below a million in size";
            return Err(PlotError::parameter("the range", expected, format!("from {from} to {to}")));
        }
        let inputs = || (0..=POINTS).map(|i| from + (to - from) * f64::from(i) / f64::from(POINTS));
        let value = |z: f64| self.activation.apply(z);
        let chart = LineChart { frame: self.frame.clone(), ..LineChart::default() };
        let chart = chart
            .line(format!("{}(z)", self.activation.name()), inputs().map(|z| (z, value(z))))
            .line("its derivative", inputs().map(|z| (z, self.activation.derivative(z, value(z)))))
            .x_label("z");
        Ok(chart.chart("Activation")?.finish())
    }
}
