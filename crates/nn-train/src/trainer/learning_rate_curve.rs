/// The losses at growing learning rates.
#[derive(Debug, Default, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct LearningRateCurve {
    /// The learning rate of each step that was taken.
    pub rates: Vec<f64>,
    /// The loss of its mini-batch, before the step.
    pub losses: Vec<f64>,
    /// The losses smoothed.
    pub smoothed: Vec<f64>,
    /// Whether the run ended because the loss diverged.
    pub diverged: bool,
}

impl LearningRateCurve {
    /// The learning rate at which the smoothed loss falls most steeply against the logarithm of the rate: the middle of the
    /// tenth of the steps over which it falls most; of equals the lowest. The first tenth of the steps and the last five are
    /// left out, since smoothing has not begun there, or the loss diverges. `None` if the loss does not fall, or too few
    /// steps are left.
    ///
    /// fastai's `lr_find` takes the fall from one step to the next, in which the noise of small mini-batches often drowns
    /// it.
    pub fn suggestion(&self) -> Option<f64> {
        let steps = self.smoothed.len();
        let (inner, width) = (steps / 10..steps.saturating_sub(5), (steps / 10).max(1));
        let (rates, smoothed) = (self.rates.get(inner.clone())?, self.smoothed.get(inner)?);
        let changes = smoothed.windows(width + 1).map(|part| part[width] - part[0]);
        let falls = changes.zip(rates.iter().skip(width / 2)).filter(|(change, _)| *change < 0.0);
        falls.min_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, &rate)| rate)
    }

    /// Whether the loss has diverged: more than `divergence` times its lowest, where losses are above 0.
    pub(super) fn has_diverged(&self, divergence: f64) -> bool {
        let lowest = self.smoothed.iter().copied().fold(f64::INFINITY, f64::min);
        let last = self.smoothed.last().copied().unwrap_or(lowest);
        !last.is_finite() || last - lowest > (divergence - 1.0) * lowest.abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggestion_is_where_the_loss_falls_most_steeply() {
        let curve = |smoothed: Vec<f64>| {
            let rates = (0..smoothed.len()).map(|n| n as f64).collect();
            LearningRateCurve { rates, losses: smoothed.clone(), smoothed, diverged: false }
        };
        let mut losses = vec![9.0, 3.0, 2.9, 2.8, 2.0, 1.9, 1.1, 1.0, 0.9, 5.0, 0.0, 9.0, 0.0];
        // From the second to the sixth last: two falls of 0.8; those of 6, 5 and 9 are left out.
        assert_eq!(curve(losses.clone()).suggestion(), Some(3.0));
        losses[6] = 1.0;
        assert_eq!(curve(losses).suggestion(), Some(5.0));
        // Of 40 steps a tenth is four: the fall of 3 over four steps counts, not that of 2 in one, nor what is left out.
        let long = |n: usize| match n {
            0..4 | 35.. => 100.0 - 10.0 * n as f64,
            10 => 7.0,
            20..24 => 9.0 - 0.75 * (n - 20) as f64,
            24..35 => 6.0,
            _ => 9.0,
        };
        assert_eq!(curve((0..40).map(long).collect()).suggestion(), Some(22.0));
        assert_eq!(curve((0..20).map(f64::from).collect()).suggestion(), None, "it only rises");
        assert_eq!(curve(vec![3.0, 2.0, 1.0, 0.0, 0.0, 0.0]).suggestion(), None, "too few");
        assert_eq!(curve(Vec::new()).suggestion(), None);
    }

    #[test]
    fn losses_below_0_diverge_upwards_too() {
        let curve = |smoothed| LearningRateCurve { smoothed, ..LearningRateCurve::default() };
        assert!(!curve(vec![-1.0, -2.0, -1.0]).has_diverged(4.0));
        assert!(!curve(vec![-1.0, 1.9]).has_diverged(4.0) && curve(vec![-1.0, 2.1]).has_diverged(4.0));
        assert!(!curve(vec![1.0, 3.9]).has_diverged(4.0) && curve(vec![1.0, 4.1]).has_diverged(4.0));
    }
}
