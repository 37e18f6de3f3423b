//! Pictures as text, for those without a screen.

mod bars;
mod chart;
mod confusion;
mod regions;

pub(crate) use bars::bars;
pub(crate) use chart::chart;
pub(crate) use confusion::confusion;
pub(crate) use regions::{regions, regions_size};

use unicode_width::UnicodeWidthStr;

use crate::PlotError;
use crate::axis::Axis;
use crate::colour::Colour;
use crate::font;

/// The terminal that a text is for.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | width | none; 80 is usual | from 20 to 1000 columns |
/// | [`colour`](Self::colour) | `false` | whether it may have colours, in 24 bits |
///
/// # Example
/// ```
/// use nn_plot::{LineChart, Terminal};
///
/// let chart = LineChart::new().line("x²", (0..=20).map(|x| (f64::from(x), f64::from(x * x))));
/// let text = chart.to_terminal(Terminal::new(40))?;
/// assert!(text.lines().all(|line| line.chars().count() <= 40));
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    width: usize,
    colour: bool,
}

impl Terminal {
    /// A terminal of so many columns, without colours.
    pub fn new(width: usize) -> Self {
        Self { width, colour: false }
    }

    /// Whether the text has colours, by the codes that terminals obey.
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// The width, if there is room for a picture.
    fn checked_width(self) -> Result<usize, PlotError> {
        if (20..=1000).contains(&self.width) {
            return Ok(self.width);
        }
        Err(PlotError::parameter("the width of the terminal", "from 20 to 1000 columns", self.width))
    }

    /// A text in a colour.
    fn paint(self, text: &str, Colour { r, g, b, .. }: Colour) -> String {
        if self.colour { format!("\u{1b}[38;2;{r};{g};{b}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The lines of a title, each in the middle.
fn title(width: usize, title: Option<&str>) -> Vec<String> {
    let middle = |line: String| " ".repeat((width - line.width()) / 2) + &line;
    font::wrap(title.unwrap_or(""), width, 3).into_iter().map(middle).collect()
}

/// The text with blanks before it.
fn right(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width())) + text
}

/// The text with blanks behind it.
fn left(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(text.width()))
}

/// As many of (text, its width) in a line as fit, two blanks between them.
fn flowed(width: usize, entries: impl IntoIterator<Item = (String, usize)>) -> Vec<String> {
    let (mut lines, mut used): (Vec<String>, usize) = (Vec::new(), 0);
    for (text, columns) in entries {
        match lines.last_mut() {
            Some(line) if used + 2 + columns <= width => {
                line.push_str("  ");
                line.push_str(&text);
                used += 2 + columns;
            }
            _ => {
                lines.push(text);
                used = columns;
            }
        }
    }
    lines
}

/// A place from 0 to 1 among so many cells.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the cells")]
fn cell(place: f64, cells: usize) -> usize {
    ((place * cells as f64).max(0.0) as usize).min(cells - 1)
}

/// The lines of a chart: rows of cells between their axes.
fn framed(rows: &[String], [x, y]: [Axis; 2], labels: [&str; 2], columns: usize) -> Vec<String> {
    let ticks: Vec<_> = y.ticks((rows.len() / 3).max(2)).into_iter().filter(|t| !t.text.is_empty()).collect();
    let before = before(&y, rows.len());
    let mut lines = Vec::new();
    if !labels[1].is_empty() {
        lines.push(font::cut(labels[1], before + columns));
    }
    for (index, row) in rows.iter().enumerate() {
        let mark = ticks.iter().find(|tick| rows.len() - 1 - cell(y.place(tick.value), rows.len()) == index);
        let side = if mark.is_some() { '┤' } else { '│' };
        lines.push(format!("{}{side}{row}", right(mark.map_or("", |tick| &tick.text), before - 1)));
    }
    let (mut axis, mut texts) = (vec!['─'; columns], String::new());
    for tick in x.ticks((columns / 10).max(2)).iter().filter(|tick| !tick.text.is_empty()) {
        let at = cell(x.place(tick.value), columns);
        let start = at.saturating_sub(tick.text.len() / 2).min(columns.saturating_sub(tick.text.len()));
        if texts.len() < start || (texts.is_empty() && start == 0) {
            axis[at] = '┬';
            texts = left(&texts, start) + &tick.text;
        }
    }
    let indent = " ".repeat(before);
    lines.push(" ".repeat(before - 1) + "└" + &axis.into_iter().collect::<String>());
    lines.push(indent.clone() + &texts);
    if !labels[0].is_empty() {
        let label = font::cut(labels[0], columns);
        lines.push(indent + &" ".repeat((columns - label.width()) / 2) + &label);
    }
    lines
}

/// The columns that the marks of y take, with the axis.
fn before(y: &Axis, rows: usize) -> usize {
    y.ticks((rows / 3).max(2)).iter().map(|tick| tick.text.len()).max().unwrap_or(0) + 1
}
