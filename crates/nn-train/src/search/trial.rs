/// What one run of a trial came to.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Outcome {
    /// A score, the higher the better; it is finite.
    Score(f64),
    /// Why there is none.
    Failed(String),
}

/// Settings, and what has come of them so far.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Trial<S> {
    pub(super) number: usize,
    pub(super) settings: S,
    /// By rung, then by fold.
    pub(super) outcomes: Vec<Vec<Option<Outcome>>>,
}

impl<S> Trial<S> {
    pub(super) fn new(number: usize, settings: S) -> Self {
        Self { number, settings, outcomes: Vec::new() }
    }

    /// Its number, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// What was drawn for it.
    pub fn settings(&self) -> &S {
        &self.settings
    }

    /// What its folds came to on a rung; empty for one that it has not come to, `None` for a fold that is to be run.
    pub fn outcomes(&self, rung: usize) -> &[Option<Outcome>] {
        self.outcomes.get(rung).map_or(&[], Vec::as_slice)
    }

    /// The mean over the folds on the highest rung of which they are complete; `None` if there is none, or one has failed.
    pub fn score(&self) -> Option<f64> {
        self.place().map(|(_, score)| score)
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&str> {
        self.outcomes.iter().flatten().find_map(|outcome| match outcome {
            Some(Outcome::Failed(why)) => Some(why.as_str()),
            _ => None,
        })
    }

    /// The highest rung of which its folds are complete, and its score there, if it has not failed.
    pub(super) fn place(&self) -> Option<(usize, f64)> {
        if self.failure().is_some() {
            return None;
        }
        (0..self.outcomes.len()).rev().find_map(|rung| Some((rung, self.score_on(rung)?)))
    }

    pub(super) fn has(&self, rung: usize, fold: usize) -> bool {
        self.outcomes(rung).get(fold).is_some_and(Option::is_some)
    }

    /// The mean over the folds on a rung, added up in their order; `None` if one is not there or has failed.
    pub(super) fn score_on(&self, rung: usize) -> Option<f64> {
        let outcomes = self.outcomes.get(rung)?;
        let folds = outcomes.len() as f64;
        let score = |outcome: &Option<Outcome>| match outcome {
            // Divided first: the sum of large ones could be infinite.
            Some(Outcome::Score(score)) => Some(score / folds),
            _ => None,
        };
        outcomes.iter().map(score).sum()
    }

    pub(super) fn record(&mut self, rung: usize, fold: usize, folds: usize, outcome: Outcome) {
        if self.outcomes.len() <= rung {
            self.outcomes.resize(rung + 1, vec![None; folds]);
        }
        self.outcomes[rung][fold] = Some(outcome);
    }
}
