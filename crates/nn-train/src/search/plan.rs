use nn_core::Error;

use super::{Sampler, Search};

/// More trials than this are a slip.
const MOST: usize = 100_000;

/// Trials that are given the same budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Rung {
    /// How many, if none fails.
    pub trials: usize,
    /// What each is given: epochs most often, or samples.
    pub budget: usize,
}

/// Settings drawn at random, each tried with the whole budget.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `trials` | | 1 to 100,000 |
/// | `budget` | | at least 1: what a trial is given, epochs most often |
/// | `folds` | 1 | at least 1: how often a trial is run, each time on other data or from another seed |
/// | `seed` | 0 | any |
///
/// # Example
/// ```
/// use nn_train::search::RandomSearch;
///
/// let mut search = RandomSearch::new(40, 1).sample(|sampler| sampler.log_uniform(1e-3, 1e3))?;
/// search.run(|job| Ok(-job.settings.ln().abs()));
/// assert!((0.5..2.0).contains(search.best().unwrap().settings()));
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Bergstra, Bengio: "Random Search for Hyper-Parameter Optimization", JMLR 13, 2012. As scikit-learn's `RandomizedSearchCV`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomSearch {
    trials: usize,
    budget: usize,
    folds: usize,
    seed: u64,
}

impl RandomSearch {
    /// So many trials, each with this budget.
    pub fn new(trials: usize, budget: usize) -> Self {
        Self { trials, budget, folds: 1, seed: 0 }
    }

    /// How often a trial is run; its score is the mean.
    pub fn folds(self, folds: usize) -> Self {
        Self { folds, ..self }
    }

    /// The seed of settings and of jobs.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Draws the settings of all trials.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a setting out of its range; the error of `space`.
    pub fn sample<S>(&self, space: impl Fn(&mut Sampler) -> Result<S, Error>) -> Result<Search<S>, Error> {
        check_trials(self.trials)?;
        check_budget("budget", self.budget, 1)?;
        Search::new(vec![Rung { trials: self.trials, budget: self.budget }], self.folds, self.seed, space)
    }
}

/// Many trials with a small budget, and the better ones again with a larger one: rung k has ⌊n / ηᵏ⌋ trials with the budget
/// r ηᵏ, for k = 0, 1, .. as long as there is a trial and the budget is at most R.
///
/// A trial begins anew on each rung. So n trials take less than η / (η - 1) times what a rung takes, n r, for each of log_η(R / r)
/// rungs; but a setting that needs time to show what it is worth may be dropped early.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `trials` n | | 1 to 100,000: on the first rung |
/// | `min_budget` r | | at least 1: of a trial on the first rung, epochs most often |
/// | `max_budget` R | | at least `min_budget`: of a trial on the last rung at most |
/// | `factor` η | 3 | at least 2 |
/// | `folds` | 1 | at least 1: how often a trial is run on a rung, each time on other data or from another seed |
/// | `seed` | 0 | any |
///
/// # Example
/// ```
/// use nn_train::search::SuccessiveHalving;
///
/// let search = SuccessiveHalving::new(50, 10, 400).sample(|sampler| sampler.integer(2, 64))?;
/// let rungs: Vec<_> = search.rungs().iter().map(|rung| (rung.trials, rung.budget)).collect();
/// assert_eq!(rungs, [(50, 10), (16, 30), (5, 90), (1, 270)]);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Jamieson, Talwalkar: "Non-stochastic Best Arm Identification and Hyperparameter Optimization", AISTATS 2016, in the form of
/// algorithm 1 in Li et al.: "Hyperband", JMLR 18, 2018. As scikit-learn's `HalvingRandomSearchCV`, which rounds the trials up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuccessiveHalving {
    trials: usize,
    min_budget: usize,
    max_budget: usize,
    factor: usize,
    folds: usize,
    seed: u64,
}

impl SuccessiveHalving {
    /// So many trials, with budgets between these.
    pub fn new(trials: usize, min_budget: usize, max_budget: usize) -> Self {
        Self { trials, min_budget, max_budget, factor: 3, folds: 1, seed: 0 }
    }

    /// By what the trials are divided and the budget is multiplied from rung to rung.
    pub fn factor(self, factor: usize) -> Self {
        Self { factor, ..self }
    }

    /// How often a trial is run on a rung; its score there is the mean.
    pub fn folds(self, folds: usize) -> Self {
        Self { folds, ..self }
    }

    /// The seed of settings and of jobs.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Draws the settings of all trials.
    ///
    /// # Errors
    /// [`Error::Hyperparameter`] for a setting out of its range; the error of `space`.
    pub fn sample<S>(&self, space: impl Fn(&mut Sampler) -> Result<S, Error>) -> Result<Search<S>, Error> {
        check_trials(self.trials)?;
        check_budget("min_budget", self.min_budget, 1)?;
        check_budget("max_budget", self.max_budget, self.min_budget)?;
        if self.factor < 2 {
            return Err(Error::hyperparameter("factor", "at least 2", self.factor));
        }
        Search::new(self.rungs(), self.folds, self.seed, space)
    }

    fn rungs(&self) -> Vec<Rung> {
        let first = Rung { trials: self.trials, budget: self.min_budget };
        let next = |rung: &Rung| {
            let (trials, budget) = (rung.trials / self.factor, rung.budget.checked_mul(self.factor)?);
            (trials > 0 && budget <= self.max_budget).then_some(Rung { trials, budget })
        };
        std::iter::successors(Some(first), next).collect()
    }
}

fn check_trials(trials: usize) -> Result<(), Error> {
    if (1..=MOST).contains(&trials) {
        return Ok(());
    }
    Err(Error::hyperparameter("trials", "1 to 100,000", trials))
}

fn check_budget(name: &'static str, budget: usize, least: usize) -> Result<(), Error> {
    if budget >= least {
        return Ok(());
    }
    let expected = if least == 1 { "at least 1" } else { "at least the min_budget" };
    Err(Error::hyperparameter(name, expected, budget))
}
