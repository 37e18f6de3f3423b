//! Setting samples aside.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use crate::stream;

/// The rows of `samples` in two parts, `held` of them in the second: drawn at random, in random order, the same for the
/// same seed on every platform.
///
/// With `labels` the parts have the classes in the same proportions: the held rows are shared among the classes by
/// largest remainder, so that each class is within one sample of its proportion. One rule goes before: as far as the
/// sizes of the parts allow, a class of two samples or more has at least one in each part.
///
/// # Panics
/// When `held` is more than `samples`, or there are labels and not as many as samples.
///
/// # Example
/// ```
/// use nn_core::split_rows;
///
/// let (kept, held) = split_rows(10, 3, None, 0);
/// assert_eq!((kept.len(), held.len()), (7, 3));
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1];
/// let (_, held) = split_rows(9, 3, Some(&labels), 0);
/// assert_eq!(held.iter().filter(|&&row| labels[row] == 1).count(), 1);
/// ```
pub fn split_rows(
    samples: usize,
    held: usize,
    labels: Option<&[usize]>,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    assert!(held <= samples, "{held} of {samples} samples cannot be held back");
    let mut rows: Vec<usize> = (0..samples).collect();
    rows.shuffle(&mut stream(seed, "split"));
    let Some(labels) = labels else {
        let kept = rows.split_off(held);
        return (kept, rows);
    };
    assert_eq!(labels.len(), samples, "labels and samples");
    let mut counts = BTreeMap::new();
    for label in labels {
        *counts.entry(label).or_insert(0) += 1;
    }
    let wanted = apportion(&counts.values().copied().collect::<Vec<_>>(), held);
    let mut wanted: BTreeMap<_, _> = counts.into_keys().zip(wanted).collect();
    rows.into_iter().partition(|&row| {
        let left = wanted.get_mut(&labels[row]).expect("every label was counted");
        let keep = *left == 0;
        *left -= usize::from(!keep);
        keep
    })
}

/// How many of the `counts` samples of each class are among the `test` ones.
fn apportion(counts: &[usize], test: usize) -> Vec<usize> {
    let total: usize = counts.iter().sum();
    // From one sample to all but one, in a class that can be on both sides.
    let bounds = |count: usize| if count < 2 { (0, count) } else { (1, count - 1) };
    // By how much a class falls short of its proportion, times `total`: whole numbers compare exactly.
    let shortfall =
        |class: usize, taken: usize| counts[class] as i128 * test as i128 - taken as i128 * total as i128;
    let mut taken: Vec<usize> = counts
        .iter()
        .map(|&count| {
            let (low, high) = bounds(count);
            // At most `count`, since `test` is at most `total`.
            let whole = count as u128 * test as u128 / total as u128;
            usize::try_from(whole).unwrap_or(count).clamp(low, high)
        })
        .collect();

    // Each class gains or loses one sample at most, unless the bounds stand in the way.
    let mut sum: usize = taken.iter().sum();
    while sum < test {
        let class = (0..counts.len())
            .filter(|&class| taken[class] < counts[class])
            .max_by_key(|&class| {
                (taken[class] < bounds(counts[class]).1, shortfall(class, taken[class]), usize::MAX - class)
            })
            .expect("fewer samples are taken than there are");
        taken[class] += 1;
        sum += 1;
    }
    while sum > test {
        let class = (0..counts.len())
            .filter(|&class| taken[class] > 0)
            .min_by_key(|&class| {
                (taken[class] <= bounds(counts[class]).0, shortfall(class, taken[class]), class)
            })
            .expect("more samples are taken than none");
        taken[class] -= 1;
        sum -= 1;
    }
    taken
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn the_largest_remainders_are_rounded_up() {
        // Proportions 2.4, 3.3, 0.3: the first class has the largest remainder.
        assert_eq!(apportion(&[8, 11, 1], 6), [3, 3, 0]);
        // Proportions 1.5, 1.5: ties go to the first class.
        assert_eq!(apportion(&[5, 5], 3), [2, 1]);
        // 3 of 10 from each, exactly.
        assert_eq!(apportion(&[50, 50, 20], 36), [15, 15, 6]);
        assert_eq!(apportion(&[10, 0, 10], 10), [5, 0, 5]);
    }

    #[test]
    fn small_classes_are_on_both_sides() {
        // Proportions 9.8 and 0.2; then 88.2 and 1.8.
        assert_eq!(apportion(&[98, 2], 10), [9, 1]);
        assert_eq!(apportion(&[98, 2], 90), [89, 1]);
        // More classes than test samples: as many as fit.
        assert_eq!(apportion(&[4, 4, 4], 2).iter().filter(|&&taken| taken == 1).count(), 2);
        assert_eq!(apportion(&[4, 4, 4], 10).iter().filter(|&&taken| taken == 3).count(), 2);
    }

    proptest! {
        #[test]
        fn proportions_are_within_one_sample(counts in vec(20_usize..200, 1..8), cut in 10_usize..90) {
            // So many samples that every class has its proportion on both sides.
            let total: usize = counts.iter().sum();
            let test = total * cut / 100;
            let taken = apportion(&counts, test);
            prop_assert_eq!(taken.iter().sum::<usize>(), test);
            for (count, taken) in counts.iter().zip(taken) {
                let proportion = *count as f64 * test as f64 / total as f64;
                prop_assert!((taken as f64 - proportion).abs() < 1.0, "{} of {}", taken, proportion);
            }
        }

        #[test]
        fn classes_are_on_both_sides_when_possible(counts in vec(0_usize..9, 1..8), cut in 0_usize..64) {
            let total: usize = counts.iter().sum();
            prop_assume!(total >= 2);
            let test = 1 + cut % (total - 1);
            let taken = apportion(&counts, test);
            prop_assert_eq!(taken.iter().sum::<usize>(), test);
            let shared = counts.iter().filter(|&&count| count >= 2).count();
            let possible = shared <= test && test <= total - shared;
            let reached = counts.iter().zip(&taken).filter(|(count, taken)| 0 < **taken && taken < count).count();
            prop_assert!(counts.iter().zip(&taken).all(|(count, taken)| taken <= count));
            prop_assert!(!possible || reached == shared, "{:?} of {:?}", taken, counts);
        }
    }
}
