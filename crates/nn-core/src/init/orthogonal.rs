//! Orthogonal matrices, by Householder reflections.

use rand::Rng;

use super::draw::Draw;
use crate::Scalar;

/// Rows of `columns` weights, orthonormal, or the columns if there are more rows; times `gain`.
pub(super) fn fill<T: Scalar>(weights: &mut [T], columns: usize, gain: f64, rng: &mut dyn Rng) {
    let columns = columns.max(1);
    let rows = weights.len().div_ceil(columns);
    let (length, count) = (rows.max(columns), rows.min(columns));
    let mut vectors: Vec<f64> = (0..length * count).map(|_| Draw::Normal(1.0).sample(rng)).collect();
    if count > 0 {
        orthonormalise(&mut vectors, length);
    }
    for (i, w) in weights.iter_mut().enumerate() {
        let (row, column) = (i / columns, i % columns);
        let at = if rows <= columns { row * length + column } else { column * length + row };
        *w = T::of(gain * vectors[at]);
    }
}

/// Replaces `a`, which holds vectors of length `n`, not more than n of them, one after the other, by orthonormal ones:
/// the Q of A = Q R, where the vectors are the columns of A and the diagonal of R is positive. That makes Q unique, and
/// drawn evenly from all such matrices if A is of standard normal numbers.
///
/// Mezzadri: "How to generate random matrices from the classical compact groups", Notices of the AMS 54, 2007.
fn orthonormalise(a: &mut [f64], n: usize) {
    let count = a.len() / n;
    let mut signs = vec![1.0; count];
    // Vector j becomes the reflection that takes its lower part to a multiple of the first axis.
    for j in 0..count {
        let (done, rest) = a.split_at_mut((j + 1) * n);
        let v = &mut done[j * n + j..];
        let norm = dot(v, v).sqrt();
        // The diagonal element of R has the sign that cancels nothing in the subtraction.
        signs[j] = if v[0] > 0.0 { -1.0 } else { 1.0 };
        v[0] -= signs[j] * norm;
        let length = dot(v, v).sqrt();
        // Vectors of 0 need no reflection.
        if length > 0.0 {
            for v in v.iter_mut() {
                *v /= length;
            }
        }
        for x in rest.chunks_exact_mut(n) {
            reflect(v, &mut x[j..]);
        }
    }
    // Column j of Q is the j-th axis, reflected j + 1 times, from the last reflection to the first.
    for j in (0..count).rev() {
        let (before, at) = a.split_at_mut(j * n);
        let q = &mut at[..n];
        let v = q.to_vec();
        q.fill(0.0);
        q[j] = signs[j];
        reflect(&v[j..], &mut q[j..]);
        for (i, v) in before.chunks_exact(n).enumerate().rev() {
            reflect(&v[i..], &mut q[i..]);
        }
    }
}

/// x ← x - 2 (v x) v, for a v of length 1.
fn reflect(v: &[f64], x: &mut [f64]) {
    let twice = 2.0 * dot(v, x);
    x.iter_mut().zip(v).for_each(|(x, v)| *x -= twice * v);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    #[test]
    fn vectors_become_orthonormal_and_r_has_a_positive_diagonal() {
        for (n, count) in [(1, 1), (2, 2), (5, 3), (6, 6)] {
            let a: Vec<f64> = (0..n * count).map(|i| ((37 * i + 12) % 23) as f64 - 11.0).collect();
            let mut q = a.clone();
            orthonormalise(&mut q, n);
            for i in 0..count {
                for j in 0..count {
                    let q_i = &q[i * n..][..n];
                    let expected = f64::from(u8::from(i == j));
                    assert!(
                        (dot(q_i, &q[j * n..][..n]) - expected).abs() < 1e-15 * n as f64,
                        "{i}, {j} of {n}"
                    );
                    // R = Qᵀ A is upper triangular.
                    let r = dot(q_i, &a[j * n..][..n]);
                    match i.cmp(&j) {
                        std::cmp::Ordering::Equal => assert!(r > 0.0, "R[{i}, {i}] = {r}, n = {n}"),
                        std::cmp::Ordering::Greater => assert!(r.abs() < 1e-13, "R[{i}, {j}] = {r}, n = {n}"),
                        std::cmp::Ordering::Less => {}
                    }
                }
            }
        }
    }

    #[test]
    fn rows_or_columns_are_orthogonal_and_as_long_as_the_gain() {
        for (rows, columns) in [(3, 7), (7, 3), (4, 4), (1, 5), (5, 1)] {
            let mut w = vec![0.0_f64; rows * columns];
            fill(&mut w, columns, 1.5, &mut rng(1));
            let count = rows.min(columns);
            for i in 0..count {
                for j in 0..count {
                    let product: f64 = if rows <= columns {
                        dot(&w[i * columns..][..columns], &w[j * columns..][..columns])
                    } else {
                        (0..rows).map(|row| w[row * columns + i] * w[row * columns + j]).sum()
                    };
                    let expected = if i == j { 2.25 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-14, "{i}, {j} of {rows} x {columns}: {product}");
                }
            }
        }
    }

    /// An element of a random orthogonal matrix of 4 rows has the mean 0 and the mean square 1/4; were the signs those
    /// of the reflections alone, the first would lean to one side.
    #[test]
    fn all_orthogonal_matrices_are_equally_likely() {
        let (mut rng, mut sums, mut squares) = (rng(2), [0.0; 16], [0.0; 16]);
        for _ in 0..4000 {
            let mut w = [0.0_f64; 16];
            fill(&mut w, 4, 1.0, &mut rng);
            for i in 0..16 {
                sums[i] += w[i] / 4000.0;
                squares[i] += w[i] * w[i] / 4000.0;
            }
        }
        // Five standard errors: 0.5 / √4000, and √(1/32) / √4000 for the squares.
        assert!(sums.iter().all(|mean| mean.abs() < 0.04), "{sums:?}");
        assert!(squares.iter().all(|square| (square - 0.25).abs() < 0.015), "{squares:?}");
    }

    #[test]
    fn a_slice_that_is_no_whole_matrix_is_filled() {
        let mut w = [f64::NAN; 5];
        fill(&mut w, 3, 1.0, &mut rng(1));
        assert!(w.iter().all(|w| w.abs() <= 1.0), "{w:?}");
        fill(&mut [0.0_f64; 0], 3, 1.0, &mut rng(1));
        fill(&mut [0.0_f64; 2], 0, 1.0, &mut rng(1));
    }

    #[test]
    fn dependent_vectors_give_orthonormal_ones_too() {
        let mut q = vec![1.0, 2.0, 3.0, 2.0, 4.0, 6.0, 0.0, 0.0, 0.0];
        orthonormalise(&mut q, 3);
        for i in 0..3 {
            for j in 0..3 {
                let expected = f64::from(u8::from(i == j));
                assert!((dot(&q[3 * i..][..3], &q[3 * j..][..3]) - expected).abs() < 1e-15, "{q:?}");
            }
        }
    }
}
