use crate::Scalar;

/// A 64-bit hash of numbers and text, to tell whether two runs were the same to the bit.
///
/// It is made for that alone: fast, the same on every platform, and not
/// safe against anyone who looks for collisions.
///
/// # Example
/// ```
/// use nn_core::Fingerprint;
///
/// let of = |values: &[f64]| {
///     let mut fingerprint = Fingerprint::new();
///     fingerprint.text("weights");
///     fingerprint.scalars(values);
///     fingerprint.finish()
/// };
/// assert_eq!(of(&[1.0, 2.0]), of(&[1.0, 2.0]));
/// assert_ne!(of(&[1.0, 2.0]), of(&[1.0, 2.0_f64.next_up()]));
/// assert_ne!(of(&[0.0]), of(&[-0.0]));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Fingerprint {
    hash: u64,
}

impl Fingerprint {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an integer.
    #[inline]
    pub fn integer(&mut self, value: u64) {
        // The multiplier is the golden ratio's: odd, without a pattern. Multiplied high halves are brought down by the
        // rotation.
        self.hash = (self.hash.rotate_left(26) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    }

    /// Adds a text, and where it ends.
    pub fn text(&mut self, text: &str) {
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.integer(u64::from_le_bytes(word));
        }
        self.integer(text.len() as u64);
    }

    /// Adds numbers, each with every bit, and how many they are.
    pub fn scalars<'a, T: Scalar>(&mut self, values: impl IntoIterator<Item = &'a T>) {
        let mut count = 0;
        for value in values {
            self.integer(value.as_f64().to_bits());
            count += 1;
        }
        self.integer(count);
    }

    /// The hash.
    pub fn finish(self) -> u64 {
        // The finaliser of SplitMix64 (Steele, Lea, Flood, 2014), so that every bit depends on every other.
        let hash = (self.hash ^ (self.hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^ (hash >> 31)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn order_boundaries_and_every_bit_count() {
        let of = |texts: &[&str], values: &[f32]| {
            let mut fingerprint = Fingerprint::new();
            texts.iter().for_each(|text| fingerprint.text(text));
            fingerprint.scalars(values);
            fingerprint.finish()
        };
        let mut seen = HashSet::new();
        for texts in [&["ab", "c"][..], &["a", "bc"], &["abc"], &["abc", ""], &["abc\0"], &[]] {
            assert!(seen.insert(of(texts, &[])), "{texts:?}");
        }
        for values in
            [&[0.0, 1.0][..], &[1.0, 0.0], &[1.0], &[0.0], &[0.0, 0.0], &[-0.0], &[1.0 + f32::EPSILON]]
        {
            assert!(seen.insert(of(&[], values)), "{values:?}");
        }
        // A flipped bit flips half of the bits.
        let flipped: u32 = (0..64)
            .map(|bit| {
                let hash = |value| {
                    let mut fingerprint = Fingerprint::new();
                    fingerprint.integer(value);
                    fingerprint.integer(7);
                    fingerprint.finish()
                };
                (hash(5) ^ hash(5 ^ (1 << bit))).count_ones()
            })
            .sum();
        assert!((64 * 28..64 * 36).contains(&flipped), "{flipped}");
    }

    #[test]
    fn a_fingerprint_is_the_same_for_ever() {
        let mut fingerprint = Fingerprint::new();
        fingerprint.text("nn");
        fingerprint.scalars(&[1.5_f32]);
        assert_eq!(fingerprint.finish(), PINNED);
    }

    const PINNED: u64 = 0x84a9_e24b_73be_32fa;
}
