//! A fitted column: from a field to features and back.

use nn_core::Scalar;

use super::{NumberFormat, TableError, Unseen};

/// A column of a table as a [`TableEncoder`](super::TableEncoder) knows it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct TableColumn {
    pub(super) name: String,
    /// Missing values in the table that the encoder was fitted to.
    pub(super) missing: usize,
    pub(super) code: Code,
}

/// What a field becomes.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub(super) enum Code {
    /// (x - offset) / factor; `fill` stands for a missing value.
    Number { offset: f64, factor: f64, fill: Option<f64> },
    /// 0 or 1.
    YesNo { no: String, yes: String, fill: Option<bool> },
    /// A feature for each of `categories`, and one for the `rare` ones together, if there are some. `absent` ones are known,
    /// but no row had them that the column was fitted to.
    Category { categories: Vec<String>, rare: Vec<String>, absent: Vec<String>, fill: Option<String> },
}

/// Why a field has no features, or no label.
#[derive(Debug)]
pub(super) enum Refusal {
    Missing,
    /// Not what the column has.
    Unknown,
}

impl Refusal {
    /// The error, with what is known in place of the field.
    pub(super) fn error(self, column: &str, field: &str, known: &[String], line: usize) -> TableError {
        let (column, count, lines) = (column.to_owned(), 1, vec![line]);
        match self {
            Self::Missing => TableError::Missing { column, count, lines },
            Self::Unknown => {
                TableError::Unseen { column, value: field.to_owned(), known: known.to_vec(), count, lines }
            }
        }
    }
}

impl TableColumn {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its fields are.
    pub fn kind(&self) -> super::FieldKind {
        match self.code {
            Code::Number { .. } => super::FieldKind::Number,
            Code::YesNo { .. } => super::FieldKind::YesNo,
            Code::Category { .. } => super::FieldKind::Category,
        }
    }

    /// How many fields were missing when the encoder was fitted.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Its categories with a feature of their own, sorted; empty for other kinds.
    pub fn categories(&self) -> &[String] {
        match &self.code {
            Code::Category { categories, .. } => categories,
            _ => &[],
        }
    }

    /// Its categories that the whole table has, and the rows have not that it was [refitted](super::TableEncoder::refit) to, sorted.
    pub fn absent(&self) -> &[String] {
        match &self.code {
            Code::Category { absent, .. } => absent,
            _ => &[],
        }
    }

    /// Keeps the words of a column of the same kind that was fitted to more rows.
    pub(super) fn keep_words(&mut self, known: &Self) {
        match (&mut self.code, &known.code) {
            (Code::YesNo { no, yes, .. }, Code::YesNo { no: known_no, yes: known_yes, .. }) => {
                no.clone_from(known_no);
                yes.clone_from(known_yes);
            }
            (
                Code::Category { categories, rare, absent, .. },
                Code::Category { categories: often, rare: seldom, absent: never, .. },
            ) => {
                let new = |word: &&String| {
                    categories.binary_search(word).is_err() && rare.binary_search(word).is_err()
                };
                *absent = often.iter().chain(seldom).chain(never).filter(new).cloned().collect();
                absent.sort();
            }
            _ => {}
        }
    }

    /// How many features it becomes.
    pub fn features(&self) -> usize {
        match &self.code {
            Code::Number { .. } | Code::YesNo { .. } => 1,
            Code::Category { categories, rare, .. } => categories.len() + usize::from(!rare.is_empty()),
        }
    }

    /// The names of its features: `age`, or `colour=red`.
    pub(super) fn feature_names(&self) -> Vec<String> {
        let Self { name, code, .. } = self;
        match code {
            Code::Number { .. } => vec![name.clone()],
            Code::YesNo { yes, .. } => vec![format!("{name}={yes}")],
            Code::Category { categories, rare, .. } => {
                let mut names: Vec<String> = categories.iter().map(|word| format!("{name}={word}")).collect();
                names.extend((!rare.is_empty()).then(|| format!("{name}=(other)")));
                names
            }
        }
    }

    /// The features of a field, and whether one like it was there when the column was fitted.
    #[inline]
    pub(super) fn encode<T: Scalar>(
        &self,
        field: Option<&str>,
        numbers: NumberFormat,
        unseen: Unseen,
        out: &mut [T],
    ) -> Result<bool, Refusal> {
        match &self.code {
            Code::Number { offset, factor, fill } => {
                let number = match field {
                    Some(field) => numbers.parse(field).ok_or(Refusal::Unknown)?,
                    None => fill.ok_or(Refusal::Missing)?,
                };
                out[0] = T::of((number - offset) / factor);
            }
            Code::YesNo { no, yes, fill } => {
                let said = match field {
                    Some(field) if field.eq_ignore_ascii_case(yes) => true,
                    Some(field) if field.eq_ignore_ascii_case(no) => false,
                    Some(_) => return Err(Refusal::Unknown),
                    None => fill.ok_or(Refusal::Missing)?,
                };
                out[0] = if said { T::one() } else { T::zero() };
            }
            Code::Category { categories, rare, absent, fill } => {
                let word = field.or(fill.as_deref()).ok_or(Refusal::Missing)?;
                let is = |known: &String| known.as_str().cmp(word);
                out.fill(T::zero());
                if let Ok(place) = categories.binary_search_by(is) {
                    out[place] = T::one();
                    return Ok(true);
                }
                let was_there = rare.binary_search_by(is).is_ok();
                if !was_there && unseen == Unseen::Refuse && absent.binary_search_by(is).is_err() {
                    return Err(Refusal::Unknown);
                }
                if let Some(other) = out.get_mut(categories.len()) {
                    *other = T::one();
                }
                return Ok(was_there);
            }
        }
        Ok(true)
    }

    /// The error of a field without features.
    pub(super) fn refused(&self, field: &str, refusal: Refusal, line: usize) -> TableError {
        match &self.code {
            Code::Number { .. } => refusal.error(&self.name, field, &[], line),
            Code::YesNo { no, yes, .. } => refusal.error(&self.name, field, &[no.clone(), yes.clone()], line),
            Code::Category { categories, rare, .. } => {
                let known = if categories.is_empty() { rare } else { categories };
                refusal.error(&self.name, field, known, line)
            }
        }
    }

    /// The field that these features stand for; of categories, the one with the largest.
    pub(super) fn decode<T: Scalar>(&self, features: &[T]) -> String {
        match &self.code {
            Code::Number { offset, factor, .. } => format!("{}", features[0].as_f64() * factor + offset),
            Code::YesNo { no, yes, .. } => (if features[0] >= T::of(0.5) { yes } else { no }).clone(),
            Code::Category { categories, .. } => {
                let mut largest = 0;
                for (place, value) in features.iter().enumerate() {
                    if *value > features[largest] {
                        largest = place;
                    }
                }
                categories.get(largest).cloned().unwrap_or_else(|| "(other)".to_owned())
            }
        }
    }

    /// Checks a column that may be from a file.
    pub(super) fn check(&self) -> Result<(), TableError> {
        let invalid =
            |reason: &str| Err(TableError::Invalid { reason: format!("column `{}`: {reason}", self.name) });
        match &self.code {
            Code::Number { offset, factor, fill } => {
                let numbers = [Some(*offset), Some(*factor), *fill];
                if numbers.into_iter().flatten().all(f64::is_finite) && *factor > 0.0 {
                    return Ok(());
                }
                invalid("its scale is no finite number, or not above 0")
            }
            Code::YesNo { no, yes, .. } if no.eq_ignore_ascii_case(yes) => invalid("yes and no are one word"),
            Code::YesNo { .. } => Ok(()),
            Code::Category { categories, rare, absent, fill } => {
                let sorted = |words: &[String]| words.is_sorted_by(|a, b| a < b);
                let known = |word: &String| {
                    categories.binary_search(word).is_ok() || rare.binary_search(word).is_ok()
                };
                if ![categories, rare, absent].into_iter().all(|words| sorted(words))
                    || rare.iter().any(|word| categories.binary_search(word).is_ok())
                    || absent.iter().any(known)
                {
                    return invalid("its categories are not sorted, or one is there twice");
                }
                if categories.is_empty() && rare.is_empty() {
                    return invalid("it has no categories");
                }
                if fill.as_ref().is_none_or(known) {
                    Ok(())
                } else {
                    invalid("a missing value becomes no category")
                }
            }
        }
    }
}
