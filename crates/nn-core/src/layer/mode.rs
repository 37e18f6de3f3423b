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
}

/// A bijection that scatters neighbouring numbers: the finaliser of `SplitMix64` (Steele, Lea, Flood, 2014).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
