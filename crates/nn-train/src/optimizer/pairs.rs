use nn_core::{Error, Scalar};

use super::state::prepare;
use super::vectors::{add, dot, scale};

/// The memory of L-BFGS: pairs of a step s and the change y of the gradient along it.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Pairs<T> {
    /// Pairs that are remembered.
    count: usize,
    /// The place of the next pair: that of the oldest, when all are taken.
    next: usize,
    /// The steps, one after the other.
    s: Vec<T>,
    /// The changes of the gradient.
    y: Vec<T>,
    /// s·y of each pair.
    curvature: Vec<f64>,
    /// s·y / y·y of the newest pair.
    scale: f64,
}

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self { count: 0, next: 0, s: Vec::new(), y: Vec::new(), curvature: Vec::new(), scale: 1.0 }
    }
}

impl<T: Scalar> Pairs<T> {
    /// Makes room for `most` pairs, or checks what an earlier run has left.
    pub(super) fn start(&mut self, most: usize, params: usize) -> Result<(), Error> {
        let expected = most.checked_mul(params).ok_or(Error::TooLarge { count: most })?;
        let found = self.s.len();
        let used = found > 0 || self.count > 0;
        if used && (found != expected || self.curvature.len() != most) {
            let what = "values in the history of the optimizer (another network needs a new one)";
            return Err(Error::Length { what, expected, found });
        }
        if self.count > most || self.next >= most {
            let what = "pairs at most in the history of the optimizer";
            return Err(Error::Length {
                what,
                expected: most,
                found: self.count.max(self.next.saturating_add(1)),
            });
        }
        prepare([&mut self.s, &mut self.y], T::zero(), expected)?;
        prepare([&mut self.curvature], 1.0, most)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn forget(&mut self) {
        (self.count, self.scale) = (0, 1.0);
    }

    /// Keeps a pair in the place of the oldest, if the function curves upwards along it: otherwise H would not be
    /// positive definite.
    pub(super) fn remember(&mut self, s: &[T], y: &[T]) {
        let (sy, yy) = (dot(s, y), dot(y, y));
        // NaN does not either.
        let curves_upwards = sy > T::epsilon().as_f64() * (dot(s, s) * yy).sqrt();
        if !curves_upwards {
            return;
        }
        let (most, range) = (self.curvature.len(), self.next * s.len()..(self.next + 1) * s.len());
        self.s[range.clone()].copy_from_slice(s);
        self.y[range].copy_from_slice(y);
        self.curvature[self.next] = sy;
        self.scale = sy / yy;
        self.next = (self.next + 1) % most;
        self.count = (self.count + 1).min(most);
    }

    /// Replaces q by H q, the two-loop recursion.
    pub(super) fn apply(&self, q: &mut [T], factors: &mut [f64]) {
        let (most, len) = (self.curvature.len(), q.len());
        let place = |age: usize| (self.next + most - 1 - age) % most;
        for (age, factor) in factors.iter_mut().enumerate().take(self.count) {
            let i = place(age);
            let range = i * len..(i + 1) * len;
            *factor = dot(&self.s[range.clone()], q) / self.curvature[i];
            add(q, T::of(-*factor), &self.y[range]);
        }
        scale(T::of(self.scale), q);
        for (age, &factor) in factors.iter().enumerate().take(self.count).rev() {
            let i = place(age);
            let range = i * len..(i + 1) * len;
            add(q, T::of(factor - dot(&self.y[range.clone()], q) / self.curvature[i]), &self.s[range]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Remembers s and y = B s for a symmetric matrix B.
    fn remembered(most: usize, steps: &[[f64; 2]]) -> Pairs<f64> {
        let mut pairs = Pairs::default();
        pairs.start(most, 2).expect("it fits");
        for s in steps {
            pairs.remember(s, &[4.0 * s[0] + s[1], s[0] + 3.0 * s[1]]);
        }
        pairs
    }

    fn applied(pairs: &Pairs<f64>, mut q: [f64; 2]) -> [f64; 2] {
        pairs.apply(&mut q, &mut [0.0; 3]);
        q
    }

    /// H y = s holds for the newest pair, and for all pairs whose steps are conjugate: then H is the inverse of B.
    #[test]
    fn it_is_the_inverse_that_the_pairs_show() {
        let pairs = remembered(3, &[[5.0, 5.0], [1.0, 0.0], [-1.0, 4.0]]);
        let close = |a: [f64; 2], b: [f64; 2]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
        assert!(close(applied(&pairs, [0.0, 11.0]), [-1.0, 4.0]), "{:?}", applied(&pairs, [0.0, 11.0]));
        assert!(close(applied(&pairs, [4.0, 1.0]), [1.0, 0.0]), "{:?}", applied(&pairs, [4.0, 1.0]));
        assert_eq!(applied(&remembered(3, &[]), [1.0, 2.0]), [1.0, 2.0], "without pairs nothing changes");
    }

    #[test]
    fn the_oldest_goes_first() {
        let all = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.25], [-2.0, 1.0], [1.0, 1.0]];
        let (five, last) = (remembered(3, &all), remembered(3, &all[2..]));
        assert_eq!(applied(&five, [0.3, -7.0]), applied(&last, [0.3, -7.0]));
        assert_ne!(applied(&five, [0.3, -7.0]), applied(&remembered(3, &all[3..]), [0.3, -7.0]));
    }

    #[test]
    fn what_curves_downwards_or_not_at_all_is_not_remembered() {
        let mut pairs = remembered(3, &[]);
        for y in [[-1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [f64::NAN, 0.0]] {
            pairs.remember(&[1.0, 0.0], &y);
        }
        assert!(pairs.is_empty());
    }

    #[test]
    fn another_networks_or_a_broken_history_is_refused() {
        let error =
            |pairs: &Pairs<f64>, most, params| pairs.clone().start(most, params).unwrap_err().to_string();
        let pairs = remembered(3, &[[1.0, 0.0]]);
        assert_eq!(
            error(&pairs, 3, 4),
            "expected 12 values in the history of the optimizer (another network needs a new one), found 6"
        );
        assert!(pairs.clone().start(2, 3).is_err(), "as many values, but not as many pairs");
        let mut broken = pairs.clone();
        broken.next = 3;
        assert_eq!(error(&broken, 3, 2), "expected 3 pairs at most in the history of the optimizer, found 4");
        let mut broken = Pairs::<f64> { count: 1, ..Pairs::default() };
        assert!(broken.start(3, 2).is_err(), "a pair without values");
    }
}
