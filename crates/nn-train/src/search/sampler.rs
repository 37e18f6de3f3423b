use nn_core::Error;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// Draws the settings of a trial, one after the other; what is drawn may depend on what was drawn before.
///
/// # Example
/// ```
/// use nn_train::search::{RandomSearch, Sampler};
///
/// // One to three layers, each with its own width.
/// let space = |sampler: &mut Sampler| {
///     let layers = sampler.integer(1, 3)?;
///     (0..layers).map(|_| sampler.choice(&[8, 16, 32])).collect::<Result<Vec<usize>, _>>()
/// };
/// let search = RandomSearch::new(20, 1).sample(space)?;
/// assert!(search.trials().iter().all(|trial| (1..=3).contains(&trial.settings().len())));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As Optuna's `Trial.suggest_float` and its kin.
#[derive(Debug)]
pub struct Sampler {
    rng: Xoshiro256PlusPlus,
}

impl Sampler {
    pub(super) fn new(rng: Xoshiro256PlusPlus) -> Self {
        Self { rng }
    }

    /// A number between `low` and `high`, all of them equally likely.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for ends that are not finite, or `low` above `high`.
    pub fn uniform(&mut self, low: f64, high: f64) -> Result<f64, Error> {
        if low <= high && (high - low).is_finite() {
            return Ok((low + self.rng.random::<f64>() * (high - low)).clamp(low, high));
        }
        Err(Error::hyperparameter("uniform", "two finite numbers, the lower one first", range(low, high)))
    }

    /// A number between `low` and `high`, all orders of magnitude equally likely: for learning rates and penalties.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for ends that are not above 0 and finite, or `low` above `high`.
    pub fn log_uniform(&mut self, low: f64, high: f64) -> Result<f64, Error> {
        if 0.0 < low && low <= high && high.is_finite() {
            let (least, most) = (libm::log(low), libm::log(high));
            return Ok(libm::exp(least + self.rng.random::<f64>() * (most - least)).clamp(low, high));
        }
        let expected = "two finite numbers above 0, the lower one first";
        Err(Error::hyperparameter("log_uniform", expected, range(low, high)))
    }

    /// A whole number from `low` to `high`, both included, all of them equally likely.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for `low` above `high`.
    pub fn integer(&mut self, low: usize, high: usize) -> Result<usize, Error> {
        if low <= high {
            return Ok(self.rng.random_range(low..=high));
        }
        Err(Error::hyperparameter("integer", "two numbers, the lower one first", range(low, high)))
    }

    /// One of some values, all of them equally likely.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] if there is none.
    pub fn choice<V: Clone>(&mut self, values: &[V]) -> Result<V, Error> {
        match values.len().checked_sub(1) {
            Some(last) => Ok(values[self.integer(0, last)?].clone()),
            None => Err(Error::hyperparameter("choice", "at least one value", "an empty list")),
        }
    }
}

fn range(low: impl std::fmt::Display, high: impl std::fmt::Display) -> String {
    format!("{low} to {high}")
}

#[cfg(test)]
mod tests {
    use nn_core::rng;

    use super::*;

    const DRAWS: usize = 10_000;

    /// Of as many classes as there are counts, equally likely: below the 99.9 % point of χ² with 9 degrees of freedom.
    fn even(counts: &[usize; 10]) {
        let expected = DRAWS as f64 / 10.0;
        let chi_squared: f64 = counts.iter().map(|&n| (n as f64 - expected).powi(2) / expected).sum();
        assert!(chi_squared < 27.9, "{counts:?}");
    }

    fn counts(mut place: impl FnMut(&mut Sampler) -> usize) -> [usize; 10] {
        let mut sampler = Sampler::new(rng(1));
        let mut counts = [0; 10];
        (0..DRAWS).for_each(|_| counts[place(&mut sampler)] += 1);
        counts
    }

    #[test]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "which tenth of a range, from 0 to 9"
    )]
    fn what_is_drawn_is_distributed_as_it_should_be() {
        even(&counts(|sampler| (sampler.uniform(-2.0, 3.0).expect("a range") * 2.0 + 4.0) as usize));
        // Five orders of magnitude, in halves.
        even(&counts(|sampler| {
            let drawn = sampler.log_uniform(1e-4, 10.0).expect("a range");
            assert!((1e-4..=10.0).contains(&drawn));
            (drawn.log10() * 2.0 + 8.0) as usize
        }));
        even(&counts(|sampler| sampler.integer(3, 12).expect("a range") - 3));
        even(&counts(|sampler| sampler.choice(&[7, 3, 1, 0, 9, 8, 2, 4, 6, 5]).expect("some")));
    }

    #[test]
    fn a_range_of_one_number_gives_it() {
        let mut sampler = Sampler::new(rng(0));
        assert_eq!(sampler.uniform(0.1, 0.1), Ok(0.1));
        assert_eq!(sampler.log_uniform(0.3, 0.3), Ok(0.3));
        assert_eq!(sampler.integer(usize::MAX, usize::MAX), Ok(usize::MAX));
        assert_eq!(sampler.choice(&["a"]), Ok("a"));
        assert!(sampler.integer(0, usize::MAX).is_ok());
    }

    #[test]
    fn ranges_that_are_none_are_refused() {
        let mut sampler = Sampler::new(rng(0));
        for (low, high) in [(1.0, 0.0), (f64::NAN, 1.0), (0.5, f64::INFINITY), (-f64::MAX, f64::MAX)] {
            assert!(sampler.uniform(low, high).is_err(), "{low} to {high}");
            assert!(sampler.log_uniform(low, high).is_err(), "{low} to {high}");
        }
        let message = sampler.log_uniform(0.0, 1.0).expect_err("0").to_string();
        assert_eq!(
            message,
            "log_uniform is 0 to 1; expected two finite numbers above 0, the lower one first"
        );
        assert_eq!(
            sampler.integer(3, 2).expect_err("none").to_string(),
            "integer is 3 to 2; expected two numbers, the lower one first"
        );
        assert!(sampler.choice::<f64>(&[]).is_err());
    }
}
