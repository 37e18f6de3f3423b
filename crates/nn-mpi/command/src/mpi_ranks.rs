use ndarray::ArrayRef2;
use nn_core::{Batch, Loss, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, SharedTargets, share_out};
use nn_train::{Adam, Report, Trainer};
use smallnet_cli::{Failure, Scored, Workers};

/// The command's workers: ranks, of which each has read the table, and keeps its share of the encoded rows in a run.
pub(crate) struct OnRanks<'r>(pub(crate) &'r Ranks);

impl OnRanks<'_> {
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
        let train = Share::of(self.0, &train)?;
        let held = held.map(|held| Share::of(self.0, &held)).transpose()?;
        match DistributedTrainer::new(self.0, trainer).fit(network, loss, &train, held.as_ref()) {
            Ok(report) => Ok(report),
            // The command has words of its own for it.
            Err(Error::Train(error)) => Err(error.into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Workers for OnRanks<'_> {
    fn is_first(&self) -> bool {
        self.0.is_first()
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
