use nn_train::{History, Record};

use super::line_chart::{AxisSettings, GuideLine, LineChart, Series};
use crate::axis::rounded;
use crate::colour::Colour;
use crate::error::drawable;
use crate::frame::{Frame, frame_settings};
use crate::marker::mark;
use crate::scene::Stroke;
use crate::terminal::Terminal;
use crate::{Drawing, Picture, PlotError};

/// The loss of a run against its epochs, on the training set and, if it was recorded, the validation set; the best
/// epoch is marked.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`log_scale`](Self::log_scale) | where every loss is above 0 | whether the axis of the loss is logarithmic |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// The best epoch is that of the least validation loss, or of the least training loss if there is no other. Losses that
/// are NaN or infinite are gaps of the line, and the picture says how many there are.
///
/// # Errors
/// [`PlotError::Empty`] when no record has a finite loss; [`PlotError::NotPositive`] for a loss of 0 or below on a
/// logarithmic axis that was asked for; [`PlotError::Parameter`] for a size out of range.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_plot::{LossCurve, Picture, Terminal};
/// use nn_train::{Sgd, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("loss.svg");
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let xor = Batch::new(x.view(), &[0, 1, 1, 0][..])?;
/// let mut network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let report = Trainer::new(Sgd::new()).learning_rate(0.1).epochs(100).fit(&mut network, &SoftmaxCrossEntropy::sum(), xor, None)?;
///
/// let curve = LossCurve::new(&report.history).title("Exclusive or");
/// curve.save(path)?;
/// println!("{}", curve.to_terminal(Terminal::new(60))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct LossCurve {
    frame: Frame,
    figure: Figure,
    log: Option<bool>,
}

/// Any other figure of a run against its epochs: the accuracy, or what a callback has measured.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`maximize`](Self::maximize) | `true` for the accuracy, otherwise `false` | whether more is better, which says what the best epoch is |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// # Errors
/// [`PlotError::Empty`] when no record has a finite figure of that name; [`PlotError::Parameter`] for a size out of range.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_data::Moons;
/// use nn_plot::{MetricCurve, Picture};
/// use nn_train::{Adam, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("accuracy.png");
/// let (train, test) = Moons::default().generate::<f64>(0)?.stratified_split(0.25, 0)?;
/// let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
/// let mut trainer = Trainer::new(Adam::new()).epochs(20);
/// let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train.view(), Some(test.view()))?;
/// MetricCurve::accuracy(&report.history).save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MetricCurve {
    frame: Frame,
    figure: Figure,
    maximize: bool,
}

/// Curves against the epoch.
#[derive(Debug, Clone)]
struct Figure {
    label: String,
    series: Vec<Series>,
}

impl LossCurve {
    /// The losses of a run.
    pub fn new(history: &History) -> Self {
        let figure = Figure::new(
            "loss",
            [
                ("training loss", points(history, |record| Some(record.train_loss))),
                ("validation loss", points(history, |record| record.validation_loss)),
            ],
        );
        Self { frame: Frame::default(), figure, log: None }
    }

    frame_settings!();

    /// Whether the axis of the loss is logarithmic.
    pub fn log_scale(mut self, log: bool) -> Self {
        self.log = Some(log);
        self
    }

    /// The curve as text.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        self.chart().to_terminal(terminal)
    }

    fn chart(&self) -> LineChart {
        let positive = self.figure.series.iter().flat_map(|s| &s.points).all(|p| p.1 > 0.0 || p.1.is_nan());
        self.figure.chart(&self.frame, self.log.unwrap_or(positive), false)
    }
}

impl Picture for LossCurve {
    fn draw(&self) -> Result<Drawing, PlotError> {
        self.figure.draw(&self.chart(), "Loss curve", false)
    }
}

impl MetricCurve {
    /// The accuracy on the training set and, if it was recorded, the validation set.
    pub fn accuracy(history: &History) -> Self {
        let figure = Figure::new(
            "accuracy",
            [
                ("training accuracy", points(history, |record| record.train_accuracy)),
                ("validation accuracy", points(history, |record| record.validation_accuracy)),
            ],
        );
        Self { frame: Frame::default(), figure, maximize: true }
    }

    /// What callbacks have put under the names `metric` and `validation_metric` into [`Record::metrics`], whichever there
    /// are.
    pub fn new(history: &History, metric: &str) -> Self {
        let validation = format!("validation_{metric}");
        let of = |name: &str| points(history, |record| record.metrics.get(name).copied());
        let figure = Figure::new(metric, [(metric, of(metric)), (&validation, of(&validation))]);
        Self { frame: Frame::default(), figure, maximize: false }
    }

    frame_settings!();

    /// Whether more is better.
    pub fn maximize(mut self, maximize: bool) -> Self {
        self.maximize = maximize;
        self
    }

    /// The curve as text.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        self.figure.chart(&self.frame, false, self.maximize).to_terminal(terminal)
    }
}

impl Picture for MetricCurve {
    fn draw(&self) -> Result<Drawing, PlotError> {
        self.figure.draw(&self.figure.chart(&self.frame, false, self.maximize), "Metric curve", self.maximize)
    }
}

fn points(history: &History, figure: impl Fn(&Record) -> Option<f64>) -> Vec<(f64, f64)> {
    let records = history.records().iter();
    records.filter_map(|record| Some((record.epoch as f64, figure(record)?))).collect()
}

impl Figure {
    fn new<const N: usize>(label: &str, series: [(&str, Vec<(f64, f64)>); N]) -> Self {
        let series = series.into_iter().filter(|(_, points)| !points.is_empty());
        let series = series.map(|(name, points)| Series {
            name: name.to_owned(),
            line: true,
            // A few records are seen as such.
            markers: points.len() <= 20,
            points,
        });
        Self { label: label.to_owned(), series: series.collect() }
    }

    /// The best epoch of the last series, and its figure; of equals the first.
    fn best(&self, maximize: bool) -> Option<(f64, f64)> {
        let points = self.series.last()?.points.iter().copied().filter(|point| drawable(point.1));
        let sign = if maximize { -1.0 } else { 1.0 };
        points.min_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)))
    }

    fn chart(&self, frame: &Frame, log: bool, maximize: bool) -> LineChart {
        let x = AxisSettings { label: "epoch".to_owned(), ..AxisSettings::default() };
        let y = AxisSettings { label: self.label.clone(), log, range: None };
        let (frame, series) = (frame.clone(), self.series.clone());
        let chart = LineChart { frame, series, x, y, ..LineChart::default() };
        match self.best(maximize) {
            Some((epoch, value)) => {
                let name = format!("best: {} in epoch {epoch}", rounded(value, 4));
                chart.guide(name, GuideLine::Vertical(epoch))
            }
            None => chart,
        }
    }

    fn draw(&self, chart: &LineChart, name: &str, maximize: bool) -> Result<Drawing, PlotError> {
        let mut drawn = chart.chart(name)?;
        if let Some(best) = self.best(maximize) {
            let (at, rim) = (drawn.place(best), Stroke::new(Colour::INK, 1.5));
            mark(&mut drawn.scene, 0, at, 4.5, Colour::WHITE, Some(rim));
        }
        Ok(drawn.finish())
    }
}
