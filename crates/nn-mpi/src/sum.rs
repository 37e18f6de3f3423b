//! A sum over ranks whose bits do not depend on their number.

use mpi::traits::Equivalence;
use nn_core::Scalar;

use crate::Ranks;

/// Numbers of all parts together up to which every rank gets them all: a meeting less, for some more bytes.
const FEW: usize = 1 << 14;

/// Which of so many parts each rank has: the first of them and the end, one after the other.
pub(crate) fn parts_of(parts: usize, rank: usize, size: usize) -> std::ops::Range<usize> {
    // A single one is rank 0's.
    (parts * rank).div_ceil(size)..(parts * (rank + 1)).div_ceil(size)
}

/// Adds up equally long parts from the first to the last, where each rank has some of them; all ranks get the sum.
///
/// It is a reproducible all-reduce: each sum is ((p₀ + p₁) + p₂) + .., whichever rank has which part, as on one machine. Each
/// rank adds up a piece of all parts, which all others have sent to it, and then sends the sum of its piece to all others. It
/// takes the two meetings that an all-reduce of MPI takes, and its bytes where a rank has one part; with more, so many times
/// those of the first meeting, since parts of a rank cannot be added up before they are sent.
///
/// # Example
/// ```no_run
/// use nn_mpi::{Error, Ranks, Sums};
///
/// # fn main() -> std::process::ExitCode {
/// Ranks::run(|ranks| {
///     // Two parts on each rank, of three numbers.
///     let mine = vec![ranks.rank() as f64; 6];
///     let mut sum = [0.0; 3];
///     Sums::new().add_up(ranks, 2 * ranks.size(), &mine, &mut sum);
///     Ok::<(), Error>(())
/// })
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Sums<T> {
    sent: Vec<T>,
    received: Vec<T>,
    piece: Vec<T>,
}

impl<T: Scalar + Equivalence> Sums<T> {
    /// With no memory yet, which is used again from sum to sum.
    pub fn new() -> Self {
        Self { sent: Vec::new(), received: Vec::new(), piece: Vec::new() }
    }

    /// The sum of `parts`. Rank r of n has those from ⌈parts r / n⌉ to ⌈parts (r + 1) / n⌉, one after the other in `mine`.
    ///
    /// # Panics
    /// When `mine` has not as many numbers as its parts have, or there are 2^31 at a time.
    pub fn add_up(&mut self, ranks: &Ranks, parts: usize, mine: &[T], sum: &mut [T]) {
        let (size, len) = (ranks.size(), sum.len());
        let count = |rank: usize| parts_of(parts, rank, size).len();
        let own_parts = count(ranks.rank());
        assert_eq!(mine.len(), own_parts * len, "numbers of {own_parts} parts");
        let Self { sent, received, piece } = self;
        let doing = "adding up gradients";
        if size == 1 {
            fold(mine, sum);
        } else if parts * len <= FEW || parts == 1 {
            let counts: Vec<usize> = (0..size).map(|rank| count(rank) * len).collect();
            received.resize(parts * len, T::zero());
            ranks.all_gather(doing, mine, &counts, received);
            fold(received, sum);
        } else {
            let range = |rank: usize| len * rank / size..len * (rank + 1) / size;
            let pieces: Vec<usize> = (0..size).map(|rank| range(rank).len()).collect();
            let own = pieces[ranks.rank()];
            // The pieces of a single part lie as they are sent.
            let mine = if own_parts == 1 {
                mine
            } else {
                sent.clear();
                for rank in 0..size {
                    mine.chunks_exact(len).for_each(|part| sent.extend_from_slice(&part[range(rank)]));
                }
                sent
            };
            let counts: [Vec<usize>; 2] = [
                pieces.iter().map(|piece| piece * own_parts).collect(),
                (0..size).map(|rank| own * count(rank)).collect(),
            ];
            received.resize(parts * own, T::zero());
            ranks.all_to_all(doing, mine, [&counts[0], &counts[1]], received);
            piece.resize(own, T::zero());
            fold(received, piece);
            ranks.all_gather(doing, piece, &pieces, sum);
        }
    }
}

/// The sum of equally long parts, from the first to the last.
fn fold<T: Scalar>(parts: &[T], sum: &mut [T]) {
    if sum.is_empty() {
        return;
    }
    let mut parts = parts.chunks_exact(sum.len());
    sum.copy_from_slice(parts.next().expect("a part at least"));
    for part in parts {
        sum.iter_mut().zip(part).for_each(|(sum, &part)| *sum += part);
    }
}
