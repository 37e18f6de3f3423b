use std::fmt;

use super::Search;
use crate::figure::Figure;

/// How many are shown.
const BEST: usize = 10;

/// The ten best trials.
///
/// # Example
/// ```
/// use nn_train::search::RandomSearch;
///
/// let mut search = RandomSearch::new(3, 20).sample(|sampler| sampler.integer(10, 99))?;
/// search.run(|job| Ok(*job.settings as f64 / 10.0));
/// let units: Vec<_> = search.ranking().iter().map(|trial| *trial.settings()).collect();
/// let table = search.to_string();
/// assert!(table.starts_with("3 trials, 0 failed\nrank  trial         score  budget  settings\n   1"));
/// assert!(table.lines().nth(2).unwrap().ends_with(&format!("{:.4}      20  {}", units[0] as f64 / 10.0, units[0])));
/// # Ok::<(), nn_core::Error>(())
/// ```
impl<S: fmt::Display> fmt::Display for Search<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.trials.iter().filter(|trial| trial.failure().is_some()).count();
        let more = if self.is_finished() { "" } else { ", not finished" };
        write!(f, "{} trials, {failed} failed{more}", self.trials.len())?;
        let ranking = self.ranking();
        if !ranking.is_empty() {
            write!(f, "\nrank  trial  {:>12}  budget  settings", "score")?;
        }
        for (place, trial) in ranking.into_iter().take(BEST).enumerate() {
            let (rung, score) = trial.place().expect("it is ranked");
            let (score, budget) = (Figure(score).to_string(), self.rungs[rung].budget);
            let (place, number, settings) = (place + 1, trial.number, &trial.settings);
            write!(f, "\n{place:>4}  {number:>5}  {score:>12}  {budget:>6}  {settings}")?;
        }
        Ok(())
    }
}
