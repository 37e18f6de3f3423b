//! The memory order of activations: feature by feature, so that a loop along the batch is contiguous.

use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

/// The (batch, features) view of a buffer that holds each feature's `batch` values side by side.
pub(crate) fn batch_view<T>(buffer: &[T], batch: usize, features: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((batch, features).f(), buffer).expect("a buffer of batch * features scalars")
}

/// As [`batch_view`], for writing.
pub(crate) fn batch_view_mut<T>(buffer: &mut [T], batch: usize, features: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((batch, features).f(), buffer).expect("a buffer of batch * features scalars")
}

/// The scalars of a view in that order, or `None` if they lie differently.
pub(crate) fn by_feature<'a, T>(view: &ArrayView2<'a, T>) -> Option<&'a [T]> {
    view.reversed_axes().to_slice()
}

/// As [`by_feature`], for writing.
pub(crate) fn by_feature_mut<'a, T>(view: &'a mut ArrayViewMut2<'_, T>) -> Option<&'a mut [T]> {
    view.view_mut().reversed_axes().into_slice()
}
