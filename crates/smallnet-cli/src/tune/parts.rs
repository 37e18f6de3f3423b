//! What settings are judged by: rows to learn from, and rows set aside.

use std::borrow::Cow;

use nn_core::Fingerprint;
use nn_data::{Table, TableEncoder};
use nn_train::StopHandle;
use nn_train::StopReason;
use nn_train::search::{Job, Stopped};

use super::space::Settings;
use crate::Failure;
use crate::arguments::Tune;
use crate::fit::{Recipe, Watch};
use crate::rows::Rows;
use crate::samples::Samples;

/// To learn from, and set aside; one pair, or one a fold.
pub(super) struct Parts(Vec<[Samples; 2]>);

impl Parts {
    /// With one pair, the rows are those of `train`.
    pub(super) fn new(arguments: &Tune, whole: &TableEncoder, table: &Table) -> Result<Self, Failure> {
        let Tune { folds, validation, seed, .. } = arguments;
        let rows: Vec<_> = match folds {
            Some(folds) => whole.k_fold_rows(table, *folds, *seed)?.collect(),
            None => vec![whole.split_rows(table, *validation, *seed)?],
        };
        let part = |(train, held): &(Vec<usize>, Vec<usize>)| {
            let encoder = whole.refit(table, train)?;
            Ok([Samples::of_rows(&encoder, table, train)?, Samples::of_rows(&encoder, table, held)?])
        };
        rows.iter().map(part).collect::<Result<_, Failure>>().map(Self)
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// A hash of all rows.
    pub(super) fn fingerprint(&self) -> String {
        let mut fingerprint = Fingerprint::new();
        self.0.iter().flatten().for_each(|samples| samples.fingerprint(&mut fingerprint));
        format!("{:016x}", fingerprint.finish())
    }

    /// Minus the least loss on the rows set aside: what `train` would come to with these settings and so many epochs.
    pub(super) fn score(
        &self,
        arguments: &Tune,
        job: &Job<'_, Settings>,
        stop: &StopHandle,
    ) -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
        let [train, held] = self.0[job.fold].each_ref().map(|samples| Rows::whole(Cow::Borrowed(samples)));
        let recipe = recipe(arguments, job.settings, job.budget);
        let watch = Watch { stop: stop.clone(), ..Watch::default() };
        let fitted = recipe.fit(&train, Some(&held), &watch).map_err(|error| error.to_string())?;
        if fitted.report.reason == StopReason::Stopped {
            return Err(Stopped.into());
        }
        Ok(-fitted.report.validation.map_or(f64::NAN, |score| score.loss))
    }
}

fn recipe(arguments: &Tune, settings: &Settings, epochs: usize) -> Recipe {
    let Settings { hidden, activation, dropout, batch_size, learning_rate, l2 } = settings.clone();
    let Tune { patience, class_weight, seed, .. } = *arguments;
    Recipe {
        hidden,
        activation,
        dropout,
        epochs,
        patience,
        batch_size,
        learning_rate,
        l2,
        class_weight,
        seed,
    }
}
