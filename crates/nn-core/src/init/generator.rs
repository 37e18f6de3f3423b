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
    // The purpose hashed by FNV-1a; the generator's seeding mixes the sum well.
    let hash = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    rng(seed.wrapping_add(hash))
}
