/// How far a run has come. With the network and the optimizer, this is what it takes to go on with a run whose schedule looks at
/// the time alone; [`RunState`](crate::RunState) is that of any run.
///
/// # Example
/// Half of a run, written, read back in another process, and gone on with to the same bits:
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, MeanSquaredError, Network, Sequential, Tanh};
/// use nn_train::{Adam, Progress, Trainer};
///
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[0.0], [1.0], [0.0]]);
/// let data = Batch::new(x.view(), &*y)?;
/// let loss = MeanSquaredError::mean();
/// let mut network = Network::<f64, _>::new(1, (Dense::new(3, Tanh), Dense::linear(1)), 0)?;
/// let mut whole = network.clone();
///
/// let mut trainer = Trainer::new(Adam::new()).batch_size(2).epochs(10);
/// trainer.fit(&mut network, &loss, data, None)?;
/// let file = serde_json::to_string(&(&network, trainer.optimizer(), trainer.progress()))?;
///
/// let (mut network, optimizer, progress): (Network<f64, Sequential<f64>>, Adam<f64>, Progress) =
///     serde_json::from_str(&file)?;
/// let mut trainer = Trainer::new(optimizer).batch_size(2).epochs(10).resume(progress);
/// trainer.fit(&mut network, &loss, data, None)?;
///
/// Trainer::new(Adam::new()).batch_size(2).epochs(20).fit(&mut whole, &loss, data, None)?;
/// assert_eq!(network.params(), whole.params());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct Progress {
    /// Epochs run.
    pub epochs: usize,
    /// Steps taken.
    pub steps: u64,
}
