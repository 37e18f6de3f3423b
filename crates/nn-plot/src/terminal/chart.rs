use super::{Terminal, before, cell, flowed, framed, title};
use crate::PlotError;
use crate::axis::Axis;
use crate::colour;
use crate::error::drawable;
use crate::font;
use crate::scene::Point;

/// The bits of the eight dots of a braille letter, by row and column.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// What tells lines apart without colours.
const SIGNS: [char; 6] = ['*', '+', 'x', 'o', '#', '%'];

/// Lines, or points where a series is no line, in braille dots. Without colours a sign is where each line ends.
pub(crate) fn chart(
    terminal: Terminal,
    heading: Option<&str>,
    axes: [Axis; 2],
    labels: [&str; 2],
    names: &[&str],
    series: &[(&[Point], bool)],
) -> Result<String, PlotError> {
    let width = terminal.checked_width()?;
    let rows = (width / 4).clamp(8, 24);
    let columns = width - before(&axes[1], rows).min(width / 2);
    let mut cells = vec![(0_u8, 0_usize); rows * columns];
    let place = |&(x, y): &Point| {
        let place = (axes[0].place(x), axes[1].place(y));
        (drawable(x) && drawable(y) && place.0.is_finite() && place.1.is_finite()).then_some(place)
    };
    let mut ends = Vec::new();
    for (index, (points, line)) in series.iter().enumerate() {
        let mut dot = |(x, y): Point| {
            let (x, y) = (cell(x, 2 * columns), 4 * rows - 1 - cell(y, 4 * rows));
            let at = &mut cells[(y / 4) * columns + x / 2];
            *at = (at.0 | DOTS[y % 4][x % 2], index);
        };
        let places: Vec<Option<Point>> = points.iter().map(place).collect();
        for &point in places.iter().flatten() {
            dot(point);
        }
        for pair in places.windows(2).filter(|_| *line) {
            let [Some(a), Some(b)] = pair else { continue };
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let steps =
                cell((dx.abs() * 2.0 * columns as f64).max(dy.abs() * 4.0 * rows as f64) / 1e4, 10_000);
            for step in 0..=steps {
                let t = step as f64 / (steps + 1) as f64;
                dot((a.0 + t * dx, a.1 + t * dy));
            }
        }
        ends.extend(
            places.iter().flatten().last().map(|&(x, y)| (cell(x, columns), rows - 1 - cell(y, rows), index)),
        );
    }
    let several = series.len() > 1 && !terminal.colour;
    let letter = |column: usize, row: usize| {
        let (bits, index) = cells[row * columns + column];
        if let Some(end) = ends.iter().find(|end| several && (end.0, end.1) == (column, row)) {
            return SIGNS[end.2 % SIGNS.len()].to_string();
        }
        if bits == 0 {
            return " ".to_owned();
        }
        let dots = char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ').to_string();
        terminal.paint(&dots, colour::of(index))
    };
    let lines: Vec<String> = (0..rows)
        .map(|row| (0..columns).map(|column| letter(column, row)).collect::<String>().trim_end().to_owned())
        .collect();
    let entries = names.iter().enumerate().filter(|(_, name)| !name.is_empty()).map(|(index, name)| {
        let sign = if several { SIGNS[index % SIGNS.len()] } else { '━' }.to_string();
        let name = font::cut(name, width - 2);
        let columns = 2 + unicode_width::UnicodeWidthStr::width(name.as_str());
        (format!("{} {name}", terminal.paint(&sign, colour::of(index))), columns)
    });
    let parts = [title(width, heading), flowed(width, entries), framed(&lines, axes, labels, columns)];
    Ok(parts.concat().join("\n"))
}
