//! The memory order of activations: feature by feature, so that a loop along the batch is contiguous.
//!
//! Every buffer that the framework hands to a layer lies so. A layer that works on whole slices asks with
//! [`by_feature`] for them, and falls back on the view where a caller of its own brings another order.

use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

#[cfg(feature = "parallel")]
use crate::kernel::WORTH_A_THREAD;
use crate::{Scalar, simd};

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
        return on_threads(Transpose { from, batch, row_of: &row_of, first: 0, to });
    }
    for (column, to) in from.columns().into_iter().zip(to.chunks_exact_mut(batch)) {
        for (n, value) in to.iter_mut().enumerate() {
            *value = column[row_of(n)];
        }
    }
}

/// A transposition of rows that lie side by side, in squares that fit in registers: each row is read, and each column
/// written, some numbers at a time.
struct Transpose<'a, T, F> {
    from: ArrayView2<'a, T>,
    batch: usize,
    row_of: &'a F,
    /// The first feature; how many there are, `to` says.
    first: usize,
    to: &'a mut [T],
}

/// Multiplications that take the time of copying a number.
pub(crate) const A_COPY: usize = 32;

/// Shares a large transposition between two threads, if this one belongs to a pool.
fn on_threads<T: Scalar, F: Fn(usize) -> usize + Sync>(work: Transpose<'_, T, F>) {
    #[cfg(feature = "parallel")]
    if A_COPY * work.to.len() >= 2 * WORTH_A_THREAD && rayon::current_thread_index().is_some() {
        let Transpose { from, batch, row_of, first, to } = work;
        let half = (to.len() / batch / 2).next_multiple_of(SIDE);
        let (left, right) = to.split_at_mut(half.min(to.len() / batch) * batch);
        rayon::join(
            || simd::run(Transpose { from, batch, row_of, first, to: left }),
            || simd::run(Transpose { from, batch, row_of, first: first + half, to: right }),
        );
        return;
    }
    simd::run(work);
}

/// The side of the squares.
const SIDE: usize = 8;

impl<T: Scalar, F: Fn(usize) -> usize> simd::Kernel for Transpose<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { from, batch, row_of, first, to } = self;
        let features = to.len() / batch;
        let row = |n: usize| {
            let row = from.row(row_of(n)).to_slice().expect("rows lie side by side");
            &row[first..first + features]
        };
        let (whole, squares) = (features / SIDE * SIDE, batch / SIDE * SIDE);
        for start in (0..squares).step_by(SIDE) {
            let rows: [&[T]; SIDE] = std::array::from_fn(|n| row(start + n));
            for feature in (0..whole).step_by(SIDE) {
                let mut square = [[T::zero(); SIDE]; SIDE];
                for (numbers, row) in square.iter_mut().zip(rows) {
                    *numbers = *row[feature..].first_chunk().expect("a whole row of the square");
                }
                for f in 0..SIDE {
                    let to = &mut to[(feature + f) * batch + start..][..SIDE];
                    for (to, numbers) in to.iter_mut().zip(&square) {
                        *to = numbers[f];
                    }
                }
            }
            for feature in whole..features {
                for (n, row) in rows.iter().enumerate() {
                    to[feature * batch + start + n] = row[feature];
                }
            }
        }
        for n in squares..batch {
            for (feature, &number) in row(n).iter().enumerate() {
                to[feature * batch + n] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;

    #[test]
    fn rows_are_gathered_from_any_memory_order() {
        for (samples, features) in [(1, 1), (7, 3), (20, 8), (33, 17), (40, 64)] {
            let from = Array2::from_shape_fn((samples, features), |(n, j)| (100 * n + j) as f64);
            let rows: Vec<usize> = (0..2 * samples).map(|n| (7 * n + 3) % samples).collect();
            let expected = from.select(Axis(0), &rows);
            let by_feature = from.t().as_standard_layout().reversed_axes().to_owned();
            for from in [from.view(), by_feature.view()] {
                let mut to = vec![f64::NAN; rows.len() * features];
                gather(from, &rows, &mut to);
                assert_eq!(batch_view(&to, rows.len(), features), expected, "{samples} x {features}");
                let mut to = vec![f64::NAN; samples * features];
                copy_by_feature(from, &mut to);
                assert_eq!(batch_view(&to, samples, features), from, "{samples} x {features}");
            }
        }
    }
}
