use std::collections::BTreeMap;

use super::Dialect;
use crate::TargetColumn;

/// What becomes of the columns of a table on their way to features: how a [`TableEncoder`](super::TableEncoder) is fitted.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `dialect` | commas, a header, UTF-8 | see [`Dialect`] |
/// | `target` | `Some(TargetColumn::Last)` | a column that is not left out; `None` for a table of features alone |
/// | `task` | [`Task::Infer`] | |
/// | `labels` | [`Labels::Refuse`] | |
/// | `kinds` | empty: inferred | names of columns |
/// | `leave_out` | empty | names of columns |
/// | `set_aside` | [`SetAside::Off`] | |
/// | `markers` | see below | in letters of either case; an empty field is always missing |
/// | `missing` | [`Missing::Refuse`] | |
/// | `scaling` | [`Scaling::Standard`] | |
/// | `scale_target` | `true` | whether a target of values is scaled, too |
/// | `min_frequency` | 1 | any: categories with fewer rows are joined to one |
/// | `unseen` | [`Unseen::Refuse`] | |
///
/// The markers are `?`, `NA`, `N/A`, `NaN`, `null` and `none`.
///
/// What a column is, is inferred from all its fields that are not missing: two words that are yes and no
/// (`yes`/`no`, `true`/`false`, `y`/`n`, `t`/`f`), numbers, or else categories. A column of numbers with some other texts, one to four numbers at most, is an error that names the
/// lines, and so is a column of texts of which nearly each is another, as names and identifiers are: `kinds`,
/// `leave_out` and `set_aside` say what is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct TableOptions {
    /// How the table is written.
    pub dialect: Dialect,
    /// The column to learn.
    pub target: Option<TargetColumn>,
    /// What is to be learned of it.
    pub task: Task,
    /// What becomes of labels that are one number written in several ways.
    pub labels: Labels,
    /// What columns are, where it is not to be inferred.
    pub kinds: BTreeMap<String, FieldKind>,
    /// Columns that are no features.
    pub leave_out: Vec<String>,
    /// What becomes of columns that cannot tell anything of other rows.
    pub set_aside: SetAside,
    /// Texts that stand for a value that is not there.
    pub markers: Vec<String>,
    /// What becomes of missing values.
    pub missing: Missing,
    /// What numbers are brought to.
    pub scaling: Scaling,
    /// Whether a target of values is scaled, too.
    pub scale_target: bool,
    /// Rows that a category must have for a feature of its own.
    pub min_frequency: usize,
    /// What becomes of categories that were not there when the encoder was fitted.
    pub unseen: Unseen,
}

/// What is to be learned of the target.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Task {
    /// Classes, if the target has texts, or whole numbers of which at most 20 are different and each is there twice on
    /// average; else values.
    #[default]
    Infer,
    /// The class of a row.
    Classes,
    /// A number.
    Values,
}

/// What becomes of labels such as `1`, `1.0` and `01`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Labels {
    /// They are an error.
    #[default]
    Refuse,
    /// Each text is a class of its own.
    Texts,
    /// They are one class, called by the shortest of them, `1`.
    Numbers,
}

/// What the fields of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FieldKind {
    /// Numbers, each one feature.
    Number,
    /// Words of which each row has one: a feature a word, 1 in rows that have it, else 0.
    Category,
    /// Yes or no: one feature, 1 or 0.
    YesNo,
}

/// What becomes of columns that cannot tell anything of other rows: dates and times, names, identifiers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SetAside {
    /// They are as other columns are: texts of which nearly each is another are an error, numbers are features.
    #[default]
    Off,
    /// They are no features, and [`TableEncoder::set_aside`](super::TableEncoder::set_aside) lists them with the
    /// [reason](super::SetAsideReason); never the target, nor a column that `kinds` has. So are
    ///
    /// - texts that are all dates or times, and whole numbers in 10 rows or more that are all days, such as `20240229`;
    /// - texts, if more than 20 and more than half are different, or all are, in 10 rows or more;
    /// - whole numbers that number the rows from 0 or 1, more than 20 of them, unless no other column is left;
    /// - whole numbers that are all different in 10 rows or more, under a name that has the word `id`, `uuid`, `guid`, `rownames` or `unnamed`, is `index`,
    ///   or is empty and the first. Other numbers that are all different are measurements;
    /// - columns without a value.
    ///
    /// With [`Missing::DropRows`] a table is then held in memory: only its features decide which rows are left out.
    Detect,
}

/// What becomes of missing values. In a row to be predicted they are filled in as those were that the encoder was fitted to. A target is
/// not made up: unless it is an error, rows without one are left out, and counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Missing {
    /// They are an error.
    #[default]
    Refuse,
    /// Rows with one are left out, and counted.
    DropRows,
    /// The mean of the column's numbers; the most frequent category.
    Mean,
    /// The median of the column's numbers, which are kept in memory to find it; the most frequent category.
    Median,
    /// The most frequent number, the least of them if there are several, of at most 10,000 different ones; the most frequent category.
    MostFrequent,
}

/// What numbers are brought to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Scaling {
    /// Mean 0 and standard deviation 1, as by [`StandardScaler`](crate::StandardScaler).
    #[default]
    Standard,
    /// From 0 to 1, as by [`MinMaxScaler`](crate::MinMaxScaler).
    MinMax,
    /// They stay as they are.
    Off,
}

/// What becomes of a category that no row had when the encoder was fitted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Unseen {
    /// It is an error.
    #[default]
    Refuse,
    /// It counts as one of the rare ones; where none were joined, all features of the column are 0.
    Other,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            target: Some(TargetColumn::Last),
            task: Task::default(),
            labels: Labels::default(),
            kinds: BTreeMap::new(),
            leave_out: Vec::new(),
            set_aside: SetAside::default(),
            markers: ["?", "NA", "N/A", "NaN", "null", "none"].map(str::to_owned).into(),
            missing: Missing::default(),
            scaling: Scaling::default(),
            scale_target: true,
            min_frequency: 1,
            unseen: Unseen::default(),
        }
    }
}

impl TableOptions {
    /// Whether a row is left out for what is missing: its target, which is not made up, or any column, if that is asked.
    #[inline]
    pub(super) fn leave_out_row(
        &self,
        target: Option<usize>,
        mut columns: impl Iterator<Item = usize>,
        is_missing: impl Fn(usize) -> bool,
    ) -> bool {
        match self.missing {
            Missing::Refuse => false,
            Missing::DropRows => columns.any(is_missing),
            Missing::Mean | Missing::Median | Missing::MostFrequent => target.is_some_and(is_missing),
        }
    }

    /// Whether a marker such as `-999` could be a value.
    pub(super) fn have_number_markers(&self) -> bool {
        self.markers.iter().any(|marker| self.dialect.numbers.parse(marker).is_some())
    }

    /// Whether a field without spaces around it stands for a value that is not there.
    pub(super) fn is_missing(markers: &[String], field: &str) -> bool {
        field.is_empty() || markers.iter().any(|marker| marker.eq_ignore_ascii_case(field))
    }
}
