//! The same training from several seeds.

use std::error::Error;
use std::fmt;

use crate::quartiles::Quartiles;
use crate::{Report, SeedsError, TrainError};

/// What one seed's training gives [`fit_seeds`]: a value to keep, and the report. Any error will do.
pub type FitSeed<V> = Result<(V, Report), Box<dyn Error + Send + Sync>>;

/// Trains once from each seed, and says how often it went well: how good a setting is, not how lucky one run of it.
///
/// `fit` makes data and network from the seed and trains; it gives the report with a value to keep, which is most often
/// the network. `success` is the criterion. The value of the best run is given back: that with the lowest final
/// loss, the first of equals. It is `None` if every run diverged.
///
/// A run that diverges ([`TrainError::NotFinite`]) is a failure like another, and is reported. Any other error is one of
/// the program or of its settings, and ends the call.
///
/// With the feature `parallel` the seeds are shared by the threads of rayon's pool, each of them trained by one or more; what
/// comes out is the same, to the bit. All seeds are then begun, even if one ends with an error.
///
/// # Errors
/// [`SeedsError::NoSeeds`], or [`SeedsError::Run`] with the error of the first seed that has one.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_train::{FitSeed, Sgd, Trainer, fit_seeds};
///
/// let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
/// let train = |seed| -> FitSeed<_> {
///     let xor = Batch::new(x.view(), &[0, 1, 1, 0][..])?;
///     let mut network = Network::<f64, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), seed)?;
///     let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).full_batch().epochs(500).seed(seed);
///     let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), xor, None)?;
///     Ok((network, report))
/// };
/// let (report, best) = fit_seeds(0..10, train, |report| report.train.accuracy == Some(1.0))?;
/// assert_eq!(report.share(), 1.0);
/// assert_eq!(best.unwrap().predict_classes(x.view())?, [0, 1, 1, 0]);
/// println!("{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fit_seeds<V: Send>(
    seeds: impl IntoIterator<Item = u64>,
    fit: impl Fn(u64) -> FitSeed<V> + Sync,
    success: impl Fn(&Report) -> bool,
) -> Result<(SeedsReport, Option<V>), SeedsError> {
    let (mut runs, mut best) = (Vec::new(), None::<(f64, V)>);
    for (seed, outcome) in outcomes(seeds.into_iter().collect(), fit)? {
        let report = outcome.map(|(value, report)| {
            let loss = final_loss(&report);
            if best.as_ref().is_none_or(|(lowest, _)| loss < *lowest) {
                best = Some((loss, value));
            }
            report
        });
        runs.push(SeedRun { seed, success: report.as_ref().is_ok_and(&success), report });
    }
    if runs.is_empty() {
        return Err(SeedsError::NoSeeds);
    }
    Ok((SeedsReport { runs }, best.map(|(_, value)| value)))
}

/// What a seed came to, or how it diverged.
type Outcome<V> = (u64, Result<(V, Report), String>);

#[cfg(not(feature = "parallel"))]
fn outcomes<V: Send>(
    seeds: Vec<u64>,
    fit: impl Fn(u64) -> FitSeed<V> + Sync,
) -> Result<Vec<Outcome<V>>, SeedsError> {
    seeds.into_iter().map(|seed| outcome(seed, fit(seed))).collect()
}

#[cfg(feature = "parallel")]
fn outcomes<V: Send>(
    seeds: Vec<u64>,
    fit: impl Fn(u64) -> FitSeed<V> + Sync,
) -> Result<Vec<Outcome<V>>, SeedsError> {
    use rayon::prelude::*;

    let all: Vec<_> = seeds.into_par_iter().map(|seed| outcome(seed, fit(seed))).collect();
    all.into_iter().collect()
}

fn outcome<V>(seed: u64, ended: FitSeed<V>) -> Result<Outcome<V>, SeedsError> {
    match ended {
        Ok(kept) => Ok((seed, Ok(kept))),
        Err(error) => match error.downcast_ref::<TrainError>() {
            Some(TrainError::NotFinite { .. }) => Ok((seed, Err(error.to_string()))),
            _ => Err(SeedsError::Run { seed, source: error }),
        },
    }
}

/// The validation loss, or the training loss if there is no other.
fn final_loss(report: &Report) -> f64 {
    report.validation.unwrap_or(report.train).loss
}

/// The run of one seed.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SeedRun {
    /// The seed.
    pub seed: u64,
    /// Whether it met the criterion.
    pub success: bool,
    /// What it came to; if it diverged, the words of [`TrainError::NotFinite`].
    pub report: Result<Report, String>,
}

/// What [`fit_seeds`] came to. Displayed, it is a small table.
///
/// # Example
/// ```
/// # use ndarray::array;
/// # use nn_core::{Batch, Dense, MeanSquaredError, Network};
/// # use nn_train::{FitSeed, Sgd, Trainer, fit_seeds};
/// # let (x, y) = (array![[1.0]], array![[2.0]]);
/// # let fit = |seed: u64| -> FitSeed<()> {
/// #     let mut network = Network::from_params(1, Dense::linear(1), vec![seed as f64, 0.0])?;
/// #     let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.125).epochs(1);
/// #     let data = Batch::new(x.view(), &*y)?;
/// #     Ok(((), trainer.fit(&mut network, &MeanSquaredError::mean(), data, None)?))
/// # };
/// # let success = |report: &nn_train::Report| report.train.loss < 0.5;
/// let (report, _) = fit_seeds([1, 2, 4, 5], fit, success)?;
/// assert_eq!(report.to_string(), "\
/// 4 seeds, 2 of them successes (50 %), none diverged
///               min   quartile     median   quartile        max
/// loss            0     0.1875     0.6250     1.3125     2.2500
/// epochs          1          1          1          1          1
/// lowest loss: seed 2");
/// # Ok::<(), nn_train::SeedsError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SeedsReport {
    runs: Vec<SeedRun>,
}

impl SeedsReport {
    /// The runs, in the order of the seeds that were given.
    pub fn runs(&self) -> &[SeedRun] {
        &self.runs
    }

    /// The share of seeds that met the criterion, from 0 to 1. Those that diverged did not.
    pub fn share(&self) -> f64 {
        self.successes() as f64 / self.runs.len() as f64
    }

    /// The final losses of the seeds that did not diverge: those on the validation set, or on the training set if there
    /// is no other. `None` if all diverged.
    pub fn loss(&self) -> Option<Quartiles> {
        self.quartiles(final_loss)
    }

    /// The epochs run by the seeds that did not diverge; `None` if all did.
    pub fn epochs(&self) -> Option<Quartiles> {
        self.quartiles(|report| report.epochs as f64)
    }

    /// Any number of a report, over the seeds that did not diverge; `None` if all did.
    pub fn quartiles(&self, number: impl Fn(&Report) -> f64) -> Option<Quartiles> {
        Quartiles::of(self.ended().map(|(_, report)| number(report)).collect())
    }

    /// The seed with the lowest final loss, the first of equals; `None` if all diverged.
    pub fn best(&self) -> Option<u64> {
        let lower = |best: (u64, f64), run: (u64, f64)| if run.1 < best.1 { run } else { best };
        let best = self.ended().map(|(seed, report)| (seed, final_loss(report))).reduce(lower);
        best.map(|(seed, _)| seed)
    }

    fn successes(&self) -> usize {
        self.runs.iter().filter(|run| run.success).count()
    }

    fn ended(&self) -> impl Iterator<Item = (u64, &Report)> {
        self.runs.iter().filter_map(|run| Some((run.seed, run.report.as_ref().ok()?)))
    }
}

impl fmt::Display for SeedsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let diverged = match self.runs.len() - self.ended().count() {
            0 => "none".to_owned(),
            some => some.to_string(),
        };
        let (seeds, successes, share) = (self.runs.len(), self.successes(), 100.0 * self.share());
        write!(f, "{seeds} seeds, {successes} of them successes ({share:.0} %), {diverged} diverged")?;
        let (Some(loss), Some(epochs), Some(best)) = (self.loss(), self.epochs(), self.best()) else {
            return Ok(());
        };
        write!(f, "\n{:6}", "")?;
        for head in ["min", "quartile", "median", "quartile", "max"] {
            write!(f, " {head:>10}")?;
        }
        for (name, Quartiles { min, lower, median, upper, max }) in [("loss", loss), ("epochs", epochs)] {
            write!(f, "\n{name:6}")?;
            for number in [min, lower, median, upper, max] {
                write!(f, " {:>10}", short(number))?;
            }
        }
        write!(f, "\nlowest loss: seed {best}")
    }
}

/// Four digits; whole numbers as they are, very small and very large ones with an exponent.
fn short(number: f64) -> String {
    let size = number.abs();
    if size >= 1e9 || (size > 0.0 && size < 1e-3) {
        format!("{number:.3e}")
    } else if number.fract() == 0.0 {
        format!("{number}")
    } else {
        format!("{number:.4}")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use nn_core::{Batch, Dense, MeanSquaredError, Network};

    use super::*;
    use crate::{Sgd, Trainer};

    /// y = w x on the point (1, 0), from w = seed: an epoch multiplies w by 1 - 2 η. Seed 3 has a learning rate that
    /// diverges, seed 7 none at all.
    fn fit(seed: u64) -> FitSeed<u64> {
        let (x, y) = (array![[1.0]], array![[0.0]]);
        let layers = Dense::linear(1).without_bias();
        let mut network = Network::from_params(1, layers, vec![seed as f64])?;
        let learning_rate = match seed {
            3 => 1e200,
            7 => 0.0,
            _ => 0.25,
        };
        let mut trainer = Trainer::new(Sgd::new()).learning_rate(learning_rate).epochs(2);
        let data = Batch::new(x.view(), &*y)?;
        Ok((seed, trainer.fit(&mut network, &MeanSquaredError::mean(), data, None)?))
    }

    fn small(report: &Report) -> bool {
        report.train.loss < 0.3
    }

    #[test]
    fn runs_are_in_the_order_of_the_seeds_and_a_divergence_is_a_failure() {
        let (report, best) = fit_seeds([4, 3, 2, 1], fit, small).expect("no other errors");
        let runs: Vec<_> =
            report.runs().iter().map(|run| (run.seed, run.success, run.report.is_ok())).collect();
        assert_eq!(runs, [(4, false, true), (3, false, false), (2, true, true), (1, true, true)]);
        let words = report.runs()[1].report.as_ref().expect_err("it diverged");
        assert!(words.contains("became") && words.contains("epoch 1"), "{words}");
        // Losses (w / 4)²: 1, 1/4 and 1/16.
        let loss = report.loss().expect("three losses");
        assert_eq!([loss.min, loss.lower, loss.median], [0.0625, 0.15625, 0.25]);
        assert_eq!([loss.upper, loss.max], [0.625, 1.0]);
        assert_eq!(report.epochs().map(|epochs| epochs.median), Some(2.0));
        assert_eq!((report.share(), report.best(), best), (0.5, Some(1), Some(1)));
        let table =
            "4 seeds, 2 of them successes (50 %), 1 diverged\n              min   quartile     median";
        assert!(report.to_string().starts_with(table), "{report}");

        let json = serde_json::to_string(&report).expect("it can be written");
        assert_eq!(serde_json::from_str::<SeedsReport>(&json).expect("it can be read"), report);
    }

    #[test]
    fn all_may_diverge() {
        let (report, best) = fit_seeds([3, 3], fit, small).expect("no other errors");
        assert_eq!((report.share(), report.loss(), report.best(), best), (0.0, None, None, None));
        assert_eq!(report.to_string(), "2 seeds, 0 of them successes (0 %), 2 diverged");
    }

    #[test]
    fn other_errors_end_the_call_and_name_the_seed() {
        let message = |seeds: &[u64]| {
            fit_seeds(seeds.iter().copied(), fit, small).map(drop).expect_err("an error").to_string()
        };
        assert_eq!(message(&[]), "expected at least one seed, found none");
        assert!(message(&[1, 7, 2]).starts_with("seed 7: learning rate is 0"), "{}", message(&[1, 7, 2]));
    }

    #[test]
    fn the_first_of_the_best_is_the_best() {
        let (report, best) = fit_seeds([2, 1, 5, 1], fit, small).expect("no errors");
        assert_eq!((report.best(), best), (Some(1), Some(1)));
    }
}
