//! Symmetric positive definite systems of equations.

use nn_core::simd;

/// The factor L of A = L Lᵀ, whose memory is used again.
#[derive(Debug, Clone)]
pub(super) struct Cholesky {
    n: usize,
    /// L column by column, n numbers each; those above the diagonal mean nothing.
    columns: Vec<f64>,
}

impl Cholesky {
    pub(super) fn new(n: usize) -> Self {
        Self { n, columns: vec![0.0; n * n] }
    }

    /// Factors A + μ I, where the lower triangle of A is given, row by row; `false` if that is not positive definite.
    pub(super) fn factor(&mut self, a: &[f64], mu: f64) -> bool {
        let n = self.n;
        for (i, row) in a.chunks_exact(n).enumerate() {
            for (j, &entry) in row[..=i].iter().enumerate() {
                self.columns[j * n + i] = entry;
            }
            self.columns[i * n + i] += mu;
        }
        simd::run(|| factor(&mut self.columns, n))
    }

    /// Replaces b by the x of L Lᵀ x = b.
    pub(super) fn solve(&self, b: &mut [f64]) {
        let n = self.n;
        for j in 0..n {
            let column = &self.columns[j * n..][j..n];
            let y = b[j] / column[0];
            b[j] = y;
            subtract(&mut b[j + 1..], y, &column[1..]);
        }
        for j in (0..n).rev() {
            let column = &self.columns[j * n..][j..n];
            let known: f64 = b[j + 1..].iter().zip(&column[1..]).map(|(x, l)| x * l).sum();
            b[j] = (b[j] - known) / column[0];
        }
    }
}

/// Each column less its part in the earlier ones, then divided by the root of what is left on the diagonal: long loops,
/// and every element's sum in the order of the columns.
#[inline(always)]
fn factor(columns: &mut [f64], n: usize) -> bool {
    for j in 0..n {
        let (earlier, rest) = columns.split_at_mut(j * n);
        let column = &mut rest[j..n];
        // Four at a time: the column is read and written a quarter as often.
        let mut fours = earlier.chunks_exact(4 * n);
        for four in &mut fours {
            let [a, b, c, d] = [0, 1, 2, 3].map(|k| &four[k * n..][j..n]);
            let fs = [a[0], b[0], c[0], d[0]];
            for ((((y, a), b), c), d) in column.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                *y = *y - fs[0] * a - fs[1] * b - fs[2] * c - fs[3] * d;
            }
        }
        for earlier in fours.remainder().chunks_exact(n) {
            subtract(column, earlier[j], &earlier[j..]);
        }
        let diagonal = column[0].sqrt();
        // NaN, too, where a root of a negative number was taken.
        if !(diagonal > 0.0 && diagonal.is_finite()) {
            return false;
        }
        column[0] = diagonal;
        column[1..].iter_mut().for_each(|l| *l /= diagonal);
    }
    true
}

/// y ← y - f x
#[inline(always)]
fn subtract(y: &mut [f64], f: f64, x: &[f64]) {
    y.iter_mut().zip(x).for_each(|(y, &x)| *y -= f * x);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A = M Mᵀ for a lower triangle M.
    #[test]
    fn solutions() {
        for n in [1, 2, 7, 64, 150] {
            let m = |i: usize, j: usize| match i.cmp(&j) {
                std::cmp::Ordering::Less => 0.0,
                std::cmp::Ordering::Equal => 8.0,
                std::cmp::Ordering::Greater => ((5 * i + 3 * j) % 7) as f64 / 8.0 - 0.375,
            };
            let entry = |i: usize, j: usize| (0..=j.min(i)).map(|k| m(i, k) * m(j, k)).sum::<f64>();
            // NaN in the upper triangle, which must not be looked at.
            let a: Vec<f64> =
                (0..n * n).map(|k| if k % n <= k / n { entry(k / n, k % n) } else { f64::NAN }).collect();
            let mut cholesky = Cholesky::new(n);
            for mu in [0.0, 2.5] {
                assert!(cholesky.factor(&a, mu));
                let x = |i: usize| (i % 5) as f64 - 2.0;
                let full = |i: usize, j: usize| entry(i, j) + if i == j { mu } else { 0.0 };
                let mut b: Vec<f64> = (0..n).map(|i| (0..n).map(|j| full(i, j) * x(j)).sum()).collect();
                cholesky.solve(&mut b);
                assert!(b.iter().enumerate().all(|(i, b)| (b - x(i)).abs() < 1e-11), "{n}, {mu}: {b:?}");
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite() {
        let mut cholesky = Cholesky::new(2);
        assert!(!cholesky.factor(&[1.0, 0.0, 2.0, 4.0], 0.0), "singular");
        assert!(cholesky.factor(&[1.0, 0.0, 2.0, 4.0], 0.1));
        assert!(!cholesky.factor(&[-1.0, 0.0, 0.0, 1.0], 0.5));
        assert!(!cholesky.factor(&[1.0, 0.0, f64::NAN, 1.0], 0.0));
        assert!(!cholesky.factor(&[f64::INFINITY, 0.0, 0.0, 1.0], 0.0));
    }
}
