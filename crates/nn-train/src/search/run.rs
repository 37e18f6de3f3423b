use std::error::Error;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use nn_core::stream_at;
use rand::Rng;

use super::{Outcome, Search};

/// One run of a trial: what the closure of [`Search::run`] is handed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Job<'a, S> {
    /// The settings to try.
    pub settings: &'a S,
    /// What may be spent: epochs, most often.
    pub budget: usize,
    /// The fold, from 0.
    pub fold: usize,
    /// The same for the same fold of all trials and rungs, so that they differ by their settings alone.
    pub seed: u64,
    /// The number of the trial, from 0.
    pub trial: usize,
    /// The number of the rung, from 0.
    pub rung: usize,
}

/// The error of a job that was stopped on the way and has no score: it is not recorded, and the search ends with it. The job
/// is run again when the search goes on.
///
/// # Example
/// ```
/// use nn_train::search::{RandomSearch, Stopped};
///
/// let mut search = RandomSearch::new(3, 1).sample(|sampler| sampler.uniform(0.0, 1.0))?;
/// search.run(|_| Err(Stopped.into()));
/// assert!(search.best().is_none() && !search.is_finished());
/// search.run(|job| Ok(*job.settings));
/// assert!(search.is_finished());
/// # Ok::<(), nn_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped on the way")
    }
}

impl Error for Stopped {}

/// What a job came to: a score, the higher the better, or any error.
type Scored = Result<f64, Box<dyn Error + Send + Sync>>;

impl<S> Search<S> {
    /// The jobs that can be run now, in any order: those of the first rung that is not complete which have no result. None if
    /// the search is finished.
    ///
    /// With [`record`](Search::record), for whoever shares out the work by other means than [`run`](Search::run).
    ///
    /// # Example
    /// ```
    /// use nn_train::search::SuccessiveHalving;
    ///
    /// let mut search = SuccessiveHalving::new(9, 1, 9).sample(|sampler| sampler.uniform(0.0, 1.0))?;
    /// while !search.is_finished() {
    ///     let snapshot = search.clone();
    ///     for job in snapshot.jobs() {
    ///         search.record(&job, Ok(*job.settings))?;
    ///     }
    /// }
    /// assert_eq!(search.best().unwrap().score(), Some(*search.best().unwrap().settings()));
    /// # Ok::<(), nn_core::Error>(())
    /// ```
    pub fn jobs(&self) -> Vec<Job<'_, S>> {
        let (rung, pending) = self.pending();
        let budget = self.rungs[rung].budget;
        let job = |(trial, fold): (usize, usize)| {
            let seed = stream_at(self.seed, "folds of a search", fold as u64).next_u64();
            Job { settings: &self.trials[trial].settings, budget, fold, seed, trial, rung }
        };
        pending.into_iter().map(job).collect()
    }

    /// Records what one of the [`jobs`](Search::jobs) came to; an error, and a score that is not finite, is a failure of its
    /// trial. Gives whether it was recorded: not so for the error [`Stopped`], after which the job is still to be run.
    ///
    /// # Errors
    /// [`Hyperparameter`](nn_core::Error::Hyperparameter) for what is not, or no longer, one of the search's jobs.
    pub fn record(
        &mut self,
        job: &Job<'_, S>,
        score: Result<f64, Box<dyn Error + Send + Sync>>,
    ) -> Result<bool, nn_core::Error> {
        let &Job { trial, fold, rung, .. } = job;
        let members = self.members();
        let is_on = rung + 1 == members.len() && members[rung].binary_search(&trial).is_ok();
        if !is_on || fold >= self.folds || self.trials[trial].has(rung, fold) {
            let found = format!("that of trial {trial} and fold {fold} on rung {rung}");
            return Err(nn_core::Error::hyperparameter("a job", "one that is to be run", found));
        }
        let outcome = match score {
            Ok(score) if score.is_finite() => Outcome::Score(score),
            Ok(score) => Outcome::Failed(format!("the score is {score}; expected a finite number")),
            Err(error) if error.is::<Stopped>() => return Ok(false),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        let folds = self.folds;
        self.trials[trial].record(rung, fold, folds, outcome);
        Ok(true)
    }
}

impl<S: Clone + Send + Sync> Search<S> {
    /// Runs what has no result yet, rung by rung. `evaluate` says what settings are worth, the higher the better: a metric on
    /// samples that were not trained on, or the negative of a loss.
    ///
    /// An error of `evaluate`, and a score that is not finite, is a failure of its trial; with the error [`Stopped`] the search
    /// ends, to be gone on with. With the feature `parallel` all threads of rayon's pool share the work.
    pub fn run<F>(&mut self, evaluate: F)
    where
        F: Fn(&Job<'_, S>) -> Result<f64, Box<dyn Error + Send + Sync>> + Sync,
    {
        self.run_with(evaluate, |_| ControlFlow::Continue(()));
    }

    /// As [`run`](Search::run), and shows the search to `observe` after each result: to write it down, or to stop it. After
    /// `ControlFlow::Break` nothing new is begun; what other threads have begun is finished, and shown.
    ///
    /// # Panics
    /// When `evaluate` or `observe` does.
    ///
    /// # Example
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use nn_train::search::{RandomSearch, Search};
    ///
    /// let mut search = RandomSearch::new(5, 1).sample(|sampler| sampler.uniform(0.0, 1.0))?;
    /// let mut file = String::new();
    /// search.run_with(
    ///     |job| Ok(*job.settings),
    ///     |search| {
    ///         file = serde_json::to_string(search).expect("a value");
    ///         ControlFlow::Break(())
    ///     },
    /// );
    /// // In another process.
    /// let mut again: Search<f64> = serde_json::from_str(&file)?;
    /// again.run(|job| Ok(*job.settings));
    /// search.run(|job| Ok(*job.settings));
    /// assert_eq!(again, search);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run_with<F, O>(&mut self, evaluate: F, observe: O)
    where
        F: Fn(&Job<'_, S>) -> Result<f64, Box<dyn Error + Send + Sync>> + Sync,
        O: FnMut(&Self) -> ControlFlow<()> + Send,
    {
        let stopped = AtomicBool::new(false);
        let mut desk = Desk { search: self, observe };
        while !stopped.load(Ordering::Relaxed) {
            let snapshot = desk.search.clone();
            let jobs = snapshot.jobs();
            if jobs.is_empty() {
                return;
            }
            let (shared, inbox) = (Mutex::new(&mut desk), Mutex::new(Vec::new()));
            each(&jobs, |job| {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let score = evaluate(job);
                let arrived = || inbox.lock().expect("nothing panics with it");
                arrived().push((job, score));
                // Whoever is at the desk takes what arrives. Nobody waits for it: a thread that does could be the one that
                // is at the desk, if the observer shares out work by rayon.
                while !arrived().is_empty() {
                    let Ok(mut desk) = shared.try_lock() else { break };
                    let results = std::mem::take(&mut *arrived());
                    for (job, score) in results {
                        if desk.take(job, score).is_break() {
                            stopped.store(true, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    }
}

/// Where results are recorded, one at a time.
struct Desk<'a, S, O> {
    search: &'a mut Search<S>,
    observe: O,
}

impl<S, O: FnMut(&Search<S>) -> ControlFlow<()>> Desk<'_, S, O> {
    fn take(&mut self, job: &Job<'_, S>, score: Scored) -> ControlFlow<()> {
        let recorded = self.search.record(job, score).expect("it was handed out once");
        if recorded { (self.observe)(self.search) } else { ControlFlow::Break(()) }
    }
}

#[cfg(not(feature = "parallel"))]
fn each<'a, J>(jobs: &'a [J], work: impl Fn(&'a J)) {
    jobs.iter().for_each(work);
}

#[cfg(feature = "parallel")]
fn each<'a, J: Sync>(jobs: &'a [J], work: impl Fn(&'a J) + Sync + Send) {
    use rayon::prelude::*;

    // One at a time, since they are long, and some much longer than others.
    jobs.par_iter().with_max_len(1).for_each(work);
}
