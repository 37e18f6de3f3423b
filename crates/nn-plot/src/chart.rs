//! Two axes and what lies between them.

use crate::PlotError;
use crate::axis::{Axis, Tick};
use crate::colour::{Colour, Ramp};
use crate::error::drawable;
use crate::font::{self, LABEL, LINE, SMALL};
use crate::frame::Frame;
use crate::legend::{self, Entry};
use crate::picture::Drawing;
use crate::scene::{Anchor, Point, Rect, Scene, Stroke};

/// From an axis to the texts of its marks.
const TICK: f64 = 7.0;

/// The least that a chart is wide and high.
const LEAST: f64 = 40.0;

/// What a chart is drawn by.
#[derive(Debug, Clone)]
pub(crate) struct Layout<'a> {
    /// What it is called without a title.
    pub(crate) name: &'a str,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) x_label: &'a str,
    pub(crate) y_label: &'a str,
    pub(crate) legend: &'a [Entry],
    /// Whether a step along x is as long as one along y.
    pub(crate) square: bool,
    /// Lines across the chart at the marks.
    pub(crate) grid: bool,
    /// Names in place of the marks of y, which the caller writes: how long the longest is.
    pub(crate) names: Option<f64>,
    /// Names in place of the marks of x, which the caller writes: how high the highest is.
    pub(crate) columns: Option<f64>,
    /// What stands beside the chart on the right: the colours of numbers from low to high.
    pub(crate) bar: Option<ColourBar<'a>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ColourBar<'a> {
    pub(crate) label: &'a str,
    pub(crate) axis: Axis,
    pub(crate) ramp: Ramp,
}

#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) scene: Scene,
    pub(crate) area: Rect,
    x: Axis,
    y: Axis,
}

impl Chart {
    pub(crate) fn new(frame: &Frame, layout: &Layout<'_>) -> Result<Self, PlotError> {
        let (mut scene, mut room) = frame.scene(layout.name)?;
        legend::draw(&mut scene, &mut room, layout.legend);
        let columns = layout.columns.unwrap_or(SMALL) + (LINE - 1.0) * SMALL;
        let below = TICK + columns + if layout.x_label.is_empty() { 0.0 } else { LINE * LABEL };
        let height = room.height - below;
        let y_ticks = if layout.names.is_some() { Vec::new() } else { layout.y.ticks(rows(height)) };
        let names = layout.names.unwrap_or_else(|| widest(&y_ticks));
        let before = TICK + names + if layout.y_label.is_empty() { 0.0 } else { LINE * LABEL + 5.0 };
        let bar = layout.bar.map(|bar| (bar, bar.axis.ticks(rows(height))));
        let bar_width = bar.as_ref().map_or(0.0, |(bar, ticks)| {
            14.0 + 14.0 + TICK + widest(ticks) + if bar.label.is_empty() { 0.0 } else { LINE * LABEL + 5.0 }
        });
        // Half of the last mark's text, which stands out.
        let after = if bar.is_some() { bar_width } else { 12.0 };
        let mut area = Rect { x: room.x + before, y: room.y, width: room.width - before - after, height };
        if layout.square {
            let side = area.width.min(area.height);
            area.x += (area.width - side) / 2.0;
            (area.width, area.height) = (side, side);
        }
        if area.width < LEAST || area.height < LEAST {
            let expected = "a size with room for the chart beside its title, legend and labels";
            return Err(PlotError::parameter(
                "the size",
                expected,
                format!("{} x {}", frame.width, frame.height),
            ));
        }
        let mut chart = Self { scene, area, x: layout.x, y: layout.y };
        let x_ticks = if layout.columns.is_some() { Vec::new() } else { chart.x_ticks() };
        if layout.grid {
            chart.draw_grid(&x_ticks, &y_ticks);
        }
        chart.draw_ticks(&x_ticks, &y_ticks);
        chart.draw_labels(layout, area.x - TICK - names - LABEL / 2.0 - 7.0, below);
        if let Some((bar, ticks)) = bar {
            chart.draw_bar(bar, &ticks);
        }
        Ok(chart)
    }

    /// As many marks as have room side by side.
    fn x_ticks(&self) -> Vec<Tick> {
        let fits = |ticks: &Vec<Tick>| {
            let texts = ticks.iter().filter(|tick| !tick.text.is_empty());
            let mut ends = f64::NEG_INFINITY;
            for tick in texts {
                let (middle, half) =
                    (self.x.place(tick.value) * self.area.width, font::width(&tick.text, SMALL) / 2.0);
                if middle - half < ends + SMALL {
                    return false;
                }
                ends = middle + half;
            }
            true
        };
        let most = font::letters(self.area.width, 70.0).clamp(3, 12);
        let all: Vec<_> = (2..=most).rev().map(|most| self.x.ticks(most)).collect();
        let few = all.last().cloned().unwrap_or_default();
        // Where not even two fit, the first one alone.
        all.into_iter().find(fits).unwrap_or_else(|| few.into_iter().take(1).collect())
    }

    fn draw_grid(&mut self, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let (area, stroke) = (self.area, Stroke::new(Colour::GRID, 1.0));
        for tick in x_ticks.iter().filter(|tick| !tick.text.is_empty()) {
            let x = crisp(area.x + self.x.place(tick.value) * area.width);
            self.scene.line(vec![(x, area.y), (x, area.bottom())], stroke);
        }
        for tick in y_ticks.iter().filter(|tick| !tick.text.is_empty()) {
            let y = crisp(area.bottom() - self.y.place(tick.value) * area.height);
            self.scene.line(vec![(area.x, y), (area.right(), y)], stroke);
        }
    }

    fn draw_ticks(&mut self, x_ticks: &[Tick], y_ticks: &[Tick]) {
        let (area, stroke) = (self.area, Stroke::new(Colour::INK, 1.0));
        let length = |tick: &Tick| if tick.text.is_empty() { 2.0 } else { 4.0 };
        for tick in x_ticks {
            let x = crisp(area.x + self.x.place(tick.value) * area.width);
            self.scene.line(vec![(x, area.bottom()), (x, area.bottom() + length(tick))], stroke);
            let at = (x, area.bottom() + TICK + SMALL / 2.0);
            self.scene.text(&tick.text, at, SMALL, Anchor::Middle, Colour::INK);
        }
        for tick in y_ticks {
            let y = crisp(area.bottom() - self.y.place(tick.value) * area.height);
            self.scene.line(vec![(area.x - length(tick), y), (area.x, y)], stroke);
            self.scene.text(&tick.text, (area.x - TICK, y), SMALL, Anchor::End, Colour::INK);
        }
    }

    fn draw_labels(&mut self, layout: &Layout<'_>, left: f64, below: f64) {
        let (area, width) = (self.area, f64::from(self.scene.width));
        if !layout.x_label.is_empty() {
            let text = font::cut(layout.x_label, font::letters(width - 8.0, LABEL));
            let y = area.bottom() + below - LINE * LABEL / 2.0;
            let x = inside(area.middle().0, font::width(&text, LABEL), width);
            self.scene.text(&text, (x, y), LABEL, Anchor::Middle, Colour::INK);
        }
        if !layout.y_label.is_empty() {
            self.turned_label(layout.y_label, left);
        }
    }

    /// A label that runs along the height of the chart, and stays in the picture.
    fn turned_label(&mut self, label: &str, x: f64) {
        let height = f64::from(self.scene.height);
        let text = font::cut(label, font::letters(height - 8.0, LABEL));
        let y = inside(self.area.middle().1, font::width(&text, LABEL), height);
        self.scene.turned_text(&text, (x, y), LABEL, Anchor::Middle, Colour::INK);
    }

    fn draw_bar(&mut self, bar: ColourBar<'_>, ticks: &[Tick]) {
        let area = Rect { x: self.area.right() + 14.0, width: 14.0, ..self.area };
        let colours = (0..128).rev().map(|i| bar.ramp.at(f64::from(i) / 127.0)).collect();
        self.scene.shapes.push(crate::scene::Shape::Cells { area, columns: 1, colours });
        let stroke = Stroke::new(Colour::INK, 1.0);
        self.scene.rect(area, Colour::WHITE.opacity(0), Some(stroke));
        for tick in ticks.iter().filter(|tick| !tick.text.is_empty()) {
            let y = crisp(area.bottom() - bar.axis.place(tick.value) * area.height);
            self.scene.line(vec![(area.right(), y), (area.right() + 4.0, y)], stroke);
            self.scene.text(&tick.text, (area.right() + TICK, y), SMALL, Anchor::Start, Colour::INK);
        }
        if !bar.label.is_empty() {
            self.turned_label(bar.label, area.right() + TICK + widest(ticks) + 7.0 + LABEL / 2.0);
        }
    }

    /// Where a point of the axes is in the picture.
    pub(crate) fn place(&self, (x, y): Point) -> Point {
        let Rect { x: left, width, height, .. } = self.area;
        (left + self.x.place(x) * width, self.area.bottom() - self.y.place(y) * height)
    }

    /// Whether a point lies between the axes.
    pub(crate) fn shows(&self, (x, y): Point) -> bool {
        (0.0..=1.0).contains(&self.x.place(x)) && (0.0..=1.0).contains(&self.y.place(y))
    }

    /// A line through points, with gaps where a number is not finite, as far as it lies between the axes.
    pub(crate) fn line(&mut self, points: &[Point], stroke: Stroke) {
        let drawable = |&(x, y): &Point| {
            drawable(x) && drawable(y) && self.x.place(x).is_finite() && self.y.place(y).is_finite()
        };
        let mut parts = Vec::new();
        for part in points.split(|point| !drawable(point)) {
            let part: Vec<Point> = part.iter().map(|&point| self.place(point)).collect();
            parts.extend(clipped(&thinned(&part), self.area));
        }
        for part in parts {
            self.scene.line(part, stroke);
        }
    }

    /// A horizontal line across the chart.
    pub(crate) fn across(&mut self, y: f64, stroke: Stroke) {
        let (low, high) = (self.x.low, self.x.high);
        self.line(&[(low, y), (high, y)], stroke);
    }

    /// A vertical line from the bottom to the top of the chart.
    pub(crate) fn upright(&mut self, x: f64, stroke: Stroke) {
        let (low, high) = (self.y.low, self.y.high);
        self.line(&[(x, low), (x, high)], stroke);
    }

    /// The chart in its border.
    pub(crate) fn finish(mut self) -> Drawing {
        self.scene.rect(self.area, Colour::WHITE.opacity(0), Some(Stroke::new(Colour::INK, 1.0)));
        Drawing::new(self.scene)
    }
}

/// Marks that have room one above the other.
fn rows(height: f64) -> usize {
    font::letters(height, 45.0 / font::ADVANCE).clamp(2, 12)
}

fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|tick| font::width(&tick.text, SMALL)).fold(0.0, f64::max)
}

/// The middle of a pixel, so that a line of one pixel is one.
fn crisp(at: f64) -> f64 {
    at.floor() + 0.5
}

/// The middle of a text of some length that lies within 0 to `end`.
fn inside(middle: f64, length: f64, end: f64) -> f64 {
    let half = length / 2.0 + 4.0;
    middle.min(end - half).max(half)
}

/// The same line of some points a column of pixels at most: the first, the lowest, the highest, the last.
fn thinned(points: &[Point]) -> Vec<Point> {
    let mut thin = Vec::new();
    for column in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        if column.len() <= 4 {
            thin.extend_from_slice(column);
            continue;
        }
        let by_height = |a: &usize, b: &usize| column[*a].1.total_cmp(&column[*b].1);
        let low = (0..column.len()).min_by(by_height).unwrap_or(0);
        let high = (0..column.len()).max_by(by_height).unwrap_or(0);
        let mut kept = [0, low.min(high), low.max(high), column.len() - 1].to_vec();
        kept.dedup();
        thin.extend(kept.into_iter().map(|index| column[index]));
    }
    thin
}

/// The parts of a line within an area.
fn clipped(points: &[Point], area: Rect) -> Vec<Vec<Point>> {
    let mut parts: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let Some((from, to)) = clip(pair[0], pair[1], area) else { continue };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&from) => part.push(to),
            _ => parts.push(vec![from, to]),
        }
    }
    parts
}

/// The part of a piece within an area: Liang and Barsky, "A new concept and method for line clipping" (1984).
fn clip(a: Point, b: Point, area: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    let sides =
        [(-dx, a.0 - area.x), (dx, area.right() - a.0), (-dy, a.1 - area.y), (dy, area.bottom() - a.1)];
    for (outwards, distance) in sides {
        if outwards == 0.0 && distance < 0.0 {
            return None;
        }
        let t = distance / outwards;
        if outwards < 0.0 {
            enters = enters.max(t);
        } else if outwards > 0.0 {
            leaves = leaves.min(t);
        }
    }
    let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
    // The ends that are inside stay as they are, so that the pieces of a line join.
    let from = if enters > 0.0 { at(enters) } else { a };
    let to = if leaves < 1.0 { at(leaves) } else { b };
    (enters <= leaves).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect { x: 0.0, y: 0.0, width: 10.0, height: 10.0 };

    #[test]
    fn lines_end_at_the_border() {
        let line = [(-5.0, 5.0), (5.0, 5.0), (5.0, 20.0), (6.0, 20.0), (6.0, 5.0)];
        let expected = vec![vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)], vec![(6.0, 10.0), (6.0, 5.0)]];
        assert_eq!(clipped(&line, AREA), expected);
        assert!(clipped(&[(-5.0, -1.0), (20.0, -1.0)], AREA).is_empty());
    }

    #[test]
    fn thin_lines_keep_their_peaks() {
        let line: Vec<Point> =
            (0..10_000).map(|i| (f64::from(i) / 1000.0, f64::from(i * 7919 % 1000))).collect();
        let thin = thinned(&line);
        assert!(thin.len() <= 40, "{}", thin.len());
        assert_eq!((thin[0], thin[thin.len() - 1]), (line[0], line[9999]));
        let high = |points: &[Point]| points.iter().map(|p| p.1).fold(0.0, f64::max);
        assert_eq!(high(&thin), high(&line));
    }
}
