//! Search for hyper-parameters: settings drawn at random, and tried by a function of yours, which may train a network, or do
//! anything else that ends in a score.
//!
//! | To | see |
//! |---|---|
//! | say what may be tried | a closure that draws settings from a [`Sampler`] |
//! | try settings at random | [`RandomSearch`] |
//! | try many, and give the better ones more time | [`SuccessiveHalving`] |
//! | run it, stop it, go on with it | [`Search`] |
//!
//! # Example
//! ```
//! use nn_core::{Dense, MeanSquaredError, Network, Tanh};
//! use nn_train::search::{RandomSearch, Sampler};
//! use nn_train::{Adam, Trainer};
//! # use ndarray::Array2;
//! # use nn_core::Batch;
//! # let x = Array2::from_shape_fn((20, 1), |(n, _)| n as f64 / 10.0 - 1.0);
//! # let y = x.mapv(|x: f64| x * x);
//! # let (train, held) = (Batch::new(x.view(), &*y)?, Batch::new(x.view(), &*y)?);
//!
//! #[derive(Debug, Clone)]
//! struct Settings {
//!     units: usize,
//!     learning_rate: f64,
//! }
//!
//! let space = |sampler: &mut Sampler| {
//!     Ok(Settings { units: sampler.integer(2, 8)?, learning_rate: sampler.log_uniform(1e-4, 1e-1)? })
//! };
//! // 10 settings, of which each may train for 30 epochs.
//! let mut search = RandomSearch::new(10, 30).seed(0).sample(space)?;
//! search.run(|job| {
//!     let layers = (Dense::new(job.settings.units, Tanh), Dense::linear(1));
//!     let mut network = Network::<f64, _>::new(1, layers, job.seed)?;
//!     let mut trainer = Trainer::new(Adam::new()).learning_rate(job.settings.learning_rate).epochs(job.budget);
//!     let report = trainer.fit(&mut network, &MeanSquaredError::mean(), train, Some(held))?;
//!     // The higher, the better.
//!     Ok(-report.validation.unwrap().loss)
//! });
//! let best = search.best().expect("not all diverge");
//! assert!(best.settings().learning_rate > 1e-3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod plan;
mod run;
mod sampler;
#[cfg(feature = "serde")]
mod stored;
mod table;
mod trial;

pub use plan::{RandomSearch, Rung, SuccessiveHalving};
pub use run::{Job, Stopped};
pub use sampler::Sampler;
pub use trial::{Outcome, Trial};

use std::cmp::Ordering;

use nn_core::{Error, stream_at};

/// Settings drawn at random, and what has come of them so far: made by [`RandomSearch::sample`] or
/// [`SuccessiveHalving::sample`], run by [`run`](Search::run).
///
/// A trial is one choice of settings. It is tried on a rung: with a budget, and on each fold; its score there is the mean over
/// the folds. The best of a rung, as many as the next one has places, are tried with the next budget. Of equals, the trial with
/// the lower number is the better one. A trial that fails is out of the search and does not end it.
///
/// Each result is the closure's alone, and no decision is made before a rung is complete: so the same seed gives the same
/// winner, in whatever order and on however many threads the trials are run, and whether or not the search was interrupted.
///
/// With the feature `serde` it is a value that can be written down after every result, and gone on with: nothing that has a
/// result is run again. With `Display` settings it is displayed as a table of the best.
///
/// # Example
/// ```
/// use nn_train::search::{Sampler, SuccessiveHalving};
///
/// // The longer x is looked at, the less its score is off.
/// let halving = SuccessiveHalving::new(9, 1, 9).factor(3);
/// let mut search = halving.sample(|sampler: &mut Sampler| sampler.uniform(-1.0, 1.0))?;
/// search.run(|job| Ok(-(job.settings - 0.5_f64).abs() - 0.1 / job.budget as f64));
///
/// let tried: Vec<_> = search.rungs().iter().map(|rung| (rung.trials, rung.budget)).collect();
/// assert_eq!(tried, [(9, 1), (3, 3), (1, 9)]);
/// assert!((search.best().unwrap().settings() - 0.5).abs() < 0.3);
/// println!("{search}");
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored<S>", bound(deserialize = "S: serde::Deserialize<'de>"))
)]
pub struct Search<S> {
    seed: u64,
    folds: usize,
    rungs: Vec<Rung>,
    trials: Vec<Trial<S>>,
}

impl<S> Search<S> {
    /// Settings for each trial of the first rung; trial n has the same in every search of this seed.
    fn new(
        rungs: Vec<Rung>,
        folds: usize,
        seed: u64,
        space: impl Fn(&mut Sampler) -> Result<S, Error>,
    ) -> Result<Self, Error> {
        if folds == 0 {
            return Err(Error::hyperparameter("folds", "at least 1", folds));
        }
        let trial = |number| {
            let mut sampler = Sampler::new(stream_at(seed, "settings of a trial", number as u64));
            Ok(Trial::new(number, space(&mut sampler)?))
        };
        let trials = (0..rungs[0].trials).map(trial).collect::<Result<_, Error>>()?;
        Ok(Self { seed, folds, rungs, trials })
    }

    /// How many trials are tried with which budget.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// The folds of a trial.
    pub fn folds(&self) -> usize {
        self.folds
    }

    /// All trials, in the order of their numbers.
    pub fn trials(&self) -> &[Trial<S>] {
        &self.trials
    }

    /// Those that have a score and did not fail, the best first: by the rung that they came to, then by their score there.
    pub fn ranking(&self) -> Vec<&Trial<S>> {
        let mut ranking: Vec<_> = self.trials.iter().filter(|trial| trial.place().is_some()).collect();
        ranking.sort_by(|a, b| better(a.place(), b.place()));
        ranking
    }

    /// The best trial so far: the winner, once the search [is finished](Search::is_finished). `None` as long as none has a
    /// score, and if all fail.
    pub fn best(&self) -> Option<&Trial<S>> {
        self.ranking().first().copied()
    }

    /// Whether every rung is complete.
    pub fn is_finished(&self) -> bool {
        self.pending().1.is_empty()
    }

    /// The first rung that is not complete, and what there is to run of it: trials and folds; none if all are.
    fn pending(&self) -> (usize, Vec<(usize, usize)>) {
        let members = self.members();
        let rung = members.len() - 1;
        let folds = |&trial: &usize| (0..self.folds).map(move |fold| (trial, fold));
        let jobs = members[rung].iter().flat_map(folds);
        (rung, jobs.filter(|&(trial, fold)| !self.trials[trial].has(rung, fold)).collect())
    }

    /// The trials of each rung, in the order of their numbers, up to the first rung that is not complete.
    fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![(0..self.trials.len()).collect::<Vec<_>>()];
        for (rung, next) in self.rungs.iter().skip(1).enumerate() {
            let complete = |&trial: &usize| (0..self.folds).all(|fold| self.trials[trial].has(rung, fold));
            if !members[rung].iter().all(complete) {
                break;
            }
            members.push(self.promoted(members[rung].clone(), rung, next.trials));
        }
        members
    }

    /// The best of a complete rung, in the order of their numbers.
    fn promoted(&self, mut members: Vec<usize>, rung: usize, places: usize) -> Vec<usize> {
        let score = |&trial: &usize| self.trials[trial].score_on(rung).map(|score| (rung, score));
        members.retain(|trial| score(trial).is_some());
        members.sort_by(|a, b| better(score(a), score(b)));
        members.truncate(places);
        members.sort_unstable();
        members
    }
}

/// The higher rung first, then the higher score; what is equal stays in the order of its numbers.
fn better(a: Option<(usize, f64)>, b: Option<(usize, f64)>) -> Ordering {
    b.partial_cmp(&a).expect("scores are finite")
}
