use std::borrow::Cow;

use crate::DataError;

/// How numbers are written.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `decimal` | [`DecimalMark::Point`] | [`DecimalMark::Detect`] is a point where no table is read |
/// | `thousands` | `None`: no separator | none of the characters of a number; not the decimal mark |
/// | `percent` | `false` | `true`: `12%` is 0.12 |
/// | `currency` | `false` | `true`: a sign such as `$` or `€` before or after a number is ignored |
///
/// A thousands separator stands between groups of three digits, as in `1,234,567.5`; elsewhere, as in `12,34`, it makes a
/// text that is no number. A space as separator is also one that does not break the line (U+00A0, U+202F, U+2009).
///
/// # Example
/// ```
/// use nn_data::{DecimalMark, NumberFormat};
///
/// let plain = NumberFormat::default();
/// assert_eq!((plain.parse("-1.5e3"), plain.parse("1,5"), plain.parse("inf")), (Some(-1500.0), None, None));
///
/// let german = NumberFormat {
///     decimal: DecimalMark::Comma, thousands: Some('.'), percent: true, currency: true
/// };
/// assert_eq!(german.parse("1.234,50 €"), Some(1234.5));
/// assert_eq!(german.parse("12,5 %"), Some(0.125));
/// assert_eq!(german.parse("12.34"), None);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct NumberFormat {
    /// What stands before the fraction.
    pub decimal: DecimalMark,
    /// What stands between groups of three digits, if anything does.
    pub thousands: Option<char>,
    /// Whether a number may end in a percent sign, and is then divided by 100.
    pub percent: bool,
    /// Whether a currency sign may stand beside a number.
    pub currency: bool,
}

/// What stands before the fraction of a number.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DecimalMark {
    /// `1.5`
    #[default]
    Point,
    /// `1,5`
    Comma,
    /// A comma, if the first rows, 64 kB of text, have a number such as `1,5` that has a decimal comma and no separator of thousands; else a
    /// point. Numbers that have both, such as `1.234,5` or `1,234.5`, also tell what separates thousands, unless it is given or they differ. Where fields are cut by commas, it is a point. `1,234`, where no other number tells which it is, is an error when an encoder is
    /// fitted, and so is a number with the other mark than was detected, anywhere in the table.
    Detect,
}

impl DecimalMark {
    /// The other one.
    pub(super) fn other(self) -> Self {
        if self == Self::Comma { Self::Point } else { Self::Comma }
    }
}

/// Signs of currencies that a number may have.
const CURRENCIES: [char; 9] = ['$', '€', '£', '¥', '₹', '₩', '₽', '₺', '¢'];
/// What counts as a space between groups of digits.
const SPACES: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];

pub(super) fn is_space(c: char) -> bool {
    SPACES.contains(&c)
}

impl NumberFormat {
    /// The finite number that a text without spaces around it stands for, or `None`.
    #[inline]
    pub fn parse(&self, text: &str) -> Option<f64> {
        // Nearly all numbers are written so that any format with a point reads them alike.
        let plain = if self.decimal == DecimalMark::Comma { None } else { finite(text) };
        if plain.is_some() || *self == Self::default() { plain } else { self.parse_written(text) }
    }

    fn parse_written(self, text: &str) -> Option<f64> {
        let (negative, mut digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if self.currency {
            digits = without_currency(digits);
        }
        let percent = match digits.strip_suffix('%') {
            Some(rest) if self.percent => {
                digits = rest.trim_end();
                true
            }
            _ => false,
        };
        // "$-5" is a number, "--5" is none.
        if negative && digits.starts_with(['-', '+']) {
            return None;
        }
        let plain = self.plain(digits)?;
        let value = finite(&plain)?;
        let value = if negative { -value } else { value };
        Some(if percent { value / 100.0 } else { value })
    }

    /// The digits with a point before the fraction and nothing between groups.
    fn plain(self, digits: &str) -> Option<Cow<'_, str>> {
        let mark = match self.decimal {
            DecimalMark::Point | DecimalMark::Detect => '.',
            DecimalMark::Comma => ',',
        };
        let end = digits.find([mark, 'e', 'E']).unwrap_or(digits.len());
        let (whole, rest) = digits.split_at(end);
        let whole = match self.thousands {
            Some(separator) => joined(whole, separator)?,
            None => Cow::Borrowed(whole),
        };
        if mark == '.' {
            return Some(if rest.is_empty() { whole } else { (whole.into_owned() + rest).into() });
        }
        // A point must not pass where a comma is asked for.
        if whole.contains('.') || rest.contains('.') {
            return None;
        }
        Some((whole.into_owned() + &rest.replacen(',', ".", 1)).into())
    }

    /// Checks that every character has one meaning.
    pub(super) fn check(self) -> Result<(), DataError> {
        let mark = match self.decimal {
            DecimalMark::Comma => ',',
            DecimalMark::Point => '.',
            // It is the one that does not separate thousands.
            DecimalMark::Detect => '-',
        };
        let taken = |c: char| c.is_ascii_alphanumeric() || "+-%\"\r\n".contains(c) || CURRENCIES.contains(&c);
        match self.thousands {
            Some(c) if c == mark || taken(c) => {
                let expected = "a character that no number has, and not the decimal mark";
                Err(DataError::parameter("thousands", expected, format!("{c:?}")))
            }
            _ => Ok(()),
        }
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A text without the sign of a currency at one of its ends.
fn without_currency(text: &str) -> &str {
    text.strip_prefix(CURRENCIES)
        .map(str::trim_start)
        .or_else(|| text.strip_suffix(CURRENCIES).map(str::trim_end))
        .unwrap_or(text)
}

/// The whole part of a number without its separators, which must stand between groups of three digits.
fn joined(whole: &str, separator: char) -> Option<Cow<'_, str>> {
    let separates = |c: char| c == separator || (separator == ' ' && is_space(c));
    if !whole.contains(separates) {
        return Some(Cow::Borrowed(whole));
    }
    let digits = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    for (n, group) in digits.split(separates).enumerate() {
        let right_length = if n == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
        if !right_length || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    Some(whole.chars().filter(|&c| !separates(c)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_numbers_are_those_of_std_that_are_finite() {
        let plain = NumberFormat::default();
        for (text, value) in [("1", 1.0), ("+4", 4.0), (".5", 0.5), ("-6.", -6.0), ("1e-3", 0.001)] {
            assert_eq!(plain.parse(text), Some(value));
        }
        for text in
            ["", "one", "NaN", "inf", "-infinity", "1e999", "0x10", "1_000", "1 000", "$1", "1%", "1,5"]
        {
            assert_eq!(plain.parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_decimal_comma_leaves_the_point_no_meaning() {
        let format = NumberFormat { decimal: DecimalMark::Comma, ..NumberFormat::default() };
        for (text, value) in [("1,5", 1.5), ("-,5", -0.5), ("2", 2.0), ("1,5e2", 150.0)] {
            assert_eq!(format.parse(text), Some(value), "{text}");
        }
        for text in ["1.5", "1,5,0", ",", "1.000,5", "nan"] {
            assert_eq!(format.parse(text), None, "{text}");
        }
    }

    #[test]
    fn separators_stand_between_groups_of_three_digits() {
        let format = NumberFormat { thousands: Some(','), ..NumberFormat::default() };
        for (text, value) in
            [("1,234,567.5", 1_234_567.5), ("-12,345", -12_345.0), ("1234", 1234.0), ("1,234e2", 123_400.0)]
        {
            assert_eq!(format.parse(text), Some(value), "{text}");
        }
        for text in ["12,34", ",234", "1,,234", "1,234,", "1.5,000", "1234,567", "-,234"] {
            assert_eq!(format.parse(text), None, "{text}");
        }
        let spaced = NumberFormat { thousands: Some(' '), ..NumberFormat::default() };
        for text in ["1 234", "1\u{a0}234", "1\u{202f}234"] {
            assert_eq!(spaced.parse(text), Some(1234.0), "{text}");
        }
        let swiss = NumberFormat { thousands: Some('\''), ..NumberFormat::default() };
        assert_eq!(swiss.parse("1'234.5"), Some(1234.5));
    }

    #[test]
    fn signs_are_read_when_asked_for() {
        let format = NumberFormat { percent: true, currency: true, ..NumberFormat::default() };
        for (text, value) in [
            ("50%", 0.5),
            ("-50 %", -0.5),
            ("$5", 5.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("5 €", 5.0),
            ("£ 5", 5.0),
            ("5", 5.0),
        ] {
            assert_eq!(format.parse(text), Some(value), "{text}");
        }
        for text in ["%", "$", "$$5", "--5", "-+5", "-$-5", "5%%", "$inf", "5$%5"] {
            assert_eq!(format.parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_separator_has_one_meaning() {
        let check = |decimal, thousands| {
            NumberFormat { decimal, thousands: Some(thousands), ..NumberFormat::default() }.check().is_ok()
        };
        assert!(
            check(DecimalMark::Point, ',')
                && check(DecimalMark::Comma, '.')
                && check(DecimalMark::Point, ' ')
        );
        assert!(!check(DecimalMark::Point, '.') && !check(DecimalMark::Comma, ','));
        assert!(['1', 'e', '-', '%', '$', '"'].iter().all(|&c| !check(DecimalMark::Point, c)));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_to_the_bit(value in -1e12..1e12_f64, comma: bool, separator in "[ '_]") {
            // Written by hand: groups from the right.
            let plain = format!("{}", value.abs());
            let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
            let mut grouped = String::new();
            for (n, digit) in whole.chars().enumerate() {
                if n > 0 && (whole.len() - n).is_multiple_of(3) {
                    grouped += &separator;
                }
                grouped.push(digit);
            }
            let mark = if comma { ',' } else { '.' };
            let sign = if value < 0.0 { "-" } else { "" };
            let text = format!("{sign}{grouped}{mark}{fraction}");
            let decimal = if comma { DecimalMark::Comma } else { DecimalMark::Point };
            let format = NumberFormat { decimal, thousands: separator.chars().next(), ..NumberFormat::default() };
            prop_assert_eq!(format.parse(&text).map(f64::to_bits), Some(value.to_bits()));
        }

        #[test]
        fn no_text_is_too_strange(text: String, comma: bool, separator: Option<char>, percent: bool, currency: bool) {
            let decimal = if comma { DecimalMark::Comma } else { DecimalMark::Point };
            let format = NumberFormat { decimal, thousands: separator, percent, currency };
            prop_assert!(format.parse(&text).is_none_or(f64::is_finite));
        }
    }
}
