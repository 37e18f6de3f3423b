//! Rows that go to the rank that works on them.

use mpi::traits::Equivalence;
use ndarray::{Array2, ArrayView2};
use nn_core::{Batch, Scalar};

use crate::share::SharedTargets;
use crate::{Ranks, Share};

/// Samples that were received, to be worked on together.
pub(crate) struct Samples<T: Scalar, Y: SharedTargets<T> + ?Sized> {
    x: Array2<T>,
    y: Y::Owned,
    weights: Option<Vec<T>>,
}

impl<T: Scalar, Y: SharedTargets<T> + ?Sized> Samples<T, Y> {
    /// `None` if every weight is 0.
    pub(crate) fn batch(&self) -> Option<Batch<'_, T, Y>> {
        weighted(self.x.view(), Y::borrow(&self.y), self.weights.as_deref())
    }
}

/// Samples that were checked, if one of them counts.
pub(crate) fn weighted<'a, T, Y>(
    x: ArrayView2<'a, T>,
    y: &'a Y,
    weights: Option<&'a [T]>,
) -> Option<Batch<'a, T, Y>>
where
    T: Scalar,
    Y: SharedTargets<T> + ?Sized,
{
    let batch = Batch::new(x, y).expect("each row was checked");
    match weights {
        Some(weights) if weights.iter().all(|&weight| weight == T::zero()) => None,
        Some(weights) => Some(batch.with_weights(weights).expect("each weight was checked")),
        None => Some(batch),
    }
}

/// Has each group of rows brought to the rank that works on it, and gives those of this rank. All ranks call it with the
/// same groups, each with its rank, in an order of theirs.
pub(crate) fn bring<'g, T, Y>(
    ranks: &Ranks,
    share: &Share<'_, T, Y>,
    groups: impl Iterator<Item = (usize, &'g [usize])> + Clone,
) -> Vec<Samples<T, Y>>
where
    T: Scalar + Equivalence,
    Y: SharedTargets<T> + ?Sized,
{
    let (rank, size, width) = (ranks.rank(), ranks.size(), share.width());
    // Rows in the order of the groups, so that who receives knows which is which. What is there already does not travel.
    let mut sent: Vec<Vec<T>> = vec![Vec::new(); size];
    let mut counts = vec![0; size];
    for (worker, rows) in groups.clone() {
        for holder in rows.iter().map(|&row| (share.holder(row), row)) {
            match holder {
                (holder, _) if holder == worker => {}
                (holder, row) if holder == rank => share.write(row, &mut sent[worker]),
                (holder, _) if worker == rank => counts[holder] += width,
                _ => {}
            }
        }
    }
    let sent_counts: Vec<usize> = sent.iter().map(Vec::len).collect();
    let mut received = vec![T::zero(); counts.iter().sum()];
    ranks.all_to_all("handing rows over", &sent.concat(), [&sent_counts, &counts], &mut received);
    let mut next: Vec<usize> = (0..size).map(|rank| counts[..rank].iter().sum()).collect();
    let mut take = |rows: &[usize]| {
        let (features, targets) = (share.features(), Y::width(&share.y));
        let mut x = Vec::with_capacity(rows.len() * features);
        let mut y = Vec::with_capacity(rows.len() * targets);
        let mut weights = share.weights.as_ref().map(|_| Vec::with_capacity(rows.len()));
        let mut own = Vec::with_capacity(width);
        for &row in rows {
            let holder = share.holder(row);
            let numbers = if holder == rank {
                own.clear();
                share.write(row, &mut own);
                &own[..]
            } else {
                next[holder] += width;
                &received[next[holder] - width..next[holder]]
            };
            x.extend_from_slice(&numbers[..features]);
            y.extend_from_slice(&numbers[features..features + targets]);
            weights.iter_mut().for_each(|weights| weights.push(numbers[features + targets]));
        }
        let shaped =
            |numbers, columns| Array2::from_shape_vec((rows.len(), columns), numbers).expect("a row each");
        Samples { x: shaped(x, features), y: Y::read(shaped(y, targets).view()), weights }
    };
    groups.filter(|(worker, _)| *worker == rank).map(|(_, rows)| take(rows)).collect()
}
