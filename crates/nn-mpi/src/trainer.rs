use mpi::traits::Equivalence;
use nn_core::{Error as CoreError, Fingerprint, Layer, Loss, Network, Reduction, Scalar};
use nn_train::{Optimizer, Report, Trainer};

use crate::problem::OnRanks;
use crate::share::SharedTargets;
use crate::{Error, Ranks, Share};

/// Letters of settings that are told when ranks differ in them; the state of an optimizer has a number a weight.
const WORDS: usize = 1000;

/// Trains one network on the rows of all ranks: the run of a [`Trainer`] on one machine, with the same bits and the same
/// fingerprint.
///
/// Each mini-batch is cut into the shards that a single process cuts it into. Rows go to the rank that works on their shard,
/// several mini-batches at a time; the gradients of the shards are added up in their order by [`Sums`](crate::Sums); every rank
/// takes the same step. So a mini-batch of one shard, as those of fewer than 128 samples are, is worked on by one rank while
/// the others wait.
///
/// Callbacks and schedules run on all ranks and see the same numbers. A checkpointer, a log or a progress bar belong on rank 0
/// alone, by [`on_first`](DistributedTrainer::on_first); what remembers something and what may end a run belong on all. The run ends where the first
/// rank wants it to.
///
/// Second-order optimizers are refused, and `validation_fraction` is: give the rows for validation as a [`Share`] of their own.
///
/// # Example
/// ```no_run
/// use ndarray::Array2;
/// use nn_core::{Batch, Dense, Network, Relu, SoftmaxCrossEntropy};
/// use nn_mpi::{DistributedTrainer, Error, Ranks, Share};
/// use nn_train::{Adam, Trainer};
///
/// fn main() -> std::process::ExitCode {
///     Ranks::run(|ranks| {
///         let x = Array2::from_shape_fn((10_000, 8), |(n, j)| ((n * (j + 3)) % 101) as f32 / 101.0);
///         let labels: Vec<usize> = (0..10_000).map(|n| n % 3).collect();
///         let share = Share::of(ranks, &Batch::new(x.view(), &labels[..]).unwrap())?;
///
///         let layers = (Dense::new(64, Relu), Dense::linear(3));
///         let mut network = Network::<f32, _>::new(8, layers, 0).unwrap();
///         let trainer = Trainer::new(Adam::new()).batch_size(2048).epochs(10);
///         let loss = SoftmaxCrossEntropy::mean();
///         let report = DistributedTrainer::new(ranks, trainer).fit(&mut network, &loss, &share, None)?;
///         if ranks.is_first() {
///             println!("{report}\nfingerprint {:016x}", report.fingerprint);
///         }
///         Ok::<(), Error>(())
///     })
/// }
/// ```
#[derive(Debug)]
pub struct DistributedTrainer<'r, 'c, T, O> {
    ranks: &'r Ranks,
    /// In words, before rank 0 was given more.
    settings: String,
    trainer: Trainer<'c, T, O>,
}

impl<'r, 'c, T: Scalar + Equivalence, O: Optimizer<T>> DistributedTrainer<'r, 'c, T, O> {
    /// A trainer with the same settings on all ranks.
    pub fn new(ranks: &'r Ranks, trainer: Trainer<'c, T, O>) -> Self {
        let mut settings = format!("{trainer:?}");
        if settings.len() > WORDS {
            let mut hash = Fingerprint::new();
            hash.text(&settings);
            settings = format!("those of the hash {:016x}", hash.finish());
        }
        Self { ranks, settings, trainer }
    }

    /// Gives the trainer of rank 0 what one rank alone should have: a checkpointer, a log, a progress bar.
    #[must_use]
    pub fn on_first(self, more: impl FnOnce(Trainer<'c, T, O>) -> Trainer<'c, T, O>) -> Self {
        let trainer = if self.ranks.is_first() { more(self.trainer) } else { self.trainer };
        Self { trainer, ..self }
    }

    /// The trainer, as the last run has left it.
    pub fn trainer(&self) -> &Trainer<'c, T, O> {
        &self.trainer
    }

    /// [`Trainer::fit`] on the rows of all ranks. All of them call it, with the same network.
    ///
    /// # Errors
    /// As [`Trainer::fit`], everywhere; [`Error::OnRank`] for rows of a rank that do not suit network and loss; [`Error::Differ`]
    /// when ranks have other networks or settings.
    pub fn fit<L, P, Y>(
        &mut self,
        network: &mut Network<T, L>,
        loss: &P,
        train: &Share<'_, T, Y>,
        validation: Option<&Share<'_, T, Y>>,
    ) -> Result<Report, Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: SharedTargets<T> + ?Sized,
    {
        let ranks = self.ranks;
        self.check_same(network, loss)?;
        check(ranks, network, loss, train, "")?;
        validation.map_or(Ok(()), |share| check(ranks, network, loss, share, "validation data: "))?;
        let mut held = validation.map(|share| OnRanks::new(ranks, loss, share));
        let held = held.as_mut().map(|problem| problem as _);
        Ok(self.trainer.fit_problem(network, &mut OnRanks::new(ranks, loss, train), held)?)
    }

    /// Checks that all ranks begin alike.
    fn check_same<L, P, Y>(&self, network: &Network<T, L>, loss: &P) -> Result<(), Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
        Y: SharedTargets<T> + ?Sized,
    {
        let mut weights = Fingerprint::new();
        weights.scalars(network.params());
        weights.scalars(network.state());
        let network = format!("{:?} with weights {:016x}", network.layers().spec(), weights.finish());
        let hint = "make it from the same seed, or read it from the same file";
        self.ranks.check_same("the network", &network, hint)?;
        let settings = format!("{:?}, {:?}, {}", loss.reduction(), loss.link(), self.settings);
        self.ranks.check_same("settings", &settings, "give all ranks the same")
    }
}

/// Checks the rows of all ranks.
fn check<T, L, P, Y>(
    ranks: &Ranks,
    network: &Network<T, L>,
    loss: &P,
    share: &Share<'_, T, Y>,
    which: &str,
) -> Result<(), Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: SharedTargets<T> + ?Sized,
{
    let doing = "looking at the rows";
    let counted = check_own(network, loss, share).map_err(|error| format!("{which}{error}"));
    let counted = ranks.agree(doing, counted)?;
    let mut all = vec![0.0; ranks.size()];
    ranks.all_gather(doing, &[counted], &vec![1; ranks.size()], &mut all);
    // A sum over nothing is 0, but there is nothing to learn from it.
    if all.iter().all(|&counted| counted == 0.0) {
        let expected = "above 0: at least one sample that counts and whose class is not ignored";
        return Err(nn_train::TrainError::from(CoreError::hyperparameter(
            "the weight of all samples together",
            expected,
            0,
        ))
        .into());
    }
    Ok(())
}

/// Checks this rank's rows, and gives how many count.
fn check_own<T, L, P, Y>(network: &Network<T, L>, loss: &P, share: &Share<'_, T, Y>) -> Result<f64, CoreError>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: SharedTargets<T> + ?Sized,
{
    let (expected, found) = (network.in_dim(), share.features());
    if expected != found {
        return Err(CoreError::FeatureCount { expected, found });
    }
    if !network.state().is_empty() && !network.layers().mixes_samples() {
        let expected = "layers that look at the whole mini-batch, where layers have state";
        return Err(CoreError::hyperparameter("the network", expected, "one with state that does not"));
    }
    if loss.reduction() == Reduction::Sum && share.weights.is_some() {
        let expected = "a mean, for weighted samples on several ranks";
        return Err(CoreError::hyperparameter("the loss", expected, "a sum"));
    }
    let Some(batch) = share.batch() else {
        loss.check_targets(network.out_dim(), Y::borrow(&share.y), None)?;
        return Ok(0.0);
    };
    loss.check_targets(network.out_dim(), batch.y(), batch.weights())?;
    Ok(loss.counted(batch.y(), batch.weights()).as_f64())
}
