//! The fitted target: from a field to a label or a value and back.

use std::collections::HashSet;

use super::column::Refusal;
use super::seen::{Seen, TEXTS};
use super::{Labels, TableError, TableOptions, Task};
use crate::DataError;
use crate::preprocessing::divisor;

/// The column that is learned, as a [`TableEncoder`](super::TableEncoder) knows it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[non_exhaustive]
pub enum TableTarget {
    /// Classes, in the order of their labels.
    Classes {
        /// The name of the column.
        name: String,
        /// Their names: in the order of their numbers if all are numbers, else of their characters.
        classes: Vec<String>,
        /// Whether they are told apart by the number that they are.
        by_number: bool,
    },
    /// Values, learned as (y - offset) / factor.
    Values {
        /// The name of the column.
        name: String,
        /// What is taken off.
        offset: f64,
        /// What it is then divided by.
        factor: f64,
    },
}

impl TableTarget {
    pub(super) fn fit(
        name: &str,
        column: usize,
        seen: &Seen,
        options: &TableOptions,
    ) -> Result<Self, DataError> {
        let classes = match options.task {
            Task::Classes => true,
            Task::Values => false,
            Task::Infer => seen.are_labels(options.dialect.numbers),
        };
        if classes {
            Ok(Self::fit_classes(name, seen, options)?)
        } else {
            Self::fit_values(name, column, seen, options)
        }
    }

    /// The same classes, or the scale of the values that were seen.
    pub(super) fn refit(
        &self,
        column: usize,
        seen: &Seen,
        options: &TableOptions,
    ) -> Result<Self, DataError> {
        match self {
            Self::Classes { .. } => Ok(self.clone()),
            Self::Values { name, .. } => Self::fit_values(name, column, seen, options),
        }
    }

    fn fit_values(name: &str, column: usize, seen: &Seen, options: &TableOptions) -> Result<Self, DataError> {
        seen.kind(name, Some(super::FieldKind::Number))?;
        let (offset, factor) = if options.scale_target {
            (seen.mean, divisor(column, seen.deviation(), seen.mean.abs())?)
        } else {
            (0.0, 1.0)
        };
        Ok(Self::Values { name: name.to_owned(), offset, factor })
    }

    fn fit_classes(name: &str, seen: &Seen, options: &TableOptions) -> Result<Self, TableError> {
        let column = name.to_owned();
        let identifier = |different| TableError::TargetIdentifier {
            column: name.to_owned(),
            different,
            rows: seen.count(),
            numbers: seen.are_numbers(),
        };
        let Some(texts) = seen.texts() else {
            return Err(identifier(TEXTS + 1));
        };
        let mut classes: Vec<String> = texts.into_iter().map(|(text, _)| text).collect();
        let numbers = options.dialect.numbers;
        let number = |text: &String| numbers.parse(text);
        let by_number = options.labels == Labels::Numbers;
        if by_number {
            // The shortest form stands for all.
            classes.sort_by_key(|text| (text.len(), text.clone()));
            let mut known = HashSet::new();
            classes.retain(|text| number(text).is_none_or(|number| known.insert((number + 0.0).to_bits())));
            classes.sort();
        }
        if classes.iter().all(|text| number(text).is_some()) {
            classes.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
            let forms = classes.windows(2).find(|pair| number(&pair[0]) == number(&pair[1]));
            if let (Some([first, second]), Labels::Refuse) = (forms, options.labels) {
                let (first, second) = (first.clone(), second.clone());
                return Err(TableError::LabelForms { column, first, second });
            }
        }
        let different = classes.len();
        if seen.is_identifier(different) && options.kinds.get(name) != Some(&super::FieldKind::Category) {
            return Err(identifier(different));
        }
        match &classes[..] {
            [] => Err(TableError::Empty { column }),
            [class] => Err(TableError::OneClass { column, class: class.clone() }),
            _ => Ok(Self::Classes { name: column, classes, by_number }),
        }
    }

    /// The name of the column.
    pub fn name(&self) -> &str {
        match self {
            Self::Classes { name, .. } | Self::Values { name, .. } => name,
        }
    }

    /// The label of a field, or its value as it is learned.
    pub(super) fn encode(&self, field: &str, options: &TableOptions) -> Result<Encoded, Refusal> {
        // As when it was fitted.
        if TableOptions::is_missing(&options.markers, field) {
            return Err(Refusal::Missing);
        }
        let numbers = options.dialect.numbers;
        let encoded = match self {
            Self::Values { offset, factor, .. } => {
                numbers.parse(field).map(|value| Encoded::Value((value - offset) / factor))
            }
            Self::Classes { classes, by_number, .. } => {
                let number = if *by_number { numbers.parse(field) } else { None };
                let is = |class: &String| match number {
                    Some(_) => numbers.parse(class) == number,
                    None => class == field,
                };
                classes.iter().position(is).map(Encoded::Label)
            }
        };
        encoded.ok_or(Refusal::Unknown)
    }

    /// The error of a field without a label or value.
    pub(super) fn refused(&self, field: &str, refusal: Refusal, line: usize) -> TableError {
        let known: &[String] = match self {
            Self::Classes { classes, .. } => classes,
            Self::Values { .. } => &[],
        };
        refusal.error(self.name(), field, known, line)
    }

    pub(super) fn check(&self) -> Result<(), TableError> {
        let valid = match self {
            Self::Values { offset, factor, .. } => offset.is_finite() && factor.is_finite() && *factor > 0.0,
            Self::Classes { classes, .. } => {
                let mut sorted: Vec<&String> = classes.iter().collect();
                sorted.sort();
                classes.len() > 1 && sorted.windows(2).all(|pair| pair[0] != pair[1])
            }
        };
        let reason =
            format!("target `{}`: one scale above 0 or different classes were expected", self.name());
        if valid { Ok(()) } else { Err(TableError::Invalid { reason }) }
    }
}

/// A field of the target.
pub(super) enum Encoded {
    Label(usize),
    Value(f64),
}
