//! Chosen rows of a table in memory: set aside, and encoded.

use nn_core::Scalar;

use super::parts::{Places, Rows};
use super::target::{Encoded, TableTarget};
use super::{Missing, Table, TableEncoder, TableOptions, TablePart};
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
        table: &Table,
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
        table: &Table,
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
        table: &Table,
        rows: &[usize],
    ) -> Result<TablePart<T>, DataError> {
        table.check_rows(rows)?;
        let places = Places::find(self, table.names(), self.target.as_ref().map(TableTarget::name))?;
        let mut part = Rows::new(self, self.options.missing == Missing::DropRows);
        let mut wrong: Option<DataError> = None;
        for &row in rows {
            if let Err(error) = part.add(&places, |n| table.field(row, n), || table.line(row)) {
                // Every row that is wrong is counted.
                match &mut wrong {
                    Some(first) => first.count_in(&error),
                    None => wrong = Some(error),
                }
            }
        }
        wrong.map_or_else(|| part.part(), Err)
    }

    /// Encodes rows of a table whose target is classes.
    ///
    /// # Errors
    /// As [`part_from_table`](TableEncoder::part_from_table), and for an encoder with another target.
    pub fn classification_from_table<T: Scalar>(
        &self,
        table: &Table,
        rows: &[usize],
    ) -> Result<Classification<T>, DataError> {
        self.classification(self.part_from_table(table, rows)?)
    }

    /// Encodes rows of a table whose target is values, which are scaled unless the options say otherwise.
    ///
    /// # Errors
    /// As [`part_from_table`](TableEncoder::part_from_table), and for an encoder with another target.
    pub fn regression_from_table<T: Scalar>(
        &self,
        table: &Table,
        rows: &[usize],
    ) -> Result<Regression<T>, DataError> {
        self.regression(self.part_from_table(table, rows)?)
    }

    /// The rows that are not left out, with their labels.
    fn usable(&self, table: &Table) -> Result<Usable, DataError> {
        let target = self.target.as_ref();
        let places = Places::find(self, table.names(), target.map(TableTarget::name))?;
        let is_missing =
            |row: usize, place| TableOptions::is_missing(&self.options.markers, table.field(row, place));
        let lacks = |row: usize| {
            self.options.leave_out_row(places.target, places.all(), |place| is_missing(row, place))
        };
        let rows: Vec<usize> = (0..table.rows()).filter(|&row| !lacks(row)).collect();
        let (Some(target @ TableTarget::Classes { .. }), Some(place)) = (target, places.target) else {
            return Ok(Usable { rows, labels: None });
        };
        let mut labels = Vec::with_capacity(rows.len());
        for &row in &rows {
            let field = table.field(row, place);
            match target.encode(field, &self.options) {
                Ok(Encoded::Label(label)) => labels.push(label),
                Ok(Encoded::Value(_)) => return Err(self.other_target("classes")),
                Err(refusal) => return Err(target.refused(field, refusal, table.line(row)).into()),
            }
        }
        Ok(Usable { rows, labels: Some(labels) })
    }
}

/// Rows that are not left out.
struct Usable {
    rows: Vec<usize>,
    /// Their labels, if the target is classes.
    labels: Option<Vec<usize>>,
}
