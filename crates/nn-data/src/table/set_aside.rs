//! Columns that are no features: what says so.

use std::collections::HashSet;
use std::fmt;

use super::dates::{is_date_or_time, is_day};
use super::seen::{FEW, TEXTS};

/// Different numbers that are told apart.
const NUMBERS: usize = 100_000;
/// In so many rows or more a name that says so makes identifiers of different numbers.
const ROWS: usize = 10;

/// Why a column is no feature.
///
/// Its text follows "since": `it has dates or times`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum SetAsideReason {
    /// All its values are dates or times, which say nothing as texts.
    Dates,
    /// Nearly every row has a text of its own: names, remarks, hashes.
    Texts {
        /// How many are different, counted to 10,001.
        different: usize,
        /// How many there are.
        rows: usize,
    },
    /// Its numbers are those of the rows, from 0 or 1.
    RowNumbers,
    /// It is called an identifier, and its whole numbers are all different.
    Identifiers,
    /// All its values are missing.
    Empty,
}

impl fmt::Display for SetAsideReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dates => f.write_str("it has dates or times"),
            Self::Texts { different, rows } if *different > TEXTS => {
                write!(f, "it has more than {TEXTS} different texts in {rows} rows")
            }
            Self::Texts { different, rows } => {
                write!(f, "it has {different} different texts in {rows} rows, as names and identifiers have")
            }
            Self::RowNumbers => f.write_str("it numbers the rows"),
            Self::Identifiers => {
                f.write_str("it is called an identifier, and has another number in every row")
            }
            Self::Empty => f.write_str("all its values are missing"),
        }
    }
}

/// What is looked at besides, in a column that may be set aside.
#[derive(Debug)]
pub(super) struct Watch {
    /// Whether the numbers are those of the rows so far, and the first of them.
    numbers_rows: bool,
    first: f64,
    /// Whether the numbers are days so far.
    days: bool,
    /// The numbers, as long as all are different, of a column that is called an identifier.
    different: Option<HashSet<u64>>,
    /// Texts that are dates or times.
    dates: usize,
}

impl Watch {
    pub(super) fn new(name: &str, is_unnamed: bool) -> Self {
        let named = is_unnamed || is_called_identifier(name);
        Self { numbers_rows: true, first: 0.0, days: true, different: named.then(HashSet::new), dates: 0 }
    }

    /// A number, after so many others and so many that do not count.
    #[inline]
    pub(super) fn number(&mut self, x: f64, others: usize, skipped: usize) {
        if self.numbers_rows {
            if others == 0 {
                self.first = x - skipped as f64;
            }
            self.numbers_rows =
                x - self.first == (others + skipped) as f64 && (self.first == 0.0 || self.first == 1.0);
        }
        self.days = self.days && is_day(x);
        if let Some(different) = &mut self.different
            && different.len() < NUMBERS
            && !(x.fract() == 0.0 && different.insert(x.to_bits()))
        {
            self.different = None;
        }
    }

    pub(super) fn word(&mut self, text: &str) {
        self.dates += usize::from(is_date_or_time(text));
    }

    /// Why so many numbers and words, of which so many are missing, are no feature, if that is so.
    pub(super) fn reason(&self, numbers: usize, words: usize, missing: usize) -> Option<SetAsideReason> {
        let only_numbers = words == 0 && numbers > 0;
        let only_dates = words > 0 && numbers == 0 && self.dates == words;
        let counts = only_numbers && missing == 0;
        if only_dates || (only_numbers && self.days && numbers >= ROWS) {
            Some(SetAsideReason::Dates)
        } else if counts && self.numbers_rows && numbers > FEW {
            Some(SetAsideReason::RowNumbers)
        } else if counts && self.different.is_some() && numbers >= ROWS {
            Some(SetAsideReason::Identifiers)
        } else {
            None
        }
    }
}

/// Whether a name has one of these words: `id`, `PassengerId`, `Unnamed: 0`.
fn is_called_identifier(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        // A word begins behind a mark, and with a capital behind a small letter.
        if !c.is_alphabetic() || (c.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        lower_before = c.is_lowercase();
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    let known = ["id", "uuid", "guid", "rowid", "rownames", "rowname", "unnamed"];
    // A price index is none.
    name.eq_ignore_ascii_case("index") || words.iter().any(|word| known.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_identifiers_are_known() {
        for name in [
            "id",
            "ID",
            "PassengerId",
            "user_id",
            "id user",
            "Unnamed: 0",
            "rownames",
            "customerID",
            "Index",
            "id2",
        ] {
            assert!(is_called_identifier(name), "{name}");
        }
        for name in
            ["width", "idle", "video", "", "x", "acid", "Idaho", "rapid_growth", "paid", "ÉID", "price index"]
        {
            assert!(!is_called_identifier(name), "{name}");
        }
    }

    fn reason(name: &str, numbers: impl Iterator<Item = f64>) -> Option<SetAsideReason> {
        let mut watch = Watch::new(name, false);
        let mut count = 0;
        for x in numbers {
            watch.number(x, count, 0);
            count += 1;
        }
        watch.reason(count, 0, 0)
    }

    #[test]
    fn measurements_are_no_identifiers() {
        let whole = |n: i32| f64::from(n);
        assert_eq!(reason("n", (0..30).map(whole)), Some(SetAsideReason::RowNumbers));
        assert_eq!(reason("n", (1..30).map(whole)), Some(SetAsideReason::RowNumbers));
        for other in [
            reason("year", (1950..2000).map(whole)),
            reason("n", (0..20).map(whole)),
            reason("n", (0..30).map(|n| whole(2 * n))),
            reason("n", (0..30).map(|n| whole(n) + 0.5)),
            reason("n", (0..30).rev().map(whole)),
            reason("price", (0..30).map(|n| whole(n * 7919 % 1009))),
            reason("id", (0..30).map(|n| whole(n) + 0.5)),
            reason("zone_id", (0..30).map(|n| whole(n % 29))),
        ] {
            assert_eq!(other, None);
        }
        assert_eq!(reason("id", (0..30).map(|n| whole(n * 7919 % 1009))), Some(SetAsideReason::Identifiers));
        assert_eq!(reason("day", (1..15).map(|n| whole(20240200 + n))), Some(SetAsideReason::Dates));
        let mut gap = Watch::new("id", false);
        (0..30).for_each(|n| gap.number(whole(n), usize::try_from(n).unwrap(), 0));
        assert_eq!(gap.reason(30, 0, 1), None, "a gap");
    }
}
