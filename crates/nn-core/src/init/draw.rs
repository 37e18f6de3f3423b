use rand::Rng;
use rand::distr::{Distribution, StandardUniform};

use super::standard_normal;

/// A distribution of single numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Draw {
    /// Always this one.
    Constant(f64),
    /// U(-a, a).
    Uniform(f64),
    /// N(0, std²).
    Normal(f64),
    /// N(0, std²), where a number beyond two standard deviations is drawn again.
    TruncatedNormal(f64),
}

impl Draw {
    pub(super) fn sample(self, mut rng: &mut dyn Rng) -> f64 {
        match self {
            Self::Constant(value) => value,
            Self::Uniform(bound) => {
                let u: f64 = StandardUniform.sample(&mut rng);
                (2.0 * u - 1.0) * bound
            }
            Self::Normal(std) => standard_normal(rng) * std,
            Self::TruncatedNormal(std) => loop {
                let z = standard_normal(rng);
                if z.abs() <= 2.0 {
                    return z * std;
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng;

    #[test]
    fn a_number_beyond_two_deviations_is_drawn_again() {
        let (mut all, mut kept) = (rng(3), rng(3));
        let normal: Vec<f64> = (0..1000).map(|_| Draw::Normal(0.5).sample(&mut all)).collect();
        let within = normal.iter().filter(|z| z.abs() <= 1.0);
        assert!((900..980).contains(&within.clone().count()));
        for &z in within {
            assert_eq!(Draw::TruncatedNormal(0.5).sample(&mut kept), z);
        }
    }
}
