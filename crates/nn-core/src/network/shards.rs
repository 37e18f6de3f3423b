//! The loss of a mini-batch and its gradient, shard by shard.

use std::ops::Range;

use crate::batch::Samples;
use crate::memory::A_COPY;
use crate::threads::{self, WORTH_A_THREAD};
use crate::{Batch, Layer, Loss, Mode, Network, Reduction, Scalar, Targets, Workspace, simd};

/// Samples of a shard as a rule: long vectors, and activations of a small network that stay in a near cache.
const USUAL: usize = 512;

/// Samples of a shard at least, where each of them is much work.
const SMALLEST: usize = 64;

/// Shards at most that a batch is cut into for the sake of threads.
const ENOUGH: usize = 16;

/// Parameters a sample of a shard at most: adding up gradients must stay cheap beside computing them.
const PARAMS_PER_SAMPLE: usize = 1600;

/// Multiplications that take the time of an activation and its slope, forward and backward.
const AN_ACTIVATION: usize = 16;

/// A mini-batch, gathered in shards, with the memory to compute its gradient; used again and again.
///
/// A large batch of a small network is worked on in shards of some hundred samples, whose activations stay in the
/// nearest cache, and which threads share with the feature `parallel`. How it is cut depends on the network and the
/// batch alone, and the gradients of the shards are added up in their order, so the bits do not depend on the number
/// of threads. A batch that is not large is one shard.
///
/// # Example
/// ```
/// use ndarray::Array2;
/// use nn_core::{Batch, Dense, Mode, Network, Shards, SoftmaxCrossEntropy, Tanh};
///
/// let network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// let (x, labels) = (Array2::ones((1000, 2)), vec![1; 1000]);
/// let data = Batch::new(x.view(), &labels[..])?;
///
/// let mut shards = Shards::new();
/// shards.gather(&network, &data, &[3, 1, 4]);
/// let mut gradient = vec![0.0; network.params().len()];
/// let loss = SoftmaxCrossEntropy::mean();
/// let value = network.loss_and_gradient(&loss, &mut shards, Mode::train(0, 0), &mut gradient);
/// assert!(value > 0.0);
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Shards<T: Scalar, Y: Targets<T> + ?Sized> {
    parts: Vec<Part<T, Y>>,
    /// How many of `parts` hold samples.
    used: usize,
    /// One for each thread.
    workspaces: Vec<Workspace<T>>,
}

/// A shard, with what was computed of it.
#[derive(Debug)]
struct Part<T: Scalar, Y: Targets<T> + ?Sized> {
    samples: Samples<T, Y>,
    value: T,
    /// Empty if the shard is the only one, whose gradient goes where the caller wants it.
    gradient: Vec<T>,
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Default for Shards<T, Y> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Scalar, Y: Targets<T> + ?Sized> Shards<T, Y> {
    /// Without samples.
    pub fn new() -> Self {
        Self { parts: Vec::new(), used: 0, workspaces: Vec::new() }
    }

    /// Copies the `rows` of the data, cut as suits the network, in the place of those before.
    ///
    /// # Panics
    /// When a row is out of range.
    pub fn gather<L: Layer<T>>(&mut self, network: &Network<T, L>, data: &Batch<'_, T, Y>, rows: &[usize]) {
        let size = network.shard_len(rows.len());
        self.used = rows.len().div_ceil(size);
        if self.parts.len() < self.used {
            self.parts.resize_with(self.used, || Part {
                samples: Samples::default(),
                value: T::zero(),
                gradient: Vec::new(),
            });
        }
        let threads = network.threads(rows.len());
        share(&mut self.parts[..self.used], &mut vec![(); threads], &|index, part, ()| {
            let first = index * size;
            part.samples.gather(data, &rows[first..rows.len().min(first + size)]);
        });
    }

    /// The shards: together the mini-batch.
    pub fn batches(&self) -> impl ExactSizeIterator<Item = Batch<'_, T, Y>> {
        self.parts[..self.used].iter().map(|part| part.samples.batch())
    }

    /// What the loss of the whole mini-batch is divided by, if it is a mean: the sum over the shards.
    pub fn divisor<P: Loss<T, Y> + ?Sized>(&self, loss: &P, outputs: usize) -> T {
        let divisors = self.batches().map(|batch| loss.divisor(outputs, batch.y(), batch.weights()));
        divisors.fold(T::zero(), |sum, divisor| sum + divisor)
    }
}

impl<T: Scalar, L: Layer<T>> Network<T, L> {
    /// Which of the samples of a mini-batch make which shard: the network and their number alone decide.
    ///
    /// For whoever computes shards elsewhere, by [`shard_loss_and_gradient`](Network::shard_loss_and_gradient).
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network};
    ///
    /// let network = Network::<f64, _>::new(4, Dense::linear(3), 0)?;
    /// assert_eq!(network.shard_rows(1200).collect::<Vec<_>>(), [0..608, 608..1200]);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn shard_rows(&self, samples: usize) -> impl ExactSizeIterator<Item = Range<usize>> + use<T, L> {
        let size = self.shard_len(samples);
        (0..samples.div_ceil(size)).map(move |shard| shard * size..samples.min((shard + 1) * size))
    }

    /// How many of `samples` make a shard.
    fn shard_len(&self, samples: usize) -> usize {
        if samples < 2 * SMALLEST || self.layers.mixes_samples() {
            return samples.max(1);
        }
        let sample = self.work_of_a_sample();
        // Each shard is worth a thread, or as many samples as usual.
        let worth = (WORTH_A_THREAD / sample).max(samples / ENOUGH).min(USUAL);
        let size = worth.max(SMALLEST).max(self.params.len() / PARAMS_PER_SAMPLE);
        let shards = samples / size;
        if shards < 2 {
            return samples.max(1);
        }
        // A few shards are shared evenly by 2, 4 and 8 threads.
        let shards = if shards < ENOUGH { 1 << shards.ilog2() } else { shards };
        let size = samples.div_ceil(shards).next_multiple_of(16);
        // Features that lie a power of two apart would share a few places of the cache.
        if (size * size_of::<T>()).is_multiple_of(1024) { size + 16 } else { size }
    }

    /// About how many multiplications of `f32` a training step costs a sample.
    fn work_of_a_sample(&self) -> usize {
        // Twice the bytes are half the numbers in a vector.
        let width = size_of::<T>().div_ceil(size_of::<f32>());
        let activations = self.layers.work_len(1, self.in_dim).saturating_add(self.out_dim);
        let costs = [(3, self.params.len()), (AN_ACTIVATION, activations), (A_COPY, self.in_dim)];
        costs
            .iter()
            .fold(0, |sum: usize, (cost, n)| sum.saturating_add(n.saturating_mul(*cost * width)))
            .max(1)
    }

    /// Threads to share a training step on so many samples: those of the pool that this one belongs to, if it is worth it.
    fn threads(&self, samples: usize) -> usize {
        if threads::MANY && self.worth_sharing(samples) { threads::of_this_pool() } else { 1 }
    }

    /// Whether a training step on so many samples is work for more than one thread.
    ///
    /// With the feature `parallel`, steps that are not stay on the thread that they are called on; it changes no bit.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Network, Tanh};
    ///
    /// let network = Network::<f32, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    /// assert!(!network.worth_sharing(400));
    /// assert!(network.worth_sharing(100_000));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn worth_sharing(&self, samples: usize) -> bool {
        samples.saturating_mul(self.work_of_a_sample()) >= 2 * WORTH_A_THREAD
    }

    /// The loss of a mini-batch, and its gradient with respect to every parameter, which overwrites `gradient`.
    ///
    /// It is what a [`Pass`](crate::Pass) computes, for loops that run hot: the targets must have been checked by
    /// [`Loss::check`], once for the whole data set.
    ///
    /// # Panics
    /// When no samples were gathered, or samples of another number of features, when `gradient` has not one scalar a
    /// parameter, and when a target is not one that the loss accepts.
    pub fn loss_and_gradient<Y, P>(
        &self,
        loss: &P,
        shards: &mut Shards<T, Y>,
        mode: Mode,
        gradient: &mut [T],
    ) -> T
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        let divisor = match loss.reduction() {
            Reduction::Sum => T::one(),
            Reduction::Mean => shards.divisor(loss, self.out_dim),
        };
        let Shards { parts, used, workspaces } = shards;
        let samples = parts[..*used].iter().map(|part| part.samples.batch().samples()).sum();
        let threads = self.threads(samples);
        workspaces.resize_with(threads.max(workspaces.len()), Workspace::new);
        if let [part] = &mut parts[..*used] {
            let (shard, workspace) = (part.samples.batch(), &mut workspaces[0]);
            return self.shard_loss_and_gradient(loss, divisor, shard, mode, workspace, gradient);
        }
        let parts = &mut parts[..*used];
        let len = gradient.len();
        share(parts, &mut workspaces[..threads], &|index, part, workspace| {
            let Part { samples, value, gradient } = part;
            gradient.resize(len, T::zero());
            let (shard, mode) = (samples.batch(), mode.shard(index));
            *value = self.shard_loss_and_gradient(loss, divisor, shard, mode, workspace, gradient);
        });
        add_up(parts, 0, gradient, threads);
        parts.iter().fold(T::zero(), |sum, part| sum + part.value)
    }

    /// The share of one shard in the loss of a mini-batch, and in its gradient, which overwrites `gradient`: what
    /// [`loss_and_gradient`](Network::loss_and_gradient) adds up, in the order of the shards, each from the first on.
    ///
    /// `divisor` is that of the whole mini-batch: for [`Reduction::Mean`] the sum of the shards' [`Loss::divisor`]s in their
    /// order, else 1. `mode` is the mini-batch's own if the shard is the only one, else its [`shard`](Mode::shard).
    ///
    /// # Panics
    /// As [`loss_and_gradient`](Network::loss_and_gradient).
    ///
    /// # Example
    /// The two shards of a mini-batch, on one machine or on two:
    /// ```
    /// use ndarray::{Array2, s};
    /// use nn_core::{Batch, Dense, Loss, MeanSquaredError, Mode, Network, Shards, Workspace};
    ///
    /// let network = Network::<f64, _>::new(4, Dense::linear(3), 0)?;
    /// let x = Array2::from_shape_fn((1200, 4), |(n, j)| ((n * 7 + j) % 12) as f64);
    /// let y = Array2::from_elem((1200, 3), 0.5);
    /// let (loss, mode) = (MeanSquaredError::mean(), Mode::train(0, 0));
    ///
    /// let shards: Vec<_> = network.shard_rows(1200).map(|rows| (x.slice(s![rows.clone(), ..]), y.slice(s![rows, ..]))).collect();
    /// let divisor = shards.iter().map(|(_, y)| loss.divisor(3, &**y, None)).sum();
    /// let (mut sum, mut value) = (vec![0.0; 15], 0.0);
    /// for (index, (x, y)) in shards.iter().enumerate() {
    ///     let (shard, mut gradient) = (Batch::new(x.view(), &**y)?, vec![0.0; 15]);
    ///     let mode = mode.shard(index);
    ///     value += network.shard_loss_and_gradient(&loss, divisor, shard, mode, &mut Workspace::new(), &mut gradient);
    ///     sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
    /// }
    ///
    /// let (mut shards, mut gradient) = (Shards::new(), vec![0.0; 15]);
    /// shards.gather(&network, &Batch::new(x.view(), &*y)?, &(0..1200).collect::<Vec<_>>());
    /// assert_eq!(value, network.loss_and_gradient(&loss, &mut shards, mode, &mut gradient));
    /// assert_eq!(sum, gradient);
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn shard_loss_and_gradient<Y, P>(
        &self,
        loss: &P,
        divisor: T,
        shard: Batch<'_, T, Y>,
        mode: Mode,
        workspace: &mut Workspace<T>,
        gradient: &mut [T],
    ) -> T
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        let pass = self.forward_in(shard.x(), workspace, mode).expect("samples of the network's features");
        pass.backward_unchecked(loss, divisor, shard, gradient)
    }

    /// The pass of the first shard whose outputs are not finite: the place in it, as
    /// [`Pass::first_not_finite`](crate::Pass::first_not_finite) says it.
    pub fn first_not_finite<Y>(&self, shards: &mut Shards<T, Y>, mode: Mode) -> Option<String>
    where
        Y: Targets<T> + ?Sized,
    {
        let Shards { parts, used, workspaces } = shards;
        let single = *used == 1;
        parts[..*used].iter().enumerate().find_map(|(index, part)| {
            let mode = if single { mode } else { mode.shard(index) };
            let pass = self.forward_in(part.samples.batch().x(), workspaces.first_mut()?, mode).ok()?;
            pass.first_not_finite()
        })
    }

    /// [`update_state`](Network::update_state) after [`loss_and_gradient`](Network::loss_and_gradient).
    ///
    /// # Errors
    /// As [`update_state`](Network::update_state).
    pub fn update_state_from<Y>(&mut self, shards: &mut Shards<T, Y>) -> Result<(), crate::Error>
    where
        Y: Targets<T> + ?Sized,
    {
        match shards.workspaces.first_mut() {
            Some(workspace) => self.update_state(workspace),
            None => Ok(()),
        }
    }
}

/// Calls `work` with each part, its number and the workspace of the thread, in turn or on several threads.
fn share<P: Send, W: Send>(
    parts: &mut [P],
    workspaces: &mut [W],
    work: &(impl Fn(usize, &mut P, &mut W) + Sync),
) {
    share_from(0, parts, workspaces, work);
}

fn share_from<P: Send, W: Send>(
    first: usize,
    parts: &mut [P],
    workspaces: &mut [W],
    work: &(impl Fn(usize, &mut P, &mut W) + Sync),
) {
    if threads::MANY && workspaces.len() > 1 && parts.len() > 1 {
        let (left, right) = workspaces.split_at_mut(workspaces.len() / 2);
        let half = (parts.len() * left.len()).div_ceil(left.len() + right.len());
        let (lower, upper) = parts.split_at_mut(half);
        threads::join(
            || share_from(first, lower, left, work),
            || share_from(first + half, upper, right, work),
        );
        return;
    }
    for (index, part) in (first..).zip(parts) {
        work(index, part, &mut workspaces[0]);
    }
}

/// Adds up the gradients of the shards in their order, from parameter `first` on.
fn add_up<T: Scalar, Y: Targets<T> + ?Sized>(
    parts: &[Part<T, Y>],
    first: usize,
    sums: &mut [T],
    threads: usize,
) {
    if threads::MANY && threads > 1 && sums.len() * parts.len() >= 1 << 15 {
        let half = (sums.len() / 2).next_multiple_of(16);
        let (lower, upper) = sums.split_at_mut(half);
        threads::join(
            || add_up(parts, first, lower, threads / 2),
            || add_up(parts, first + half, upper, threads - threads / 2),
        );
        return;
    }
    // Piece by piece, each of which stays in the nearest cache.
    for (piece, sums) in sums.chunks_mut(1 << 10).enumerate() {
        let (first, len) = (first + (piece << 10), sums.len());
        let mut gradients = parts.iter().map(|part| &part.gradient[first..][..len]);
        sums.copy_from_slice(gradients.next().expect("a shard at least"));
        for gradient in gradients {
            simd::run(|| sums.iter_mut().zip(gradient).for_each(|(sum, &g)| *sum += g));
        }
    }
}
