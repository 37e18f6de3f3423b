/// What lies below a quarter, a half and three quarters of some numbers, and their ends.
///
/// Between two numbers it is interpolated: the quantile q of n sorted numbers is at place q (n - 1), counted from 0, as in
/// NumPy's `quantile` with its default method, `linear`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quartiles {
    /// The smallest.
    pub min: f64,
    /// The quantile 1/4.
    pub lower: f64,
    /// The quantile 1/2.
    pub median: f64,
    /// The quantile 3/4.
    pub upper: f64,
    /// The largest.
    pub max: f64,
}

impl Quartiles {
    pub(crate) fn of(mut numbers: Vec<f64>) -> Option<Self> {
        numbers.sort_by(f64::total_cmp);
        let last = numbers.len().checked_sub(1)?;
        let quarter = |quarters: usize| {
            let (place, rest) = (quarters * last / 4, quarters * last % 4);
            let (a, b) = (numbers[place], numbers[(place + 1).min(last)]);
            if rest == 0 { a } else { a + (b - a) * (rest as f64 / 4.0) }
        };
        let [min, lower, median, upper, max] = [0, 1, 2, 3, 4].map(quarter);
        Some(Self { min, lower, median, upper, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of NumPy: `quantile(x, [0, .25, .5, .75, 1])`.
    #[test]
    fn quartiles_are_those_of_numpy() {
        let of = |numbers: &[f64]| {
            let q = Quartiles::of(numbers.to_vec()).expect("numbers");
            [q.min, q.lower, q.median, q.upper, q.max]
        };
        assert_eq!(of(&[3.0]), [3.0; 5]);
        assert_eq!(of(&[4.0, 1.0]), [1.0, 1.75, 2.5, 3.25, 4.0]);
        assert_eq!(of(&[9.0, 1.0, 4.0, 16.0]), [1.0, 3.25, 6.5, 10.75, 16.0]);
        assert_eq!(of(&[5.0, 2.0, 1.0, 9.0, 3.0]), [1.0, 2.0, 3.0, 5.0, 9.0]);
        assert_eq!(of(&[8.0, 2.0, 1.0, 9.0, 3.0, 7.0]), [1.0, 2.25, 5.0, 7.75, 9.0]);
        assert_eq!(Quartiles::of(Vec::new()), None);
    }
}
