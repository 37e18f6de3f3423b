//! Numbers that stand for missing values.

/// Numbers of nines: what people write where a number is not known.
const NINES: [f64; 6] = [9.0, 99.0, 999.0, 9999.0, 99_999.0, 999_999.0];
/// What stands for missing values is there more than once.
const AT_LEAST: usize = 2;

/// How often a column has numbers such as -999, and between which the others lie.
#[derive(Debug)]
pub(super) struct Sentinels {
    /// Of each of the nines, below 0 and above.
    counts: [[usize; 2]; NINES.len()],
    /// Of the others.
    least: f64,
    largest: f64,
}

impl Default for Sentinels {
    fn default() -> Self {
        Self { counts: [[0; 2]; NINES.len()], least: f64::INFINITY, largest: f64::NEG_INFINITY }
    }
}

impl Sentinels {
    #[inline]
    pub(super) fn add(&mut self, x: f64) {
        if let Some(place) = NINES.iter().position(|nines| *nines == x.abs()) {
            self.counts[place][usize::from(x > 0.0)] += 1;
        } else {
            self.least = self.least.min(x);
            self.largest = self.largest.max(x);
        }
    }

    /// The number of nines that is further from all others than these are from each other, how often it is there, and the least and the
    /// largest of the others.
    pub(super) fn find(&self) -> Option<(f64, usize, [f64; 2])> {
        let (least, largest) = (self.least, self.largest);
        let is_far = |x: f64| x < least - (largest - least) || x > largest + (largest - least);
        let numbers = NINES
            .iter()
            .zip(&self.counts)
            .flat_map(|(&nines, &[below, above])| [(-nines, below), (nines, above)]);
        let mut found = numbers.filter(|&(x, count)| count >= AT_LEAST && least < largest && is_far(x));
        found.next_back().map(|(x, count)| (x, count, [least, largest]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(numbers: &[f64]) -> Option<(f64, usize)> {
        let mut sentinels = Sentinels::default();
        numbers.iter().for_each(|&x| sentinels.add(x));
        sentinels.find().map(|(x, count, _)| (x, count))
    }

    #[test]
    fn numbers_of_nines_far_from_all_others_stand_for_missing_values() {
        assert_eq!(find(&[18.0, 90.0, -999.0, 42.0, -999.0]), Some((-999.0, 2)));
        assert_eq!(find(&[1.0, 5.0, 2.0, 99.0, 3.0, 99.0, 99.0]), Some((99.0, 3)));
        assert_eq!(find(&[0.5, 0.7, -9.0, -9.0, -99.0]), Some((-9.0, 2)));
    }

    #[test]
    fn numbers_among_others_do_not() {
        for numbers in [
            // An age and a price.
            &[18.0, 90.0, 99.0, 99.0][..],
            &[1200.0, 80.0, 999.0, 999.0, 999.0],
            // Once.
            &[1.0, 2.0, -999.0],
            // There are no others to be far from.
            &[99.0, 99.0],
            &[0.0, 0.0, 9.0, 9.0],
            &[],
        ] {
            assert_eq!(find(numbers), None, "{numbers:?}");
        }
    }
}
