//! The loss of a mini-batch and its gradient, shard by shard.

use crate::batch::Samples;
use crate::kernel::WORTH_A_THREAD;
use crate::memory::A_COPY;
use crate::{Batch, Layer, Loss, Mode, Network, Reduction, Scalar, Targets, Workspace};

/// Samples of a shard at least, so that its vectors are long.
const SMALLEST: usize = 528;

/// Parameters a sample of a shard at most: adding up gradients must stay cheap beside computing them.
const PARAMS_PER_SAMPLE: usize = 32;

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
    mode: Mode,
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
                mode: Mode::Eval,
                value: T::zero(),
                gradient: Vec::new(),
            });
        }
        for (part, rows) in self.parts.iter_mut().zip(rows.chunks(size)) {
            part.samples.gather(data, rows);
        }
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
    /// How many of `samples` make a shard.
    fn shard_len(&self, samples: usize) -> usize {
        // An odd multiple of 16: features that lie a power of two apart would share a few places of the cache.
        let size = SMALLEST.max((self.params.len() / PARAMS_PER_SAMPLE).next_multiple_of(32) + 16);
        if self.layers.mixes_samples() || samples < 2 * size { samples.max(1) } else { size }
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
        let activations = self.layers.work_len(1, self.in_dim).saturating_add(self.out_dim);
        let costs = [(3, self.params.len()), (AN_ACTIVATION, activations), (A_COPY, self.in_dim)];
        let sample =
            costs.iter().fold(0, |sum: usize, (cost, n)| sum.saturating_add(n.saturating_mul(*cost)));
        samples.saturating_mul(sample) >= 2 * WORTH_A_THREAD
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
        let threads = if self.worth_sharing(samples) { threads() } else { 1 };
        workspaces.resize_with(threads.max(workspaces.len()), Workspace::new);
        if let [part] = &mut parts[..*used] {
            return self.part(loss, divisor, part.samples.batch(), mode, &mut workspaces[0], gradient);
        }
        let parts = &mut parts[..*used];
        for (index, part) in parts.iter_mut().enumerate() {
            part.mode = mode.shard(index);
            part.gradient.resize(gradient.len(), T::zero());
        }
        each(parts, &mut workspaces[..threads], &|part, workspace| {
            let Part { samples, mode, value, gradient } = part;
            *value = self.part(loss, divisor, samples.batch(), *mode, workspace, gradient);
        });
        gradient.fill(T::zero());
        let mut value = T::zero();
        for part in parts {
            value += part.value;
            for (sum, &g) in gradient.iter_mut().zip(&part.gradient) {
                *sum += g;
            }
        }
        value
    }

    fn part<Y, P>(
        &self,
        loss: &P,
        divisor: T,
        batch: Batch<'_, T, Y>,
        mode: Mode,
        workspace: &mut Workspace<T>,
        gradient: &mut [T],
    ) -> T
    where
        Y: Targets<T> + ?Sized,
        P: Loss<T, Y> + ?Sized,
    {
        let pass = self.forward_in(batch.x(), workspace, mode).expect("samples of the network's features");
        pass.backward_unchecked(loss, divisor, batch, gradient)
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

/// Calls `work` on each part, in turn or on several threads, with the workspace of the thread.
fn each<P: Send, W: Send>(parts: &mut [P], workspaces: &mut [W], work: &(impl Fn(&mut P, &mut W) + Sync)) {
    #[cfg(feature = "parallel")]
    if workspaces.len() > 1 && parts.len() > 1 {
        let (left, right) = workspaces.split_at_mut(workspaces.len() / 2);
        let (first, second) = parts.split_at_mut(parts.len() * left.len() / (left.len() + right.len()));
        rayon::join(|| each(first, left, work), || each(second, right, work));
        return;
    }
    for part in parts {
        work(part, &mut workspaces[0]);
    }
}

/// Threads to share the shards: those of the pool that this one belongs to.
fn threads() -> usize {
    #[cfg(feature = "parallel")]
    if rayon::current_thread_index().is_some() {
        return rayon::current_num_threads();
    }
    1
}
