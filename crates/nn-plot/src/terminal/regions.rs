use unicode_width::UnicodeWidthStr;

use super::{Terminal, cell, flowed, framed, title};
use crate::PlotError;
use crate::axis::Axis;
use crate::colour::{self, Colour};
use crate::font;
use crate::pictures::{Regions, tint};

/// The columns that numbers beside the axis may take.
const NUMBERS: usize = 9;

/// The signs of regions, and the letters of samples.
const GROUNDS: [char; 6] = ['.', ':', '-', '=', '~', '\''];

fn letter(class: usize) -> char {
    ('A'..='Z').chain('a'..='z').cycle().nth(class % 52).unwrap_or('A')
}

/// The columns and rows of cells in the terminal.
pub(crate) fn regions_size(terminal: Terminal) -> Result<(usize, usize), PlotError> {
    let width = terminal.checked_width()?;
    let columns = width - NUMBERS.min(width / 2);
    Ok((columns, (columns / 3).clamp(6, 30)))
}

/// Each region in its sign or its colour, and each sample as the letter of its class.
pub(crate) fn regions(
    terminal: Terminal,
    heading: Option<&str>,
    names: &[String],
    labels: [&str; 2],
    axes: [Axis; 2],
    regions: &Regions,
    samples: &[((f64, f64), usize)],
) -> String {
    let Regions { columns, cells } = regions;
    let (columns, rows) = (*columns, cells.len() / columns);
    let mut letters = vec![None; cells.len()];
    for &((x, y), class) in samples {
        let row = rows - 1 - cell(axes[1].place(y), rows);
        letters[row * columns + cell(axes[0].place(x), columns)] = Some(class);
    }
    let sign = |(&(class, sure), sample): (&(usize, f64), &Option<usize>)| {
        let ground = if terminal.colour { ' ' } else { GROUNDS[class % GROUNDS.len()] };
        let text = sample.map_or(ground, letter).to_string();
        if !terminal.colour {
            return text;
        }
        let Colour { r, g, b, .. } = tint(class, sure);
        format!("\u{1b}[48;2;{r};{g};{b}m{}", terminal.paint(&text, Colour::INK))
    };
    let lines: Vec<String> = cells
        .chunks(columns)
        .zip(letters.chunks(columns))
        .map(|(row, letters)| row.iter().zip(letters).map(sign).collect())
        .collect();
    let width = terminal.width;
    let entries = names.iter().enumerate().map(|(class, name)| {
        let ground = if terminal.colour { '■' } else { GROUNDS[class % GROUNDS.len()] }.to_string();
        let name = font::shorten(name, width.saturating_sub(6));
        let columns = name.width() + 4;
        (format!("{} {} {name}", terminal.paint(&ground, colour::of(class)), letter(class)), columns)
    });
    let parts = [title(width, heading), flowed(width, entries), framed(&lines, axes, labels, columns)];
    parts.concat().join("\n")
}
