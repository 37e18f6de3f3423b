//! How much a model's score depends on each feature.

use std::error::Error as StdError;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{Error, Scalar, stream_at};
use rand::seq::SliceRandom;
use thiserror::Error;

/// The error of a score; any will do.
type Failure = Box<dyn StdError + Send + Sync>;

/// How much a score falls when the values of some features are shuffled among the samples: what the model makes of them.
///
/// sᵣ = s(X) - s(X with the group's columns in the rows of permutation r)
///
/// `score` is handed features and says how good the model is on them, the higher the better: a metric of what the network
/// predicts, or the negative of a loss. `groups` are columns that are permuted together, such as the one-hot columns of one
/// category, which say nothing one by one; for each feature by itself they are `(0..x.ncols()).map(|column| [column])`.
/// Permutation r is the same for all groups, fixed by the seed: a group's importance does not depend on what else is asked.
///
/// Measure on samples that were not trained on. A feature that others can stand in for looks less important than it is:
/// put such into one group.
///
/// With the feature `parallel` all threads share the work, each with a copy of the features; the bits are the same.
///
/// # Shapes
/// `x` (samples, features); `score` gets the same shape, `groups.len() * repeats + 1` times.
///
/// # Errors
/// [`ImportanceError::Invalid`] for no sample, no group, an empty group, a column that is not there or twice in a group, and
/// 0 repeats; [`ImportanceError::Score`] when `score` fails, or gives a number that is not finite.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_core::{Dense, Network};
/// use nn_train::{accuracy_score, permutation_importance};
///
/// // The larger of the first two features is the class; the third is not used.
/// let network = Network::from_params(3, Dense::linear(2), vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0])?;
/// let (x, y) = (array![[2.0, 1.0, 5.0], [0.0, 1.0, 3.0], [3.0, 5.0, 4.0], [4.0, 0.0, 1.0]], [0, 1, 1, 0]);
/// let importance = permutation_importance(x.view(), &[vec![0, 1], vec![2]], 10, 0, |x| {
///     Ok(accuracy_score(&y, &network.predict_classes(x)?)?)
/// })?;
/// assert_eq!(importance.baseline, 1.0);
/// assert!(importance.mean[0] > 0.2);
/// assert_eq!(importance.mean[1], 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Breiman: "Random Forests", Machine Learning 45, 2001. As scikit-learn's `inspection.permutation_importance`, which has no
/// groups, and whose permutations are other ones.
pub fn permutation_importance<T, G>(
    x: ArrayView2<'_, T>,
    groups: impl IntoIterator<Item = G>,
    repeats: usize,
    seed: u64,
    score: impl Fn(ArrayView2<'_, T>) -> Result<f64, Failure> + Sync,
) -> Result<PermutationImportance, ImportanceError>
where
    T: Scalar,
    G: AsRef<[usize]> + Sync,
{
    let groups: Vec<G> = groups.into_iter().collect();
    check(x, &groups, repeats)?;
    let permutations: Vec<Vec<usize>> = (0..repeats)
        .map(|repeat| {
            let mut rows: Vec<usize> = (0..x.nrows()).collect();
            rows.shuffle(&mut stream_at(seed, "permutations of features", repeat as u64));
            rows
        })
        .collect();
    of_permutations(x, &groups, &permutations, score)
}

fn of_permutations<T, G>(
    x: ArrayView2<'_, T>,
    groups: &[G],
    permutations: &[Vec<usize>],
    score: impl Fn(ArrayView2<'_, T>) -> Result<f64, Failure> + Sync,
) -> Result<PermutationImportance, ImportanceError>
where
    T: Scalar,
    G: AsRef<[usize]> + Sync,
{
    let failed = |place| move |source| ImportanceError::Score { place, source };
    let baseline = score(x).and_then(finite).map_err(failed("as they are"))?;
    let fall = |copy: &mut Array2<T>, task: usize| {
        let (group, rows) =
            (groups[task / permutations.len()].as_ref(), &permutations[task % permutations.len()]);
        for &column in group {
            let (mut to, from) = (copy.column_mut(column), x.column(column));
            to.iter_mut().zip(rows).for_each(|(to, &row)| *to = from[row]);
        }
        let found = score(copy.view()).and_then(finite);
        for &column in group {
            copy.column_mut(column).assign(&x.column(column));
        }
        found.and_then(|found| finite(baseline - found))
    };
    let tasks = groups.len() * permutations.len();
    let falls = each(tasks, || x.to_owned(), fall).into_iter().collect::<Result<Vec<f64>, _>>();
    let falls = falls.map_err(failed("with some of them permuted"))?;
    let shape = (groups.len(), permutations.len());
    let importances = Array2::from_shape_vec(shape, falls).expect("a number a task");
    let mean = importances.mean_axis(Axis(1)).expect("at least one repeat");
    let std = importances.std_axis(Axis(1), 0.0);
    Ok(PermutationImportance { baseline, mean, std, importances })
}

/// What each task gives, in their order; every thread has something of its own to work on.
#[cfg(not(feature = "parallel"))]
fn each<S, R>(tasks: usize, own: impl Fn() -> S, work: impl Fn(&mut S, usize) -> R) -> Vec<R> {
    let mut own = own();
    (0..tasks).map(|task| work(&mut own, task)).collect()
}

#[cfg(feature = "parallel")]
fn each<S, R: Send>(
    tasks: usize,
    own: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, usize) -> R + Sync + Send,
) -> Vec<R> {
    use rayon::prelude::*;

    (0..tasks).into_par_iter().map_init(own, work).collect()
}

fn finite(score: f64) -> Result<f64, Failure> {
    if score.is_finite() { Ok(score) } else { Err(format!("expected a finite score, found {score}").into()) }
}

fn check<T, G: AsRef<[usize]>>(x: ArrayView2<'_, T>, groups: &[G], repeats: usize) -> Result<(), Error> {
    if x.nrows() == 0 {
        return Err(Error::EmptyBatch);
    }
    if repeats == 0 {
        return Err(Error::hyperparameter("repeats", "at least 1", repeats));
    }
    if groups.is_empty() {
        return Err(Error::hyperparameter("groups", "at least one group of columns", "none"));
    }
    for group in groups.iter().map(AsRef::as_ref) {
        let expected = if group.is_empty() {
            "at least one column"
        } else if group.iter().any(|&column| column >= x.ncols()) {
            "columns that there are, counted from 0"
        } else if (1..group.len()).any(|place| group[..place].contains(&group[place])) {
            "each column once"
        } else {
            continue;
        };
        let found = format!("{group:?} of {}", x.ncols());
        return Err(Error::hyperparameter("a group of columns", expected, found));
    }
    Ok(())
}

/// What [`permutation_importance`] came to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PermutationImportance {
    /// The score on the features as they are.
    pub baseline: f64,
    /// The mean importance of each group.
    pub mean: Array1<f64>,
    /// The standard deviation over the repeats of each group, divided by their number as in NumPy.
    pub std: Array1<f64>,
    /// By how much the score fell, (groups, repeats).
    pub importances: Array2<f64>,
}

/// The importance of features could not be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportanceError {
    /// Features, groups or repeats are not right.
    #[error(transparent)]
    Invalid(#[from] Error),
    /// The score failed, or is not finite.
    #[error("the score of the features {place}: {source}")]
    Score {
        /// `as they are`, or `with some of them permuted`.
        place: &'static str,
        /// Why.
        source: Failure,
    },
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use nn_core::{Dense, Network};

    use super::*;
    use crate::{mean_squared_error, r2_score};

    /// The permutations of 4 rows.
    fn all() -> Vec<Vec<usize>> {
        let rows = (0..256).map(|n| vec![n / 64, n / 16 % 4, n / 4 % 4, n % 4]);
        rows.filter(|rows| (0..4).all(|row| rows.contains(&row))).collect()
    }

    /// Values of scikit-learn 1.9.1, whose `permutation_importance` was handed these 24 permutations in place of random
    /// ones, for the model 0.75 a - 0.5 b + 0.25, which ignores c.
    #[test]
    fn over_all_permutations_it_is_scikit_learn_s() {
        let x = array![[1.0, 0.5, -1.0], [2.0, -1.0, 0.0], [4.0, 2.0, 3.0], [7.0, 0.0, 1.5]];
        let y = array![[1.0], [3.0], [2.0], [6.0]];
        let network =
            Network::from_params(3, Dense::linear(1), vec![0.75, -0.5, 0.0, 0.25]).expect("it fits");
        let groups = [[0], [1], [2]];
        let close = |found: &Array1<f64>, expected: [f64; 3]| {
            assert!((found - &Array1::from(expected.to_vec())).iter().all(|d| d.abs() < 1e-14), "{found}");
            assert_eq!(found[2], 0.0);
        };

        let r2 = |x: ArrayView2<'_, f64>| Ok(r2_score(y.view(), network.predict(x)?.view())?);
        let found = of_permutations(x.view(), &groups, &all(), r2).expect("finite");
        assert!((found.baseline - 0.9330357142857143).abs() < 1e-15);
        close(&found.mean, [1.674107142857143, 0.28125, 0.0]);
        close(&found.std, [0.9889879161113577, 0.16250245288572585, 0.0]);
        let first =
            [0.0, 0.9642857142857143, 0.1071428571428571, 1.7142857142857144, 1.2321428571428572, 1.875];
        let row = found.importances.row(0);
        assert!(row.iter().zip(first).all(|(a, b)| (a - b).abs() < 1e-14), "{row}");

        let error = |x: ArrayView2<'_, f64>| Ok(-mean_squared_error(y.view(), network.predict(x)?.view())?);
        let found = of_permutations(x.view(), &groups, &all(), error).expect("finite");
        close(&found.mean, [5.859375, 0.984375, 0.0]);
        close(&found.std, [3.461457706389752, 0.5687585851000405, 0.0]);
    }

    /// s = -(first of the two columns in row 0), by hand: the value that permutation r brings there, less what was there.
    #[test]
    fn a_group_s_columns_are_permuted_by_the_same_rows_and_put_back() {
        let x = array![[1.0, 10.0, 5.0], [2.0, 20.0, 5.5], [4.0, 40.0, 6.0], [8.0, 80.0, 6.5]];
        let together = |x: ArrayView2<'_, f64>| {
            assert_eq!(x[[0, 2]], 5.0, "not in the group");
            assert_eq!(10.0 * x[[0, 0]], x[[0, 1]], "rows of a group stay whole");
            Ok(-x[[0, 0]])
        };
        let found = of_permutations(x.view(), &[vec![1, 0]], &all(), together).expect("finite");
        for (fall, rows) in found.importances.iter().zip(all()) {
            assert_eq!(*fall, x[[rows[0], 0]] - 1.0);
        }
        // 0 + 1 + 3 + 7 over 4.
        assert_eq!(found.mean[0], 2.75);
    }
}
