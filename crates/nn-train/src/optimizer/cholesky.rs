//! Symmetric positive definite systems of equations, by A = L Lᵀ.

use nn_core::Scalar;

use super::vectors::{add, dot};

/// Columns that are finished at a time, and rows of a product.
const BLOCK: usize = 64;

/// Lower triangles, row by row, with the memory to factor them.
#[derive(Debug, Clone)]
pub(super) struct Cholesky {
    n: usize,
    /// L, below and on the diagonal.
    factor: Vec<f64>,
    /// The finished columns of the rows below them, side by side.
    panel: Vec<f64>,
    product: Vec<f64>,
}

impl Cholesky {
    pub(super) fn new(n: usize) -> Self {
        Self { n, factor: vec![0.0; n * n], panel: vec![0.0; n * BLOCK], product: vec![0.0; n * BLOCK] }
    }

    /// Factors A + μ I, where the lower triangle of A is given; `false` if that is not positive definite.
    ///
    /// Block by block of columns: what a block takes off the rest of the matrix is a product of matrices.
    pub(super) fn factor(&mut self, a: &[f64], mu: f64) -> bool {
        let n = self.n;
        self.factor.copy_from_slice(a);
        for i in 0..n {
            self.factor[i * n + i] += mu;
        }
        for begin in (0..n).step_by(BLOCK) {
            let end = n.min(begin + BLOCK);
            for row in begin..n {
                let (above, rest) = self.factor.split_at_mut(row * n);
                let row_values = &mut rest[begin..n.min(row + 1).max(end)];
                for column in begin..end.min(row) {
                    let done = &above[column * n + begin..=column * n + column];
                    let (pivot, done) = done.split_last().expect("one value at least");
                    let j = column - begin;
                    row_values[j] = (row_values[j] - dot(&row_values[..j], done)) / pivot;
                }
                if row < end {
                    let j = row - begin;
                    let square = row_values[j] - dot(&row_values[..j], &row_values[..j]);
                    if !(square > 0.0 && square.is_finite()) {
                        return false;
                    }
                    row_values[j] = square.sqrt();
                }
            }
            self.update(begin, end);
        }
        true
    }

    /// Takes what the columns from `begin` to `end` account for off the rows and columns behind them.
    fn update(&mut self, begin: usize, end: usize) {
        let Self { n, factor, panel, product } = self;
        let (n, width) = (*n, end - begin);
        for (row, to) in (end..n).zip(panel.chunks_exact_mut(width)) {
            to.copy_from_slice(&factor[row * n + begin..row * n + end]);
        }
        for from in (end..n).step_by(BLOCK) {
            let to = n.min(from + BLOCK);
            let columns = to - end;
            let product = &mut product[..(to - from) * columns];
            let rows = &panel[(from - end) * width..columns * width];
            f64::kernel_affine_weight_grad(rows, &panel[..columns * width], product, width);
            for (row, product) in (from..to).zip(product.chunks_exact(columns)) {
                add(&mut factor[row * n + end..row * n + to], -1.0, product);
            }
        }
    }

    /// Replaces b by the x of L Lᵀ x = b.
    pub(super) fn solve(&self, b: &mut [f64]) {
        let rows = || self.factor.chunks_exact(self.n).enumerate();
        for (i, row) in rows() {
            b[i] = (b[i] - dot(&row[..i], &b[..i])) / row[i];
        }
        for (i, row) in rows().rev() {
            b[i] /= row[i];
            let x = b[i];
            add(&mut b[..i], -x, &row[..i]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A = M Mᵀ for a lower triangle M of small whole numbers, so that L is M, exactly but for the rounding of divisions.
    #[test]
    fn factors_and_solutions() {
        for n in [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 150, 200] {
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
            assert!(cholesky.factor(&a, 0.0));
            for i in 0..n {
                for j in 0..=i {
                    assert!((cholesky.factor[i * n + j] - m(i, j)).abs() < 1e-11, "{n}: [{i}, {j}]");
                }
            }
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
