//! Every loss, with predictions and targets for it: shared with the tests of nn-train, which train with each.

use ndarray::{Array2, Axis, ShapeBuilder};
pub(crate) use nn_core::{
    BinaryCrossEntropy, BinaryCrossEntropyOfProbabilities, CrossEntropy, Focal, GaussianNll,
    HalfSquaredError, Hinge, Huber, KlDivergence, LogCosh, MeanAbsoluteError, MeanSquaredError, Nll, Pinball,
    PoissonNll, SmoothL1, SoftmaxCrossEntropy, SquaredHinge,
};
use nn_core::{Scalar, Targets, rng};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// More samples than are worked on at a time, and a rest.
pub(crate) const SAMPLES: usize = 300;

/// Hands the table to the macro `$test`: a name, a loss with its settings, predictions and targets. A new loss joins with
/// one line.
macro_rules! for_every_loss {
    ($test:ident) => {
        $test! {
            softmax_cross_entropy: SoftmaxCrossEntropy, reals(3), labels(3);
            softmax_cross_entropy_smoothed: SoftmaxCrossEntropy.label_smoothing(0.1), reals(3), labels(3);
            softmax_cross_entropy_weighted: SoftmaxCrossEntropy.class_weights([0.5, 0.0, 2.0]), reals(3), labels(3);
            softmax_cross_entropy_ignoring: SoftmaxCrossEntropy.ignore_class(usize::MAX), reals(3), labels_and_none(3);
            softmax_cross_entropy_with_all:
                SoftmaxCrossEntropy.label_smoothing(0.2).class_weights([0.5, 1.0, 2.0]).ignore_class(1), reals(3), labels(3);
            nll: Nll, logs(3), labels(3);
            nll_weighted: Nll.class_weights([0.5, 1.0, 2.0]).ignore_class(usize::MAX), logs(3), labels_and_none(3);
            cross_entropy: CrossEntropy, fractions(3), labels(3);
            binary_cross_entropy_of_labels: BinaryCrossEntropy.pos_weight([3.0]), reals(1), labels(2);
            focal_of_labels: Focal, reals(1), labels(2);
            softmax_cross_entropy_of_rows: SoftmaxCrossEntropy, reals(3), distributions(3);
            softmax_cross_entropy_of_rows_with_all:
                SoftmaxCrossEntropy.label_smoothing(0.2).class_weights([0.5, 1.0, 2.0]), reals(3), distributions(3);
            cross_entropy_of_rows: CrossEntropy, fractions(3), distributions(3);
            kl_divergence: KlDivergence, logs(3), distributions(3);
            binary_cross_entropy: BinaryCrossEntropy, reals(2), fractions(2);
            binary_cross_entropy_weighted: BinaryCrossEntropy.pos_weight([0.5, 3.0]), reals(2), fractions(2);
            binary_cross_entropy_of_probabilities: BinaryCrossEntropyOfProbabilities, fractions(2), zeros_and_ones(2);
            focal: Focal, reals(2), zeros_and_ones(2);
            focal_sharp: Focal.alpha(0.75).gamma(0.5), reals(2), zeros_and_ones(2);
            focal_plain: Focal.without_alpha().gamma(5.0), reals(2), zeros_and_ones(2);
            hinge: Hinge, reals(2), signs(2);
            squared_hinge: SquaredHinge, reals(2), signs(2);
            mean_squared_error: MeanSquaredError, reals(2), values(2);
            half_squared_error: HalfSquaredError, reals(2), values(2);
            mean_absolute_error: MeanAbsoluteError, reals(2), values(2);
            huber: Huber.delta(0.7), reals(2), values(2);
            smooth_l1: SmoothL1.beta(0.5), reals(2), values(2);
            log_cosh: LogCosh, reals(2), values(2);
            pinball: Pinball, reals(2), values(2);
            pinball_of_quantiles: Pinball.quantiles([0.1, 0.5, 0.9]), reals(6), values(2);
            poisson_nll: PoissonNll, reals(2), counts(2);
            poisson_nll_full: PoissonNll.full(), reals(2), counts(2);
            poisson_nll_of_rates: PoissonNll.rates().full(), rates(2), counts(2);
            gaussian_nll: GaussianNll, reals(4), values(2);
            gaussian_nll_full: GaussianNll.full(), reals(4), values(2);
        }
    };
}
pub(crate) use for_every_loss;

/// Fails unless the two agree to `tolerance`, relative to the value, or to a thousandth of 1 for what nearly vanishes.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1e-3);
    assert!((found - expected).abs() <= tolerance * scale, "found {found}, expected {expected}");
}

#[track_caller]
pub(crate) fn all_close<'a>(
    found: impl IntoIterator<Item = &'a f64>,
    expected: impl IntoIterator<Item = &'a f64>,
    tolerance: f64,
) {
    let (mut found, mut expected) = (found.into_iter(), expected.into_iter());
    loop {
        match (found.next(), expected.next()) {
            (Some(&found), Some(&expected)) => close(found, expected, tolerance),
            (None, None) => return,
            _ => panic!("one has more numbers than the other"),
        }
    }
}

pub(crate) fn rows(matrix: &Array2<f64>, rows: &[usize]) -> Array2<f64> {
    let mut selected = Array2::zeros((rows.len(), matrix.ncols()).f());
    selected.assign(&matrix.select(Axis(0), rows));
    selected
}

/// The targets of these rows.
pub(crate) fn select<Y: Targets<f64> + ?Sized>(target: &Y, rows: &[usize]) -> Y::Owned {
    let mut selected = Y::Owned::default();
    target.gather(rows, &mut selected);
    selected
}

// Data. Every number is an `f32`, so that both precisions see the same.

/// (SAMPLES, `columns`) numbers, of which `f` makes what a loss is defined on.
pub(crate) fn numbers(columns: usize, seed: u64, f: impl Fn(f64) -> f64) -> Array2<f64> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((SAMPLES, columns).f(), || {
        let z: f64 = StandardNormal.sample(&mut rng);
        f64::from(f32::of(f(1.5 * z)))
    })
}

pub(crate) fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// Numbers of any size.
pub(crate) fn reals(columns: usize) -> Array2<f64> {
    numbers(columns, 1, |z| z)
}

/// Numbers between 0 and 1.
pub(crate) fn fractions(columns: usize) -> Array2<f64> {
    numbers(columns, 2, sigmoid)
}

/// Logarithms of numbers between 0 and 1.
pub(crate) fn logs(columns: usize) -> Array2<f64> {
    numbers(columns, 3, |z| sigmoid(z).ln())
}

/// Positive numbers.
pub(crate) fn rates(columns: usize) -> Array2<f64> {
    numbers(columns, 4, f64::exp)
}

/// Whole numbers from 0 on.
pub(crate) fn counts(columns: usize) -> Array2<f64> {
    numbers(columns, 5, |z| (3.0 * z).abs().floor())
}

/// 0 and 1.
pub(crate) fn zeros_and_ones(columns: usize) -> Array2<f64> {
    numbers(columns, 6, |z| if z < 0.0 { 0.0 } else { 1.0 })
}

/// -1 and 1.
pub(crate) fn signs(columns: usize) -> Array2<f64> {
    numbers(columns, 7, f64::signum)
}

/// Other numbers of any size.
pub(crate) fn values(columns: usize) -> Array2<f64> {
    numbers(columns, 8, |z| z)
}

/// Rows of eighths that add up to 1, some of them 0.
pub(crate) fn distributions(columns: usize) -> Array2<f64> {
    let mut rows = Array2::zeros((SAMPLES, columns).f());
    for (n, class) in labels(8 * columns).into_iter().cycle().take(8 * SAMPLES).enumerate() {
        rows[[n % SAMPLES, class % columns]] += 0.125;
    }
    rows
}

/// Class indices.
pub(crate) fn labels(classes: usize) -> Vec<usize> {
    let mut rng = rng(9);
    (0..SAMPLES).map(|_| usize::try_from(rng.next_u64() % classes as u64).expect("small")).collect()
}

/// Class indices, of which those of class 1 stand for none: for a loss that ignores `usize::MAX`.
pub(crate) fn labels_and_none(classes: usize) -> Vec<usize> {
    labels(classes).into_iter().map(|label| if label == 1 { usize::MAX } else { label }).collect()
}
