//! The rows that a rank has.

use std::fmt;
use std::ops::Range;

use mpi::traits::Equivalence;
use ndarray::{Array2, ArrayRef2, ArrayView2, Axis, CowArray, Ix2, Slice};
use nn_core::{Batch, Error as CoreError, Fingerprint, Scalar, Targets};

use crate::exchange::weighted;
use crate::{Error, Ranks};

/// Classes as numbers of messages: whole numbers below it are numbers of `f32`.
const CLASSES: usize = 1 << 24;

/// Targets that can be sent to another rank, as numbers.
pub trait SharedTargets<T: Scalar>: Targets<T> {
    /// What they are, as a message says it.
    const WHAT: &'static str;

    /// Numbers of a sample.
    fn width(targets: &Self::Owned) -> usize;

    /// Appends those of one sample.
    fn write(targets: &Self::Owned, row: usize, numbers: &mut Vec<T>);

    /// The targets again, from `width` numbers a sample.
    fn read(numbers: ArrayView2<'_, T>) -> Self::Owned;

    /// Samples that lie one after the other.
    fn part(targets: &Self::Owned, rows: Range<usize>) -> Self::Owned;

    /// Checks what [`Batch::new`] does not.
    ///
    /// # Errors
    /// When they cannot be sent.
    fn check(_targets: &Self::Owned) -> Result<(), CoreError> {
        Ok(())
    }

    /// Adds them to a fingerprint, without how many they are.
    fn add_to(targets: &Self::Owned, fingerprint: &mut Fingerprint);
}

impl<T: Scalar> SharedTargets<T> for [usize] {
    const WHAT: &'static str = "a class";

    fn width(_: &Vec<usize>) -> usize {
        1
    }

    fn write(targets: &Vec<usize>, row: usize, numbers: &mut Vec<T>) {
        numbers.push(T::of(targets[row] as f64));
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a `usize` below 2^24")]
    fn read(numbers: ArrayView2<'_, T>) -> Vec<usize> {
        numbers.iter().map(|label| label.as_f64() as usize).collect()
    }

    fn part(targets: &Vec<usize>, rows: Range<usize>) -> Vec<usize> {
        targets[rows].to_vec()
    }

    fn check(targets: &Vec<usize>) -> Result<(), CoreError> {
        match targets.iter().find(|&&label| label >= CLASSES) {
            Some(label) => Err(CoreError::hyperparameter("a class", "a number below 2^24", label)),
            None => Ok(()),
        }
    }

    fn add_to(targets: &Vec<usize>, fingerprint: &mut Fingerprint) {
        targets.iter().for_each(|&label| fingerprint.integer(label as u64));
    }
}

impl<T: Scalar> SharedTargets<T> for ArrayRef2<T> {
    const WHAT: &'static str = "values";

    fn width(targets: &Array2<T>) -> usize {
        targets.ncols()
    }

    fn write(targets: &Array2<T>, row: usize, numbers: &mut Vec<T>) {
        numbers.extend(targets.row(row));
    }

    fn read(numbers: ArrayView2<'_, T>) -> Array2<T> {
        numbers.to_owned()
    }

    fn part(targets: &Array2<T>, rows: Range<usize>) -> Array2<T> {
        targets.slice_axis(Axis(0), Slice::from(rows)).to_owned()
    }

    fn add_to(targets: &Array2<T>, fingerprint: &mut Fingerprint) {
        add_scalars(fingerprint, targets);
    }
}

/// Adds numbers to a fingerprint, without how many they are.
pub(crate) fn add_scalars<'a, T: Scalar>(
    fingerprint: &mut Fingerprint,
    values: impl IntoIterator<Item = &'a T>,
) {
    values.into_iter().for_each(|value| fingerprint.integer(value.as_f64().to_bits()));
}

/// The rows of a data set that this rank has, where all ranks together have the whole: rank 0 the first rows, rank 1 those
/// that come after, and so on.
///
/// # Example
/// ```no_run
/// use ndarray::Array2;
/// use nn_mpi::{Error, Ranks, Share};
///
/// # fn main() -> std::process::ExitCode {
/// Ranks::run(|ranks| {
///     // A file a rank, or a part of one file: each rank has its own rows in memory and no others.
///     let rows = Share::<f32, [usize]>::rows(1_000_000, ranks);
///     let x = Array2::from_shape_fn((rows.len(), 8), |(n, j)| ((rows.start + n) * (j + 3) % 101) as f32);
///     let labels = rows.map(|n| n % 3).collect();
///     let share: Share<f32, [usize]> = Share::new(ranks, x, labels, None)?;
///     println!("{} of {} rows", share.len(), share.total());
///     Ok::<(), Error>(())
/// })
/// # }
/// ```
pub struct Share<'x, T: Scalar, Y: SharedTargets<T> + ?Sized> {
    pub(crate) x: CowArray<'x, T, Ix2>,
    pub(crate) y: Y::Owned,
    pub(crate) weights: Option<Vec<T>>,
    /// The first row of each rank, and how many there are in all.
    pub(crate) starts: Vec<usize>,
    rank: usize,
}

impl<T: Scalar, Y: SharedTargets<T> + ?Sized> fmt::Debug for Share<'_, T, Y> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").field("rows", &self.range()).field("total", &self.total()).finish()
    }
}

impl<T: Scalar + Equivalence, Y: SharedTargets<T> + ?Sized> Share<'static, T, Y> {
    /// Which rows this rank should have of so many, for shares of one size, or nearly.
    pub fn rows(total: usize, ranks: &Ranks) -> Range<usize> {
        let first = |rank: usize| total * rank / ranks.size();
        first(ranks.rank())..first(ranks.rank() + 1)
    }

    /// This rank's part of a data set that every rank has whole.
    ///
    /// # Errors
    /// As [`new`](Share::new).
    pub fn of(ranks: &Ranks, whole: &Batch<'_, T, Y>) -> Result<Self, Error> {
        let rows: Vec<usize> = Self::rows(whole.samples(), ranks).collect();
        let mut y = Y::Owned::default();
        whole.y().gather(&rows, &mut y);
        let weights = whole.weights().map(|weights| rows.iter().map(|&row| weights[row]).collect());
        Self::new(ranks, whole.x().select(Axis(0), &rows), y, weights)
    }
}

impl<'x, T: Scalar + Equivalence, Y: SharedTargets<T> + ?Sized> Share<'x, T, Y> {
    /// The rows that this rank has, an `Array2` or a view of one. All ranks call it; sample weights have either all of them or none.
    ///
    /// # Errors
    /// [`Error::OnRank`] for samples that are not finite, or not as many targets; [`Error::NoRows`]; [`Error::Differ`] when ranks have other
    /// features or another kind of targets.
    pub fn new(
        ranks: &Ranks,
        x: impl Into<CowArray<'x, T, Ix2>>,
        y: Y::Owned,
        weights: Option<Vec<T>>,
    ) -> Result<Self, Error> {
        let x = x.into();
        let doing = "looking at each other's rows";
        let lengths = ranks.gather_numbers(doing, x.nrows() as u64);
        let mut starts = vec![0];
        for length in lengths {
            starts.push(starts[starts.len() - 1] + usize::try_from(length).expect("it fits"));
        }
        let rows = starts[ranks.size()];
        if let Some(rank) = (0..ranks.size()).find(|&rank| starts[rank] == starts[rank + 1]) {
            return Err(Error::NoRows { rank, size: ranks.size(), rows });
        }
        let check = || {
            let batch = Batch::new(x.view(), Y::borrow(&y))?;
            // That those of another rank count is enough.
            if let Some(weights) =
                weights.as_deref().filter(|weights| weights.iter().any(|&w| w != T::zero()))
            {
                batch.with_weights(weights)?;
            }
            Y::check(&y)
        };
        ranks.agree(doing, check())?;
        let (features, width, what) = (x.ncols(), Y::width(&y), Y::WHAT);
        let weighted = if weights.is_some() { ", weighted" } else { "" };
        let schema = format!("rows of {features} features and {width} numbers as {what}{weighted}");
        ranks.check_same("their data", &schema, "give all ranks parts of one data set")?;
        // In one memory order everywhere.
        let x = if x.is_standard_layout() { x } else { CowArray::from(x.as_standard_layout().into_owned()) };
        Ok(Self { x, y, weights, starts, rank: ranks.rank() })
    }
}

impl<T: Scalar, Y: SharedTargets<T> + ?Sized> Share<'_, T, Y> {
    /// How many rows this rank has.
    #[allow(clippy::len_without_is_empty, reason = "it never is")]
    pub fn len(&self) -> usize {
        self.x.nrows()
    }

    /// How many all ranks have.
    pub fn total(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    /// Which of all rows this rank has.
    pub fn range(&self) -> Range<usize> {
        self.starts[self.rank]..self.starts[self.rank + 1]
    }

    /// Features of a row.
    pub fn features(&self) -> usize {
        self.x.ncols()
    }

    /// This rank's rows; `None` if the weight of each is 0.
    pub fn batch(&self) -> Option<Batch<'_, T, Y>> {
        weighted(self.x.view(), Y::borrow(&self.y), self.weights.as_deref())
    }

    /// The rank that has this of all rows.
    pub(crate) fn holder(&self, row: usize) -> usize {
        self.starts.partition_point(|&start| start <= row) - 1
    }

    /// Numbers of a row in a message: features, targets, weight.
    pub(crate) fn width(&self) -> usize {
        self.x.ncols() + Y::width(&self.y) + usize::from(self.weights.is_some())
    }

    /// Appends one of this rank's rows, counted among all.
    pub(crate) fn write(&self, row: usize, numbers: &mut Vec<T>) {
        let row = row - self.starts[self.rank];
        numbers.extend(self.x.row(row));
        Y::write(&self.y, row, numbers);
        numbers.extend(self.weights.as_ref().map(|weights| weights[row]));
    }
}
