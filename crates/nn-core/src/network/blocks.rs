//! A large batch in use, block by block: in memory that does not grow with the rows.

use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::batch::{Samples, check_finite};
use crate::threads;
use crate::{Batch, Error, Layer, Network, Pass, Scalar, Targets, Workspace};

/// Numbers that a block should write at most: what stays in the second-level cache.
const NUMBERS: usize = 1 << 16;

/// Rows of a block at most: vectors are long enough then.
const MOST: usize = 512;

/// Rows of a block at least: the weights of a wide network are read once a block.
const FEWEST: usize = 128;

/// A data set in use: runs a network on it block by block, in memory that is used again and does not grow with the rows.
///
/// It is how [`predict`](Network::predict) works, for whatever else is to be taken of a pass, such as a loss. The blocks
/// depend on the network and on the rows alone. With the feature `parallel` threads share them where it is worth it.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_core::{Batch, Blocks, Dense, Loss, Network, SoftmaxCrossEntropy};
///
/// let network = Network::<f64, _>::new(2, Dense::linear(3), 0)?;
/// let (x, labels) = (Array2::ones((10_000, 2)), vec![1; 10_000]);
/// let mut blocks = Blocks::new(Batch::new(x.view(), &labels[..])?);
///
/// let (loss, mut losses) = (SoftmaxCrossEntropy::sum(), Vec::new());
/// blocks.run(&network, &mut losses, |block, pass| pass.loss(&loss, block.y(), block.weights()).unwrap())?;
/// assert!(losses.len() > 1);
/// let all = loss.value(network.predict(x.view())?.view(), &labels[..], None)?;
/// assert!((losses.iter().sum::<f64>() / all - 1.0).abs() < 1e-12);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Blocks<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    data: Batch<'a, T, Y>,
    /// One for each thread.
    memories: Vec<Memory<T, Y>>,
}

/// A block's samples, and the workspace of its pass.
#[derive(Debug)]
struct Memory<T: Scalar, Y: Targets<T> + ?Sized> {
    samples: Samples<T, Y>,
    rows: Vec<usize>,
    workspace: Workspace<T>,
}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> Blocks<'a, T, Y> {
    /// The blocks of a data set.
    pub fn new(data: Batch<'a, T, Y>) -> Self {
        Self { data, memories: Vec::new() }
    }

    /// The data set.
    pub fn data(&self) -> &Batch<'a, T, Y> {
        &self.data
    }

    /// Runs the network in [`Mode::Eval`](crate::Mode::Eval) on each block, and puts what `take` makes of the pass into
    /// `results`, in the order of the rows, in place of what was there.
    ///
    /// # Errors
    /// [`Error::FeatureCount`].
    pub fn run<L: Layer<T>, R: Default + Send>(
        &mut self,
        network: &Network<T, L>,
        results: &mut Vec<R>,
        take: impl Fn(&Batch<'_, T, Y>, &Pass<'_, T, L>) -> R + Sync,
    ) -> Result<(), Error> {
        let (data, rows, size) = (&self.data, self.data.samples(), network.block_len());
        let threads = network.threads_to_predict(rows);
        let new = || Memory { samples: Samples::default(), rows: Vec::new(), workspace: Workspace::new() };
        self.memories.resize_with(threads.max(self.memories.len()), new);
        results.clear();
        results.resize_with(blocks_of(rows, size), R::default);
        let results = PerBlock { results, size };
        share(0..rows, size, results, &mut self.memories[..threads], &|rows, result, memory| {
            let Memory { samples, rows: gathered, workspace } = memory;
            // The only block of a small data set is there already.
            if !gathered.iter().copied().eq(rows.clone()) {
                gathered.clear();
                gathered.extend(rows);
                samples.gather(data, gathered);
            }
            let block = samples.batch();
            let pass = network.forward(block.x(), workspace)?;
            result.results[0] = take(&block, &pass);
            Ok(())
        })
    }
}

/// Results that are cut between two blocks.
pub(super) trait Results: Sized + Send {
    /// Those of the first `rows`, and the rest.
    fn cut(self, rows: usize) -> (Self, Self);
}

impl<T: Scalar> Results for ArrayViewMut2<'_, T> {
    fn cut(self, rows: usize) -> (Self, Self) {
        self.split_at(Axis(0), rows)
    }
}

impl Results for &mut [usize] {
    fn cut(self, rows: usize) -> (Self, Self) {
        self.split_at_mut(rows)
    }
}

/// A result for each block of `size` rows.
struct PerBlock<'a, R> {
    results: &'a mut [R],
    size: usize,
}

impl<R: Send> Results for PerBlock<'_, R> {
    fn cut(self, rows: usize) -> (Self, Self) {
        let (first, rest) = self.results.split_at_mut(rows / self.size);
        (Self { results: first, ..self }, Self { results: rest, ..self })
    }
}

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// Runs the network on each block of `x`, and `write` with the block's first row, its pass, and where its results go.
    pub(super) fn in_blocks<O: Results>(
        &self,
        x: ArrayView2<'_, T>,
        workspace: &mut Workspace<T>,
        out: O,
        write: &(impl Fn(usize, Pass<'_, T, L>, O) -> Result<(), Error> + Sync),
    ) -> Result<(), Error> {
        let workspaces = workspace.of_threads(self.threads_to_predict(x.nrows()));
        share(0..x.nrows(), self.block_len(), out, workspaces, &|rows, out, workspace| {
            let x = x.split_at(Axis(0), rows.start).1.split_at(Axis(0), rows.len()).0;
            // Here, not for all of x before: what is read for it is read again at once.
            check_finite("features", x).map_err(|error| error.below(rows.start))?;
            write(rows.start, self.forward(x, workspace)?, out)
        })
    }

    /// Which of so many rows make which block of [`Blocks`]: the network and their number alone decide.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network};
    ///
    /// let network = Network::<f64, _>::new(2, Dense::linear(3), 0)?;
    /// assert_eq!(network.block_rows(1100).collect::<Vec<_>>(), [0..528, 528..1100]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn block_rows(&self, rows: usize) -> impl ExactSizeIterator<Item = Range<usize>> + use<T, L> {
        let size = self.block_len();
        let blocks = blocks_of(rows, size);
        (0..blocks)
            .map(move |block| block * size..if block + 1 == blocks { rows } else { (block + 1) * size })
    }

    /// Rows of a block: the network alone decides.
    fn block_len(&self) -> usize {
        let inputs_and_outputs = self.in_dim.saturating_add(self.out_dim);
        let sample = inputs_and_outputs.saturating_add(self.layers.work_len(1, self.in_dim));
        let size = (NUMBERS / sample).clamp(FEWEST, MOST).next_multiple_of(16);
        // Features that lie a power of two apart would share a few places of the cache.
        if (size * size_of::<T>()).is_multiple_of(1024) { size + 16 } else { size }
    }

    /// Threads to share so many rows: those of the pool that this one belongs to, or else of the global one.
    fn threads_to_predict(&self, rows: usize) -> usize {
        // A prediction is about a third of a training step.
        if threads::MANY && self.worth_sharing(rows / 3) { threads::of_any_pool() } else { 1 }
    }
}

/// How many blocks of `size` there are: a short end belongs to the last one, since a few rows do not fill a vector.
fn blocks_of(rows: usize, size: usize) -> usize {
    let whole = rows / size;
    whole + usize::from(whole == 0 || rows % size > size / 4)
}

/// Calls `work` with the rows of each block, its results, and the memory of the thread; gives the first error.
fn share<O: Results, W: Send>(
    rows: Range<usize>,
    size: usize,
    out: O,
    memories: &mut [W],
    work: &(impl Fn(Range<usize>, O, &mut W) -> Result<(), Error> + Sync),
) -> Result<(), Error> {
    if threads::MANY && memories.len() > 1 {
        // On a thread of the pool even a single block finds the others, for its products.
        return threads::in_pool(|| share_in_pool(rows, size, out, memories, work));
    }
    share_on_one(rows, size, out, &mut memories[0], work)
}

fn share_in_pool<O: Results, W: Send>(
    rows: Range<usize>,
    size: usize,
    out: O,
    memories: &mut [W],
    work: &(impl Fn(Range<usize>, O, &mut W) -> Result<(), Error> + Sync),
) -> Result<(), Error> {
    let (blocks, threads) = (blocks_of(rows.len(), size), memories.len());
    if threads < 2 || blocks < 2 {
        return share_on_one(rows, size, out, &mut memories[0], work);
    }
    let (left, right) = memories.split_at_mut(threads / 2);
    let len = (blocks * left.len()).div_ceil(threads) * size;
    let middle = rows.start + len;
    let (lower, upper) = out.cut(len);
    let (first, second) = threads::join(
        || share_in_pool(rows.start..middle, size, lower, left, work),
        || share_in_pool(middle..rows.end, size, upper, right, work),
    );
    first.and(second)
}

fn share_on_one<O: Results, W>(
    mut rows: Range<usize>,
    size: usize,
    mut out: O,
    memory: &mut W,
    work: &impl Fn(Range<usize>, O, &mut W) -> Result<(), Error>,
) -> Result<(), Error> {
    for _ in 1..blocks_of(rows.len(), size) {
        let (block, rest) = out.cut(size);
        work(rows.start..rows.start + size, block, memory)?;
        (rows.start, out) = (rows.start + size, rest);
    }
    work(rows, out, memory)
}
