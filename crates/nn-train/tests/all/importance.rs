//! Permutation importance through its public door; against scikit-learn's values in `nn-train/src/importance.rs`.

use ndarray::{Array2, ArrayView2, array};
use nn_core::{Dense, Network, Tanh};
use nn_train::{PermutationImportance, mean_squared_error, permutation_importance};

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn singly(x: &Array2<f64>) -> Vec<[usize; 1]> {
    (0..x.ncols()).map(|column| [column]).collect()
}

#[test]
fn each_permutation_is_drawn_as_often_as_the_others() {
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    // The rows as the digits of a number, less those in order.
    let digits = |x: ArrayView2<'_, f64>| Ok(x.iter().fold(0.0, |number, digit| 10.0 * number + digit));
    let found = permutation_importance(x.view(), [[0]], 24_000, 3, digits).expect("finite");
    assert_eq!(found.baseline, 1234.0);
    let mut counts = std::collections::BTreeMap::new();
    for fall in &found.importances {
        *counts.entry((1234.0 - fall).to_bits()).or_insert(0_i64) += 1;
    }
    assert_eq!(counts.len(), 24);
    // χ² with 23 degrees of freedom is above 49.7 once in 1000.
    let chi_squared = counts.values().map(|&count| (count - 1000).pow(2)).sum::<i64>() as f64 / 1000.0;
    assert!(chi_squared < 49.7, "{counts:?}");
    // 1111 times the mean of the digits.
    assert!((found.mean[0] - (1234.0 - 2777.5)).abs() < 30.0, "{}", found.mean[0]);
}

#[test]
fn features_that_the_network_ignores_have_none_and_copies_only_together() {
    let x = Array2::from_shape_fn((30, 4), |(n, j)| (((5 + 2 * (j % 3)) * n) % 11) as f64 / 11.0);
    assert_eq!(x.column(0), x.column(3));
    // 15 units on a - its copy and on b; none on c.
    let mut network =
        Network::<f64, _>::new(4, (Dense::new(15, Tanh), Dense::linear(1)), 0).expect("it fits");
    let weights = network.params_mut();
    for unit in weights[..60].chunks_exact_mut(4) {
        (unit[2], unit[3]) = (0.0, -unit[0]);
    }
    let y = network.predict(x.view()).expect("finite");
    let score = |x: ArrayView2<'_, f64>| -> Result<f64, Failure> {
        Ok(-mean_squared_error(y.view(), network.predict(x)?.view())?)
    };
    let found = permutation_importance(x.view(), singly(&x), 20, 0, score).expect("finite");
    assert!(found.importances.row(2).iter().all(|&fall| fall == 0.0));
    for column in [0, 1, 3] {
        assert!(found.mean[column] > 1e-4 && found.std[column] > 0.0, "{found:?}");
    }
    // The difference of a and its copy is 0 as long as they go together.
    let groups = [vec![0, 3], vec![1], vec![2, 1]];
    let together = permutation_importance(x.view(), &groups, 20, 0, score).expect("finite");
    assert!(together.mean[0].abs() < 1e-12, "{together:?}");
    // The permutations are those that b was given alone, and c adds nothing.
    assert_eq!(together.importances.row(1), found.importances.row(1));
    assert_eq!(together.importances.row(2), found.importances.row(1));
    let other = permutation_importance(x.view(), singly(&x), 20, 1, score).expect("finite");
    assert_ne!(other.importances, found.importances);
}

#[test]
fn means_and_deviations_are_those_of_the_falls() {
    let x = array![[1.0, 4.0], [2.0, 3.0], [7.0, 0.5]];
    let first = |x: ArrayView2<'_, f64>| Ok(x[[0, 0]] + 2.0 * x[[1, 1]]);
    let PermutationImportance { mean, std, importances, .. } =
        permutation_importance(x.view(), singly(&x), 7, 5, first).expect("finite");
    for group in 0..2 {
        let falls = importances.row(group);
        let expected = falls.sum() / 7.0;
        assert!((mean[group] - expected).abs() < 1e-14);
        let variance = falls.mapv(|fall| (fall - expected).powi(2)).sum() / 7.0;
        assert!((std[group] - variance.sqrt()).abs() < 1e-14);
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let x = array![[1.0, 2.0], [3.0, 4.0]];
    let sum = |x: ArrayView2<'_, f64>| Ok(x.sum());
    let message = |groups: &[Vec<usize>], repeats| {
        permutation_importance(x.view(), groups, repeats, 0, sum).expect_err("an error").to_string()
    };
    let group = |group, expected| format!("a group of columns is {group} of 2; expected {expected}");
    let missing = group("[2]", "columns that there are, counted from 0");
    assert_eq!(message(&[vec![0], vec![2]], 1), missing);
    assert_eq!(message(&[vec![]], 1), group("[]", "at least one column"));
    assert_eq!(message(&[vec![1, 0, 1]], 1), group("[1, 0, 1]", "each column once"));
    assert_eq!(message(&[], 1), "groups is none; expected at least one group of columns");
    assert_eq!(message(&[vec![0]], 0), "repeats is 0; expected at least 1");
    let empty = Array2::<f64>::zeros((0, 2));
    let error = permutation_importance(empty.view(), [[0]], 1, 0, sum).expect_err("no samples");
    assert_eq!(error.to_string(), "expected at least one sample, found an empty batch");

    let nan = |_: ArrayView2<'_, f64>| Ok(f64::NAN);
    let error = permutation_importance(x.view(), [[0]], 1, 0, nan).expect_err("NaN").to_string();
    assert_eq!(error, "the score of the features as they are: expected a finite score, found NaN");
    let fails = |x: ArrayView2<'_, f64>| if x[[0, 0]] == 1.0 { Ok(0.0) } else { Err("no 3 here".into()) };
    let error = permutation_importance(x.view(), [[1], [0]], 9, 0, fails).expect_err("it fails").to_string();
    assert_eq!(error, "the score of the features with some of them permuted: no 3 here");
    let apart = |x: ArrayView2<'_, f64>| Ok(if x[[0, 0]] == 1.0 { 1e308 } else { -1e308 });
    let error = permutation_importance(x.view(), [[0]], 9, 0, apart).expect_err("too far").to_string();
    assert!(error.ends_with("expected a finite score, found inf"), "{error}");
}

/// The bits are the same on any number of threads.
#[test]
fn threads_change_nothing() {
    let x = Array2::from_shape_fn((50, 6), |(n, j)| ((7 * n + 13 * j) % 17) as f64);
    let score = |x: ArrayView2<'_, f64>| Ok(x.rows().into_iter().map(|row| row.product().sin()).sum::<f64>());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| permutation_importance(x.view(), singly(&x), 10, 0, score)).expect("finite")
    };
    let one = on(1);
    assert_eq!(on(2), one);
    assert_eq!(on(5), one);
}
