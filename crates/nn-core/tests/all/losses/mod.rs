//! What every loss must do, for `f32` and `f64`; and PyTorch's values, to a relative error of 1e-12.
//!
//! A new loss joins `table.rs` with one line. `tests/fixtures/README.md` says what each file holds.

use std::fmt::Debug;

use allocation_counter::measure;
use ndarray::{Array2, ArrayRef2, ArrayView2, Axis, ShapeBuilder, Slice, concatenate};
use nn_core::gradcheck::{self, Dual, DualTargets};
use nn_core::{Loss, Reduction, Scalar, Targets};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use table::*;

mod table;

/// Targets that are known in both precisions.
trait AnyTargets: DualTargets {
    type Single: Targets<f32> + ?Sized;
    type SingleStore: std::ops::Deref<Target = Self::Single>;
    fn to_single(&self) -> Self::SingleStore;
}

impl AnyTargets for [usize] {
    type Single = [usize];
    type SingleStore = Vec<usize>;
    fn to_single(&self) -> Vec<usize> {
        self.to_vec()
    }
}

impl AnyTargets for ArrayRef2<f64> {
    type Single = ArrayRef2<f32>;
    type SingleStore = Array2<f32>;
    fn to_single(&self) -> Array2<f32> {
        self.mapv(f32::of)
    }
}

/// A loss for every number type that takes part.
trait AnyLoss<Y: AnyTargets + ?Sized>: Loss<f64, Y> + Loss<f32, Y::Single> + Loss<Dual, Y::Dual> {}

impl<P, Y> AnyLoss<Y> for P
where
    P: Loss<f64, Y> + Loss<f32, Y::Single> + Loss<Dual, Y::Dual>,
    Y: AnyTargets + ?Sized,
{
}

/// The value and the gradient, into memory that begins as NaN.
fn run<T: Scalar, Y: Targets<T> + ?Sized>(
    loss: &dyn Loss<T, Y>,
    prediction: ArrayView2<'_, T>,
    target: &Y,
    weights: Option<&[T]>,
) -> (T, Array2<T>) {
    let mut gradient = Array2::from_elem(prediction.dim().f(), T::nan());
    (loss.reduced(prediction, target, weights, Some(gradient.view_mut())), gradient)
}

/// Fails unless a gradient in `f32` is that in `f64` to 1e-5, relative to the number or to a hundredth of the largest:
/// differences of larger numbers are no more exact than these.
#[track_caller]
fn rounded(found: &Array2<f32>, expected: &Array2<f64>) {
    assert_eq!(found.dim(), expected.dim());
    let largest = expected.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
    for (&found, &expected) in found.iter().zip(expected) {
        let scale = expected.abs().max(0.01 * largest);
        assert!((f64::from(found) - expected).abs() <= 1e-5 * scale, "found {found}, expected {expected}");
    }
}

// What each loss must do.

fn gradient_is_proven<Y: AnyTargets + ?Sized>(loss: &impl AnyLoss<Y>, p: &Array2<f64>, target: &Y) {
    // Enough for every branch of a loss.
    let few: Vec<usize> = (0..20).collect();
    let report = gradcheck::loss_at(loss, rows(p, &few).view(), Y::borrow(&select(target, &few)));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((report.numeric, report.exact), (40 * p.ncols(), 40 * p.ncols()));
}

/// Each column of the Hessian, if the loss gives it, is the derivative of its gradient, by dual numbers.
fn hessian_is_proven<Y: AnyTargets + ?Sized>(loss: &impl AnyLoss<Y>, p: &Array2<f64>, target: &Y) {
    let (few, outputs) = ((0..20).collect::<Vec<usize>>(), p.ncols());
    let (p, target) = (rows(p, &few), select(target, &few));
    let target: &Y = Y::borrow(&target);
    let dual = target.to_dual();
    for n in few {
        let mut hessian = Array2::from_elem((outputs, outputs), f64::NAN);
        if Loss::<f64, Y>::hessian(loss, p.row(n), target, n, 0.75, hessian.view_mut()).is_none() {
            assert!(hessian.iter().all(|h| h.is_nan()));
            return;
        }
        for k in 0..outputs {
            let mut moved = p.mapv(Dual::constant);
            moved[[n, k]].slope = 1.0;
            let mut gradient = Array2::from_elem(p.dim().f(), Dual::constant(f64::NAN));
            loss.divided_by(
                Dual::constant(1.0 / 0.75),
                moved.view(),
                &*dual,
                None,
                Some(gradient.view_mut()),
            );
            all_close(hessian.column(k), gradient.row(n).mapv(|g| g.slope).iter(), 1e-12);
        }
    }
}

/// The losses that Gauss-Newton steps are for.
#[test]
fn hessians_are_known() {
    fn known<Y: Targets<f64> + ?Sized>(loss: &dyn Loss<f64, Y>, target: &Y) -> bool {
        let (p, mut hessian) = (Array2::zeros((1, 2)), Array2::zeros((2, 2)));
        loss.hessian(p.row(0), target, 0, 1.0, hessian.view_mut()).is_some()
    }
    let values = Array2::from_elem((1, 2), 0.5);
    let given: [&dyn Loss<f64, ArrayRef2<f64>>; 4] = [
        &HalfSquaredError::mean(),
        &MeanSquaredError::mean(),
        &SoftmaxCrossEntropy::mean(),
        &BinaryCrossEntropy::mean(),
    ];
    assert!(given.iter().all(|loss| known(*loss, &*values)));
    assert!(known::<[usize]>(&SoftmaxCrossEntropy::mean(), &[1]));
    assert!(known::<[usize]>(&BinaryCrossEntropy::mean(), &[1]));
    assert!(!known(&MeanAbsoluteError::mean(), &*values), "it has a kink");
}

fn precisions_agree<Y: AnyTargets + ?Sized>(loss: &impl AnyLoss<Y>, p: &Array2<f64>, target: &Y) {
    let (value, gradient) = run::<f64, Y>(loss, p.view(), target, None);
    let (value32, gradient32) =
        run::<f32, Y::Single>(loss, p.mapv(f32::of).view(), &target.to_single(), None);
    close(value32.into(), value, 1e-5);
    rounded(&gradient32, &gradient);
}

fn memory_order_does_not_matter<Y: AnyTargets + ?Sized>(loss: &impl AnyLoss<Y>, p: &Array2<f64>, target: &Y) {
    let by_sample = Array2::from_shape_vec(p.dim(), p.iter().copied().collect()).expect("as many numbers");
    let (value, gradient) = run::<f64, Y>(loss, p.view(), target, None);
    let mut by_sample_gradient = Array2::from_elem(p.dim(), f64::NAN);
    let by_sample_value =
        Loss::<f64, Y>::reduced(loss, by_sample.view(), target, None, Some(by_sample_gradient.view_mut()));
    assert_eq!((value, gradient), (by_sample_value, by_sample_gradient));
}

fn allocates_nothing<T: Scalar, Y: Targets<T> + ?Sized>(
    loss: &dyn Loss<T, Y>,
    p: ArrayView2<'_, T>,
    target: &Y,
    weights: &[T],
) {
    let mut gradient = Array2::zeros(p.dim().f());
    let steps = measure(|| {
        loss.reduced(p, target, Some(weights), Some(gradient.view_mut()));
        loss.reduced(p, target, None, None);
    });
    assert_eq!(steps.count_total, 0);
}

fn is_read_as_written<P: Serialize + DeserializeOwned + PartialEq + Debug>(loss: &P) {
    let json = serde_json::to_string(loss).expect("it can be written");
    assert_eq!(&serde_json::from_str::<P>(&json).expect("it can be read"), loss, "{json}");
}

/// A weight of k is k copies, and one of 0 is none.
fn a_weight_is_copies<Y: AnyTargets + ?Sized>(loss: &dyn Loss<f64, Y>, p: &Array2<f64>, target: &Y) {
    let counts: Vec<usize> = (0..SAMPLES).map(|n| (3 * n + 1) % 4).collect();
    let weights: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
    let copies: Vec<usize> = (0..SAMPLES).flat_map(|n| vec![n; counts[n]]).collect();
    let (value, gradient) = run(loss, p.view(), target, Some(&weights));
    let copied_target = select(target, &copies);
    let (expected, copied) = run(loss, rows(p, &copies).view(), Y::borrow(&copied_target), None);
    close(value, expected, 1e-12);
    let mut sums = Array2::zeros(p.dim());
    for (&n, gradient) in copies.iter().zip(copied.rows()) {
        let mut sum = sums.row_mut(n);
        sum += &gradient;
    }
    all_close(&gradient, &sums, 1e-12);
}

fn parts_add_up<Y: AnyTargets + ?Sized>(
    loss: &dyn Loss<f64, Y>,
    p: &Array2<f64>,
    target: &Y,
    weights: &[f64],
) {
    let (value, gradient) = run(loss, p.view(), target, Some(weights));
    let divisor = loss.divisor(p.ncols(), target, Some(weights));
    let common = if loss.reduction() == Reduction::Mean { divisor } else { 1.0 };
    let (mut values, mut divisors, mut gradients) = (0.0, 0.0, Vec::new());
    for part in [0..SAMPLES / 3, SAMPLES / 3..SAMPLES] {
        let chosen: Vec<usize> = part.clone().collect();
        let (own, weights) = (select(target, &chosen), &weights[part]);
        let (target, p) = (Y::borrow(&own), rows(p, &chosen));
        let mut gradient = Array2::from_elem(p.dim(), f64::NAN);
        values += loss.divided_by(common, p.view(), target, Some(weights), Some(gradient.view_mut()));
        divisors += loss.divisor(p.ncols(), target, Some(weights));
        gradients.push(gradient);
    }
    close(values, value, 1e-12);
    close(divisors, divisor, 1e-12);
    let views: Vec<_> = gradients.iter().map(|gradient| gradient.view()).collect();
    all_close(&concatenate(Axis(0), &views).expect("as many columns"), &gradient, 1e-12);
}

/// The losses of the samples, added up or averaged.
fn samples_add_up<Y: AnyTargets + ?Sized>(
    loss: &dyn Loss<f64, Y>,
    p: &Array2<f64>,
    target: &Y,
    weights: &[f64],
) {
    for weights in [None, Some(weights)] {
        let losses = loss.per_sample(p.view(), target, weights).expect("valid targets");
        assert_eq!(losses.len(), SAMPLES);
        let divisor = match loss.reduction() {
            Reduction::Mean => loss.divisor(p.ncols(), target, weights),
            _ => 1.0,
        };
        let value = loss.value(p.view(), target, weights).expect("valid targets");
        close(losses.sum() / divisor, value, 1e-12);
    }
}

/// A batch of no samples, and a mean over weights that are all 0, are errors.
fn nothing_is_an_error<Y: AnyTargets + ?Sized>(loss: &dyn Loss<f64, Y>, p: &Array2<f64>, target: &Y) {
    let none = select(target, &[]);
    let empty = p.slice_axis(Axis(0), Slice::from(0..0));
    let error = loss.value(empty, Y::borrow(&none), None).expect_err("no samples");
    assert_eq!(error.to_string(), "expected at least one sample, found an empty batch");
    let error = loss.value(p.view(), target, Some(&[0.0; SAMPLES])).expect_err("no sample counts");
    assert!(error.to_string().contains("is 0; expected a finite number above 0"), "{error}");
}

fn conforms<P, Y>(loss: &P, p: &Array2<f64>, target: &Y)
where
    P: AnyLoss<Y> + Serialize + DeserializeOwned + PartialEq + Debug,
    Y: AnyTargets + ?Sized,
{
    let weights: Vec<f64> = (0..SAMPLES).map(|n| 0.25 * ((3 * n + 1) % 7) as f64).collect();
    let weights32: Vec<f32> = weights.iter().copied().map(f32::of).collect();
    gradient_is_proven(loss, p, target);
    hessian_is_proven(loss, p, target);
    precisions_agree(loss, p, target);
    memory_order_does_not_matter(loss, p, target);
    allocates_nothing::<f64, Y>(loss, p.view(), target, &weights);
    allocates_nothing::<f32, Y::Single>(loss, p.mapv(f32::of).view(), &target.to_single(), &weights32);
    is_read_as_written(loss);
    a_weight_is_copies(loss, p, target);
    parts_add_up(loss, p, target, &weights);
    samples_add_up(loss, p, target, &weights);
    nothing_is_an_error(loss, p, target);
}

// The values of other libraries.

fn fixture(file: &str) -> Value {
    let path = format!("{}/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture is there"))
        .expect("it can be read")
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(vector).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()).f(), |(i, j)| rows[i][j])
}

fn classes(value: &Value) -> Vec<usize> {
    serde_json::from_value(value.clone()).expect("a list of classes")
}

/// Value and gradient against an entry: to 1e-12 in `f64`, to 1e-5 in `f32`.
fn agrees<Y: AnyTargets + ?Sized>(
    entry: &Value,
    loss: &impl AnyLoss<Y>,
    p: &Array2<f64>,
    target: &Y,
    weights: Option<&[f64]>,
) {
    let keys: Vec<&String> = object(entry).keys().collect();
    assert_eq!(keys, ["grad", "value"]);
    let (expected, expected_gradient) = (entry["value"].as_f64().expect("a number"), matrix(&entry["grad"]));
    let value = Loss::<f64, Y>::value(loss, p.view(), target, weights).expect("valid targets");
    assert!((value - expected).abs() <= 1e-12 * expected.abs(), "{value}, expected {expected}");
    let (same_value, gradient) = run::<f64, Y>(loss, p.view(), target, weights);
    assert_eq!(same_value, value);
    assert_eq!(gradient.dim(), expected_gradient.dim());
    for (found, expected) in gradient.iter().zip(&expected_gradient) {
        // A difference of probabilities is no more exact than their rounding.
        let error = (found - expected).abs();
        assert!(error <= 1e-12 * expected.abs() + 1e-15, "{found}, expected {expected}");
    }
    let weights: Option<Vec<f32>> = weights.map(|w| w.iter().copied().map(f32::of).collect());
    let (value, gradient) =
        run::<f32, Y::Single>(loss, p.mapv(f32::of).view(), &target.to_single(), weights.as_deref());
    close(value.into(), expected, 1e-5);
    rounded(&gradient, &expected_gradient);
}

#[test]
fn values_are_those_of_pytorch() {
    let table = fixture("losses.json");
    let keys: Vec<&String> = object(&table).keys().collect();
    assert_eq!(keys, ["about", "inputs", "losses"]);
    let input = |name| matrix(&table["inputs"][name]);
    let list = |name| vector(&table["inputs"][name]);
    let labels = classes(&table["inputs"]["classes"]);
    let (logits, soft) = (input("logits"), input("soft_targets"));
    let (p, y) = (input("prediction"), input("target"));
    let (probabilities, binary_logits, binary) =
        (input("probabilities"), input("binary_logits"), input("binary_target"));
    let log_probabilities = log_softmax(&logits);
    let sample_weights = list("sample_weights");

    for (name, reductions) in object(&table["losses"]) {
        for (reduction, entry) in object(reductions) {
            macro_rules! agrees {
                ($loss:ident $(.$setting:ident($value:expr))?, $p:expr, $target:expr) => {
                    agrees!($loss $(.$setting($value))?, $p, $target, None)
                };
                ($loss:ident $(.$setting:ident($value:expr))?, $p:expr, $target:expr, $weights:expr) => {{
                    let loss = match reduction.as_str() {
                        "mean" => $loss::mean(),
                        "sum" => $loss::sum(),
                        other => panic!("unknown reduction {other}"),
                    };
                    agrees(entry, &loss $(.$setting($value))?, &$p, $target, $weights)
                }};
            }
            match name.as_str() {
                "softmax_cross_entropy" => agrees!(SoftmaxCrossEntropy, logits, &labels[..]),
                "softmax_cross_entropy(label_smoothing=0.1)" => {
                    agrees!(SoftmaxCrossEntropy.label_smoothing(0.1), logits, &labels[..]);
                }
                "softmax_cross_entropy(class_weights)" => {
                    agrees!(SoftmaxCrossEntropy.class_weights(list("class_weights")), logits, &labels[..]);
                }
                "softmax_cross_entropy(soft_targets)" => agrees!(SoftmaxCrossEntropy, logits, &*soft),
                "softmax_cross_entropy(sample_weights)" => {
                    agrees!(SoftmaxCrossEntropy, logits, &labels[..], Some(&sample_weights[..]));
                }
                "nll_on_log_probabilities" => agrees!(Nll, log_probabilities, &labels[..]),
                "mse" => agrees!(MeanSquaredError, p, &*y),
                "half_squared_error" => agrees!(HalfSquaredError, p, &*y),
                "mae" => agrees!(MeanAbsoluteError, p, &*y),
                "huber(delta=0.7)" => agrees!(Huber.delta(0.7), p, &*y),
                "smooth_l1(beta=0.5)" => agrees!(SmoothL1.beta(0.5), p, &*y),
                "binary_cross_entropy(on probabilities)" => {
                    agrees!(BinaryCrossEntropyOfProbabilities, probabilities, &*binary);
                }
                "binary_cross_entropy_with_logits" => agrees!(BinaryCrossEntropy, binary_logits, &*binary),
                "binary_cross_entropy_with_logits(pos_weight)" => {
                    agrees!(BinaryCrossEntropy.pos_weight(list("pos_weight")), binary_logits, &*binary);
                }
                unknown => panic!("the fixture has `{unknown}`, which no loss here is held to"),
            }
        }
    }
}

/// ln softmax(x)_k is minus the cross-entropy of class k.
fn log_softmax(x: &Array2<f64>) -> Array2<f64> {
    let of_class = |k: usize| {
        let loss = SoftmaxCrossEntropy::sum();
        loss.per_sample(x.view(), &vec![k; x.nrows()][..], None).expect("a class").mapv(|l| -l)
    };
    let columns: Vec<_> = (0..x.ncols()).map(of_class).collect();
    let columns: Vec<_> = columns.iter().map(|column| column.view()).collect();
    ndarray::stack(Axis(1), &columns).expect("columns of one length")
}

#[test]
fn the_log_softmax_in_cross_entropy_is_that_of_pytorch() {
    let table = fixture("softmax.json");
    let keys: Vec<&String> = object(&table).keys().collect();
    // `layers.rs` has the softmax.
    assert_eq!(keys, ["about", "grad_output", "log_softmax", "softmax", "softmax_extreme", "x"]);
    let (x, dy) = (matrix(&table["x"]), matrix(&table["grad_output"]));
    all_close(&log_softmax(&x), &matrix(&table["log_softmax"]["y"]), 1e-12);
    let mut dx = Array2::<f64>::zeros(x.dim());
    for k in 0..x.ncols() {
        let labels = vec![k; x.nrows()];
        let (_, gradient) = run::<f64, [usize]>(&SoftmaxCrossEntropy::sum(), x.view(), &labels, None);
        let column = dy.column(k).insert_axis(Axis(1));
        dx = dx - gradient * column;
    }
    all_close(&dx, &matrix(&table["log_softmax"]["grad_input"]), 1e-12);
    let extreme = &table["softmax_extreme"];
    all_close(&log_softmax(&matrix(&extreme["x"])), &matrix(&extreme["log_y"]), 1e-15);
}

/// Class weights, smoothing, an ignored class and sample weights at once, by the definition.
#[test]
fn settings_of_cross_entropy_work_together() {
    let (logits, labels) = (reals(3), labels_and_none(3));
    let (w, smoothing) = ([0.5, 2.0, 3.0], 0.2);
    let s: Vec<f64> = (0..SAMPLES).map(|n| ((n + 1) % 3) as f64).collect();
    let log = log_softmax(&logits);
    let (mut sum, mut divisor) = (0.0, 0.0);
    for (n, &label) in labels.iter().enumerate().filter(|&(_, &label)| label != usize::MAX) {
        let spread: f64 = (0..3).map(|k| smoothing / 3.0 * w[k] * log[[n, k]]).sum();
        sum -= s[n] * ((1.0 - smoothing) * w[label] * log[[n, label]] + spread);
        divisor += s[n] * w[label];
    }
    let settings =
        |loss: SoftmaxCrossEntropy| loss.class_weights(w).label_smoothing(smoothing).ignore_class(usize::MAX);
    let value = |loss| settings(loss).value(logits.view(), &labels[..], Some(&s[..])).expect("valid");
    close(value(SoftmaxCrossEntropy::sum()), sum, 1e-12);
    close(value(SoftmaxCrossEntropy::mean()), sum / divisor, 1e-12);
}

/// Rows of probabilities that are 0 and 1 are class indices; their mean is over the samples, whatever the class weights.
#[test]
fn one_hot_rows_are_class_indices() {
    let (logits, labels) = (reals(3), labels(3));
    let one_hot = Array2::from_shape_fn((SAMPLES, 3), |(n, k)| if labels[n] == k { 1.0 } else { 0.0 });
    let w = [0.5, 2.0, 3.0];
    let loss = |loss: SoftmaxCrossEntropy| loss.class_weights(w).label_smoothing(0.2);
    let sum = loss(SoftmaxCrossEntropy::sum()).value(logits.view(), &labels[..], None).expect("valid");
    let by_row = loss(SoftmaxCrossEntropy::sum()).value(logits.view(), &*one_hot, None).expect("valid");
    close(by_row, sum, 1e-12);
    let mean = loss(SoftmaxCrossEntropy::mean()).value(logits.view(), &*one_hot, None).expect("valid");
    close(mean, sum / SAMPLES as f64, 1e-12);
}

/// What a setting out of its range, or a target that the loss is not defined on, is told.
#[test]
fn wrong_settings_and_targets_are_errors() {
    macro_rules! says {
        ($loss:expr, $outputs:expr, $target:expr, $message:expr) => {
            let error = Loss::<f64, _>::value(&$loss, Array2::zeros((1, $outputs)).view(), $target, None);
            assert_eq!(error.expect_err("out of range").to_string(), $message);
        };
    }
    let row = |values: &[f64]| Array2::from_shape_vec((1, values.len()), values.to_vec()).expect("a row");
    let (zero, two) = (row(&[0.0]), row(&[0.0, 0.0]));
    let cross_entropy = SoftmaxCrossEntropy::mean;
    for wrong in [-0.1, 1.5, f64::NAN] {
        let message = format!("label_smoothing is {wrong}; expected a number from 0 to 1");
        says!(cross_entropy().label_smoothing(wrong), 2, &[0][..], message);
        let message = format!("alpha is {wrong}; expected a number from 0 to 1");
        says!(Focal::mean().alpha(wrong), 1, &[0][..], message);
        says!(Focal::mean().alpha(wrong), 1, &*zero, message);
        let message = format!("quantile is {wrong}; expected a number from 0 to 1");
        says!(Pinball::mean().quantiles([0.5, wrong]), 2, &*zero, message);
    }
    for wrong in [-1.0, f64::INFINITY, f64::NAN] {
        let message = format!("class weight is {wrong}; expected 0 or a finite number above 0");
        says!(cross_entropy().class_weights([1.0, wrong]), 2, &[0][..], message);
        says!(cross_entropy().class_weights([1.0, wrong]), 2, &*row(&[0.0, 1.0]), message);
        says!(Nll::mean().class_weights([1.0, wrong]), 2, &[0][..], message);
        let message = format!("pos_weight is {wrong}; expected 0 or a finite number above 0");
        says!(BinaryCrossEntropy::mean().pos_weight([wrong]), 1, &*zero, message);
        says!(BinaryCrossEntropy::mean().pos_weight([wrong]), 1, &[0][..], message);
        let message = format!("gamma is {wrong}; expected 0 or a finite number above 0");
        says!(Focal::mean().gamma(wrong), 1, &*zero, message);
        let message = format!("beta is {wrong}; expected 0 or a finite number above 0");
        says!(SmoothL1::mean().beta(wrong), 1, &*zero, message);
        let message = format!("delta is {wrong}; expected a finite number above 0");
        says!(Huber::mean().delta(wrong), 1, &*zero, message);
    }
    says!(Huber::mean().delta(0.0), 1, &*zero, "delta is 0; expected a finite number above 0");
    says!(Pinball::mean().quantiles([]), 1, &*zero, "quantiles is none; expected at least one");
    says!(
        Pinball::mean().quantiles([0.1, 0.9]),
        3,
        &*zero,
        "expected 2 outputs for each target, one a quantile, found 3"
    );
    says!(Pinball::mean().quantiles([0.1, 0.9]), 4, &*zero, "expected 2 target columns, found 1");
    says!(
        GaussianNll::mean(),
        3,
        &*two,
        "expected 4 outputs, a mean and a log-variance for each target column, found 3"
    );
    says!(cross_entropy().class_weights([1.0]), 2, &[0][..], "expected 2 class weights, found 1");
    says!(BinaryCrossEntropy::mean().pos_weight([1.0]), 2, &*two, "expected 2 values of pos_weight, found 1");
    says!(
        cross_entropy().ignore_class(1),
        2,
        &*row(&[0.0, 1.0]),
        "ignore_class is 1; expected none where targets are probabilities: give the samples the weight 0 instead"
    );
    let nothing = "the weight of all samples together is 0; expected a finite number above 0: \
                   at least one sample whose weight and class count";
    says!(cross_entropy().ignore_class(1), 2, &[1][..], nothing);
    says!(Nll::mean().class_weights([1.0, 0.0]), 2, &[1][..], nothing);
    says!(
        Nll::mean().ignore_class(5),
        2,
        &[7][..],
        "label 7 of sample 0 is out of range: expected a class from 0 to 1"
    );
    says!(Hinge::mean(), 1, &*zero, "target[0, 0] is 0; Hinge expects -1 or 1");
    says!(SquaredHinge::mean(), 1, &*zero, "target[0, 0] is 0; SquaredHinge expects -1 or 1");
    let minus = row(&[-1.0]);
    says!(PoissonNll::mean(), 1, &*minus, "target[0, 0] is -1; PoissonNll expects counts, at least 0");
    says!(
        KlDivergence::mean(),
        1,
        &*minus,
        "target[0, 0] is -1; KlDivergence expects probabilities, at least 0"
    );
    says!(Focal::mean(), 1, &*row(&[0.5]), "target[0, 0] is 0.5; Focal expects 0 or 1");
    says!(Focal::mean(), 1, &[2][..], "label 2 of sample 0 is out of range: expected a class from 0 to 1");
    says!(
        BinaryCrossEntropyOfProbabilities::mean(),
        1,
        &*row(&[1.5]),
        "target[0, 0] is 1.5; BinaryCrossEntropyOfProbabilities expects values from 0 to 1"
    );
}

/// A sum needs no divisor: samples that are all ignored add up to 0.
#[test]
fn ignored_samples_add_up_to_0() {
    let (logits, labels) = (reals(3), [usize::MAX; SAMPLES]);
    let loss = SoftmaxCrossEntropy::sum().label_smoothing(0.1).ignore_class(usize::MAX);
    let (value, gradient) = run::<f64, [usize]>(&loss, logits.view(), &labels, None);
    assert_eq!((value, gradient), (0.0, Array2::zeros((SAMPLES, 3))));
}

/// A sample of weight 0 is absent even where its loss is infinite.
#[test]
fn what_does_not_count_may_be_infinite() {
    fn counts_once<Y: Targets<f64> + ?Sized>(loss: &dyn Loss<f64, Y>, p: &Array2<f64>, target: &Y) {
        let (value, gradient) = run(loss, p.view(), target, None);
        assert!(value.is_infinite() || gradient.iter().any(|g| g.is_infinite()), "{value}");
        let (value, gradient) = run(loss, p.view(), target, Some(&[1.0, 0.0]));
        assert!(value.is_finite() && gradient.row(0).iter().all(|g| g.is_finite()), "{value}, {gradient}");
        assert!(gradient.row(0).iter().any(|g| *g != 0.0));
        assert_eq!(gradient.row(1), Array2::<f64>::zeros((1, p.ncols())).row(0));
    }
    let column =
        |numbers: [f64; 2]| Array2::from_shape_vec((2, 1).f(), numbers.to_vec()).expect("two numbers");
    let pair = |row: [f64; 2]| Array2::from_shape_vec((2, 2), [[0.5, 0.5], row].concat()).expect("two rows");
    counts_once(&MeanSquaredError::mean(), &column([0.5, 1e200]), &*column([1.0, -1e200]));
    counts_once(&HalfSquaredError::sum(), &column([0.5, 1e200]), &*column([1.0, -1e200]));
    counts_once(&SquaredHinge::mean(), &column([0.5, 1e200]), &*column([1.0, -1.0]));
    counts_once(&PoissonNll::mean(), &column([0.5, 800.0]), &*column([3.0, 1.0]));
    counts_once(&GaussianNll::sum(), &pair([1e200, 0.0]), &*column([1.0, 0.0]));
    counts_once(&CrossEntropy::mean(), &pair([0.0, 1.0]), &[0, 0][..]);
    counts_once(&Nll::sum(), &pair([f64::NEG_INFINITY, 0.0]), &[0, 0][..]);
}

/// Training with samples of an ignored class is training without them: loss, accuracy and parameters.
#[test]
fn settings_are_read_from_a_file() {
    let read = serde_json::from_str::<SoftmaxCrossEntropy>;
    let json = r#"{"reduction": "sum", "label_smoothing": 0.1, "classes": {"weights": [1.0, 2.0]}}"#;
    let expected = SoftmaxCrossEntropy::sum().label_smoothing(0.1).class_weights([1.0, 2.0]);
    assert_eq!(read(json).expect("settings"), expected);
    let error = read(r#"{"smoothing": 0.1}"#).expect_err("no such setting").to_string();
    assert!(error.starts_with("unknown field `smoothing`, expected one of `reduction`"), "{error}");
}

/// A name, a loss with its settings, predictions and targets: averaged and added up.
macro_rules! conform {
    ($($name:ident: $loss:ident $(.$setting:ident($($value:expr)?))*, $prediction:expr, $target:expr;)*) => { $(
        #[test]
        fn $name() {
            for loss in [$loss::mean(), $loss::sum()] {
                conforms(&loss $(.$setting($($value)?))*, &$prediction, &*$target);
            }
        }
    )* };
}

for_every_loss!(conform);
