use std::time::Duration;

use ndarray::ArrayRef2;
use nn_core::{Batch, Loss, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, SharedTargets, share_out};
use nn_train::{Adam, Report, Trainer};
use smallnet_cli::{Failure, Scored, Workers};

/// So many bytes of a table are a second that a rank is waited for: far more time than it takes to read them as often as training does.
const BYTES: u64 = 4_000_000;
/// So many numbers are not gathered at once.
const MOST: usize = 1 << 31;

/// The command's workers: ranks, of which each has its share of the encoded rows, and no others.
pub(crate) struct OnRanks<'r>(pub(crate) &'r Ranks);

impl OnRanks<'_> {
    /// This rank's rows, which are not copied.
    fn share<'x, Y: SharedTargets<f32> + ?Sized>(
        &self,
        own: Batch<'x, f32, Y>,
    ) -> Result<Share<'x, f32, Y>, Error> {
        let (mut y, rows) = (Y::Owned::default(), (0..own.samples()).collect::<Vec<_>>());
        own.y().gather(&rows, &mut y);
        Share::new(self.0, own.x(), y, None)
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
        match DistributedTrainer::new(self.0, trainer).fit(network, loss, &train, held.as_ref()) {
            Ok(report) => Ok(report),
            // The command has words of its own for it.
            Err(Error::Train(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Workers for OnRanks<'_> {
    fn rank(&self) -> usize {
        self.0.rank()
    }

    fn size(&self) -> usize {
        self.0.size()
    }

    fn reads(&self, bytes: u64) {
        self.0.set_timeout(self.0.timeout() + Duration::from_secs(bytes / BYTES));
    }

    fn gather(&self, numbers: &[f64]) -> Result<Vec<f64>, Failure> {
        let doing = "handing answers on";
        let counts = self.0.gather_numbers(doing, numbers.len() as u64);
        let counts: Vec<usize> = counts.into_iter().map(|n| usize::try_from(n).expect("it fits")).collect();
        let count = counts.iter().sum();
        if count >= MOST {
            return Err(format!(
                "the answers to the rows set aside are {count} numbers, of which {MOST} are too many; set fewer rows aside (--validation)"
            )
            .into());
        }
        let mut all = vec![0.0; count];
        self.0.all_gather(doing, numbers, &counts, &mut all);
        Ok(all)
    }

    fn check_same(&self, what: &'static str, text: &str) -> Result<(), Failure> {
        Ok(self.0.check_same(what, text, "give all machines the same files")?)
    }

    fn of_first(&self, number: usize) -> usize {
        let text = self.0.from_first("deciding how to go on", || number.to_string());
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
        Ok(share_out(self.0, jobs, work, done)?)
    }
}
