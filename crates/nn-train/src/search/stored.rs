use serde::Deserialize;

use super::{Outcome, Rung, Search, Trial};

/// A search as it is read from a file, before it is believed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored<S> {
    seed: u64,
    folds: usize,
    rungs: Vec<Rung>,
    trials: Vec<Trial<S>>,
}

impl<S> TryFrom<Stored<S>> for Search<S> {
    type Error = String;

    fn try_from(Stored { seed, folds, rungs, trials }: Stored<S>) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("this is not a search: {what}"));
        if folds == 0 || rungs.first().is_none_or(|rung| rung.trials == 0 || rung.trials != trials.len()) {
            return wrong("expected at least one fold, one rung, and as many trials as the first rung has");
        }
        if rungs.windows(2).any(|pair| pair[1].trials > pair[0].trials || pair[1].trials == 0) {
            return wrong("expected rungs of ever fewer trials");
        }
        for (number, trial) in trials.iter().enumerate() {
            let infinite =
                |outcome: &Option<Outcome>| matches!(outcome, Some(Outcome::Score(s)) if !s.is_finite());
            if trial.number != number || trial.outcomes.iter().any(|outcomes| outcomes.len() != folds) {
                return wrong("expected trials in the order of their numbers, each with a place a fold");
            }
            if trial.outcomes.iter().flatten().any(infinite) {
                return wrong("expected finite scores");
            }
        }
        let search = Self { seed, folds, rungs, trials };
        let members = search.members();
        let is_on =
            |number, rung| members.get(rung).is_some_and(|all: &Vec<_>| all.binary_search(&number).is_ok());
        if search.trials.iter().any(|trial| (0..trial.outcomes.len()).any(|rung| !is_on(trial.number, rung)))
        {
            return wrong("a trial has results on a rung that it has not come to");
        }
        Ok(search)
    }
}
