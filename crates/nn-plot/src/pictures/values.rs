use ndarray::{ArrayView1, ArrayView2};
use nn_core::Scalar;
use nn_train::{MetricError, r2_score};

use super::line_chart::{AxisSettings, GuideLine, LineChart};
use crate::axis::{Axis, rounded};
use crate::error::{check_finite, check_length};
use crate::frame::{Frame, frame_settings};
use crate::{Drawing, Picture, PlotError};

/// Predicted values against the true ones: what is predicted well lies on the diagonal. The legend has R².
///
/// # Errors
/// [`PlotError::Empty`] without values, [`PlotError::Length`] when there are not as many predictions,
/// [`PlotError::NotFinite`] for a value that is NaN or infinite.
///
/// # Example
/// ```
/// use nn_plot::{PredictedVsTrue, Picture};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("values.png");
/// PredictedVsTrue::new(&[1.0, 2.0, 3.0], &[1.1, 1.9, 3.2]).title("Body mass").label("kilograms").save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PredictedVsTrue {
    frame: Frame,
    values: Values,
}

/// How far the true values are above the predicted ones, against the latter: what is left over should have no pattern.
///
/// # Errors
/// As of [`PredictedVsTrue`].
///
/// # Example
/// ```
/// use nn_plot::{Picture, Residuals};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("residuals.png");
/// Residuals::new(&[1.0, 2.0, 3.0], &[1.1, 1.9, 3.2]).label("kilograms").save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Residuals {
    frame: Frame,
    values: Values,
}

#[derive(Debug, Clone)]
struct Values {
    truth: Vec<f64>,
    predicted: Vec<f64>,
    unit: String,
}

impl Values {
    fn new<T: Scalar>(y_true: &[T], y_pred: &[T]) -> Self {
        let list = |values: &[T]| values.iter().map(|value| value.as_f64()).collect();
        Self { truth: list(y_true), predicted: list(y_pred), unit: String::new() }
    }

    fn check(&self) -> Result<(), PlotError> {
        if self.truth.is_empty() {
            return Err(PlotError::Empty { what: "value" });
        }
        check_length("predictions", self.truth.len(), self.predicted.len())?;
        check_finite("true values", self.truth.iter().copied())?;
        check_finite("predictions", self.predicted.iter().copied())
    }

    /// A name of an axis with its unit.
    fn label(&self, what: &str) -> AxisSettings {
        let label = if self.unit.is_empty() { what.to_owned() } else { format!("{what}, {}", self.unit) };
        AxisSettings { label, ..AxisSettings::default() }
    }
}

macro_rules! values_settings {
    () => {
        /// From true and predicted values.
        pub fn new<T: Scalar>(y_true: &[T], y_pred: &[T]) -> Self {
            Self { frame: Frame::default(), values: Values::new(y_true, y_pred) }
        }

        frame_settings!();

        /// What the values are, or their unit; it stands beside the axes.
        pub fn label(mut self, label: impl Into<String>) -> Self {
            self.values.unit = label.into();
            self
        }
    };
}

impl PredictedVsTrue {
    values_settings!();
}

impl Residuals {
    values_settings!();
}

/// As a column of a table.
fn column(values: &[f64]) -> ArrayView2<'_, f64> {
    ArrayView1::from(values).insert_axis(ndarray::Axis(1))
}

impl Picture for PredictedVsTrue {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let values = &self.values;
        values.check()?;
        let name = match r2_score(column(&values.truth), column(&values.predicted)) {
            Ok(r2) => format!("samples, R² = {}", rounded(r2, 4)),
            // Of a single value, or of values out of all reason.
            Err(MetricError::TooFewSamples { .. } | MetricError::Overflow { .. }) => "samples".to_owned(),
            Err(error) => return Err(error.into()),
        };
        let axis = Axis::around(values.truth.iter().chain(&values.predicted).copied(), false)?;
        let range = Some((axis.low, axis.high));
        let (x, y) = (values.label("true"), values.label("predicted"));
        let chart = LineChart {
            frame: self.frame.clone(),
            x: AxisSettings { range, ..x },
            y: AxisSettings { range, ..y },
            square: true,
            ..LineChart::default()
        };
        let points = values.truth.iter().copied().zip(values.predicted.iter().copied());
        let chart = chart.points(name, points).guide("predicted = true", GuideLine::Diagonal);
        Ok(chart.chart("Predicted against true values")?.finish())
    }
}

impl Picture for Residuals {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let values = &self.values;
        values.check()?;
        let points = values
            .truth
            .iter()
            .zip(&values.predicted)
            .map(|(truth, predicted)| (*predicted, truth - predicted));
        let (x, y) = (values.label("predicted"), values.label("true - predicted"));
        let chart = LineChart { frame: self.frame.clone(), x, y, ..LineChart::default() };
        let chart = chart.points("samples", points).horizontal("no error", 0.0);
        Ok(chart.chart("Residuals")?.finish())
    }
}
