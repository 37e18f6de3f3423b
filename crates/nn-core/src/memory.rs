//! The memory order of activations: feature by feature, so that a loop along the batch is contiguous.
//!
//! Every buffer that the framework hands to a layer lies so. A layer that works on whole slices asks with
//! [`by_feature`] for them, and falls back on the view where a caller of its own brings another order.

use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

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
