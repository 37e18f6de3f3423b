use std::ops::Range;

use crate::memory::{Aligned, batch_view, batch_view_mut, copy_by_feature};
use crate::{Layer, Mode, Network, Scalar};
use ndarray::{ArrayView2, ArrayViewMut2};

/// The memory that a computation writes to, kept by the caller and used again and again.
///
/// It grows to the largest batch it has seen; after that neither a training step nor a prediction allocates. One
/// workspace serves networks of any size, one after the other; each thread needs its own.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_core::{Dense, Network, Workspace};
///
/// let network = Network::<f32, _>::new(3, Dense::linear(2), 0)?;
/// let mut workspace = Workspace::new();
/// let mut y = Array2::zeros((10, 2));
/// network.predict_into(Array2::ones((10, 3)).view(), &mut workspace, y.view_mut())?;
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Workspace<T> {
    buffer: Aligned<T>,
    /// The last pass, if it was in training and no state was brought up to date by it.
    training: Option<TrainingPass>,
    /// Those of the threads that share a prediction, if it was ever worth it.
    threads: Vec<Self>,
}

/// Where a training pass left what the state is brought up to date from.
#[derive(Debug, Clone)]
struct TrainingPass {
    batch: usize,
    in_dim: usize,
    work: Range<usize>,
}

/// One batch's share of a workspace. All matrices lie feature by feature.
#[derive(Debug)]
pub(super) struct Regions<'a, T> {
    pub(super) x: ArrayView2<'a, T>,
    pub(super) y: ArrayViewMut2<'a, T>,
    pub(super) dy: ArrayViewMut2<'a, T>,
    pub(super) dx: ArrayViewMut2<'a, T>,
    pub(super) work: &'a mut [T],
}

impl<T: Scalar> Workspace<T> {
    /// An empty workspace, which grows at its first use.
    pub fn new() -> Self {
        Self { buffer: Aligned::default(), training: None, threads: Vec::new() }
    }

    /// A workspace for each of so many threads.
    pub(super) fn of_threads(&mut self, threads: usize) -> &mut [Self] {
        if threads < 2 {
            return std::slice::from_mut(self);
        }
        self.training = None;
        self.threads.resize_with(threads.max(self.threads.len()), Self::new);
        &mut self.threads[..threads]
    }

    /// Divides the workspace up for a batch, and copies `x` into it unless it lies feature by feature already.
    pub(super) fn regions<'a, L: Layer<T>>(
        &'a mut self,
        network: &Network<T, L>,
        x: ArrayView2<'a, T>,
        mode: Mode,
    ) -> Regions<'a, T> {
        let batch = x.nrows();
        let x_len = if crate::memory::by_feature(&x).is_some() { 0 } else { x.len() };
        let y_len = batch * network.out_dim();
        let work_len = network.layers().work_len(batch, network.in_dim());
        let len = x_len + 2 * y_len + x.len() + work_len;
        let training = TrainingPass { batch, in_dim: x.ncols(), work: len - work_len..len };
        self.training = (mode != Mode::Eval).then_some(training);
        let (copy, rest) = self.buffer.first_mut(len).split_at_mut(x_len);
        let (y, rest) = rest.split_at_mut(y_len);
        let (dy, rest) = rest.split_at_mut(y_len);
        let (dx, rest) = rest.split_at_mut(x.len());
        let x = if x_len == 0 {
            x
        } else {
            copy_by_feature(x, copy);
            batch_view(copy, batch, x.ncols())
        };
        let out_dim = network.out_dim();
        let (y, dy) = (batch_view_mut(y, batch, out_dim), batch_view_mut(dy, batch, out_dim));
        let dx = batch_view_mut(dx, batch, x.ncols());
        Regions { x, y, dy, dx, work: rest }
    }

    /// The layers' own scalars, `len` of them, for a pass that leaves nothing behind.
    pub(super) fn scratch(&mut self, len: usize) -> &mut [T] {
        self.training = None;
        self.buffer.first_mut(len)
    }

    /// Samples and the layers' own scalars of the last pass, if it was in training, on `in_dim` features, and is taken
    /// for the first time.
    pub(super) fn take_training_pass(&mut self, in_dim: usize) -> Option<(usize, &[T])> {
        let TrainingPass { batch, work, .. } = self.training.take_if(|pass| pass.in_dim == in_dim)?;
        Some((batch, &self.buffer.numbers()[work]))
    }
}
