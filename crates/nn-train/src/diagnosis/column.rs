/// What the finite numbers of a column come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) finite: usize,
    pub(super) mean: f64,
    /// Standard deviation.
    pub(super) spread: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Column {
    pub(super) fn of(values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let count = finite().count();
        let n = count.max(1) as f64;
        let mean = finite().map(|value| value / n).sum::<f64>();
        let variance = finite().map(|value| (value - mean) * (value - mean) / n).sum::<f64>();
        let (min, max) = finite()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| (min.min(value), max.max(value)));
        let (min, max) = if count == 0 { (0.0, 0.0) } else { (min, max) };
        Self { finite: count, mean, spread: variance.sqrt(), min, max }
    }

    pub(super) fn range(&self) -> f64 {
        self.max - self.min
    }

    pub(super) fn is_constant(&self) -> bool {
        self.min == self.max
    }

    /// Root mean square.
    pub(super) fn size(&self) -> f64 {
        (self.mean * self.mean + self.spread * self.spread).sqrt()
    }
}

/// The correlation of two columns, 0 if one is constant; rows with a number that is not finite are passed over.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let pairs: Vec<(f64, f64)> =
        a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite()).map(|(&a, &b)| (a, b)).collect();
    let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let (of_a, of_b) = (Column::of(&a), Column::of(&b));
    let product = of_a.spread * of_b.spread;
    if !(product > 0.0 && product.is_finite()) {
        return 0.0;
    }
    let n = pairs.len() as f64;
    let covariance: f64 =
        pairs.iter().map(|(a, b)| (a - of_a.mean) / of_a.spread * ((b - of_b.mean) / of_b.spread)).sum();
    covariance / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_are_passed_over() {
        let column = Column::of(&[1.0, f64::NAN, 3.0, f64::INFINITY]);
        assert_eq!((column.finite, column.mean, column.spread, column.range()), (2, 2.0, 1.0, 2.0));
        assert_eq!(column.size(), 5.0_f64.sqrt());
        let none = Column::of(&[f64::NAN]);
        assert_eq!((none.finite, none.mean, none.range()), (0, 0.0, 0.0));
    }

    #[test]
    fn the_correlation_of_a_line_is_1() {
        let (a, b) = ([1.0, 2.0, 4.0, f64::NAN], [1e6 - 3.0, 1e6 - 6.0, 1e6 - 12.0, 0.0]);
        assert!((correlation(&a, &b) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(&a, &[7.0; 4]), 0.0);
        assert!(correlation(&[1.0, 2.0, 3.0, 4.0], &[1.0, -1.0, -1.0, 1.0]).abs() < 1e-15);
    }
}
