//! What was seen of a column, row by row.

use std::collections::{HashMap, HashSet};

use super::sentinel::Sentinels;
use super::set_aside::{SetAsideReason, Watch};
use super::{FieldKind, Missing, NumberFormat, TableError};
use crate::error::LINES;

/// Different texts that are told apart as long as all of them are numbers.
const NUMBERS: usize = 64;
/// Different texts that are told apart at most.
pub(super) const TEXTS: usize = 10_000;
/// A column of so many texts, of which nearly each is another, is no category.
pub(super) const FEW: usize = 20;
/// In so many rows or more, texts that are all different are none, either.
const ALL_DIFFERENT: usize = 10;

/// So many times as many numbers as words make a column of numbers.
const MOSTLY: usize = 4;

/// Words for yes and no, in letters of either case.
const YES_NO: [[&str; 2]; 4] = [["no", "yes"], ["false", "true"], ["n", "y"], ["f", "t"]];

#[derive(Debug)]
pub(super) struct Seen {
    pub(super) missing: usize,
    /// The first lines with a missing value.
    pub(super) missing_lines: Vec<usize>,
    pub(super) numbers: usize,
    /// Values of rows that are left out.
    pub(super) skipped: usize,
    pub(super) mean: f64,
    /// The sum of squared distances from the mean.
    squares: f64,
    pub(super) least: f64,
    pub(super) largest: f64,
    whole: bool,
    /// All numbers, if their median is asked for.
    values: Option<Vec<f64>>,
    /// How often each text was there; `None` when they are too many.
    texts: Option<HashMap<String, usize>>,
    /// How many are told apart.
    limit: usize,
    /// Texts that are no numbers, and the first different ones.
    words: usize,
    word_lines: Vec<usize>,
    first_words: Vec<String>,
    /// Numbers that are percentages.
    percentages: usize,
    pub(super) sentinels: Sentinels,
    /// What says whether the column is to be set aside, if that is asked.
    pub(super) watch: Option<Watch>,
    /// The first text that is a number with the other decimal mark, and its line.
    pub(super) other_mark: Option<(String, usize)>,
}

impl Seen {
    /// Of a column that may be of a known kind.
    pub(super) fn new(kind: Option<FieldKind>, missing: Missing, target: bool) -> Self {
        let told_apart = target || kind == Some(FieldKind::Category) || missing == Missing::MostFrequent;
        Self {
            missing: 0,
            missing_lines: Vec::new(),
            numbers: 0,
            skipped: 0,
            mean: 0.0,
            squares: 0.0,
            least: f64::INFINITY,
            largest: f64::NEG_INFINITY,
            whole: true,
            values: (missing == Missing::Median).then(Vec::new),
            texts: Some(HashMap::new()),
            limit: if told_apart { TEXTS } else { NUMBERS },
            words: 0,
            word_lines: Vec::new(),
            first_words: Vec::new(),
            percentages: 0,
            sentinels: Sentinels::default(),
            watch: None,
            other_mark: None,
        }
    }

    pub(super) fn add_missing(&mut self, line: impl FnOnce() -> usize) {
        self.missing += 1;
        if self.missing_lines.len() < LINES {
            self.missing_lines.push(line());
        }
    }

    #[inline]
    pub(super) fn add(&mut self, text: &str, number: Option<f64>, line: impl FnOnce() -> usize) {
        match number {
            // A running mean and the squares around it (Welford, 1962): one pass, and a constant column has no spread.
            Some(x) => {
                if let Some(watch) = &mut self.watch {
                    watch.number(x, self.numbers, self.skipped);
                }
                self.numbers += 1;
                let off = x - self.mean;
                self.mean += off / self.numbers as f64;
                self.squares += off * (x - self.mean);
                self.least = self.least.min(x);
                self.largest = self.largest.max(x);
                self.whole &= x.fract() == 0.0;
                self.percentages += usize::from(text.ends_with('%'));
                self.sentinels.add(x);
                if let Some(values) = &mut self.values {
                    values.push(x);
                }
            }
            None => self.add_word(text, line),
        }
        if let Some(texts) = &mut self.texts {
            if let Some(count) = texts.get_mut(text) {
                *count += 1;
            } else if texts.len() < self.limit {
                texts.insert(text.to_owned(), 1);
            } else {
                self.texts = None;
            }
        }
    }

    fn add_word(&mut self, text: &str, line: impl FnOnce() -> usize) {
        if self.words == 0 {
            self.limit = TEXTS;
        }
        if self.first_words.len() < LINES && self.first_words.iter().all(|word| word != text) {
            self.first_words.push(text.to_owned());
        }
        self.words += 1;
        if let Some(watch) = &mut self.watch {
            watch.word(text);
        }
        if self.word_lines.len() < LINES {
            self.word_lines.push(line());
        }
    }

    /// The value that all are, if there is but one.
    pub(super) fn only_value(&self) -> Option<String> {
        if self.words == 0 && self.least == self.largest {
            return Some(self.least.to_string());
        }
        match &self.texts()?[..] {
            [(text, _)] => Some(text.clone()),
            _ => None,
        }
    }

    /// How many numbers are percentages, if some are and some are not.
    pub(super) fn mixed_percentages(&self) -> Option<usize> {
        (self.percentages > 0 && self.percentages < self.numbers).then_some(self.percentages)
    }

    pub(super) fn are_numbers(&self) -> bool {
        self.words == 0
    }

    /// Whether so many different texts are names or identifiers, not classes: nearly every row has another.
    pub(super) fn is_identifier(&self, different: usize) -> bool {
        different > FEW && 2 * different > self.count()
    }

    pub(super) fn count(&self) -> usize {
        self.numbers + self.words
    }

    /// What the column is.
    pub(super) fn kind(&self, name: &str, asked: Option<FieldKind>) -> Result<FieldKind, TableError> {
        if self.count() == 0 {
            return Err(TableError::Empty { column: name.to_owned() });
        }
        let not_a_number = || TableError::NotANumber {
            column: name.to_owned(),
            words: self.first_words.clone(),
            count: self.words,
            lines: self.word_lines.clone(),
        };
        match asked {
            Some(FieldKind::Number) if self.words > 0 => Err(not_a_number()),
            Some(FieldKind::YesNo) if self.yes_no().is_none() => {
                Err(TableError::NotYesNo { column: name.to_owned(), texts: self.some_texts() })
            }
            Some(FieldKind::Category) if self.texts.is_none() => {
                Err(TableError::TooManyCategories { column: name.to_owned(), limit: TEXTS })
            }
            Some(kind) => Ok(kind),
            None if self.words == 0 => Ok(FieldKind::Number),
            None if self.yes_no().is_some() => Ok(FieldKind::YesNo),
            // Nearly all are numbers, or so many different ones were there before a word came.
            None if self.numbers >= MOSTLY * self.words => Err(not_a_number()),
            None if self.texts.is_none() && self.words < self.numbers => Err(not_a_number()),
            None => match self.texts.as_ref().map(HashMap::len) {
                Some(different) if self.words <= FEW || 2 * different <= self.count() => {
                    Ok(FieldKind::Category)
                }
                different => {
                    let (column, different) = (name.to_owned(), different.unwrap_or(TEXTS + 1));
                    Err(TableError::Identifier { column, different, rows: self.count() })
                }
            },
        }
    }

    /// Why the column is to be set aside, if that is asked, and so.
    pub(super) fn set_aside(&self, name: &str) -> Option<SetAsideReason> {
        let watch = self.watch.as_ref()?;
        if self.count() == 0 {
            return Some(SetAsideReason::Empty);
        }
        watch.reason(self.numbers, self.words, self.missing).or_else(|| {
            let rows = self.count();
            if let Err(TableError::Identifier { different, .. }) = self.kind(name, None) {
                return Some(SetAsideReason::Texts { different, rows });
            }
            let different = self.texts.as_ref().map_or(0, HashMap::len);
            let all = self.words == rows && different == rows && rows >= ALL_DIFFERENT;
            all.then_some(SetAsideReason::Texts { different, rows })
        })
    }

    /// The texts with how often each was there, sorted: by their numbers, if all are numbers.
    pub(super) fn texts(&self) -> Option<Vec<(String, usize)>> {
        let mut texts: Vec<(String, usize)> =
            self.texts.as_ref()?.iter().map(|(text, &count)| (text.clone(), count)).collect();
        texts.sort();
        Some(texts)
    }

    fn some_texts(&self) -> Vec<String> {
        self.texts().unwrap_or_default().into_iter().map(|(text, _)| text).collect()
    }

    /// The words for no and yes, as the column writes them, if it has no others: one form of each.
    pub(super) fn yes_no(&self) -> Option<[String; 2]> {
        let texts = self.texts.as_ref()?;
        let pair = YES_NO.iter().find(|[no, yes]| {
            let known = |text: &String| text.eq_ignore_ascii_case(no) || text.eq_ignore_ascii_case(yes);
            texts.keys().all(known)
        })?;
        let written = |word: &&str| {
            let mut forms: Vec<&String> =
                texts.keys().filter(|text| text.eq_ignore_ascii_case(word)).collect();
            forms.sort();
            forms.first().map_or((*word).to_owned(), |form| (*form).clone())
        };
        let [no, yes] = pair;
        Some([written(no), written(yes)])
    }

    /// The standard deviation of the population.
    pub(super) fn deviation(&self) -> f64 {
        (self.squares / self.numbers as f64).sqrt()
    }

    /// Whether they could be labels: words, or whole numbers of which few are different, and each is there again.
    pub(super) fn are_labels(&self, numbers: NumberFormat) -> bool {
        let different = |texts: &HashMap<String, usize>| {
            let numbers = texts.keys().filter_map(|text| numbers.parse(text)).map(f64::to_bits);
            numbers.collect::<HashSet<u64>>().len()
        };
        let few = |different| different <= FEW && 2 * different <= self.count();
        self.words > 0 || (self.whole && self.texts.as_ref().map(different).is_some_and(few))
    }

    /// The median: of an even number, the mean of the two in the middle.
    pub(super) fn median(&mut self) -> f64 {
        let values = self.values.as_mut().map(std::mem::take).unwrap_or_default();
        median(values)
    }

    /// The text that is there most often; of several, the first.
    pub(super) fn most_frequent(&self) -> Option<String> {
        let texts = self.texts()?;
        let most = texts.iter().map(|(_, count)| *count).max()?;
        texts.into_iter().find(|(_, count)| *count == most).map(|(text, _)| text)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if values.len().is_multiple_of(2) { lower / 2.0 + upper / 2.0 } else { upper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(vec![7.0]), 7.0);
        assert_eq!(median(vec![1.0, 1.0]), 1.0);
    }

    fn seen(texts: &[&str]) -> Seen {
        let mut seen = Seen::new(None, Missing::Refuse, false);
        texts.iter().enumerate().for_each(|(n, text)| seen.add(text, text.parse().ok(), || n + 2));
        seen
    }

    #[test]
    fn kinds_are_inferred_from_all_fields() {
        let kind = |texts: &[&str]| seen(texts).kind("c", None).map_err(|error| error.to_string());
        assert_eq!(kind(&["1", "2.5", "1"]), Ok(FieldKind::Number));
        assert_eq!(kind(&["Yes", "no", "yes"]), Ok(FieldKind::YesNo));
        assert_eq!(kind(&["T", "F"]), Ok(FieldKind::YesNo));
        assert_eq!(kind(&["yes", "false"]), Ok(FieldKind::Category));
        assert_eq!(kind(&["1", "2", "A", "1"]), Ok(FieldKind::Category));
        assert!(kind(&["1", "2", "A", "1", "1"]).unwrap_err().contains("on line 4, among numbers"));
        let many: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let with_word: Vec<&str> = many.iter().map(String::as_str).chain(["12,5", "x"]).collect();
        let message = kind(&with_word).unwrap_err();
        assert!(message.contains("`12,5`") && message.contains("lines 102, 103"), "{message}");
        let names: Vec<String> = (0..100).map(|n| format!("id{n}")).collect();
        let message = kind(&names.iter().map(String::as_str).collect::<Vec<_>>()).unwrap_err();
        assert!(message.contains("100 different texts in 100 rows"), "{message}");
    }

    #[test]
    fn mean_and_deviation_are_those_of_two_passes() {
        let values = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0];
        let mut seen = Seen::new(None, Missing::Median, false);
        values.iter().for_each(|x: &f64| seen.add(&x.to_string(), Some(x + 1e9), || 0));
        assert_eq!((seen.mean, seen.least, seen.largest), (1e9 + 5.0, 1e9 + 2.0, 1e9 + 9.0));
        assert!((seen.deviation() - 2.0).abs() < 1e-6);
        assert_eq!(seen.median(), 1e9 + 4.5);
        let mut constant = Seen::new(None, Missing::Refuse, false);
        (0..1000).for_each(|_| constant.add("0.1", Some(0.1), || 0));
        assert_eq!((constant.mean, constant.deviation()), (0.1, 0.0));
    }
}
