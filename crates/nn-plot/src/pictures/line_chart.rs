use crate::axis::{Axis, span};
use crate::chart::{Chart, Layout};
use crate::colour::{self, Colour};
use crate::error::drawable;
use crate::frame::{Frame, frame_settings};
use crate::legend::{Entry, Mark};
use crate::marker::{dash, mark};
use crate::scene::{Point, Stroke};
use crate::terminal::{self, Terminal};
use crate::{Drawing, Picture, PlotError};

/// Lines and points of any kind.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`line`](Self::line), [`points`](Self::points), [`line_and_points`](Self::line_and_points) | none | what is drawn, in colours, dashes and markers by turns |
/// | [`x_label`](Self::x_label), [`y_label`](Self::y_label) | none | what the axes show |
/// | [`log_x`](Self::log_x), [`log_y`](Self::log_y) | `false` | logarithmic axes, for numbers above 0 |
/// | [`horizontal`](Self::horizontal), [`vertical`](Self::vertical) | none | dashed lines across the chart |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// A line has a gap where a number is NaN or infinite, and the chart says how many there are.
///
/// # Errors
/// [`PlotError::Empty`] when there is no finite point, [`PlotError::NotPositive`] for a number of 0 or below on a
/// logarithmic axis, [`PlotError::Parameter`] for a size out of range.
///
/// # Example
/// ```
/// use nn_plot::{LineChart, Picture};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("cost.png");
/// LineChart::new()
///     .title("What a step costs")
///     .line_and_points("f32", [(1.0, 2.0), (10.0, 4.0), (100.0, 30.0)])
///     .x_label("samples")
///     .y_label("microseconds")
///     .log_x(true)
///     .log_y(true)
///     .save(path)?;
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct LineChart {
    pub(crate) frame: Frame,
    pub(crate) series: Vec<Series>,
    pub(crate) guides: Vec<Guide>,
    pub(crate) x: AxisSettings,
    pub(crate) y: AxisSettings,
    pub(crate) square: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AxisSettings {
    pub(crate) label: String,
    pub(crate) log: bool,
    /// From and to where; around all points unless it is given.
    pub(crate) range: Option<(f64, f64)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<Point>,
    pub(crate) line: bool,
    pub(crate) markers: bool,
}

/// A line across the chart.
#[derive(Debug, Clone)]
pub(crate) struct Guide {
    pub(crate) name: String,
    pub(crate) line: GuideLine,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum GuideLine {
    Horizontal(f64),
    Vertical(f64),
    /// y = x
    Diagonal,
}

impl LineChart {
    /// A chart without anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    frame_settings!();

    /// Adds a line through points (x, y), in their order.
    pub fn line(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(name, points, true, false)
    }

    /// Adds points (x, y) without a line.
    pub fn points(self, name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(name, points, false, true)
    }

    /// Adds a line through points (x, y) that are marked.
    pub fn line_and_points(
        self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.series(name, points, true, true)
    }

    fn series(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
        line: bool,
        markers: bool,
    ) -> Self {
        let (name, points) = (name.into(), points.into_iter().collect());
        self.series.push(Series { name, points, line, markers });
        self
    }

    /// Adds a dashed line from the left to the right at `y`, which the chart shows wherever it is.
    pub fn horizontal(self, name: impl Into<String>, y: f64) -> Self {
        self.guide(name, GuideLine::Horizontal(y))
    }

    /// Adds a dashed line from the bottom to the top at `x`, which the chart shows wherever it is.
    pub fn vertical(self, name: impl Into<String>, x: f64) -> Self {
        self.guide(name, GuideLine::Vertical(x))
    }

    pub(crate) fn guide(mut self, name: impl Into<String>, line: GuideLine) -> Self {
        self.guides.push(Guide { name: name.into(), line });
        self
    }

    /// What x is.
    pub fn x_label(mut self, label: impl Into<String>) -> Self {
        self.x.label = label.into();
        self
    }

    /// What y is.
    pub fn y_label(mut self, label: impl Into<String>) -> Self {
        self.y.label = label.into();
        self
    }

    /// Whether the axis of x is logarithmic.
    pub fn log_x(mut self, log: bool) -> Self {
        self.x.log = log;
        self
    }

    /// Whether the axis of y is logarithmic.
    pub fn log_y(mut self, log: bool) -> Self {
        self.y.log = log;
        self
    }

    /// The same chart as text: lines in braille dots.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        let (x, y) = self.axes()?;
        let legend: Vec<_> = self.series.iter().map(|series| series.name.as_str()).collect();
        let lines: Vec<_> = self.series.iter().map(|series| (&series.points[..], series.line)).collect();
        let title = self.frame.title.as_deref();
        terminal::chart(terminal, title, [x, y], [&self.x.label, &self.y.label], &legend, &lines)
    }

    pub(crate) fn axes(&self) -> Result<(Axis, Axis), PlotError> {
        let points = || {
            let points = self.series.iter().flat_map(|series| series.points.iter().copied());
            points.filter(|(x, y)| drawable(*x) && drawable(*y))
        };
        if points().next().is_none() {
            return Err(PlotError::Empty { what: "point whose numbers are finite" });
        }
        let guides =
            |pick: fn(GuideLine) -> Option<f64>| self.guides.iter().filter_map(move |guide| pick(guide.line));
        let vertical = guides(|line| if let GuideLine::Vertical(x) = line { Some(x) } else { None });
        let horizontal = guides(|line| if let GuideLine::Horizontal(y) = line { Some(y) } else { None });
        let x = self.x.axis(points().map(|p| p.0).chain(vertical))?;
        let y = self.y.axis(points().map(|p| p.1).chain(horizontal))?;
        Ok((x, y))
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (index, series) in self.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty()) {
            let mark = if series.line {
                Mark::Line(line_stroke(index), series.markers.then_some(index))
            } else {
                Mark::Point(index, colour::of(index))
            };
            entries.push(Entry::new(&series.name, mark));
        }
        for (index, guide) in self.guides.iter().enumerate().filter(|(_, guide)| !guide.name.is_empty()) {
            entries.push(Entry::new(&guide.name, Mark::Line(guide_stroke(index), None)));
        }
        let lost = self.lost();
        if lost > 0 {
            entries.push(Entry::new(format!("({lost} of the points not finite)"), Mark::None));
        }
        entries
    }

    /// How many points cannot be drawn.
    fn lost(&self) -> usize {
        let points = self.series.iter().flat_map(|series| &series.points);
        points.filter(|(x, y)| !drawable(*x) || !drawable(*y)).count()
    }

    /// The chart, to be drawn on, and finished.
    pub(crate) fn chart(&self, name: &str) -> Result<Chart, PlotError> {
        let (x, y) = self.axes()?;
        let layout = Layout {
            name,
            x,
            y,
            x_label: &self.x.label,
            y_label: &self.y.label,
            legend: &self.entries(),
            square: self.square,
            grid: true,
            names: None,
            columns: None,
            bar: None,
        };
        let mut chart = Chart::new(&self.frame, &layout)?;
        for (index, guide) in self.guides.iter().enumerate() {
            let stroke = guide_stroke(index);
            match guide.line {
                GuideLine::Horizontal(y) => chart.across(y, stroke),
                GuideLine::Vertical(x) => chart.upright(x, stroke),
                GuideLine::Diagonal => {
                    let (low, high) = (x.low.min(y.low), x.high.max(y.high));
                    chart.line(&[(low, low), (high, high)], stroke);
                }
            }
        }
        for (index, series) in self.series.iter().enumerate() {
            draw_series(&mut chart, index, series);
        }
        Ok(chart)
    }
}

impl Picture for LineChart {
    fn draw(&self) -> Result<Drawing, PlotError> {
        Ok(self.chart("Chart")?.finish())
    }
}

impl AxisSettings {
    fn axis(&self, values: impl IntoIterator<Item = f64>) -> Result<Axis, PlotError> {
        match self.range {
            Some((low, high)) => Ok(Axis { low, high, log: self.log }),
            None => Axis::around(values, self.log),
        }
    }
}

fn draw_series(chart: &mut Chart, index: usize, series: &Series) {
    let colour = colour::of(index);
    let points: Vec<Point> =
        series.points.iter().copied().filter(|&(x, y)| drawable(x) && drawable(y)).collect();
    if series.line {
        chart.line(&series.points, line_stroke(index));
    }
    // A line through a single point is none.
    let alone = series.line && span(points.iter().map(|p| p.0)).is_some_and(|(low, high)| low == high);
    if series.markers || alone {
        // Many are small and see-through, so that crowds show.
        let (radius, opacity) = if points.len() > 200 { (2.5, 150) } else { (3.5, 230) };
        let rim = Stroke::new(Colour::WHITE.opacity(opacity), 0.7);
        for point in points {
            if !chart.shows(point) {
                continue;
            }
            let at = chart.place(point);
            mark(&mut chart.scene, index, at, radius, colour.opacity(opacity), Some(rim));
        }
    }
}

/// How the line of a series is drawn.
pub(crate) fn line_stroke(index: usize) -> Stroke {
    Stroke::new(colour::of(index), 2.0).dashed(dash(index))
}

fn guide_stroke(index: usize) -> Stroke {
    Stroke::new(Colour::GREY, 1.5).dashed(dash(index + 1))
}
