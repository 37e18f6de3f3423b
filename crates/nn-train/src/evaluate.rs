use ndarray::ArrayView2;
use nn_core::{Batch, Blocks, Error, Layer, Loss, Network, Reduction, Scalar, Targets};

use crate::trainer::check_data;

/// How good a network is on a data set.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Score {
    /// The loss of a sample: for [`Reduction::Mean`] the loss itself; for [`Reduction::Sum`] the sum divided by the
    /// number of samples that count, or by the sum of their weights. On the training set with the penalties, which are
    /// divided alike.
    pub loss: f64,
    /// The share of samples whose class is right; `None` where targets are not classes.
    ///
    /// It counts what the loss counts: a sample of weight k is k samples, as with scikit-learn's `accuracy_score` and
    /// its `sample_weight`, and one of an ignored class is absent. Class weights say how bad a mistake is, not how many
    /// samples there are: they change the loss and not the accuracy.
    pub accuracy: Option<f64>,
}

/// How good a network is on a data set, such as a test set: its loss and, where targets are classes, its accuracy, both
/// weighted by the sample weights if there are any.
///
/// Works block by block, in memory that does not grow with the rows, and with the feature `parallel` on all threads where
/// it is worth it. It is the score that [`fit`](crate::Trainer::fit) records, without penalties.
///
/// # Errors
/// [`Error::FeatureCount`], what [`Loss::check_targets`] finds, and [`Error::Hyperparameter`] when no
/// sample counts, and when the loss is NaN or infinite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy};
/// use nn_train::evaluate;
///
/// // The larger of two features is the class.
/// let network = Network::from_params(2, Dense::linear(2), vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0])?;
/// let x = array![[2.0, 1.0], [0.0, 1.0], [3.0, 5.0], [1.0, 0.0]];
/// let score = evaluate(&network, &SoftmaxCrossEntropy::mean(), Batch::new(x.view(), &[0, 1, 1, 1][..])?)?;
/// assert_eq!(score.accuracy, Some(0.75));
/// assert!((score.loss - 0.516_7).abs() < 1e-4);
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// As Keras' `evaluate`, and scikit-learn's `score`.
pub fn evaluate<T, L, P, Y>(network: &Network<T, L>, loss: &P, data: Batch<'_, T, Y>) -> Result<Score, Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    check_data(network, loss, &data)?;
    let score = Evaluator::new(data).score(network, loss, 0.0)?;
    if score.loss.is_finite() {
        return Ok(score);
    }
    Err(Error::hyperparameter("the loss", "a finite one; are features or parameters too large?", score.loss))
}

/// Evaluates a loss over a whole data set, again and again without allocating.
#[derive(Debug)]
pub(crate) struct Evaluator<'a, T: Scalar, Y: Targets<T> + ?Sized> {
    blocks: Blocks<'a, T, Y>,
    tallies: Vec<Tally>,
}

/// What a block of samples adds to a [`Score`]; see [`tallies`].
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Tally {
    /// The loss of the block, of a mean times its divisor.
    pub loss: f64,
    /// What the sum of all blocks is divided by.
    pub divisor: f64,
    /// Of the samples that count, how many are of the right class, and all; `None` where targets are not classes.
    pub hits: Option<(f64, f64)>,
}

/// What each block of a data set adds to a score, in their order: [`evaluate`] in parts, for data sets that come in parts or
/// are on several machines. The blocks are those of [`Network::block_rows`]; a part that is made of whole blocks of a larger data
/// set has the tallies that these have there.
///
/// # Errors
/// As [`evaluate`], but for a loss that is NaN or infinite.
///
/// # Example
/// ```
/// use ndarray::{Array2, s};
/// use nn_core::{Batch, Dense, Network, Reduction, SoftmaxCrossEntropy};
/// use nn_train::{Score, evaluate, tallies};
///
/// let network = Network::<f64, _>::new(2, Dense::linear(3), 0)?;
/// let x = Array2::from_shape_fn((2000, 2), |(n, j)| ((n * (j + 3)) % 7) as f64);
/// let (y, loss) = (vec![1; 2000], SoftmaxCrossEntropy::mean());
///
/// let first = network.block_rows(2000).nth(1).unwrap().end;
/// let part = |rows: std::ops::Range<usize>| tallies(&network, &loss, Batch::new(x.slice(s![rows.clone(), ..]), &y[rows])?);
/// let all = [part(0..first)?, part(first..2000)?].concat();
/// let whole = evaluate(&network, &loss, Batch::new(x.view(), &y[..])?)?;
/// assert_eq!(Score::of_tallies(&all, Reduction::Mean, 0.0), whole);
/// # Ok::<(), nn_core::Error>(())
/// ```
pub fn tallies<T, L, P, Y>(
    network: &Network<T, L>,
    loss: &P,
    data: Batch<'_, T, Y>,
) -> Result<Vec<Tally>, Error>
where
    T: Scalar,
    L: Layer<T>,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let mut evaluator = Evaluator::new(data);
    evaluator.tally(network, loss)?;
    Ok(evaluator.tallies)
}

impl Score {
    /// What all [`tallies`] of a data set together say, with `penalty` added to the loss; of a sum, divided as the sum is.
    pub fn of_tallies(tallies: &[Tally], reduction: Reduction, penalty: f64) -> Self {
        let (mut sum, mut divisor, mut hits) = (0.0, 0.0, Some((0.0, 0.0)));
        for tally in tallies {
            sum += tally.loss;
            divisor += tally.divisor;
            hits = hits.zip(tally.hits).map(|((hits, of), (more, of_more))| (hits + more, of + of_more));
        }
        let mean = reduction == Reduction::Mean;
        let loss = sum / divisor + if mean { penalty } else { penalty / divisor };
        Self { loss, accuracy: hits.map(|(hits, of)| hits / of) }
    }
}

impl<'a, T: Scalar, Y: Targets<T> + ?Sized> Evaluator<'a, T, Y> {
    pub(crate) fn new(data: Batch<'a, T, Y>) -> Self {
        Self { blocks: Blocks::new(data), tallies: Vec::new() }
    }

    /// The score of a network; with the value of a penalty, that of what training minimises.
    pub(crate) fn score<L, P>(
        &mut self,
        network: &Network<T, L>,
        loss: &P,
        penalty: f64,
    ) -> Result<Score, Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        self.tally(network, loss)?;
        Ok(Score::of_tallies(&self.tallies, loss.reduction(), penalty))
    }

    fn tally<L, P>(&mut self, network: &Network<T, L>, loss: &P) -> Result<(), Error>
    where
        L: Layer<T>,
        P: Loss<T, Y> + ?Sized,
    {
        let mean = loss.reduction() == Reduction::Mean;
        self.blocks.run(network, &mut self.tallies, |block, pass| {
            let divisor = divisor_of(loss, network.out_dim(), block);
            // A mean over weights of 0 would be 0/0.
            let value = if divisor > 0.0 {
                loss.reduced(pass.output(), block.y(), block.weights(), None).as_f64()
            } else {
                0.0
            };
            let hits = hits_of(loss, block, pass.output());
            Tally { loss: if mean { value * divisor } else { value }, divisor, hits }
        })
    }
}

/// Of the samples that count, those whose class is right, and all; `None` where targets are not classes.
fn hits_of<T, P, Y>(loss: &P, batch: &Batch<'_, T, Y>, outputs: ArrayView2<'_, T>) -> Option<(f64, f64)>
where
    T: Scalar,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let labels = batch.y().labels()?;
    let (mut hits, mut all) = (0.0, 0.0);
    for (n, outputs) in outputs.rows().into_iter().enumerate().filter(|&(n, _)| loss.counts(batch.y(), n)) {
        let weight = batch.weights().map_or(1.0, |weights| weights[n].as_f64());
        all += weight;
        if loss.link().class_of(outputs) == Some(labels[n]) {
            hits += weight;
        }
    }
    Some((hits, all))
}

/// What the loss of a batch is divided by to be that of a sample: for a mean its own divisor, for a sum how many samples
/// count.
pub(crate) fn divisor_of<T, P, Y>(loss: &P, outputs: usize, batch: &Batch<'_, T, Y>) -> f64
where
    T: Scalar,
    P: Loss<T, Y> + ?Sized,
    Y: Targets<T> + ?Sized,
{
    let divisor = match loss.reduction() {
        Reduction::Mean => loss.divisor(outputs, batch.y(), batch.weights()),
        _ => loss.counted(batch.y(), batch.weights()),
    };
    divisor.as_f64()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use nn_core::{Dense, Link, SoftmaxCrossEntropy};

    use super::*;
    use crate::penalty::Penalty;

    /// More samples than fit in some blocks.
    const SAMPLES: usize = 3010;

    fn data() -> (Array2<f64>, Vec<usize>, Vec<f64>) {
        let x = Array2::from_shape_fn((SAMPLES, 2), |(n, j)| ((5 * n + 3 * j) % 17) as f64 / 17.0);
        let labels = (0..SAMPLES).map(|n| n % 3).collect();
        // A whole block counts for nothing.
        let weights = (0..SAMPLES).map(|n| if (500..1600).contains(&n) { 0.0 } else { (n % 4) as f64 });
        (x, labels, weights.collect())
    }

    #[test]
    fn evaluation_is_the_score_without_penalties() {
        let (x, labels, weights) = data();
        let network = Network::<f64, _>::new(2, Dense::linear(3), 5).expect("it fits");
        let data =
            Batch::new(x.view(), &labels[..]).and_then(|b| b.with_weights(&weights)).expect("valid data");
        let loss = SoftmaxCrossEntropy::mean();
        let score = evaluate(&network, &loss, data).expect("valid");
        assert_eq!(score, Evaluator::new(data).score(&network, &loss, 0.0).expect("valid"));
        let outputs = network.predict(x.view()).expect("finite");
        let whole = loss.value(outputs.view(), &labels[..], Some(&weights)).expect("valid");
        assert!((score.loss - whole).abs() < 1e-13);
    }

    #[test]
    fn what_cannot_be_evaluated_is_an_error() {
        let (x, labels, _) = data();
        let data = Batch::new(x.view(), &labels[..]).expect("valid data");
        let loss = SoftmaxCrossEntropy::mean();
        let message = |network: &Network<f64, Dense>, data| {
            evaluate(network, &loss, data).expect_err("it does not fit").to_string()
        };
        let network =
            |inputs, outputs| Network::<f64, _>::new(inputs, Dense::linear(outputs), 0).expect("it fits");
        assert_eq!(message(&network(3, 3), data), "expected rows of 3 features, found 2");
        assert!(message(&network(2, 2), data).contains('2'), "a label above the classes");
        let huge = Network::from_params(2, Dense::linear(3), vec![1e308; 9]).expect("finite");
        assert!(message(&huge, data).starts_with("the loss is "), "{}", message(&huge, data));
    }

    #[test]
    fn blocks_add_up_to_the_loss_of_the_whole() {
        let (x, labels, weights) = data();
        let plain = Batch::new(x.view(), &labels[..]).expect("valid data");
        let weighted = plain.with_weights(&weights).expect("valid weights");
        let network = Network::<f64, _>::new(2, Dense::linear(3), 0).expect("it fits");
        let outputs = network.predict(x.view()).expect("valid data");
        let total: f64 = weights.iter().sum();
        for (data, weights, total) in [(plain, None, SAMPLES as f64), (weighted, Some(&weights[..]), total)] {
            for (loss, divisor) in [(SoftmaxCrossEntropy::mean(), 1.0), (SoftmaxCrossEntropy::sum(), total)] {
                let mut evaluator = Evaluator::new(data);
                let score = evaluator.score(&network, &loss, 0.0).expect("valid");
                assert!(evaluator.tallies.len() > 3, "blocks that must be added up");
                let whole = loss.value(outputs.view(), &labels[..], weights).expect("valid") / divisor;
                assert!((score.loss - whole).abs() < 1e-13, "{} against {whole}", score.loss);
                let weight = |n: &usize| weights.map_or(1.0, |weights| weights[*n]);
                let right = |n: &usize| Link::Softmax.class_of(outputs.row(*n)) == Some(labels[*n]);
                let hits: f64 = (0..SAMPLES).filter(right).map(|n| weight(&n)).sum();
                assert!((score.accuracy.expect("classes") - hits / total).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn the_penalty_is_reduced_as_the_loss_is() {
        let (x, labels, _) = data();
        let data = Batch::new(x.view(), &labels[..]).expect("valid data");
        let network = Network::<f64, _>::new(2, Dense::linear(3), 0).expect("it fits");
        let penalty = Penalty::new(0.0, 0.5, &network.layout());
        let extra = |loss: SoftmaxCrossEntropy| {
            let mut evaluator = Evaluator::new(data);
            let penalty = penalty.value(network.params());
            let with = evaluator.score(&network, &loss, penalty).expect("valid").loss;
            with - evaluator.score(&network, &loss, 0.0).expect("valid").loss
        };
        let expected = penalty.value(network.params());
        assert!((extra(SoftmaxCrossEntropy::mean()) - expected).abs() < 1e-14);
        assert!((extra(SoftmaxCrossEntropy::sum()) - expected / SAMPLES as f64).abs() < 1e-14);
    }
}
