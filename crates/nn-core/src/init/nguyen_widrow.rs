use rand::Rng;

use super::draw::Draw;
use crate::Scalar;

/// Rows of one length, in directions drawn from a cube.
pub(super) fn fill<T: Scalar>(weights: &mut [T], fan_in: usize, fan_out: usize, rng: &mut dyn Rng) {
    let length = length(fan_in, fan_out);
    let mut row = vec![0.0; fan_in];
    for weights in weights.chunks_mut(fan_in.max(1)) {
        row.fill_with(|| Draw::Uniform(1.0).sample(rng));
        let norm = row.iter().map(|w| w * w).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        for (w, &direction) in weights.iter_mut().zip(&row) {
            *w = T::of(length * direction / norm);
        }
    }
}

/// The length that lets `fan_out` units cover the range of the inputs, with some overlap.
pub(super) fn length(fan_in: usize, fan_out: usize) -> f64 {
    0.7 * libm::pow(fan_out as f64, (fan_in as f64).recip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    #[test]
    fn units_have_one_length_and_all_directions() {
        let mut w = vec![0.0_f64; 1000 * 3];
        fill(&mut w, 3, 1000, &mut rng(1));
        // 0.7 times the third root of 1000.
        let mut mean = [0.0; 3];
        for row in w.chunks_exact(3) {
            assert!((row.iter().map(|w| w * w).sum::<f64>().sqrt() - 7.0).abs() < 1e-13, "{row:?}");
            mean.iter_mut().zip(row).for_each(|(mean, w)| *mean += w / 1000.0);
        }
        // Five standard errors of 7/√3.
        assert!(mean.iter().all(|mean| mean.abs() < 5.0 * 7.0 / 3000.0_f64.sqrt()), "{mean:?}");
    }
}
