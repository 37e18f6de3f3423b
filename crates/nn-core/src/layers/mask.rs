use ndarray::{ArrayView2, ArrayViewMut2};

use crate::memory::{by_feature, by_feature_mut};
use crate::{Noise, Scalar, ShapeError, simd};

/// Which elements of a batch are dropped: each with the same probability, by a draw of its own.
///
/// Nothing is kept from forward to backward, which draw the same numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mask {
    noise: Noise,
    /// Draws below it drop their element.
    threshold: u64,
}

impl Mask {
    /// The mask of a rate that [`check_rate`] accepts.
    pub(super) fn new(noise: Noise, rate: f64) -> Self {
        /// 2^64, of which draws are one.
        const DRAWS: f64 = 18446744073709551616.0;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate lies between 0 and 1"
        )]
        let threshold = (rate * DRAWS) as u64;
        Self { noise, threshold }
    }

    /// y = `f`(x, whether it is kept), element by element.
    pub(super) fn map<T: Scalar>(
        self,
        x: ArrayView2<'_, T>,
        mut y: ArrayViewMut2<'_, T>,
        f: impl Fn(T, bool) -> T,
    ) {
        let batch = x.nrows();
        match (by_feature(&x), by_feature_mut(&mut y)) {
            (Some(x), Some(y)) => simd::run(|| {
                for (i, (y, &x)) in y.iter_mut().zip(x).enumerate() {
                    *y = f(x, self.keeps(i));
                }
            }),
            _ => {
                for ((n, j), y) in y.indexed_iter_mut() {
                    *y = f(x[[n, j]], self.keeps(j * batch + n));
                }
            }
        }
    }

    /// Whether an element is kept, by its place in the fast memory order.
    #[inline(always)]
    fn keeps(self, i: usize) -> bool {
        self.noise.bits(i as u64) >= self.threshold
    }
}

/// Refuses a rate that would drop everything.
pub(super) fn check_rate(layer: &str, rate: f64) -> Result<(), ShapeError> {
    if (0.0..1.0).contains(&rate) {
        return Ok(());
    }
    Err(ShapeError::new(layer, "a rate from 0 to below 1", rate.to_string()))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ShapeBuilder};

    use super::*;
    use crate::Mode;

    /// Which of `len` elements are kept, in a column.
    fn kept(mode: Mode, rate: f64, len: usize) -> Vec<bool> {
        let Mode::Train(noise) = mode else { panic!("no noise in use") };
        let mut y = Array2::zeros((len, 1));
        Mask::new(noise, rate).map(
            Array2::ones((len, 1)).view(),
            y.view_mut(),
            |x, kept| {
                if kept { x } else { 0.0 }
            },
        );
        y.iter().map(|&y| y == 1.0).collect()
    }

    fn share(of: impl ExactSizeIterator<Item = bool>) -> f64 {
        let len = of.len() as f64;
        of.filter(|&yes| yes).count() as f64 / len
    }

    const LEN: usize = 100_000;

    /// Five standard errors of a share of `LEN` draws.
    fn within(share: f64, expected: f64) -> bool {
        (share - expected).abs() <= 5.0 * (expected * (1.0 - expected) / LEN as f64).sqrt()
    }

    #[test]
    fn the_share_that_is_kept_is_1_minus_the_rate() {
        for rate in [0.0, 1e-3, 0.1, 0.5, 0.75, 0.999] {
            let share = share(kept(Mode::train(1, 1), rate, LEN).into_iter());
            assert!(within(share, 1.0 - rate), "{share} at rate {rate}");
        }
    }

    /// At rate 0.5, two masks that have nothing to do with one another agree on half of the elements.
    #[test]
    fn neighbours_steps_seeds_layers_and_shards_are_independent() {
        let mode = Mode::train(3, 7);
        let mask = kept(mode, 0.5, LEN);
        let (first, rest) = mode.split();
        for (what, other) in [
            ("the next element", kept(mode, 0.5, LEN + 1)[1..].to_vec()),
            ("the element eight further on", kept(mode, 0.5, LEN + 8)[8..].to_vec()),
            ("the next step", kept(Mode::train(3, 8), 0.5, LEN)),
            ("the next seed", kept(Mode::train(4, 7), 0.5, LEN)),
            ("the first layer", kept(first, 0.5, LEN)),
            ("the next layer", kept(rest, 0.5, LEN)),
            ("the first shard", kept(mode.shard(0), 0.5, LEN)),
            ("the next shard", kept(mode.shard(1), 0.5, LEN)),
        ] {
            let share = share(mask.iter().zip(&other).map(|(a, b)| a == b));
            assert!(within(share, 0.5), "{share} agree with {what}");
        }
    }

    #[test]
    fn a_mask_does_not_depend_on_the_memory_order() {
        let Mode::Train(noise) = Mode::train(0, 0) else { panic!("no noise in use") };
        let by_sample = Array2::from_shape_fn((67, 3), |(n, j)| (3 * n + j) as f64);
        let mut by_feature = Array2::zeros((67, 3).f());
        by_feature.assign(&by_sample);
        let masked = |x: ArrayView2<'_, f64>, mut y: Array2<f64>| {
            Mask::new(noise, 0.3).map(x, y.view_mut(), |x, kept| if kept { x } else { -1.0 });
            y
        };
        let expected = masked(by_feature.view(), Array2::zeros((67, 3).f()));
        for x in [&by_sample, &by_feature] {
            assert_eq!(masked(x.view(), Array2::zeros((67, 3))), expected);
            assert_eq!(masked(x.view(), Array2::zeros((67, 3).f())), expected);
        }
    }

    #[test]
    fn a_rate_that_drops_everything_is_refused() {
        for rate in [0.0, 0.5, 1.0 - f64::EPSILON] {
            check_rate("Dropout", rate).expect("in range");
        }
        for rate in [1.0, -0.1, 1.5, f64::INFINITY, f64::NAN] {
            let error = check_rate("Dropout", rate).expect_err("out of range").to_string();
            assert_eq!(error, format!("Dropout: expected a rate from 0 to below 1, found {rate}"));
        }
    }
}
