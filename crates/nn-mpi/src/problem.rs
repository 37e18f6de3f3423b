//! The loss on samples that several ranks share.

use std::collections::VecDeque;

use mpi::traits::Equivalence;
use ndarray::{Axis, Slice};
use nn_core::{Batch, Error, Fingerprint, Layer, Link, Loss, Mode, Network, Reduction, Scalar, Workspace};
use nn_train::{Problem, Score, StopReason, Tally, tallies};

use crate::exchange::{Samples, bring, weighted};
use crate::share::{SharedTargets, add_scalars};
use crate::sum::{Sums, parts_of};
use crate::{Ranks, Share};

/// Numbers that a rank receives at a time, about: so many mini-batches have their rows brought together, for one meeting.
const AHEAD: usize = 1 << 20;

/// The loss on all rows of the ranks, as each of them has it.
pub(crate) struct OnRanks<'a, 'x, T: Scalar, P: ?Sized, Y: SharedTargets<T> + ?Sized> {
    ranks: &'a Ranks,
    loss: &'a P,
    share: &'a Share<'x, T, Y>,
    /// Mini-batches whose rows are here, the next first.
    brought: VecDeque<MiniBatch<T, Y>>,
    gathered: Option<MiniBatch<T, Y>>,
    /// The rows of a block that begins among this rank's and ends among another's.
    straddling: Option<Vec<Samples<T, Y>>>,
    workspace: Workspace<T>,
    /// Gradients of this rank's shards, each with the value of the loss behind it.
    parts: Vec<T>,
    sum: Vec<T>,
    sums: Sums<T>,
}

/// A mini-batch, of which this rank has its shards.
struct MiniBatch<T: Scalar, Y: SharedTargets<T> + ?Sized> {
    rows: Vec<usize>,
    /// The number of the first.
    first: usize,
    shards: Vec<Samples<T, Y>>,
    /// Of all shards.
    divisors: Vec<f64>,
}

impl<'a, 'x, T, P, Y> OnRanks<'a, 'x, T, P, Y>
where
    T: Scalar + Equivalence,
    P: Loss<T, Y> + ?Sized,
    Y: SharedTargets<T> + ?Sized,
{
    pub(crate) fn new(ranks: &'a Ranks, loss: &'a P, share: &'a Share<'x, T, Y>) -> Self {
        Self {
            ranks,
            loss,
            share,
            brought: VecDeque::new(),
            gathered: None,
            straddling: None,
            workspace: Workspace::new(),
            parts: Vec::new(),
            sum: Vec::new(),
            sums: Sums::new(),
        }
    }

    /// Has the rows of this mini-batch brought to the ranks that work on them, and of as many of the next as are worth it.
    fn bring<L: Layer<T>>(&mut self, network: &Network<T, L>, rows: &[usize], ahead: &[usize]) {
        let (ranks, share, size) = (self.ranks, self.share, self.ranks.size());
        let batches = AHEAD * size / (rows.len() * share.width());
        let batches =
            || std::iter::once(rows).chain(ahead.chunks(rows.len()).take(batches.saturating_sub(1)));
        // Each shard with its rank.
        let shards_of = |rows: &[usize]| {
            let shards: Vec<_> = network.shard_rows(rows.len()).collect();
            let owner = |shard| (0..size).find(|&rank| parts_of(shards.len(), rank, size).contains(&shard));
            let owners: Vec<usize> = (0..shards.len()).map(|shard| owner(shard).expect("a rank's")).collect();
            owners.into_iter().zip(shards)
        };
        let cut: Vec<(usize, &[usize])> = batches()
            .flat_map(|rows| shards_of(rows).map(move |(owner, shard)| (owner, &rows[shard])))
            .collect();
        let brought = bring(ranks, share, cut.iter().copied());

        let divisor =
            |samples: &Samples<T, Y>| samples.batch().map_or(0.0, |batch| self.divisor_of(network, &batch));
        let mine: Vec<f64> = brought.iter().map(divisor).collect();
        let counts: Vec<usize> =
            (0..size).map(|rank| cut.iter().filter(|(owner, _)| *owner == rank).count()).collect();
        let mut divisors = vec![0.0; cut.len()];
        ranks.all_gather("counting samples", &mine, &counts, &mut divisors);
        // From the ranks' order into that of the shards.
        let mut next: Vec<usize> = (0..size).map(|rank| counts[..rank].iter().sum()).collect();
        let mut brought = brought.into_iter();
        for rows in batches() {
            let shards: Vec<_> = shards_of(rows).collect();
            let mine = parts_of(shards.len(), ranks.rank(), size);
            let divisor = |&(owner, _): &(usize, _)| {
                next[owner] += 1;
                divisors[next[owner] - 1]
            };
            let divisors = shards.iter().map(divisor).collect();
            let shards = brought.by_ref().take(mine.len()).collect();
            self.brought.push_back(MiniBatch { rows: rows.to_vec(), first: mine.start, shards, divisors });
        }
    }

    /// What the loss of a batch is divided by to be that of a sample.
    fn divisor_of<L: Layer<T>>(&self, network: &Network<T, L>, batch: &Batch<'_, T, Y>) -> f64 {
        let divisor = match self.loss.reduction() {
            Reduction::Mean => self.loss.divisor(network.out_dim(), batch.y(), batch.weights()),
            _ => self.loss.counted(batch.y(), batch.weights()),
        };
        divisor.as_f64()
    }

    /// Lets each rank in turn add to the fingerprint.
    fn in_turn(&self, fingerprint: &mut Fingerprint, mut add: impl FnMut(&mut Fingerprint)) {
        for rank in 0..self.ranks.size() {
            let mut mine = String::new();
            if rank == self.ranks.rank() {
                add(fingerprint);
                mine = serde_json::to_string(fingerprint).expect("a number");
            }
            let all = self.ranks.gather_texts("hashing the samples", &mine);
            *fingerprint = serde_json::from_str(&all[rank]).expect("a number");
        }
    }

    /// What the blocks that begin among this rank's rows add to a score.
    fn tallies<L: Layer<T>>(&mut self, network: &Network<T, L>) -> Vec<Tally> {
        let own = self.share.range();
        let blocks: Vec<_> = network.block_rows(self.share.total()).collect();
        let begins = |rank: usize| {
            let starts = &self.share.starts;
            let of = move |row: usize| row >= starts[rank] && row < starts[rank + 1];
            blocks.iter().filter(move |block| of(block.start))
        };
        if self.straddling.is_none() {
            // At most one of each rank.
            let rows: Vec<Vec<usize>> = (0..self.ranks.size())
                .map(|rank| {
                    begins(rank)
                        .filter(|block| block.end > self.share.starts[rank + 1])
                        .flat_map(Clone::clone)
                        .collect()
                })
                .collect();
            let groups = rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty());
            let groups = groups.map(|(rank, rows)| (rank, &rows[..]));
            self.straddling = Some(bring(self.ranks, self.share, groups));
        }
        let of = |batch: Option<Batch<'_, T, Y>>, blocks: usize, classes: bool| match batch {
            Some(batch) => tallies(network, self.loss, batch).expect("checked"),
            // Without weight, they count for nothing.
            None => vec![Tally { hits: classes.then_some((0.0, 0.0)), ..Tally::default() }; blocks],
        };
        let classes = Y::borrow(&self.share.y).labels().is_some();
        let mut all = Vec::new();
        let mut whole = begins(self.ranks.rank()).filter(|block| block.end <= own.end).peekable();
        if let Some(first) = whole.peek().map(|block| block.start) {
            let (count, end) = whole.fold((0, first), |(count, _), block| (count + 1, block.end));
            let rows = first - own.start..end - own.start;
            let y = Y::part(&self.share.y, rows.clone());
            let x = self.share.x.slice_axis(Axis(0), Slice::from(rows.clone()));
            let weights = self.share.weights.as_ref().map(|weights| &weights[rows]);
            all.extend(of(weighted(x, Y::borrow(&y), weights), count, classes));
        }
        for samples in self.straddling.iter().flatten() {
            all.extend(of(samples.batch(), 1, classes));
        }
        all
    }
}

impl<T, L, P, Y> Problem<T, L> for OnRanks<'_, '_, T, P, Y>
where
    T: Scalar + Equivalence,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: SharedTargets<T> + ?Sized,
{
    fn samples(&self) -> usize {
        self.share.total()
    }

    fn reduction(&self) -> Reduction {
        self.loss.reduction()
    }

    fn link(&self) -> Link {
        self.loss.link()
    }

    /// All ranks have agreed before.
    fn check(&mut self, _: &Network<T, L>) -> Result<(), Error> {
        Ok(())
    }

    fn fingerprint(&mut self, fingerprint: &mut Fingerprint) {
        let Share { x, y, weights, .. } = self.share;
        let total = self.share.total();
        fingerprint.integer(x.ncols() as u64);
        self.in_turn(fingerprint, |fingerprint| add_scalars(fingerprint, x));
        fingerprint.integer((total * x.ncols()) as u64);
        self.in_turn(fingerprint, |fingerprint| Y::add_to(y, fingerprint));
        fingerprint.integer((total * Y::width(y)) as u64);
        self.in_turn(fingerprint, |fingerprint| add_scalars(fingerprint, weights.iter().flatten()));
        fingerprint.integer(if weights.is_some() { total as u64 } else { 0 });
    }

    fn divisor(&mut self, network: &Network<T, L>) -> f64 {
        let mine = self.share.batch().map_or(0.0, |batch| self.divisor_of(network, &batch));
        let mut all = vec![0.0; self.ranks.size()];
        self.ranks.all_gather("counting samples", &[mine], &vec![1; all.len()], &mut all);
        all.iter().sum()
    }

    fn gather(&mut self, network: &Network<T, L>, rows: &[usize], ahead: &[usize]) -> f64 {
        if self.gathered.as_ref().is_none_or(|gathered| gathered.rows != rows) {
            if self.brought.front().is_none_or(|next| next.rows != rows) {
                self.brought.clear();
                self.bring(network, rows, ahead);
            }
            self.gathered = self.brought.pop_front();
        }
        self.gathered.iter().flat_map(|gathered| &gathered.divisors).sum()
    }

    fn loss_and_gradient(&mut self, network: &Network<T, L>, mode: Mode, gradient: &mut [T]) -> T {
        let MiniBatch { first, shards, divisors, .. } = self.gathered.as_ref().expect("gathered before");
        let divisor = match self.loss.reduction() {
            Reduction::Mean => divisors.iter().fold(T::zero(), |sum, &divisor| sum + T::of(divisor)),
            _ => T::one(),
        };
        let len = gradient.len() + 1;
        self.parts.clear();
        self.parts.resize(shards.len() * len, T::zero());
        for (index, (samples, part)) in (*first..).zip(shards.iter().zip(self.parts.chunks_exact_mut(len))) {
            let Some(shard) = samples.batch() else { continue };
            let mode = if divisors.len() == 1 { mode } else { mode.shard(index) };
            let (part, value) = part.split_at_mut(len - 1);
            value[0] =
                network.shard_loss_and_gradient(self.loss, divisor, shard, mode, &mut self.workspace, part);
        }
        self.sum.resize(len, T::zero());
        self.sums.add_up(self.ranks, divisors.len(), &self.parts, &mut self.sum);
        gradient.copy_from_slice(&self.sum[..len - 1]);
        self.sum[len - 1]
    }

    fn update_state(&mut self, network: &mut Network<T, L>) {
        let len = network.state().len();
        if len == 0 {
            return;
        }
        // Layers with state look at the whole mini-batch, which is rank 0's.
        let mut counts = vec![0; self.ranks.size()];
        counts[0] = len;
        let mut mine = Vec::new();
        if self.ranks.is_first() {
            network.update_state(&mut self.workspace).expect("the pass before was in training");
            mine.extend_from_slice(network.state());
        }
        self.ranks.all_gather("handing state over", &mine, &counts, network.state_mut());
    }

    fn first_not_finite(&mut self, network: &Network<T, L>, mode: Mode) -> Option<String> {
        let MiniBatch { first, shards, divisors, .. } = self.gathered.as_ref()?;
        let mut mine = (*first..).zip(shards).filter_map(|(index, samples)| {
            let mode = if divisors.len() == 1 { mode } else { mode.shard(index) };
            let batch = samples.batch()?;
            network.forward_in(batch.x(), &mut self.workspace, mode).ok()?.first_not_finite()
        });
        let mine = mine.next().unwrap_or_default();
        self.ranks
            .gather_texts("looking for the first layer", &mine)
            .into_iter()
            .find(|layer| !layer.is_empty())
    }

    fn score(&mut self, network: &Network<T, L>, penalty: f64) -> Score {
        let numbers = |tally: Tally| {
            let (hits, of) = tally.hits.unwrap_or_default();
            [tally.loss, tally.divisor, hits, of]
        };
        let mine: Vec<f64> = self.tallies(network).into_iter().flat_map(numbers).collect();
        let starts = &self.share.starts;
        let mut counts = vec![0; self.ranks.size()];
        for block in network.block_rows(self.share.total()) {
            counts[starts.partition_point(|&start| start <= block.start) - 1] += 4;
        }
        let mut all = vec![0.0; counts.iter().sum()];
        self.ranks.all_gather("adding up scores", &mine, &counts, &mut all);
        let classes = Y::borrow(&self.share.y).labels().is_some();
        let tally = |numbers: &[f64]| Tally {
            loss: numbers[0],
            divisor: numbers[1],
            hits: classes.then_some((numbers[2], numbers[3])),
        };
        let all: Vec<Tally> = all.chunks_exact(4).map(tally).collect();
        Score::of_tallies(&all, self.loss.reduction(), penalty)
    }

    /// The reason of the first rank that has one.
    fn decide(&mut self, reason: Option<StopReason>) -> Option<StopReason> {
        let mine = reason.map(|reason| serde_json::to_string(&reason).expect("a value"));
        let all = self.ranks.gather_texts("deciding whether to go on", &mine.unwrap_or_default());
        let first = all.into_iter().find(|reason| !reason.is_empty())?;
        Some(serde_json::from_str(&first).expect("it was written by the same program"))
    }
}
