use rand::{Rng, SeedableRng, distr::Open01, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, StandardNormal};

/// Where the tail of the ziggurat with 256 layers begins: one number in 3,900 lies beyond.
const TAIL: f64 = 3.654152885361009;

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
    rng(key(seed, purpose))
}

/// The generator of one part of a purpose, the order of samples in epoch 7 say: it is fixed by the part's number, so
/// that none before it need be drawn.
///
/// ```
/// use nn_core::stream_at;
/// use rand::Rng;
///
/// assert_eq!(stream_at(0, "order", 7).next_u64(), stream_at(0, "order", 7).next_u64());
/// assert_ne!(stream_at(0, "order", 7).next_u64(), stream_at(0, "order", 8).next_u64());
/// assert_ne!(stream_at(0, "order", 1).next_u64(), stream_at(1, "order", 0).next_u64());
/// ```
pub fn stream_at(seed: u64, purpose: &str, part: u64) -> Xoshiro256PlusPlus {
    rng(mixed(key(seed, purpose)).wrapping_add(part))
}

/// A number from N(0, 1), the same on every platform.
///
/// ```
/// use nn_core::{rng, standard_normal};
///
/// assert_eq!(standard_normal(&mut rng(0)), standard_normal(&mut rng(0)));
/// ```
///
/// The ziggurat of `rand_distr`: Doornik, "An improved ziggurat method to generate normal random samples", 2005. Its
/// tail, for which that crate asks the platform for logarithms, is drawn anew: Marsaglia, "Generating a variable from the
/// tail of the normal distribution", Technometrics 6, 1964.
pub fn standard_normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let z: f64 = StandardNormal.sample(rng);
    if z.abs() <= TAIL { z } else { z.signum() * tail(rng) }
}

/// A number from N(0, 1) beyond [`TAIL`].
#[cold]
fn tail<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    let mut exponential = || -> f64 { -libm::log(Open01.sample(rng)) };
    loop {
        let (x, y) = (exponential() / TAIL, exponential());
        if 2.0 * y > x * x {
            return TAIL + x;
        }
    }
}

/// The purpose hashed by FNV-1a; the generator's seeding mixes the sum well.
fn key(seed: u64, purpose: &str) -> u64 {
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    seed.wrapping_add(hash)
}

/// A bijection that scatters neighbouring numbers: the finaliser of `SplitMix64` (Steele, Lea, Flood, 2014).
#[inline(always)]
pub(crate) fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_are_those_of_the_ziggurat_but_for_the_tail() {
        let mut rng = rng(0);
        let (mut tails, mut excess) = (0, 0.0);
        for _ in 0..4_000_000 {
            let ziggurat: f64 = StandardNormal.sample(&mut rng.clone());
            let z = standard_normal(&mut rng);
            if z.abs() <= TAIL {
                assert_eq!(z, ziggurat);
            } else {
                assert!(z * ziggurat > 0.0 && ziggurat.abs() > TAIL);
                tails += 1;
                excess += z.abs() - TAIL;
            }
        }
        // 2 (1 - Φ(TAIL)) of them, and on average φ(TAIL) / (1 - Φ(TAIL)) - TAIL beyond.
        assert!((f64::from(tails) / 4e6 / 2.580325e-04 - 1.0).abs() < 0.1, "{tails}");
        assert!((excess / f64::from(tails) / 0.242886 - 1.0).abs() < 0.1, "{excess}");
    }
}
