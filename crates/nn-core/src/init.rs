//! How weights begin.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, StandardNormal, StandardUniform};
use serde::{Deserialize, Serialize};

use crate::Scalar;

/// The generator behind every seed in the framework: xoshiro256++, the same numbers on every platform.
///
/// ```
/// use rand::Rng;
///
/// assert_eq!(nn_core::rng(0).next_u64(), nn_core::rng(0).next_u64());
/// ```
///
/// Blackman, Vigna: "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021.
pub fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// The generator of a seed for one purpose, `initial weights` say: other purposes get other numbers from the same seed,
/// so that the samples of seed 0 and the weights of seed 0 have nothing in common.
///
/// ```
/// use nn_core::stream;
/// use rand::Rng;
///
/// assert_eq!(stream(0, "noise").next_u64(), stream(0, "noise").next_u64());
/// assert_ne!(stream(0, "noise").next_u64(), stream(0, "order").next_u64());
/// ```
pub fn stream(seed: u64, purpose: &str) -> Xoshiro256PlusPlus {
    // The purpose hashed by FNV-1a; the generator's seeding mixes the sum well.
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    rng(seed.wrapping_add(hash))
}

/// The distribution that the weights of a layer are drawn from; biases begin at 0.
///
/// | Name | Distribution | For |
/// |---|---|---|
/// | `LecunNormal` (default) | N(0, 1 / `fan_in`) | tanh, sigmoid |
/// | `LecunUniform` | U(-a, a), a = sqrt(3 / `fan_in`) | tanh, sigmoid |
/// | `GlorotNormal` | N(0, 2 / (`fan_in` + `fan_out`)) | tanh, sigmoid |
/// | `GlorotUniform` | U(-a, a), a = sqrt(6 / (`fan_in` + `fan_out`)) | tanh, sigmoid |
/// | `HeNormal` | N(0, 2 / `fan_in`) | relu |
/// | `HeUniform` | U(-a, a), a = sqrt(6 / `fan_in`) | relu |
///
/// The normal ones are not truncated, as in PyTorch; Keras truncates its normal ones at two standard deviations.
/// Every draw is made in `f64` and rounded, so that an `f32` network begins at the rounded weights of the `f64` one.
///
/// LeCun et al.: "Efficient BackProp", 1998. Glorot, Bengio: "Understanding the difficulty of training deep
/// feedforward neural networks", AISTATS 2010. He et al.: "Delving deep into rectifiers", ICCV 2015.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Init {
    /// N(0, 1) / sqrt(`fan_in`).
    #[default]
    LecunNormal,
    /// U(-a, a) with a = sqrt(3 / `fan_in`).
    LecunUniform,
    /// N(0, 2 / (`fan_in` + `fan_out`)).
    GlorotNormal,
    /// U(-a, a) with a = sqrt(6 / (`fan_in` + `fan_out`)).
    GlorotUniform,
    /// N(0, 2 / `fan_in`).
    HeNormal,
    /// U(-a, a) with a = sqrt(6 / `fan_in`).
    HeUniform,
}

impl Init {
    /// Draws the weights of a layer with `fan_in` inputs and `fan_out` outputs, in the order of the slice.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Init, rng};
    ///
    /// let mut weights = [0.0_f32; 6];
    /// Init::GlorotUniform.fill(&mut weights, 2, 3, &mut rng(0));
    /// let bound = (6.0_f32 / 5.0).sqrt();
    /// assert!(weights.iter().all(|w| w.abs() < bound));
    /// ```
    pub fn fill<T: Scalar>(self, weights: &mut [T], fan_in: usize, fan_out: usize, mut rng: &mut dyn Rng) {
        let (n_in, n_out) = (fan_in as f64, fan_out as f64);
        let variance = match self {
            Self::LecunNormal | Self::LecunUniform => 1.0 / n_in,
            Self::GlorotNormal | Self::GlorotUniform => 2.0 / (n_in + n_out),
            Self::HeNormal | Self::HeUniform => 2.0 / n_in,
        };
        let uniform = matches!(self, Self::LecunUniform | Self::GlorotUniform | Self::HeUniform);
        for w in weights {
            *w = T::of(if uniform {
                // U(-a, a) has the variance a² / 3.
                let u: f64 = StandardUniform.sample(&mut rng);
                (2.0 * u - 1.0) * (3.0 * variance).sqrt()
            } else {
                let z: f64 = StandardNormal.sample(&mut rng);
                z * variance.sqrt()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAN_IN: usize = 50;
    const FAN_OUT: usize = 30;

    #[test]
    fn each_distribution_has_its_mean_variance_and_range() {
        let cases = [
            (Init::LecunNormal, 1.0 / 50.0, f64::INFINITY),
            (Init::LecunUniform, 1.0 / 50.0, (3.0_f64 / 50.0).sqrt()),
            (Init::GlorotNormal, 2.0 / 80.0, f64::INFINITY),
            (Init::GlorotUniform, 2.0 / 80.0, (6.0_f64 / 80.0).sqrt()),
            (Init::HeNormal, 2.0 / 50.0, f64::INFINITY),
            (Init::HeUniform, 2.0 / 50.0, (6.0_f64 / 50.0).sqrt()),
        ];
        for (init, variance, bound) in cases {
            let mut w = vec![0.0_f64; 200_000];
            init.fill(&mut w, FAN_IN, FAN_OUT, &mut rng(1));
            let n = w.len() as f64;
            let mean = w.iter().sum::<f64>() / n;
            let found = w.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            // Five standard errors: sqrt(variance / n), and for the variance of a normal sqrt(2 / n).
            assert!(mean.abs() < 5.0 * (variance / n).sqrt(), "{init:?}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{init:?}: variance {found}");
            assert!(w.iter().all(|x| x.abs() < bound), "{init:?}: out of range");
            // Normal draws do leave the range of the uniform ones.
            assert_eq!(w.iter().any(|x| x.abs() > (3.0 * variance).sqrt()), bound.is_infinite(), "{init:?}");
        }
    }

    #[test]
    fn f32_weights_are_the_rounded_f64_weights() {
        let (mut single, mut double) = ([0.0_f32; 9], [0.0_f64; 9]);
        Init::HeNormal.fill(&mut single, 3, 3, &mut rng(5));
        Init::HeNormal.fill(&mut double, 3, 3, &mut rng(5));
        assert_eq!(single, double.map(f32::of));
    }

    #[test]
    fn a_seed_gives_the_same_weights_for_ever() {
        let mut w = [0.0_f64; 3];
        Init::LecunNormal.fill(&mut w, 1, 1, &mut rng(42));
        assert_eq!(w, PINNED_NORMAL);
        Init::LecunUniform.fill(&mut w, 1, 1, &mut rng(42));
        assert_eq!(w, PINNED_UNIFORM);
    }

    const PINNED_NORMAL: [f64; 3] = [0.8343975468437959, -0.514962928147295, 1.40772757311975];
    const PINNED_UNIFORM: [f64; 3] = [1.0887849608663782, -0.6276223277513782, 1.676258569539379];
}
