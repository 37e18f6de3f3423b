//! From a word of the command line to a value.

use std::ops::RangeInclusive;
use std::str::FromStr;

use nn_core::ActivationSpec;
use nn_data::{Delimiter, FieldKind};

use crate::fit::Widths;
use crate::tune::Span;

/// A whole number, 1 at least.
pub(super) fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err("expected a whole number, 1 at least".to_owned()),
    }
}

/// Fold i tests, the next says when to stop, and one is left to learn from.
pub(super) fn folds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(folds) if folds >= 3 => Ok(folds),
        _ => Err("expected a whole number, 3 at least: one fold tests, one says when to stop, and the others are learned from".to_owned()),
    }
}

/// One part judges, the others are learned from.
pub(super) fn parts(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(parts) if parts >= 2 => Ok(parts),
        _ => Err("expected a whole number, 2 at least".to_owned()),
    }
}

/// Numbers above 0: `0.001..0.1`, or one.
pub(super) fn span(text: &str) -> Result<Span, String> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    match (positive(low), positive(high)) {
        (Ok(low), Ok(high)) if low <= high => Ok(Span { low, high }),
        _ => Err("expected a number above 0, or two with `..` between them, the lower one first, such as `0.001..0.1`".to_owned()),
    }
}

/// The same, or 0 alone.
pub(super) fn span_or_zero(text: &str) -> Result<Span, String> {
    match not_negative(text) {
        Ok(number) => Ok(Span { low: number, high: number }),
        Err(_) => span(text),
    }
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0, "a number above 0")
}

pub(super) fn not_negative(text: &str) -> Result<f64, String> {
    number(text, |number| number >= 0.0, "a number, 0 at least")
}

/// A share of something, neither nothing nor all.
pub(super) fn share(text: &str) -> Result<f64, String> {
    number(text, |number| number > 0.0 && number < 1.0, "a number above 0, below 1")
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    number(text, |number| (0.0..1.0).contains(&number), "a number from 0 to below 1")
}

fn number(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && fits(*number));
    number.ok_or_else(|| format!("expected {expected}"))
}

/// Units of layers: `64,32`, or `none`.
pub(super) fn widths(text: &str) -> Result<Widths, String> {
    const UNITS: RangeInclusive<usize> = 1..=100_000;
    if text == "none" {
        return Ok(Widths(Vec::new()));
    }
    let width = |part: &str| usize::from_str(part.trim()).ok().filter(|units| UNITS.contains(units));
    let widths: Option<Vec<usize>> = text.split(',').map(width).collect();
    widths.map(Widths).ok_or_else(|| {
        format!(
            "expected whole numbers from {} to {} with commas between them, such as `64,32`, or `none`",
            UNITS.start(),
            UNITS.end()
        )
    })
}

pub(super) fn delimiter(text: &str) -> Result<Delimiter, String> {
    let mut signs = text.chars();
    match (text, signs.next(), signs.next()) {
        ("detect", ..) => Ok(Delimiter::Detect),
        ("tab", ..) => Ok(Delimiter::Tab),
        (_, Some(sign), None) => Ok(Delimiter::Other(sign)),
        _ => Err("expected one character, `tab`, or `detect`".to_owned()),
    }
}

pub(super) fn activation(name: &str) -> Result<ActivationSpec, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

/// `zip=category`: what a column is.
pub(super) fn kind(text: &str) -> Result<(String, FieldKind), String> {
    let (column, kind) = text.rsplit_once('=').unwrap_or((text, ""));
    let kind = match kind {
        "number" => FieldKind::Number,
        "category" => FieldKind::Category,
        "yesno" => FieldKind::YesNo,
        _ => {
            return Err(
                "expected `column=number`, `column=category` or `column=yesno`, such as `zip=category`"
                    .to_owned(),
            );
        }
    };
    Ok((column.to_owned(), kind))
}
