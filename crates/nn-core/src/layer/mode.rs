use crate::init::mixed;
use crate::stream;

/// Whether a network is learning or in use; layers with noise differ between the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Learning. Whatever is random must come from the [`Noise`], so that a run can be repeated to the bit.
    Train(Noise),
    /// In use: deterministic.
    Eval,
}

impl Mode {
    /// Learning, at a step of the run of a seed.
    pub fn train(seed: u64, step: u64) -> Self {
        Self::Train(Noise { key: mixed(seed).wrapping_add(step) })
    }

    /// The modes of a chain's first layer and of the rest of the chain, so that no two layers have the same noise.
    #[must_use]
    pub fn split(self) -> (Self, Self) {
        match self {
            Self::Eval => (self, self),
            Self::Train(Noise { key }) => {
                let key = mixed(key);
                (Self::Train(Noise { key }), Self::Train(Noise { key: !key }))
            }
        }
    }

    /// The mode of one shard of a batch, so that no two shards have the same noise.
    #[must_use]
    pub fn shard(self, index: usize) -> Self {
        match self {
            Self::Eval => self,
            Self::Train(Noise { key }) => Self::Train(Noise { key: mixed(key ^ mixed(index as u64 + 1)) }),
        }
    }
}

/// The source of a layer's noise: fixed by the run's seed, the step, and the place of the layer in the network.
///
/// # Example
/// ```
/// use nn_core::Mode;
/// use rand::Rng;
///
/// let draw = |mode| match mode {
///     Mode::Train(noise) => noise.rng().next_u64(),
///     Mode::Eval => 0,
/// };
/// let (first, rest) = Mode::train(7, 0).split();
/// assert_eq!(draw(first), draw(Mode::train(7, 0).split().0));
/// assert_ne!(draw(first), draw(rest));
/// assert_ne!(draw(first), draw(Mode::train(7, 1).split().0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    key: u64,
}

impl Noise {
    /// A generator that gives the same numbers in forward and backward.
    pub fn rng(&self) -> rand::rngs::Xoshiro256PlusPlus {
        stream(self.key, "noise")
    }

    /// 64 random bits for each index, such as an element's place in the batch: the same in forward and backward, and in
    /// whatever order they are asked for, so that a loop over them can be compiled for wide vectors.
    ///
    /// # Example
    /// ```
    /// use nn_core::Mode;
    ///
    /// let Mode::Train(noise) = Mode::train(7, 0) else { unreachable!() };
    /// let backwards: Vec<u64> = (0..3).rev().map(|index| noise.bits(index)).collect();
    /// assert_eq!(backwards, [noise.bits(2), noise.bits(1), noise.bits(0)]);
    /// assert_ne!(noise.bits(0), noise.bits(1));
    /// ```
    ///
    /// The numbers of `SplitMix64`. Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014.
    #[inline(always)]
    pub fn bits(&self, index: u64) -> u64 {
        // Steps have neighbouring keys, which must be scattered first.
        mixed(mixed(self.key).wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}
