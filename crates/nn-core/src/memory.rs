//! The memory order of activations: feature by feature, so that a loop along the batch is contiguous.
//!
//! Every buffer that the framework hands to a layer lies so. A layer that works on whole slices asks with
//! [`by_feature`] for them, and falls back on the view where a caller of its own brings another order.

use std::borrow::Cow;

use ndarray::{ArrayView2, ArrayViewMut2, Axis, ShapeBuilder};

use crate::Scalar;
use crate::threads::{self, WORTH_A_THREAD};

/// The (batch, features) view of a buffer that holds each feature's `batch` values side by side.
///
/// # Panics
/// When the buffer has not batch * features values.
///
/// # Example
/// ```
/// use nn_core::memory::{batch_view, by_feature};
///
/// let buffer = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
/// let view = batch_view(&buffer, 3, 2);
/// assert_eq!(view.row(1).to_vec(), [2.0, 20.0]);
/// assert_eq!(by_feature(&view), Some(&buffer[..]));
/// ```
pub fn batch_view<T>(buffer: &[T], batch: usize, features: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((batch, features).f(), buffer).expect("a buffer of batch * features scalars")
}

/// As [`batch_view`], for writing.
///
/// # Panics
/// When the buffer has not batch * features values.
pub fn batch_view_mut<T>(buffer: &mut [T], batch: usize, features: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((batch, features).f(), buffer).expect("a buffer of batch * features scalars")
}

/// The scalars of a view in that order, or `None` if they lie differently.
pub fn by_feature<'a, T>(view: &ArrayView2<'a, T>) -> Option<&'a [T]> {
    view.reversed_axes().to_slice()
}

/// As [`by_feature`], for writing.
pub fn by_feature_mut<'a, T>(view: &'a mut ArrayViewMut2<'_, T>) -> Option<&'a mut [T]> {
    view.view_mut().reversed_axes().into_slice()
}

/// The scalars of a view in that order: where they are, or a copy if they lie differently.
pub(crate) fn in_order<'a, T: Scalar>(view: &ArrayView2<'a, T>) -> Cow<'a, [T]> {
    by_feature(view).map_or_else(|| Cow::Owned(view.t().iter().copied().collect()), Cow::Borrowed)
}

/// Lets `edit` change the scalars of a view in that order: where they are, or in a copy if they lie differently.
pub(crate) fn edit_in_order<T: Scalar>(view: &mut ArrayViewMut2<'_, T>, edit: impl FnOnce(&mut [T])) {
    if let Some(slice) = by_feature_mut(view) {
        edit(slice);
    } else {
        let mut copy: Vec<T> = view.t().iter().copied().collect();
        edit(&mut copy);
        view.view_mut().reversed_axes().iter_mut().zip(copy).for_each(|(to, value)| *to = value);
    }
}

/// Bytes of a cache line. A vector that lies in two of them takes as long to load as two.
const LINE: usize = 64;

/// Memory that grows, and begins with a cache line: where the batch is a multiple of 16, so does every feature.
#[derive(Debug, Default, Clone)]
pub(crate) struct Aligned<T> {
    numbers: Vec<T>,
    start: usize,
}

impl<T: Scalar> Aligned<T> {
    /// The first `len` numbers: what was there before, or anything if there were fewer.
    pub(crate) fn first_mut(&mut self, len: usize) -> &mut [T] {
        if self.numbers.len() < self.start + len {
            let spare = LINE / size_of::<T>();
            self.numbers.resize(len + spare, T::zero());
            self.start = self.numbers.as_ptr().align_offset(LINE).min(spare);
        }
        &mut self.numbers[self.start..][..len]
    }

    /// Those that are there.
    pub(crate) fn numbers(&self) -> &[T] {
        &self.numbers[self.start..]
    }
}

/// Copies `rows` of a matrix into a buffer, feature by feature.
///
/// # Panics
/// When a row is out of range, or the buffer has not rows * features values.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::memory::gather;
///
/// let samples = array![[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]];
/// let mut buffer = [0.0; 4];
/// gather(samples.view(), &[2, 0], &mut buffer);
/// assert_eq!(buffer, [20.0, 0.0, 21.0, 1.0]);
/// ```
pub fn gather<T: Scalar>(from: ArrayView2<'_, T>, rows: &[usize], to: &mut [T]) {
    transpose(from, rows.len(), |n| rows[n], to);
}

/// Copies all rows of a matrix into a buffer, feature by feature.
///
/// # Panics
/// When the buffer has not rows * features values.
pub fn copy_by_feature<T: Scalar>(from: ArrayView2<'_, T>, to: &mut [T]) {
    match by_feature(&from) {
        Some(from) => to.copy_from_slice(from),
        // Some rows of a larger matrix that lies feature by feature.
        None if from.nrows() > 1 && from.strides()[0] == 1 => {
            for (from, to) in from.columns().into_iter().zip(to.chunks_exact_mut(from.nrows())) {
                to.copy_from_slice(from.to_slice().expect("features lie side by side"));
            }
        }
        None => transpose(from, from.nrows(), |n| n, to),
    }
}

fn transpose<T: Scalar>(
    from: ArrayView2<'_, T>,
    batch: usize,
    row_of: impl Fn(usize) -> usize + Sync,
    to: &mut [T],
) {
    assert_eq!(to.len(), batch * from.ncols(), "a buffer of rows * features scalars");
    if to.is_empty() {
        return;
    }
    if from.row(0).to_slice().is_some() {
        let row =
            |n: usize| from.index_axis_move(Axis(0), row_of(n)).to_slice().expect("rows lie side by side");
        return copy(&row, batch, to);
    }
    for (column, to) in from.columns().into_iter().zip(to.chunks_exact_mut(batch)) {
        for (n, value) in to.iter_mut().enumerate() {
            *value = column[row_of(n)];
        }
    }
}

/// Multiplications that take the time of copying a number.
pub(crate) const A_COPY: usize = 32;

/// Copies rows that lie side by side. Two threads share the features if they are many and this one belongs to a pool.
fn copy<'a, T: Scalar>(row: &(impl Fn(usize) -> &'a [T] + Sync), batch: usize, to: &mut [T]) {
    let features = to.len() / batch;
    // Whole squares, so that only one of the two has features left over.
    let half = (features / 2).next_multiple_of(8);
    let much = A_COPY * to.len() >= 2 * WORTH_A_THREAD;
    if (1..features).contains(&half) && much && threads::of_this_pool() > 1 {
        let (left, right) = to.split_at_mut(half * batch);
        threads::join(
            || T::kernel_by_feature(|n| &row(n)[..half], batch, left),
            || T::kernel_by_feature(|n| &row(n)[half..], batch, right),
        );
        return;
    }
    T::kernel_by_feature(row, batch, to);
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;

    fn rows_are_gathered<T: Scalar>() {
        for (samples, features) in [(1, 1), (7, 3), (20, 8), (33, 17), (40, 64)] {
            let from = Array2::from_shape_fn((samples, features), |(n, j)| T::of((100 * n + j) as f64));
            let rows: Vec<usize> = (0..2 * samples).map(|n| (7 * n + 3) % samples).collect();
            let expected = from.select(Axis(0), &rows);
            let by_feature = from.t().as_standard_layout().reversed_axes().to_owned();
            for from in [from.view(), by_feature.view()] {
                let mut to = vec![T::nan(); rows.len() * features];
                gather(from, &rows, &mut to);
                assert_eq!(batch_view(&to, rows.len(), features), expected, "{samples} x {features}");
                let mut to = vec![T::nan(); samples * features];
                copy_by_feature(from, &mut to);
                assert_eq!(batch_view(&to, samples, features), from, "{samples} x {features}");
            }
        }
    }

    #[test]
    fn rows_are_gathered_from_any_memory_order() {
        rows_are_gathered::<f64>();
        rows_are_gathered::<f32>();
        rows_are_gathered::<crate::gradcheck::Dual>();
    }

    #[test]
    fn memory_begins_with_a_cache_line() {
        let mut memory = Aligned::<f32>::default();
        for len in [1, 100, 7, 5000, 0] {
            let numbers = memory.first_mut(len);
            assert_eq!((numbers.len(), numbers.as_ptr().align_offset(LINE)), (len, 0));
            numbers.fill(1.0);
            assert_eq!(memory.numbers()[..len], vec![1.0; len]);
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn two_threads_gather_what_one_does() {
        fn check<T: Scalar>(features: usize) {
            let samples = 2 * WORTH_A_THREAD / A_COPY / features + 3;
            let from = Array2::from_shape_fn((samples, features), |(n, j)| T::of((n + 1000 * j) as f64));
            let gathered = || {
                let mut to = vec![T::nan(); from.len()];
                copy_by_feature(from.view(), &mut to);
                assert_eq!(batch_view(&to, samples, features), from, "{features} features");
            };
            rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads").install(gathered);
        }
        for features in [1, 2, 9, 30] {
            check::<f32>(features);
            check::<f64>(features);
            check::<crate::gradcheck::Dual>(features);
        }
    }
}
