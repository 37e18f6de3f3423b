use nn_train::ConfusionMatrix;

use crate::axis::Axis;
use crate::chart::{Chart, ColourBar, Layout};
use crate::colour::{Colour, Ramp};
use crate::font::{self, SMALL};
use crate::frame::{Frame, frame_settings};
use crate::scene::{Anchor, Rect, Shape, Stroke};
use crate::terminal::{self, Terminal};
use crate::{Drawing, Picture, PlotError};

/// The most classes that are drawn.
const MOST: usize = 100;

/// A confusion matrix: rows are the true classes, columns the predicted ones. A cell has the count and the share of its
/// row, which is also its colour.
///
/// Where cells are too small for both they have the count alone, or no number.
///
/// # Errors
/// [`PlotError::Parameter`] for more than 100 classes, and for a size without room.
///
/// # Example
/// ```
/// use nn_plot::{ConfusionHeatmap, Picture, Terminal};
/// use nn_train::ConfusionMatrix;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("confusion.png");
/// let matrix = ConfusionMatrix::new(&[0, 0, 1, 1, 1], &[0, 1, 1, 1, 0], 2)?.with_class_names(["cat", "dog"])?;
/// let picture = ConfusionHeatmap::new(&matrix).title("Pets");
/// picture.save(path)?;
/// println!("{}", picture.to_terminal(Terminal::new(80))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConfusionHeatmap {
    frame: Frame,
    matrix: ConfusionMatrix,
}

impl ConfusionHeatmap {
    /// Of a matrix, with its class names.
    pub fn new(matrix: &ConfusionMatrix) -> Self {
        Self { frame: Frame { width: 560, ..Frame::default() }, matrix: matrix.clone() }
    }

    frame_settings!();

    /// The matrix as a table, with the shares of each row.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        self.check()?;
        terminal::confusion(terminal, self.frame.title.as_deref(), &self.matrix)
    }

    fn check(&self) -> Result<(), PlotError> {
        match self.matrix.class_names().len() {
            0 => Err(PlotError::Empty { what: "class" }),
            1..=MOST => Ok(()),
            found => Err(PlotError::parameter("the number of classes", format!("at most {MOST}"), found)),
        }
    }
}

/// The share of each cell in its row; 0 in a row without samples.
pub(crate) fn shares(matrix: &ConfusionMatrix) -> Vec<f64> {
    let rows = matrix.counts();
    let share = |row: ndarray::ArrayView1<'_, usize>| {
        let total = row.sum().max(1) as f64;
        row.iter().map(|&count| count as f64 / total).collect::<Vec<_>>()
    };
    rows.rows().into_iter().flat_map(share).collect()
}

impl Picture for ConfusionHeatmap {
    fn draw(&self) -> Result<Drawing, PlotError> {
        self.check()?;
        let classes = self.matrix.class_names().len();
        let (width, height) = (f64::from(self.frame.width), f64::from(self.frame.height));
        // What a row is high, at most: names that are taller than it would overlap.
        let size = SMALL.min(0.6 * height / classes as f64);
        let letters = font::letters(0.28 * width.min(height), size);
        let names: Vec<String> =
            self.matrix.class_names().iter().map(|name| font::shorten(name, letters)).collect();
        let longest = names.iter().map(|name| font::width(name, size)).fold(0.0, f64::max);
        // Beside each other if they fit, else upwards.
        let room = (width - longest - 130.0) / classes as f64;
        let turned = longest + size > room;
        let axis = Axis::linear(0.0, classes as f64);
        let layout = Layout {
            name: "Confusion matrix",
            x: axis,
            y: axis,
            x_label: "predicted class",
            y_label: "true class",
            legend: &[],
            square: false,
            grid: false,
            names: Some(longest),
            columns: Some(if turned { longest } else { size }),
            // In a small picture the cells need the room.
            bar: (self.frame.width >= 400).then_some(ColourBar {
                label: "share of the row",
                axis: Axis::linear(0.0, 1.0),
                ramp: Ramp::Blues,
            }),
        };
        let mut chart = Chart::new(&self.frame, &layout)?;
        let shares = shares(&self.matrix);
        let colours = shares.iter().map(|&share| Ramp::Blues.at(share)).collect();
        let area = chart.area;
        chart.scene.shapes.push(Shape::Cells { area, columns: classes, colours });
        let (cell_width, cell_height) = (area.width / classes as f64, area.height / classes as f64);
        for (index, ((row, column), &count)) in self.matrix.counts().indexed_iter().enumerate() {
            let cell = Rect {
                x: area.x + column as f64 * cell_width,
                y: area.y + row as f64 * cell_height,
                width: cell_width,
                height: cell_height,
            };
            write_cell(&mut chart, cell, count, shares[index]);
        }
        for (index, name) in names.iter().enumerate() {
            let middle = index as f64 + 0.5;
            let y = area.y + middle * cell_height;
            chart.scene.text(name, (area.x - 7.0, y), size, Anchor::End, Colour::INK);
            let x = area.x + middle * cell_width;
            if turned {
                chart.scene.turned_text(name, (x, area.bottom() + 7.0), size, Anchor::End, Colour::INK);
            } else {
                let at = (x, area.bottom() + 7.0 + size / 2.0);
                chart.scene.text(name, at, size, Anchor::Middle, Colour::INK);
            }
        }
        let white = Stroke::new(Colour::WHITE, 1.0);
        for line in 1..classes {
            let (x, y) = (area.x + line as f64 * cell_width, area.y + line as f64 * cell_height);
            chart.scene.line(vec![(x, area.y), (x, area.bottom())], white);
            chart.scene.line(vec![(area.x, y), (area.right(), y)], white);
        }
        Ok(chart.finish())
    }
}

/// The count, and below it the share, as far as they fit; nothing in a cell without samples.
fn write_cell(chart: &mut Chart, cell: Rect, count: usize, share: f64) {
    let (count, percent) = (count.to_string(), format!("{:.0}%", 100.0 * share));
    let fits = |text: &str, size: f64| font::width(text, size) + 4.0 <= cell.width;
    let (x, y) = cell.middle();
    let ink = Ramp::Blues.at(share).ink();
    let small = SMALL - 2.0;
    if count == "0" {
        return;
    }
    let two_lines = cell.height >= 2.4 * SMALL;
    if two_lines && fits(&count, SMALL) && fits(&percent, small) {
        chart.scene.text(&count, (x, y - 0.6 * SMALL), SMALL, Anchor::Middle, ink);
        chart.scene.text(&percent, (x, y + 0.6 * SMALL), small, Anchor::Middle, ink);
    } else if let Some(size) = [SMALL, small, 9.0].into_iter().find(|&s| fits(&count, s) && s < cell.height) {
        chart.scene.text(&count, (x, y), size, Anchor::Middle, ink);
    }
}
