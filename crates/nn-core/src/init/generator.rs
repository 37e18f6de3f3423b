use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

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
