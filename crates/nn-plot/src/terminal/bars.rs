use unicode_width::UnicodeWidthStr;

use super::{Terminal, left, title};
use crate::PlotError;
use crate::colour;
use crate::font;
use crate::pictures::{Bar, figure};

/// The eighths of a block.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A line a bar: its name, the bar, its figure. A bar below 0 is light.
pub(crate) fn bars(
    terminal: Terminal,
    heading: Option<&str>,
    label: &str,
    bars: &[Bar],
) -> Result<String, PlotError> {
    let width = terminal.checked_width()?;
    let figures: Vec<String> = bars.iter().map(figure).collect();
    let names: Vec<String> = bars.iter().map(|bar| font::shorten(&bar.name, width * 2 / 5)).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let room = width.saturating_sub(widest(&names) + widest(&figures) + 2).max(1);
    let largest = bars.iter().map(|bar| bar.value.abs()).fold(0.0, f64::max);
    let mut lines = title(width, heading);
    if !label.is_empty() {
        lines.push(font::cut(label, width));
    }
    for ((bar, name), figure) in bars.iter().zip(&names).zip(&figures) {
        let share = if largest > 0.0 { bar.value.abs() / largest } else { 0.0 };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the room")]
        let eighths = (share * 8.0 * room as f64).round() as usize;
        let blocks = if bar.value < 0.0 {
            "░".repeat(eighths.div_ceil(8))
        } else {
            "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
        };
        let blocks = terminal.paint(&left(&blocks, room), colour::of(0));
        lines.push(format!("{} {blocks} {figure}", left(name, widest(&names))));
    }
    Ok(lines.join("\n"))
}
