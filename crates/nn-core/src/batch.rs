//! Samples and their targets, whole and in mini-batches.

use std::fmt::Debug;

use ndarray::iter::LanesIter;
use ndarray::{Array2, ArrayRef2, ArrayView2, Ix1, ShapeBuilder};
use rand::{Rng, seq::SliceRandom};

use crate::memory::{Aligned, batch_view, by_feature_mut, gather};
use crate::{Error, Fingerprint, Scalar, simd};

/// What a network is to learn: class indices `[usize]`, or rows of values `ArrayRef2<T>`.
///
/// An `ArrayRef2` is what `Array2` and `ArrayView2` dereference to: where targets are wanted, write `&labels[..]` for a
/// vector of labels and `&*array` for an array of values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be targets of a network on `{T}`",
    note = "write `&labels[..]` for class indices and `&*array` for an array of values"
)]
pub trait Targets<T: Scalar>: Sync {
    /// A reusable store of gathered targets.
    type Owned: Debug + Default + Clone + Send + Sync;

    /// How many samples the targets are for.
    fn samples(&self) -> usize;

    /// Copies the targets of `rows` into `owned`, reusing its memory.
    ///
    /// # Panics
    /// When a row is out of range.
    fn gather(&self, rows: &[usize], owned: &mut Self::Owned);

    /// The gathered targets.
    fn borrow(owned: &Self::Owned) -> &Self;

    /// The class of each sample; `None` where targets are not classes, as by default.
    fn labels(&self) -> Option<&[usize]> {
        None
    }

    /// The values of each sample, a row each; `None` where targets are not values, as by default.
    fn values(&self) -> Option<ArrayView2<'_, T>> {
        None
    }

    /// Adds every target to a fingerprint. The default adds how many there are.
    fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        fingerprint.integer(self.samples() as u64);
    }
}

impl<T: Scalar> Targets<T> for [usize] {
    type Owned = Vec<usize>;

    fn samples(&self) -> usize {
        self.len()
    }

    fn gather(&self, rows: &[usize], owned: &mut Vec<usize>) {
        owned.clear();
        owned.extend(rows.iter().map(|&row| self[row]));
    }

    fn borrow(owned: &Vec<usize>) -> &Self {
        owned
    }

    fn labels(&self) -> Option<&[usize]> {
        Some(self)
    }

    fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        self.iter().for_each(|&label| fingerprint.integer(label as u64));
        fingerprint.integer(self.len() as u64);
    }
}

impl<T: Scalar> Targets<T> for ArrayRef2<T> {
    type Owned = Array2<T>;

    fn samples(&self) -> usize {
        self.nrows()
    }

    fn gather(&self, rows: &[usize], owned: &mut Array2<T>) {
        gather_columns(self.view(), rows, owned);
    }

    fn borrow(owned: &Array2<T>) -> &Self {
        owned
    }

    fn values(&self) -> Option<ArrayView2<'_, T>> {
        Some(self.view())
    }

    fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        fingerprint.scalars(self.iter());
    }
}

/// Copies `rows` of `from` into `to`, feature by feature: the order that the layers are fastest in.
fn gather_columns<T: Scalar>(from: ArrayView2<'_, T>, rows: &[usize], to: &mut Array2<T>) {
    if to.dim() != (rows.len(), from.ncols()) {
        // Mini-batches have two sizes at most, the last one's included: reuse the memory for both.
        let mut memory = std::mem::take(to).into_raw_vec_and_offset().0;
        memory.resize(rows.len() * from.ncols(), T::zero());
        *to = Array2::from_shape_vec((rows.len(), from.ncols()).f(), memory).expect("resized to fit");
    }
    let mut to = to.view_mut();
    gather(from, rows, by_feature_mut(&mut to).expect("made feature by feature"));
}

/// Samples to learn from: features, targets, and how much each sample counts.
///
/// # Shapes
/// `x`: (samples, features). `y`: as many targets. `weights`: as many, each finite and at least 0.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::Batch;
///
/// let x = array![[0.0, 1.0], [1.0, 1.0]];
/// let labels = [1, 0];
/// let batch = Batch::new(x.view(), &labels[..])?;
/// assert_eq!(batch.samples(), 2);
///
/// let error = Batch::new(x.view(), &labels[..1]).unwrap_err();
/// assert_eq!(error.to_string(), "expected 2 targets, found 1");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Batch<'a, T, Y: ?Sized> {
    x: ArrayView2<'a, T>,
    y: &'a Y,
    weights: Option<&'a [T]>,
}

// By hand, because `Y` itself need not be `Copy`.
impl<T, Y: ?Sized> Clone for Batch<'_, T, Y> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, Y: ?Sized> Copy for Batch<'_, T, Y> {}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> Batch<'a, T, Y> {
    /// Samples that all count alike.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`] without samples, [`Error::Length`] when there are not as many targets,
    /// [`Error::NotFinite`] for a feature that is NaN or infinite.
    pub fn new(x: ArrayView2<'a, T>, y: &'a Y) -> Result<Self, Error> {
        if x.nrows() == 0 {
            return Err(Error::EmptyBatch);
        }
        if y.samples() != x.nrows() {
            return Err(Error::Length { what: "targets", expected: x.nrows(), found: y.samples() });
        }
        check_finite("features", x)?;
        Ok(Self { x, y, weights: None })
    }

    /// The same samples, the n-th counting `weights[n]` times.
    ///
    /// # Errors
    /// [`Error::Length`] when there are not as many weights, [`Error::Hyperparameter`] for a weight that is negative,
    /// NaN or infinite, when all are 0, or when their sum is too large for `T`.
    pub fn with_weights(self, weights: &'a [T]) -> Result<Self, Error> {
        check_weights(weights, self.samples())?;
        Ok(Self { weights: Some(weights), ..self })
    }

    /// The features, one sample a row.
    pub fn x(&self) -> ArrayView2<'a, T> {
        self.x
    }

    /// The targets.
    pub fn y(&self) -> &'a Y {
        self.y
    }

    /// How much each sample counts; `None` if all count alike.
    pub fn weights(&self) -> Option<&'a [T]> {
        self.weights
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.x.nrows()
    }
}

pub(crate) fn check_finite<T: Scalar>(what: &'static str, x: ArrayView2<'_, T>) -> Result<(), Error> {
    // Without an early exit, so that it is vectorised.
    let finite =
        |values: &[T]| simd::run(|| values.iter().fold(true, |finite, value| finite & value.is_finite()));
    let each_finite =
        |mut lanes: LanesIter<'_, T, Ix1>| lanes.all(|lane| lane.to_slice().is_some_and(finite));
    let all_finite = match x.as_slice_memory_order() {
        Some(values) => finite(values),
        // Part of a larger matrix.
        None => each_finite(x.rows().into_iter()) || each_finite(x.columns().into_iter()),
    };
    if all_finite {
        return Ok(());
    }
    match x.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), value)) => Err(Error::NotFinite { what, row, column, value: value.as_f64() }),
        None => Ok(()),
    }
}

pub(crate) fn check_weights<T: Scalar>(weights: &[T], samples: usize) -> Result<(), Error> {
    if weights.len() != samples {
        return Err(Error::Length { what: "sample weights", expected: samples, found: weights.len() });
    }
    // Its reciprocal must be finite too, or the mean over a mini-batch of such samples would not be.
    let valid = |w: T| w == T::zero() || (w > T::zero() && w.is_finite() && w.recip().is_finite());
    if let Some(w) = weights.iter().find(|w| !valid(**w)) {
        return Err(Error::hyperparameter("sample weight", "0 or a finite number above 0", w));
    }
    let sum = weights.iter().fold(T::zero(), |sum, &w| sum + w);
    if !(sum.is_finite() && sum > T::zero()) {
        return Err(Error::hyperparameter("the sum of the sample weights", "a finite number above 0", sum));
    }
    Ok(())
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Batch<'_, T, Y> {
    /// Adds features, targets and weights to a fingerprint, sample by sample, however they lie in memory.
    pub fn fingerprint(&self, fingerprint: &mut Fingerprint) {
        fingerprint.integer(self.x.ncols() as u64);
        fingerprint.scalars(self.x.iter());
        self.y.fingerprint(fingerprint);
        fingerprint.scalars(self.weights.unwrap_or_default());
    }
}

/// Samples copied from a [`Batch`], feature by feature, in memory that is used again.
#[derive(Debug)]
pub(crate) struct Samples<T: Scalar, Y: Targets<T> + ?Sized> {
    x: Aligned<T>,
    /// Samples and features.
    dim: (usize, usize),
    y: Y::Owned,
    weights: Option<Vec<T>>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Default for Samples<T, Y> {
    fn default() -> Self {
        Self { x: Aligned::default(), dim: (0, 0), y: Y::Owned::default(), weights: None }
    }
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Samples<T, Y> {
    /// Copies the `rows` of `all`.
    pub(crate) fn gather(&mut self, all: &Batch<'_, T, Y>, rows: &[usize]) {
        self.dim = (rows.len(), all.x.ncols());
        gather(all.x, rows, self.x.first_mut(rows.len() * all.x.ncols()));
        all.y.gather(rows, &mut self.y);
        match all.weights {
            None => self.weights = None,
            Some(from) => {
                let weights = self.weights.get_or_insert_default();
                weights.clear();
                weights.extend(rows.iter().map(|&row| from[row]));
            }
        }
    }

    pub(crate) fn batch(&self) -> Batch<'_, T, Y> {
        let (samples, features) = self.dim;
        let x = batch_view(&self.x.numbers()[..samples * features], samples, features);
        Batch { x, y: Y::borrow(&self.y), weights: self.weights.as_deref() }
    }
}

/// Deals the samples of a [`Batch`] out in mini-batches, again and again without allocating.
///
/// The rows of a mini-batch are gathered once, straight into the memory order that the layers are fastest in. A
/// single batch of all samples is gathered only the first time.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_core::{Batch, MiniBatches, rng};
///
/// let x = Array2::from_shape_fn((5, 2), |(n, j)| (10 * n + j) as f64);
/// let labels = [0, 1, 2, 3, 4];
/// let mut batches = MiniBatches::new(Batch::new(x.view(), &labels[..])?, 2)?;
///
/// let mut rng = rng(7);
/// batches.shuffle(&mut rng);
/// let mut seen = Vec::new();
/// while let Some(batch) = batches.next() {
///     for (row, &label) in batch.x().rows().into_iter().zip(batch.y()) {
///         assert_eq!(row[0], 10.0 * label as f64);
///         seen.push(label);
///     }
/// }
/// seen.sort();
/// assert_eq!(seen, labels);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct MiniBatches<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    all: Batch<'a, T, Y>,
    order: RowOrder,
    samples: Samples<T, Y>,
    /// Whether `samples` holds all of them already.
    holds_all: bool,
}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> MiniBatches<'a, T, Y> {
    /// Mini-batches of `size` samples, in the order of the data; the last one may be smaller.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] when `size` is 0.
    pub fn new(all: Batch<'a, T, Y>, size: usize) -> Result<Self, Error> {
        let order = RowOrder::new(all.samples(), size)?;
        Ok(Self { all, order, samples: Samples::default(), holds_all: false })
    }

    /// Starts over in a random order, as [`RowOrder::shuffle`] says.
    pub fn shuffle(&mut self, rng: &mut dyn Rng) {
        self.order.shuffle(rng);
    }

    /// Starts over in the same order.
    pub fn rewind(&mut self) {
        self.order.rewind();
    }

    /// Passes over the next `batches` mini-batches, or those that are left.
    pub fn skip(&mut self, batches: usize) {
        self.order.skip(batches);
    }

    /// How many mini-batches make an epoch.
    pub fn count(&self) -> usize {
        self.order.count()
    }

    /// The next mini-batch, or `None` at the end of the epoch.
    ///
    /// Not an [`Iterator`]: the batch borrows the memory that the next one reuses.
    #[allow(clippy::should_implement_trait, reason = "a lending iterator has no trait yet")]
    pub fn next(&mut self) -> Option<Batch<'_, T, Y>> {
        let (rows, _) = self.order.next()?;
        if !self.holds_all {
            self.samples.gather(&self.all, rows);
            self.holds_all = rows.len() == self.all.samples();
        }
        Some(self.samples.batch())
    }

    /// The rows of the next mini-batch, which are not gathered, or `None` at the end of the epoch.
    pub fn next_rows(&mut self) -> Option<&[usize]> {
        self.order.next().map(|(rows, _)| rows)
    }
}

/// Which rows make which mini-batch, again and again without allocating: [`MiniBatches`] without the samples, for whoever
/// has them elsewhere.
///
/// # Example
/// ```
/// use nn_core::RowOrder;
///
/// let mut order = RowOrder::new(5, 2)?;
/// assert_eq!(order.next(), Some((&[0, 1][..], &[2, 3, 4][..])));
/// order.skip(1);
/// assert_eq!(order.next(), Some((&[4][..], &[][..])));
/// assert_eq!(order.next(), None);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowOrder {
    rows: Vec<usize>,
    size: usize,
    next: usize,
}

impl RowOrder {
    /// Mini-batches of `size` of so many rows, in their order; the last one may be smaller.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] when `size` is 0.
    pub fn new(rows: usize, size: usize) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::hyperparameter("batch size", "at least 1", size));
        }
        Ok(Self { rows: (0..rows).collect(), size: size.min(rows.max(1)), next: 0 })
    }

    /// Starts over in a random order: a Fisher-Yates shuffle of the data's order, fixed by the generator alone.
    ///
    /// A single batch of all samples is left in its order, since its gradient does not depend on it.
    pub fn shuffle(&mut self, rng: &mut dyn Rng) {
        self.next = 0;
        if self.size < self.rows.len() {
            self.rows.iter_mut().enumerate().for_each(|(row, place)| *place = row);
            self.rows.shuffle(rng);
        }
    }

    /// Starts over in the same order.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// Passes over the next `batches` mini-batches, or those that are left.
    pub fn skip(&mut self, batches: usize) {
        self.next = self.next.saturating_add(batches.saturating_mul(self.size)).min(self.rows.len());
    }

    /// How many mini-batches make an epoch.
    pub fn count(&self) -> usize {
        self.rows.len().div_ceil(self.size)
    }

    /// The rows of the next mini-batch, and those of the epoch that come after; `None` at its end.
    ///
    /// Not an [`Iterator`]: the rows are borrowed.
    #[allow(clippy::should_implement_trait, reason = "a lending iterator has no trait yet")]
    pub fn next(&mut self) -> Option<(&[usize], &[usize])> {
        let left = &self.rows[self.next..];
        let batch = left.split_at(self.size.min(left.len()));
        self.next += batch.0.len();
        (!batch.0.is_empty()).then_some(batch)
    }
}
