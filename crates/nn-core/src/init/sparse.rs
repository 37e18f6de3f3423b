use rand::Rng;

use super::draw::Draw;
use crate::Scalar;

/// In each column, a part `sparsity` of the weights 0, rounded up.
pub(super) fn fill<T: Scalar>(weights: &mut [T], columns: usize, sparsity: f64, std: f64, rng: &mut dyn Rng) {
    let columns = columns.max(1);
    for column in 0..columns.min(weights.len()) {
        let mut left = (weights.len() - column).div_ceil(columns);
        let mut zeros = (sparsity * left as f64).ceil();
        // Selection sampling: each row is chosen with the probability that makes the number come out.
        for w in weights[column..].iter_mut().step_by(columns) {
            let chosen = (Draw::Uniform(0.5).sample(rng) + 0.5) * (left as f64) < zeros;
            *w = if chosen { T::zero() } else { T::of(Draw::Normal(std).sample(rng)) };
            zeros -= f64::from(u8::from(chosen));
            left -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    #[test]
    fn each_input_reaches_as_many_units_as_it_should() {
        for (sparsity, zeros) in [(0.0, 0), (0.05, 1), (0.5, 5), (0.91, 10), (1.0, 10)] {
            let mut w = vec![f64::NAN; 10 * 300];
            fill(&mut w, 300, sparsity, 0.01, &mut rng(1));
            let mut of_row = [0.0; 10];
            for column in 0..300 {
                let rows = (0..10).filter(|row| w[row * 300 + column] == 0.0);
                rows.clone().for_each(|row| of_row[row] += 1.0);
                assert_eq!(rows.count(), zeros, "sparsity {sparsity}, column {column}");
            }
            // Every unit alike: five standard errors of a count with the probability p.
            let p = zeros as f64 / 10.0;
            let bound = 5.0 * (300.0 * p * (1.0 - p)).sqrt();
            assert!(of_row.iter().all(|n| (n - 300.0 * p).abs() <= bound), "{sparsity}: {of_row:?}");
        }
    }

    #[test]
    fn the_others_have_the_standard_deviation() {
        let mut w = vec![0.0_f64; 50 * 1000];
        fill(&mut w, 1000, 0.5, 0.01, &mut rng(1));
        let squares: f64 = w.iter().map(|w| w * w).sum();
        assert!((squares / 25_000.0 / 1e-4 - 1.0).abs() < 5.0 * (2.0_f64 / 25_000.0).sqrt());
    }
}
