//! What is seen of a table while an encoder is fitted to it.

use super::error::no_column;
use super::fit::fit_column;
use super::seen::Seen;
use super::set_aside::Watch;
use super::target::TableTarget;
use super::twin::Twin;
use super::warning::{Noticed, notice};
use super::{
    FieldKind, Missing, NumberFormat, SetAside, SetAsideReason, TableEncoder, TableError, TableOptions,
    TableWarning,
};
use crate::{DataError, TargetColumn};

/// What is seen of a table, row by row.
pub(super) struct Fitting<'o> {
    options: &'o TableOptions,
    columns: Vec<Column>,
    /// Numbers by the decimal mark that was not detected.
    other_mark: Option<NumberFormat>,
    /// Columns that are known to be set aside.
    aside: Vec<TableWarning>,
    /// Whether a marker of missing values is a number.
    number_markers: bool,
    /// Where the target is.
    target: Option<usize>,
    /// Whether a column may be its twin.
    has_twins: bool,
    kept: usize,
    dropped: usize,
}

/// A column that is a feature or the target.
struct Column {
    name: String,
    /// Where it is in the table.
    place: usize,
    is_target: bool,
    /// Its kind, if it is known.
    kind: Option<FieldKind>,
    seen: Seen,
    /// Of a feature, as long as it may tell the target exactly.
    twin: Option<Twin>,
}

impl<'o> Fitting<'o> {
    pub(super) fn new(
        names: &[String],
        options: &'o TableOptions,
        detected: bool,
        aside: Vec<TableWarning>,
    ) -> Result<Self, DataError> {
        let target = options.target.as_ref().map(|target| target_index(target, names)).transpose()?;
        let column = |place: usize| {
            let (name, is_target) = (names[place].clone(), target == Some(place));
            let kind = options.kinds.get(&name).copied();
            let mut seen = Seen::new(kind, options.missing, is_target);
            if options.set_aside == SetAside::Detect && kind.is_none() && !is_target {
                let is_unnamed = options.dialect.has_header && place == 0 && name == "x0";
                seen.watch = Some(Watch::new(&name, is_unnamed));
            }
            let twin = (target.is_some() && !is_target).then(Twin::new);
            Column { name, place, is_target, kind, seen, twin }
        };
        let used = used_columns(names, target, options)?.into_iter().map(column);
        let columns = used.filter(|column| !is_aside(&aside, column)).collect();
        let NumberFormat { decimal, percent, currency, .. } = options.dialect.numbers;
        let other_mark =
            detected.then_some(NumberFormat { decimal: decimal.other(), thousands: None, percent, currency });
        let number_markers = options.have_number_markers();
        let has_twins = target.is_some();
        Ok(Self {
            options,
            columns,
            other_mark,
            aside,
            number_markers,
            target,
            has_twins,
            kept: 0,
            dropped: 0,
        })
    }

    /// Of the columns that an encoder has.
    pub(super) fn again(encoder: &'o TableEncoder, names: &[String]) -> Result<Self, DataError> {
        let options = &encoder.options;
        let column = |name: &str, kind: Option<FieldKind>| {
            let (place, is_target) = (place(name, names)?, kind.is_none());
            let seen = Seen::new(kind, options.missing, is_target);
            Ok(Column { name: name.to_owned(), place, is_target, kind, seen, twin: None })
        };
        let features = encoder.columns.iter().map(|known| column(&known.name, Some(known.kind())));
        let target = encoder.target.iter().map(|target| column(target.name(), None));
        let columns = features.chain(target).collect::<Result<Vec<Column>, DataError>>()?;
        let target = columns.iter().find(|column| column.is_target).map(|column| column.place);
        Ok(Self {
            options,
            columns,
            other_mark: None,
            aside: Vec::new(),
            number_markers: options.have_number_markers(),
            target,
            has_twins: false,
            kept: 0,
            dropped: 0,
        })
    }

    #[inline]
    pub(super) fn add<'f>(&mut self, field: impl Fn(usize) -> &'f str, line: impl Fn() -> usize) {
        let Self { options, columns, other_mark, number_markers, target, .. } = self;
        let is_missing = |place| TableOptions::is_missing(&options.markers, field(place));
        let lacks = options.leave_out_row(*target, columns.iter().map(|column| column.place), is_missing);
        for Column { place, seen, .. } in columns {
            let text = field(*place);
            let number = options.dialect.numbers.parse(text);
            if (number.is_none() || *number_markers) && is_missing(*place) {
                seen.add_missing(&line);
            } else if !lacks {
                seen.add(text, number, &line);
                if let (None, Some(other)) = (number, &other_mark)
                    && seen.other_mark.is_none()
                    && other.parse(text).is_some()
                {
                    seen.other_mark = Some((text.to_owned(), line()));
                }
            } else {
                seen.skipped += 1;
            }
        }
        if lacks {
            self.dropped += 1;
            return;
        }
        self.kept += 1;
        if let (Some(target), true) = (self.target, self.has_twins) {
            self.add_to_twins(field, target);
        }
    }

    /// Nearly all columns are no twins after a few rows, so that this ends soon.
    fn add_to_twins<'f>(&mut self, field: impl Fn(usize) -> &'f str, target: usize) {
        let TableOptions { dialect, markers, .. } = self.options;
        let of = |place: usize| {
            let text = field(place);
            (!TableOptions::is_missing(markers, text)).then(|| (text, dialect.numbers.parse(text)))
        };
        let Some(target) = of(target) else { return };
        let mut one_is_left = false;
        for column in &mut self.columns {
            if let (Some(twin), Some(own)) = (&mut column.twin, of(column.place))
                && !twin.add(own, target)
            {
                column.twin = None;
            }
            one_is_left |= column.twin.is_some();
        }
        self.has_twins = one_is_left;
    }

    /// The columns that are to be set aside.
    pub(super) fn set_aside(&self) -> Result<Vec<TableWarning>, TableError> {
        let features = self.columns.iter().filter(|column| !column.is_target);
        let mut aside = Vec::new();
        // Without a row every column is empty.
        if self.kept == 0 {
            return Ok(aside);
        }
        for Column { name, seen, .. } in features.clone() {
            if let Some(reason) = seen.set_aside(name) {
                aside.push(TableWarning::SetAside { column: name.clone(), reason });
            }
        }
        let count = features.clone().count();
        if count > 0 && aside.len() == count {
            // Numbers that count up are better than nothing.
            aside.retain(|warning| {
                !matches!(warning, TableWarning::SetAside { reason: SetAsideReason::RowNumbers, .. })
            });
            if aside.len() == count {
                return Err(TableError::AllSetAside {
                    columns: features.map(|column| column.name.clone()).collect(),
                });
            }
        }
        Ok(aside)
    }

    /// The encoder; its classes and categories are those that are `known`, if an encoder was fitted before.
    pub(super) fn finish(mut self, known: Option<&TableEncoder>) -> Result<TableEncoder, DataError> {
        if self.kept == 0 {
            let all_missing =
                |column: &&Column| column.seen.missing > 0 && column.seen.missing == self.dropped;
            if let Some(Column { name, .. }) = self.columns.iter().find(all_missing) {
                return Err(TableError::Empty { column: name.clone() }.into());
            }
            let found = if self.dropped == 0 { "nothing" } else { "missing values in every row" };
            return Err(DataError::NoRows { expected: "at least one row of data", found });
        }
        let mut warnings = match known {
            Some(known) => known.warnings.clone(),
            None => [std::mem::take(&mut self.aside), self.set_aside()?].concat(),
        };
        self.columns.retain(|column| !is_aside(&warnings, column));
        self.check_marks()?;
        let numeric_names = self.names_are_numbers();
        let Self { options, columns: used, kept, dropped, .. } = self;
        let (mut columns, mut target) = (Vec::new(), None);
        let mut notice = |name: &str, seen: &Seen, of, equals_target| {
            if known.is_none() {
                warnings.extend(notice(name, seen, of, equals_target, kept + dropped));
            }
        };
        for Column { name, place, is_target, kind, mut seen, twin } in used {
            if is_target {
                // A target is not made up: rows without one were left out.
                check_missing(&name, &seen, options.missing != Missing::Refuse)?;
                target = Some(match known.and_then(TableEncoder::target) {
                    Some(target) => target.refit(place, &seen, options)?,
                    None => TableTarget::fit(&name, place, &seen, options)?,
                });
                let classes = matches!(target, Some(TableTarget::Classes { .. }));
                notice(&name, &seen, if classes { Noticed::Classes } else { Noticed::Values }, None);
            } else {
                check_missing(&name, &seen, options.missing != Missing::Refuse)?;
                let mut column = fit_column(&name, place, &mut seen, kind, options)?;
                if let Some(known) = known.and_then(|known| known.columns.get(columns.len())) {
                    column.keep_words(known);
                }
                let category = column.kind() == FieldKind::Category;
                let of = if category { Noticed::Categories } else { Noticed::Feature };
                notice(&name, &seen, of, twin.as_ref().and_then(Twin::equals));
                columns.push(column);
            }
        }
        if known.is_none() {
            warnings.extend(numeric_names);
        }
        let options = options.clone();
        let number_markers = options.have_number_markers();
        let encoder =
            TableEncoder { options, columns, target, rows: kept, dropped, warnings, number_markers };
        encoder.check()?;
        Ok(encoder)
    }

    /// Whether the columns of numbers, if there are some, have numbers for names that could be among their own.
    fn names_are_numbers(&self) -> Option<TableWarning> {
        let options = self.options;
        let of_numbers =
            self.columns.iter().filter(|column| column.seen.count() > 0 && column.seen.are_numbers());
        let is_one = |Column { name, seen, .. }: &Column| {
            let spread = seen.largest - seen.least;
            let x = options.dialect.numbers.parse(name);
            x.is_some_and(|x| seen.least - spread <= x && x <= seen.largest + spread)
        };
        let name = of_numbers.clone().next()?.name.clone();
        (options.dialect.has_header && of_numbers.clone().all(is_one))
            .then_some(TableWarning::NamesAreNumbers { name })
    }

    /// No number may be a text because the decimal mark of others was detected.
    fn check_marks(&self) -> Result<(), TableError> {
        let could_be_numbers = |column: &&Column| matches!(column.kind, None | Some(FieldKind::Number));
        for Column { name, seen, .. } in self.columns.iter().filter(could_be_numbers) {
            if let Some((text, line)) = &seen.other_mark {
                let (column, text, detected) =
                    (name.clone(), text.clone(), self.options.dialect.numbers.decimal);
                return Err(TableError::DecimalMixed { line: *line, column, text, detected });
            }
        }
        Ok(())
    }
}

/// Whether a column is set aside.
fn is_aside(aside: &[TableWarning], column: &Column) -> bool {
    let is = |warning: &TableWarning| matches!(warning, TableWarning::SetAside { column: name, .. } if *name == column.name);
    !column.is_target && aside.iter().any(is)
}

/// Where the column of this name is.
pub(super) fn place(name: &str, names: &[String]) -> Result<usize, DataError> {
    names.iter().position(|n| n == name).ok_or_else(|| no_column(name, names))
}

fn target_index(target: &TargetColumn, names: &[String]) -> Result<usize, DataError> {
    match target {
        TargetColumn::Last => Ok(names.len() - 1),
        TargetColumn::Index(index) if *index < names.len() => Ok(*index),
        TargetColumn::Index(index) => {
            let (name, columns) = (index.to_string(), names.to_vec());
            Err(TableError::NoColumn { name, nearest: None, columns }.into())
        }
        TargetColumn::Name(name) => place(name, names),
    }
}

/// The columns that are features or the target.
fn used_columns(
    names: &[String],
    target: Option<usize>,
    options: &TableOptions,
) -> Result<Vec<usize>, DataError> {
    for name in options.leave_out.iter().chain(options.kinds.keys()) {
        place(name, names)?;
    }
    let used = |&n: &usize| target == Some(n) || !options.leave_out.contains(&names[n]);
    let used: Vec<usize> = (0..names.len()).filter(used).collect();
    if used.iter().all(|&n| target == Some(n)) { Err(TableError::NoFeatures.into()) } else { Ok(used) }
}

fn check_missing(name: &str, seen: &Seen, allowed: bool) -> Result<(), TableError> {
    if allowed || seen.missing == 0 {
        return Ok(());
    }
    if seen.count() == 0 {
        return Err(TableError::Empty { column: name.to_owned() });
    }
    Err(TableError::Missing {
        column: name.to_owned(),
        count: seen.missing,
        lines: seen.missing_lines.clone(),
    })
}
