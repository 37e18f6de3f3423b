//! How a table is read.

use clap::{Args, ValueEnum};
use nn_data::{
    DecimalMark, Delimiter, Dialect, DuplicateNames, FieldKind, Labels, Missing, NumberFormat, SetAside,
    TableOptions, TargetColumn, Task, TextEncoding, Unseen,
};

use super::parse;

/// How a table is read, and what its columns are.
#[derive(Debug, Args)]
#[command(next_help_heading = "The table")]
pub(crate) struct TableArguments {
    /// The column to learn; the last one if it is not said.
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,
    /// Whether the target is a class or a value.
    #[arg(long, value_enum, default_value_t = Tasks::Infer)]
    task: Tasks,
    /// Columns to leave out, with commas between them.
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    leave_out: Vec<String>,
    /// What becomes of columns that can tell nothing of other rows: dates, names, identifiers, numbers of the rows. They are told and left
    /// out, unless it is `off`, or `--kind` says what they are.
    #[arg(long, value_enum, default_value_t = Aside::Detect)]
    set_aside: Aside,
    /// What becomes of missing values: an error, rows left out, or what is filled in. Of words, it is always the most frequent that is.
    #[arg(long, value_enum, default_value_t = Gaps::Error)]
    missing: Gaps,
    /// Another text that stands for a missing value, beside nothing, `?`, `NA`, `N/A`, `NaN`, `null` and `none`.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    missing_marker: Vec<String>,
    /// What a column is, where its fields mislead: `zip=category`, `code=number`, `member=yesno`.
    #[arg(long, value_name = "COLUMN=KIND", value_parser = parse::kind)]
    kind: Vec<(String, FieldKind)>,
    /// Fewer rows than this of a category are joined with those of other rare ones.
    #[arg(long, default_value_t = 1, value_name = "ROWS", value_parser = parse::count)]
    min_frequency: usize,
    /// Take a category that was not there in training for a rare one.
    #[arg(long)]
    other: bool,
    /// What becomes of labels that are one number written in several ways, such as 1 and 1.0.
    #[arg(long, value_enum, default_value_t = LabelForms::Error)]
    labels: LabelForms,
    /// What stands between two fields: a character, `tab`, or `detect`.
    #[arg(long, default_value = "detect", value_parser = parse::delimiter)]
    delimiter: Delimiter,
    /// What stands before the fraction of a number.
    #[arg(long, value_enum, default_value_t = Marks::Detect)]
    decimal: Marks,
    /// What stands between groups of three digits; detected where a number has a fraction, too, such as `1,234.5`.
    #[arg(long, value_name = "CHARACTER")]
    thousands: Option<char>,
    /// What characters the bytes of the file stand for.
    #[arg(long, value_enum, default_value_t = Encodings::Utf8)]
    encoding: Encodings,
    /// The table has no line of names: its columns are `x0`, `x1`, and so on.
    #[arg(long)]
    no_header: bool,
    /// Number columns that have one name: the second `a` is `a_2`.
    #[arg(long)]
    number_duplicates: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tasks {
    Infer,
    Classes,
    Values,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Aside {
    Detect,
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Marks {
    Detect,
    Point,
    Comma,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Gaps {
    Error,
    Drop,
    Mean,
    Median,
    MostFrequent,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LabelForms {
    Error,
    Texts,
    Numbers,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Encodings {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "latin-1")]
    Latin1,
    #[value(name = "windows-1252")]
    Windows1252,
    #[value(name = "utf-16le")]
    Utf16Le,
    #[value(name = "utf-16be")]
    Utf16Be,
}

impl TableArguments {
    /// The same in the words of the library.
    pub(crate) fn options(&self) -> TableOptions {
        let defaults = TableOptions::default();
        let markers = defaults.markers.into_iter().chain(self.missing_marker.iter().cloned()).collect();
        TableOptions {
            dialect: self.dialect(),
            target: Some(self.target.clone().map_or(TargetColumn::Last, TargetColumn::Name)),
            task: match self.task {
                Tasks::Infer => Task::Infer,
                Tasks::Classes => Task::Classes,
                Tasks::Values => Task::Values,
            },
            labels: match self.labels {
                LabelForms::Error => Labels::Refuse,
                LabelForms::Texts => Labels::Texts,
                LabelForms::Numbers => Labels::Numbers,
            },
            kinds: self.kind.iter().cloned().collect(),
            set_aside: match self.set_aside {
                Aside::Detect => SetAside::Detect,
                Aside::Off => SetAside::Off,
            },
            leave_out: self.leave_out.clone(),
            markers,
            missing: match self.missing {
                Gaps::Error => Missing::Refuse,
                Gaps::Drop => Missing::DropRows,
                Gaps::Mean => Missing::Mean,
                Gaps::Median => Missing::Median,
                Gaps::MostFrequent => Missing::MostFrequent,
            },
            min_frequency: self.min_frequency,
            unseen: if self.other { Unseen::Other } else { Unseen::Refuse },
            ..defaults
        }
    }

    fn dialect(&self) -> Dialect {
        let decimal = match self.decimal {
            Marks::Detect => DecimalMark::Detect,
            Marks::Point => DecimalMark::Point,
            Marks::Comma => DecimalMark::Comma,
        };
        Dialect {
            delimiter: self.delimiter,
            encoding: match self.encoding {
                Encodings::Utf8 => TextEncoding::Utf8,
                Encodings::Latin1 => TextEncoding::Latin1,
                Encodings::Windows1252 => TextEncoding::Windows1252,
                Encodings::Utf16Le => TextEncoding::Utf16Le,
                Encodings::Utf16Be => TextEncoding::Utf16Be,
            },
            has_header: !self.no_header,
            // `12%` and `$5` could hardly be anything else.
            numbers: NumberFormat { decimal, thousands: self.thousands, percent: true, currency: true },
            duplicate_names: if self.number_duplicates {
                DuplicateNames::Number
            } else {
                DuplicateNames::Refuse
            },
            ..Dialect::default()
        }
    }
}
