//! What the lines and colours of a chart stand for: in rows above it, where it hides nothing.

use crate::colour::Colour;
use crate::font::{self, SMALL};
use crate::marker::mark;
use crate::scene::{Anchor, Rect, Scene, Stroke};

/// The height of a row, the width of a mark, and what is between an entry and the next.
const ROW: f64 = 19.0;
const MARK: f64 = 30.0;
const GAP: f64 = 18.0;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) mark: Mark,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mark {
    /// A line, and the marker of its points.
    Line(Stroke, Option<usize>),
    /// The marker of a class in its colour.
    Point(usize, Colour),
    /// Words alone.
    None,
}

impl Mark {
    fn width(self) -> f64 {
        match self {
            Self::Line(..) => MARK,
            Self::Point(..) => 16.0,
            Self::None => 0.0,
        }
    }
}

impl Entry {
    pub(crate) fn new(name: impl Into<String>, mark: Mark) -> Self {
        Self { name: name.into(), mark }
    }
}

/// Draws the entries at the top of the room, in a third of it at most, and takes what they need from it.
pub(crate) fn draw(scene: &mut Scene, room: &mut Rect, entries: &[Entry]) {
    let letters = font::letters(room.width - MARK, SMALL).min(36);
    let names: Vec<String> = entries.iter().map(|entry| font::shorten(&entry.name, letters)).collect();
    let width = |index: usize| entries[index].mark.width() + font::width(&names[index], SMALL) + GAP;
    let widths: Vec<f64> = (0..entries.len()).map(width).collect();
    let one_row = widths.iter().sum::<f64>() <= room.width + GAP;
    // In more rows, columns are one below the other.
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let columns = font::letters(room.width + GAP, widest / font::ADVANCE).max(1);
    let indices: Vec<usize> = (0..entries.len()).collect();
    let rows: Vec<&[usize]> = indices.chunks(if one_row { entries.len().max(1) } else { columns }).collect();
    let slot = |index: usize| if one_row { widths[index] } else { widest };
    let length = rows.first().map_or(0.0, |row| row.iter().map(|&index| slot(index)).sum::<f64>() - GAP);
    let most = font::letters(room.height / 3.0, ROW / font::ADVANCE).max(1);
    let shown: usize = rows.iter().take(most).map(|row| row.len()).sum();
    for row in rows.into_iter().take(most) {
        let mut x = room.x + (room.width - length) / 2.0;
        let y = room.y + ROW / 2.0;
        for &index in row {
            match entries[index].mark {
                Mark::Line(stroke, marker) => {
                    scene.line(vec![(x, y), (x + MARK - 6.0, y)], stroke);
                    if let Some(class) = marker {
                        mark(scene, class, (x + MARK / 2.0 - 3.0, y), 3.5, stroke.colour, None);
                    }
                }
                Mark::Point(class, colour) => {
                    let rim = Some(Stroke::new(Colour::INK, 0.8));
                    mark(scene, class, (x + 5.0, y), 4.5, colour, rim);
                }
                Mark::None => {}
            }
            let x_text = x + entries[index].mark.width();
            scene.text(&names[index], (x_text, y), SMALL, Anchor::Start, Colour::INK);
            x += slot(index);
        }
        room.y += ROW;
        room.height -= ROW;
    }
    if shown < entries.len() {
        let more = format!("and {} more", entries.len() - shown);
        let at = (room.x + room.width / 2.0, room.y + ROW / 2.0);
        scene.text(&more, at, SMALL, Anchor::Middle, Colour::INK);
        room.y += ROW;
        room.height -= ROW;
    }
    if !entries.is_empty() {
        room.y += 6.0;
        room.height -= 6.0;
    }
}
