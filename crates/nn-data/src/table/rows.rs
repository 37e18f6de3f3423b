//! Chosen rows of a table: set aside, and encoded.

use nn_core::Scalar;

use super::parts::{Places, Rows};
use super::target::{Encoded, TableTarget};
use super::{Missing, TableEncoder, TableOptions, TablePart, TableRows};
use crate::k_fold::Folds;
use crate::split::rows_of_split;
use crate::{Classification, DataError, Regression};

impl TableEncoder {
    /// The rows of a table in two parts, (train, test), at random: round(`test_fraction` rows) for testing. With a target of
    /// classes these are in the same proportions in each part, as by [`stratified_split`](Classification::stratified_split); else
    /// as by [`split`](crate::Dataset::split). Rows that are [left out](Missing) for a missing value are in neither.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `test_fraction` | none | (0, 1), at least one row in each part |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Parameter`] for a fraction outside (0, 1), [`DataError::Split`] when a part would be empty, [`DataError::Table`]
    /// for a column that the table has not, or a target that the encoder does not know.
    ///
    /// # Example
    /// ```
    /// use nn_data::{Dialect, Table, TableEncoder, TableOptions};
    ///
    /// let text = "size,class\n1,no\n3,no\n2,yes\n100,no\n7,yes\n6,no\n";
    /// let table = Table::from_reader(text.as_bytes(), &Dialect::default())?;
    /// let whole = TableEncoder::fit_table(&table, &TableOptions::default())?;
    /// let (train, test) = whole.split_rows(&table, 0.5, 0)?;
    /// let encoder = whole.refit(&table, &train)?;
    /// let test = encoder.classification_from_table::<f32>(&table, &test)?;
    /// assert_eq!(test.class_counts(), [2, 1]);
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn split_rows(
        &self,
        table: &dyn TableRows,
        test_fraction: f64,
        seed: u64,
    ) -> Result<(Vec<usize>, Vec<usize>), DataError> {
        let Usable { rows, labels } = self.usable(table)?;
        let (mut train, mut test) = rows_of_split(rows.len(), labels.as_deref(), test_fraction, seed)?;
        train.iter_mut().chain(&mut test).for_each(|row| *row = rows[*row]);
        Ok((train, test))
    }

    /// `folds` pairs of rows (train, test) of a table; each row is in the test part once. Classes are in the same proportions in
    /// each, as by [`stratified_k_fold`](Classification::stratified_k_fold). Rows that are [left out](Missing) for a missing value are in none.
    ///
    /// | Name | Default | Range |
    /// |---|---|---|
    /// | `folds` | none; 5 and 10 are usual | from 2 to the number of rows |
    /// | `seed` | none | any |
    ///
    /// # Errors
    /// [`DataError::Folds`] for a number of folds outside its range, and [`DataError::Table`] as [`split_rows`](TableEncoder::split_rows).
    ///
    /// # Example
    /// ```
    /// use nn_data::{Dialect, Table, TableEncoder, TableOptions};
    ///
    /// let text = "size,class\n1,no\n3,no\n2,yes\n100,no\n7,yes\n6,no\n";
    /// let table = Table::from_reader(text.as_bytes(), &Dialect::default())?;
    /// let whole = TableEncoder::fit_table(&table, &TableOptions::default())?;
    /// for (train, test) in whole.k_fold_rows(&table, 2, 0)? {
    ///     let encoder = whole.refit(&table, &train)?;
    ///     let test = encoder.classification_from_table::<f32>(&table, &test)?;
    ///     assert_eq!(test.class_counts(), [2, 1]);
    /// }
    /// # Ok::<(), nn_data::DataError>(())
    /// ```
    pub fn k_fold_rows(
        &self,
        table: &dyn TableRows,
        folds: usize,
        seed: u64,
    ) -> Result<impl ExactSizeIterator<Item = (Vec<usize>, Vec<usize>)> + use<>, DataError> {
        let Usable { rows, labels } = self.usable(table)?;
        let folds = Folds::deal(rows.len(), labels.as_deref(), folds, seed)?;
        Ok(folds.pairs().map(move |(mut train, mut test)| {
            train.iter_mut().chain(&mut test).for_each(|row| *row = rows[*row]);
            (train, test)
        }))
    }

    /// Encodes rows of a table, in the order in which they are given, with the target if the encoder has one.
    ///
    /// # Errors
    /// [`DataError::Row`] for a row that the table has not; [`DataError::Table`] for a column that is not there, or a field that
    /// is not what its column has.
    pub fn part_from_table<T: Scalar>(
        &self,
        table: &dyn TableRows,
        rows: &[usize],
    ) -> Result<TablePart<T>, DataError> {
        let places = Places::find(self, table.names(), self.target.as_ref().map(TableTarget::name))?;
        let mut part = Rows::new(self, self.options.missing == Missing::DropRows);
        let mut wrong: Option<DataError> = None;
        let mut kept = Vec::new();
        table.visit(rows, &mut |place, row| match part.add(&places, |n| row.field(n), || row.line()) {
            Ok(true) => kept.push(place),
            Ok(false) => {}
            // Every row that is wrong is counted.
            Err(error) => match &mut wrong {
                Some(first) => first.count_in(&error),
                None => wrong = Some(error),
            },
        })?;
        let part = wrong.map_or_else(|| part.part(), Err)?;
        Ok(if kept.is_sorted() { part } else { part.in_order_of(&kept) })
    }

    /// Encodes rows of a table whose target is classes.
    ///
    /// # Errors
    /// As [`part_from_table`](TableEncoder::part_from_table), and for an encoder with another target.
    pub fn classification_from_table<T: Scalar>(
        &self,
        table: &dyn TableRows,
        rows: &[usize],
    ) -> Result<Classification<T>, DataError> {
        self.classification_of_part(self.part_from_table(table, rows)?)
    }

    /// Encodes rows of a table whose target is values, which are scaled unless the options say otherwise.
    ///
    /// # Errors
    /// As [`part_from_table`](TableEncoder::part_from_table), and for an encoder with another target.
    pub fn regression_from_table<T: Scalar>(
        &self,
        table: &dyn TableRows,
        rows: &[usize],
    ) -> Result<Regression<T>, DataError> {
        self.regression_of_part(self.part_from_table(table, rows)?)
    }

    /// The rows that are not left out, with their labels.
    fn usable(&self, table: &dyn TableRows) -> Result<Usable, DataError> {
        let target = self.target.as_ref();
        let places = Places::find(self, table.names(), target.map(TableTarget::name))?;
        let classes =
            target.zip(places.target).filter(|(target, _)| matches!(target, TableTarget::Classes { .. }));
        let (mut next, mut rows, mut labels) = (0, Vec::new(), classes.map(|_| Vec::new()));
        let mut wrong = None;
        table.visit_all(&mut |row| {
            let is_missing = |place| TableOptions::is_missing(&self.options.markers, row.field(place));
            let number = next;
            next += 1;
            if self.options.leave_out_row(places.target, places.all(), is_missing) {
                return;
            }
            rows.push(number);
            let (Some((target, place)), Some(labels)) = (classes, &mut labels) else { return };
            match target.encode(row.field(place), &self.options) {
                Ok(Encoded::Label(label)) => labels.push(label),
                Ok(Encoded::Value(_)) => wrong = wrong.take().or_else(|| Some(self.other_target("classes"))),
                Err(refusal) => {
                    let error = || target.refused(row.field(place), refusal, row.line()).into();
                    wrong = wrong.take().or_else(|| Some(error()));
                }
            }
        })?;
        wrong.map_or(Ok(Usable { rows, labels }), Err)
    }
}

/// Rows that are not left out.
struct Usable {
    rows: Vec<usize>,
    /// Their labels, if the target is classes.
    labels: Option<Vec<usize>>,
}
