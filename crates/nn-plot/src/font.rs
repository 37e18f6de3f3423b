//! The letters of the pictures: a font of fixed width, so that a text is as long in an SVG file, which any viewer shows in
//! a font of its own, as it was measured.

use unicode_width::UnicodeWidthStr;

pub(crate) const HACK: &[u8] = epaint_default_fonts::HACK_REGULAR;

/// What an SVG file asks for; all of these are 0.6 of their size wide, or less.
pub(crate) const FAMILY: &str =
    "Hack, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', 'Courier New', monospace";

/// The width of a letter by the size of the font.
pub(crate) const ADVANCE: f64 = 0.602;

/// From the middle of a capital letter to its baseline.
pub(crate) const MIDDLE: f64 = 0.36;

/// The size of what stands over the picture, beside axes, and at their marks.
pub(crate) const TITLE: f64 = 18.0;
pub(crate) const LABEL: f64 = 14.0;
pub(crate) const SMALL: f64 = 13.0;

/// From one line to the next.
pub(crate) const LINE: f64 = 1.35;

pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.width() as f64 * ADVANCE * size
}

/// What a text may be long to fit, in letters.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and cut at the top"
)]
pub(crate) fn letters(room: f64, size: f64) -> usize {
    (room / (ADVANCE * size)).max(0.0) as usize
}

/// The same text without what is no letter: XML forbids control characters, and terminals obey them.
pub(crate) fn clean(text: &str) -> String {
    let bad = |c: char| {
        c.is_control()
            || matches!(c, '\u{FFFE}' | '\u{FFFF}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if bad(c) { ' ' } else { c }).collect()
}

/// At most so many letters, the last one dots if there were more.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    let text = clean(text);
    if text.width() <= letters {
        return text;
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if short.width() >= letters {
            short.pop();
            break;
        }
    }
    if letters > 0 { short.trim_end().to_owned() + "…" } else { String::new() }
}

/// At most so many letters, dots in place of the middle if there were more: names often differ at their ends.
pub(crate) fn shorten(text: &str, letters: usize) -> String {
    let text = clean(text);
    if text.width() <= letters || letters < 4 {
        return cut(&text, letters);
    }
    let room = (letters - 1) / 3;
    let mut end = text.as_str();
    while end.width() > room {
        end = end.char_indices().nth(1).map_or("", |(next, _)| &end[next..]);
    }
    cut(&text, letters - end.width()) + end
}

/// The text in lines of at most so many letters, broken between words; of at most so many lines.
pub(crate) fn wrap(text: &str, letters: usize, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in clean(paragraph).split_whitespace() {
            if !line.is_empty() && line.width() + 1 + word.width() > letters {
                wrapped.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        wrapped.push(line);
    }
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            last.push_str(" …");
        }
    }
    wrapped.iter().map(|line| cut(line, letters)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_as_wide_as_measured() {
        let face = ttf_parser::Face::parse(HACK, 0).expect("a font");
        for letter in "iWm0 é≤".chars() {
            let advance = face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph));
            let advance = f64::from(advance.expect("a letter")) / f64::from(face.units_per_em());
            assert!((advance - ADVANCE).abs() < 1e-3, "{letter} is {advance} wide");
        }
    }

    #[test]
    fn long_texts_are_cut_and_wrapped() {
        assert_eq!(cut("penguins", 8), "penguins");
        assert_eq!(cut("penguins", 5), "peng…");
        assert_eq!(cut("日本語", 4), "日…", "wide letters count twice");
        assert_eq!(cut("penguins", 0), "");
        assert_eq!(cut("a\nb\u{1b}[31m", 20), "a b [31m");
        assert_eq!(shorten("bill_length_mm", 14), "bill_length_mm");
        assert_eq!(shorten("bill_length_mm", 10), "bill_l…_mm");
        assert_eq!(shorten("bill_length_mm", 3), "bi…");
        assert_eq!(shorten("日本語日本語日本語", 9), "日本語…語", "wide letters count twice");
        assert_eq!(wrap("the loss of a network", 10, 3), ["the loss", "of a", "network"]);
        assert_eq!(wrap("the loss of a network", 10, 2), ["the loss", "of a …"]);
        assert_eq!(wrap("one\ntwo", 10, 3), ["one", "two"]);
        assert_eq!(wrap("", 10, 3), Vec::<String>::new());
    }
}
