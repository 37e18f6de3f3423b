use crate::axis::{Axis, rounded};
use crate::chart::{Chart, Layout};
use crate::colour::{self, Colour};
use crate::error::{check_finite, check_length};
use crate::font::{self, SMALL};
use crate::frame::Frame;
use crate::scene::{Anchor, Rect, Stroke};
use crate::terminal::{self, Terminal};
use crate::{Drawing, Picture, PlotError};

/// The most bars that are drawn.
const MOST: usize = 200;

/// Bars with names, such as the importance of features: the longest on top.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`errors`](Self::errors) | none | how uncertain each value is, such as its standard deviation: a line on both sides of the bar's end |
/// | [`sorted`](Self::sorted) | `true` | largest value first, or in the order given |
/// | [`label`](Self::label) | none | what the values are |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 wide and as high as the bars need | |
///
/// # Errors
/// [`PlotError::Empty`] without values, [`PlotError::Length`] when there is not a name, or an error, for each,
/// [`PlotError::NotFinite`] for a value that is NaN or infinite, [`PlotError::Parameter`] for more than 200 bars, or for
/// an error below 0.
///
/// # Example
/// ```
/// use nn_plot::{BarChart, Picture, Terminal};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("importance.svg");
/// let chart = BarChart::new(["bill length", "body mass", "year"], &[0.41, 0.12, 0.0]).errors(&[0.03, 0.02, 0.01]);
/// chart.save(path)?;
/// let text = chart.to_terminal(Terminal::new(40))?;
/// assert!(text.starts_with("bill length █"));
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone)]
pub struct BarChart {
    frame: Frame,
    sized: bool,
    names: Vec<String>,
    values: Vec<f64>,
    errors: Option<Vec<f64>>,
    sorted: bool,
    label: String,
}

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) error: Option<f64>,
}

impl BarChart {
    /// A bar for each name and value.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>, values: &[f64]) -> Self {
        Self {
            frame: Frame::default(),
            sized: false,
            names: names.into_iter().map(Into::into).collect(),
            values: values.to_vec(),
            errors: None,
            sorted: true,
            label: String::new(),
        }
    }

    /// A title over the picture; there is none unless it is given. A long one is broken into lines.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.frame.title = Some(title.into());
        self
    }

    /// The size in pixels, from 160 to 8192 each.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        (self.frame.width, self.frame.height, self.sized) = (width, height, true);
        self
    }

    /// How uncertain the values are, in their order.
    pub fn errors(mut self, errors: &[f64]) -> Self {
        self.errors = Some(errors.to_vec());
        self
    }

    /// Whether the largest value comes first.
    pub fn sorted(mut self, sorted: bool) -> Self {
        self.sorted = sorted;
        self
    }

    /// What the values are.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The bars as text.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        terminal::bars(terminal, self.frame.title.as_deref(), &self.label, &self.bars()?)
    }

    fn bars(&self) -> Result<Vec<Bar>, PlotError> {
        let count = self.values.len();
        if count == 0 {
            return Err(PlotError::Empty { what: "value" });
        }
        if count > MOST {
            return Err(PlotError::parameter("the number of bars", format!("at most {MOST}"), count));
        }
        check_length("names", count, self.names.len())?;
        check_finite("values", self.values.iter().copied())?;
        if let Some(errors) = &self.errors {
            check_length("errors", count, errors.len())?;
            check_finite("errors", errors.iter().copied())?;
            if let Some(error) = errors.iter().find(|error| **error < 0.0) {
                return Err(PlotError::parameter("an error", "at least 0", error));
            }
        }
        let mut bars: Vec<Bar> = (0..count)
            .map(|i| Bar {
                name: self.names[i].clone(),
                value: self.values[i],
                error: self.errors.as_ref().map(|errors| errors[i]),
            })
            .collect();
        if self.sorted {
            bars.sort_by(|a, b| b.value.total_cmp(&a.value));
        }
        Ok(bars)
    }
}

/// The number with its uncertainty.
pub(crate) fn figure(bar: &Bar) -> String {
    let value = rounded(bar.value, 3);
    bar.error.map_or(value.clone(), |error| format!("{value} ± {}", rounded(error, 2)))
}

impl Picture for BarChart {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let bars = self.bars()?;
        let mut frame = self.frame.clone();
        if !self.sized {
            // 200 bars have 22 pixels each.
            let bars = u32::try_from(bars.len()).unwrap_or(u32::MAX);
            frame.height = 130_u32.saturating_add(bars.saturating_mul(24)).max(200);
        }
        let ends = bars.iter().flat_map(|bar| {
            let error = bar.error.unwrap_or(0.0);
            [bar.value - error, bar.value + error]
        });
        // Bars begin at 0, and end within the chart.
        let axis = Axis::around(ends.chain([0.0]), false)?;
        let reach = bars.iter().map(|bar| bar.value - bar.error.unwrap_or(0.0)).fold(0.0, f64::min);
        let axis = if reach < 0.0 { axis } else { Axis { low: 0.0, ..axis } };
        let letters = font::letters(0.4 * f64::from(frame.width), SMALL);
        let names: Vec<String> = bars.iter().map(|bar| font::shorten(&bar.name, letters)).collect();
        let longest = names.iter().map(|name| font::width(name, SMALL)).fold(0.0, f64::max);
        let rows = Axis::linear(0.0, bars.len() as f64);
        let layout = Layout {
            name: "Bar chart",
            x: axis,
            y: rows,
            x_label: &self.label,
            y_label: "",
            legend: &[],
            square: false,
            grid: true,
            names: Some(longest),
            columns: None,
            bar: None,
        };
        let mut chart = Chart::new(&frame, &layout)?;
        let height = chart.area.height / bars.len() as f64;
        for (index, (bar, name)) in bars.iter().zip(&names).enumerate() {
            let row = (bars.len() - index) as f64 - 0.5;
            let (from, to) = (chart.place((0.0, row)), chart.place((bar.value, row)));
            let thick = (0.7 * height).min(40.0);
            let (x, width) = (from.0.min(to.0), (from.0 - to.0).abs());
            let area = Rect { x, y: to.1 - thick / 2.0, width, height: thick };
            chart.scene.rect(area, colour::of(0), None);
            chart.scene.text(name, (chart.area.x - 7.0, to.1), SMALL.min(height), Anchor::End, Colour::INK);
            if let Some(error) = bar.error {
                let whisker = Stroke::new(Colour::INK, 1.5);
                let ends = [bar.value - error, bar.value + error].map(|x| chart.place((x, row)).0);
                chart.scene.line(vec![(ends[0], to.1), (ends[1], to.1)], whisker);
                let half = (thick / 4.0).min(5.0);
                for x in ends {
                    chart.scene.line(vec![(x, to.1 - half), (x, to.1 + half)], whisker);
                }
            }
        }
        chart.upright(0.0, Stroke::new(Colour::INK, 1.0));
        Ok(chart.finish())
    }
}
