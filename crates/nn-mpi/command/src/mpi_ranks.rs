use std::time::Duration;

use ndarray::ArrayRef2;
use nn_core::{Batch, Loss, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, SharedTargets, share_out};
use nn_train::{Adam, Report, Trainer};
use smallnet_cli::{Failure, Scored, Workers};

/// So many bytes of a table are a second that a rank is waited for: far more time than it takes to read them as often as training does.
const BYTES: u64 = 4_000_000;
/// So many numbers are gathered at once.
const AT_ONCE: usize = 1 << 24;

/// The command's workers: ranks, of which each has its share of the encoded rows, and no others.
pub(crate) struct OnRanks<'r> {
    ranks: &'r Ranks,
    /// How long ranks wait for each other while they learn.
    timeout: Duration,
}

impl<'r> OnRanks<'r> {
    pub(crate) fn new(ranks: &'r Ranks) -> Self {
        Self { ranks, timeout: ranks.timeout() }
    }

    /// This rank's rows, which are not copied.
    fn share<'x, Y: SharedTargets<f32> + ?Sized>(
        &self,
        own: Batch<'x, f32, Y>,
    ) -> Result<Share<'x, f32, Y>, Error> {
        let (mut y, rows) = (Y::Owned::default(), (0..own.samples()).collect::<Vec<_>>());
        own.y().gather(&rows, &mut y);
        Share::new(self.ranks, own.x(), y, None)
    }

    fn fit<P, Y>(
        &self,
        trainer: Trainer<'_, f32, Adam<f32>>,
        network: &mut Network<f32, Sequential<f32>>,
        loss: &P,
        train: Batch<'_, f32, Y>,
        held: Option<Batch<'_, f32, Y>>,
    ) -> Result<Report, Failure>
    where
        P: Loss<f32, Y>,
        Y: SharedTargets<f32> + ?Sized,
    {
        let train = self.share(train)?;
        let held = held.map(|held| self.share(held)).transpose()?;
        // All are here, and while they learn nobody reads.
        let while_reading = self.ranks.timeout();
        self.ranks.set_timeout(self.timeout);
        let result = DistributedTrainer::new(self.ranks, trainer).fit(network, loss, &train, held.as_ref());
        self.ranks.set_timeout(while_reading);
        match result {
            Ok(report) => Ok(report),
            // The command has words of its own for it.
            Err(Error::Train(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Workers for OnRanks<'_> {
    fn rank(&self) -> usize {
        self.ranks.rank()
    }

    fn size(&self) -> usize {
        self.ranks.size()
    }

    fn reads(&self, bytes: u64) {
        self.ranks.set_timeout(self.ranks.timeout() + Duration::from_secs(bytes / BYTES));
    }

    fn gather(&self, numbers: &[f64]) -> Vec<f64> {
        let doing = "handing answers on";
        let counts = self.ranks.gather_numbers(doing, numbers.len() as u64);
        let counts: Vec<usize> = counts.into_iter().map(|n| usize::try_from(n).expect("it fits")).collect();
        let mut all = vec![0.0; counts.iter().sum()];
        // Of one rank after the other, a piece at a time: MPI counts to 2^31.
        let mut first = 0;
        for (rank, &count) in counts.iter().enumerate() {
            for start in (0..count).step_by(AT_ONCE) {
                let end = count.min(start + AT_ONCE);
                let mut of_each = vec![0; counts.len()];
                of_each[rank] = end - start;
                let mine = if rank == self.ranks.rank() { &numbers[start..end] } else { &[] };
                self.ranks.all_gather(doing, mine, &of_each, &mut all[first + start..first + end]);
            }
            first += count;
        }
        all
    }

    fn agree(&self, failed: Option<&str>) -> Result<(), Failure> {
        Ok(self.ranks.agree("encoding rows", failed.map_or(Ok(()), Err))?)
    }

    fn check_same(&self, what: &'static str, text: &str) -> Result<(), Failure> {
        Ok(self.ranks.check_same(what, text, "give all machines the same files")?)
    }

    fn of_first(&self, number: usize) -> usize {
        let text = self.ranks.from_first("deciding how to go on", || number.to_string());
        text.parse().expect("written by the same program")
    }

    fn fit_classes(
        &self,
        trainer: Trainer<'_, f32, Adam<f32>>,
        network: &mut Network<f32, Sequential<f32>>,
        loss: &SoftmaxCrossEntropy,
        train: Batch<'_, f32, [usize]>,
        held: Option<Batch<'_, f32, [usize]>>,
    ) -> Result<Report, Failure> {
        self.fit(trainer, network, loss, train, held)
    }

    fn fit_values(
        &self,
        trainer: Trainer<'_, f32, Adam<f32>>,
        network: &mut Network<f32, Sequential<f32>>,
        loss: &MeanSquaredError,
        train: Batch<'_, f32, ArrayRef2<f32>>,
        held: Option<Batch<'_, f32, ArrayRef2<f32>>>,
    ) -> Result<Report, Failure> {
        self.fit(trainer, network, loss, train, held)
    }

    fn share_out(
        &self,
        jobs: usize,
        work: &(dyn Fn(usize) -> Scored + Sync),
        done: &mut dyn FnMut(usize, Scored) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        Ok(share_out(self.ranks, jobs, work, done)?)
    }
}
