use nn_core::{Batch, Error, Layer, Loss, MiniBatches, Network, Reduction, Scalar, Targets, Workspace};
use serde::{Deserialize, Serialize};

use crate::penalty::L2;

/// How good a network is on a data set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The loss of a sample: for [`Reduction::Mean`] the loss itself; for [`Reduction::Sum`] the sum divided by the
    /// number of samples, or by the sum of their weights. On the training set with the L2 penalty, which is divided
    /// alike.
    pub loss: f64,
    /// The share of samples whose class is right; `None` where targets are not classes.
    pub accuracy: Option<f64>,
}

/// Samples run through the network at a time, which bounds the memory.
const BLOCK: usize = 1024;

/// Evaluates a loss over a whole data set, again and again without allocating.
#[derive(Debug)]
pub(crate) struct Evaluator<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    blocks: MiniBatches<'a, T, Y>,
    samples: usize,
    /// The sum of the sample weights, or the number of samples.
    total: f64,
    workspace: Workspace<T>,
}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> Evaluator<'a, T, Y> {
    pub(crate) fn new(data: Batch<'a, T, Y>) -> Result<Self, Error> {
        let samples = data.samples();
        let total = weight_of(&data);
        Ok(Self { blocks: MiniBatches::new(data, BLOCK)?, samples, total, workspace: Workspace::new() })
    }

    /// The score of a network; with a penalty, that of what training minimises.
    pub(crate) fn score<L, P>(
        &mut self,
        network: &Network<T, L>,
        loss: &P,
        penalty: Option<&L2<T>>,
    ) -> Result<Score, Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        let (mut sum, mut hits) = (0.0, Some(0.0));
        self.blocks.rewind();
        while let Some(block) = self.blocks.next() {
            let weight = weight_of(&block);
            let pass = network.forward(block.x(), &mut self.workspace)?;
            let accuracy = block.y().accuracy(pass.output(), loss.link());
            hits = hits.zip(accuracy).map(|(hits, share)| hits + share * block.samples() as f64);
            // A mean over weights of 0 would be 0/0.
            if weight > 0.0 {
                let value = loss.reduced(pass.output(), block.y(), block.weights(), None).as_f64();
                sum += if loss.reduction() == Reduction::Mean { value * weight } else { value };
            }
        }
        let penalty = penalty.map_or(0.0, |penalty| penalty.value(network.params()).as_f64());
        let penalty = match loss.reduction() {
            Reduction::Mean => penalty,
            Reduction::Sum => penalty / self.total,
        };
        Ok(Score { loss: sum / self.total + penalty, accuracy: hits.map(|hits| hits / self.samples as f64) })
    }
}

/// The sum of the sample weights, or the number of samples.
pub(crate) fn weight_of<T: Scalar, Y: Targets<T> + ?Sized>(batch: &Batch<'_, T, Y>) -> f64 {
    batch.weights().map_or(batch.samples() as f64, |weights| weights.iter().map(|w| w.as_f64()).sum())
}
