use nn_train::ConfusionMatrix;
use unicode_width::UnicodeWidthStr;

use super::{Terminal, flowed, left, right, title};
use crate::PlotError;
use crate::colour::{Colour, Ramp};
use crate::font;
use crate::pictures::shares;

/// A row for each true class: counts, and shares of the row if there is room. Columns have the names of the classes, or,
/// where these are too long, letters that are explained below.
pub(crate) fn confusion(
    terminal: Terminal,
    heading: Option<&str>,
    matrix: &ConfusionMatrix,
) -> Result<String, PlotError> {
    let width = terminal.checked_width()?;
    let (counts, shares, names) = (matrix.counts(), shares(matrix), matrix.class_names());
    let classes = names.len();
    let with_share: Vec<String> =
        counts.iter().zip(&shares).map(|(count, share)| format!("{count} {:.0}%", 100.0 * share)).collect();
    let bare: Vec<String> = counts.iter().map(usize::to_string).collect();
    let name = |class: usize| font::shorten(&names[class], width / 4);
    let first = (0..classes).map(|class| name(class).width()).max().unwrap_or(0).max(4);
    let table = |cells: &[String], heads: &[String]| {
        let column = cells.iter().chain(heads).map(|text| text.width()).max().unwrap_or(0) + 2;
        (first + classes * column <= width).then_some(column)
    };
    let full: Vec<String> = (0..classes).map(name).collect();
    let short: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let options = [(&with_share, &full), (&with_share, &short), (&bare, &full), (&bare, &short)];
    let fitting = options.into_iter().find_map(|(cells, heads)| Some((cells, heads, table(cells, heads)?)));
    let Some((cells, heads, column)) = fitting else {
        let expected = format!("more for the {classes} classes of the table");
        return Err(PlotError::parameter("the width of the terminal", expected, width));
    };
    let numbered = heads == &short && short != full;
    let mut lines = title(width, heading);
    let heads: String = heads.iter().map(|head| right(head, column)).collect();
    lines.push(left("true", first) + &heads);
    for class in 0..classes {
        let row = cells.iter().zip(&shares).skip(class * classes).take(classes);
        let row: String = row.map(|(cell, share)| shaded(terminal, &right(cell, column), *share)).collect();
        lines.push(left(&name(class), first) + &row);
    }
    if numbered {
        lines.push("columns, as predicted:".to_owned());
        lines.extend(flowed(
            width,
            names.iter().enumerate().map(|(class, name)| {
                let entry = font::cut(&format!("{class} {name}"), width);
                let columns = entry.width();
                (entry, columns)
            }),
        ));
    }
    Ok(lines.join("\n"))
}

/// On the colour of its share.
fn shaded(terminal: Terminal, text: &str, share: f64) -> String {
    if !terminal.colour {
        return text.to_owned();
    }
    let Colour { r, g, b, .. } = Ramp::Blues.at(share);
    format!("\u{1b}[48;2;{r};{g};{b}m{}", terminal.paint(text, Ramp::Blues.at(share).ink()))
}
