//! Symmetric positive definite systems of equations, by `nalgebra`.

use nalgebra::{DMatrix, DVectorViewMut, Dyn};

/// The factor L of L Lᵀ, whose memory is used again.
#[derive(Debug, Clone)]
pub(super) struct Cholesky {
    n: usize,
    /// `None` after a matrix that is not positive definite.
    factor: Option<nalgebra::Cholesky<f64, Dyn>>,
}

impl Cholesky {
    pub(super) fn new(n: usize) -> Self {
        Self { n, factor: Some(nalgebra::Cholesky::pack_dirty(DMatrix::zeros(n, n))) }
    }

    /// Factors A + μ I, where the lower triangle of A is given, row by row; `false` if that is not positive definite.
    pub(super) fn factor(&mut self, a: &[f64], mu: f64) -> bool {
        let n = self.n;
        let used = self.factor.take().map(nalgebra::Cholesky::unpack_dirty);
        let mut matrix = used.unwrap_or_else(|| DMatrix::zeros(n, n));
        for (i, row) in a.chunks_exact(n).enumerate() {
            for (j, &entry) in row[..=i].iter().enumerate() {
                matrix[(i, j)] = entry;
            }
            matrix[(i, i)] += mu;
        }
        let finite = |l: &DMatrix<f64>| (0..n).all(|i| l[(i, i)].is_finite());
        self.factor = nalgebra::Cholesky::new(matrix).filter(|cholesky| finite(cholesky.l_dirty()));
        self.factor.is_some()
    }

    /// Replaces b by the x of L Lᵀ x = b.
    pub(super) fn solve(&self, b: &mut [f64]) {
        let factor = self.factor.as_ref().expect("`factor` has found one");
        factor.solve_mut(&mut DVectorViewMut::from_slice(b, self.n));
    }
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
