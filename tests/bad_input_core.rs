//! Bad input to layers, losses and networks never panics, and the error says what to change. Good input gives what it
//! should, and the elementary kernels are exact to units in the last place.

use ndarray::{Array2, ArrayView2, Axis, ShapeBuilder, array};
use nn::{
    Activate, Architecture, Batch, BinaryCrossEntropy, Chain, CrossEntropy, Dense, Error, HalfSquaredError,
    Init, Layer, LeakyRelu, Link, Loss, MeanSquaredError, MiniBatches, Network, ParamKind, Relu, Residual,
    Scalar, Sequential, ShapeError, Sigmoid, Softmax, SoftmaxCrossEntropy, Tanh, Workspace, check_labels,
    check_values, rng,
};
use num_traits::ToPrimitive;

/// Three classes of two features.
fn network() -> Network<f64, (Dense<Tanh>, Dense<nn::Identity>)> {
    Network::new(2, (Dense::new(4, Tanh), Dense::linear(3)), 1).unwrap()
}

/// The message of an error.
fn says<T>(result: Result<T, Error>, message: &str) {
    match result {
        Ok(_) => panic!("no error; expected: {message}"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

/// The message with which no network can be built of these layers.
fn refused<L: Layer<f64>>(inputs: usize, layers: L, message: &str) {
    says(Network::<f64, L>::new(inputs, layers, 0), message);
}

// Building.

#[test]
fn zero_units_are_refused() {
    refused(2, Dense::linear(0), "Dense: expected at least 1 unit, found 0");
    refused(2, (Dense::new(0, Tanh),), "layer 0 (Dense): expected at least 1 unit, found 0");
    refused(2, (Dense::linear(1), Dense::linear(0)), "layer 1 (Dense): expected at least 1 unit, found 0");
    refused(
        2,
        Chain(Dense::linear(1), Dense::linear(0)),
        "layer 1 (Dense): expected at least 1 unit, found 0",
    );
    let layers = Sequential::new().then(Dense::linear(1)).then(Dense::linear(0));
    refused(2, layers, "layer 1 (Dense): expected at least 1 unit, found 0");
}

#[test]
fn zero_inputs_are_refused() {
    let message = "number of input features is 0; expected at least 1";
    refused(0, Dense::linear(1), message);
    refused(0, Softmax, message);
    refused(0, Sequential::new(), message);
    says(Network::<f64, _>::from_params(0, Dense::linear(1), vec![1.0]), message);
    // Asked directly, a layer says it itself.
    let error = Dense::linear(1).out_dim(0).unwrap_err();
    assert_eq!(error.to_string(), "Dense: expected at least 1 input, found 0");
}

#[test]
fn layers_that_do_not_fit_each_other_are_named() {
    let second = Dense::new(2, Relu).inputs(5);
    refused(2, (Dense::linear(4), second), "layer 1 (Dense): expected 5 inputs, found 4");
    refused(2, Chain(Dense::linear(4), second), "layer 1 (Dense): expected 5 inputs, found 4");
    refused(2, second, "Dense: expected 5 inputs, found 2");
    assert!(Network::<f64, _>::new(2, (Dense::linear(5), second), 0).is_ok());
    refused(
        2,
        (Dense::linear(4), Residual(Dense::linear(3))),
        "layer 1 (Residual): expected an inner layer with 4 outputs, found 3",
    );
    refused(2, Sequential::new(), "Sequential: expected at least 1 layer, found 0");
    refused(2, (Softmax, Sequential::new()), "layer 1 (Sequential): expected at least 1 layer, found 0");
    refused(2, Residual(Sequential::new()), "Residual > Sequential: expected at least 1 layer, found 0");
}

#[test]
fn an_error_within_layers_within_layers_gives_the_whole_path() {
    let bad = (Softmax, Dense::linear(0));
    let what = "expected at least 1 unit, found 0";
    refused(2, (Dense::linear(3), Residual(bad)), &format!("layer 1 (Residual) > layer 1 (Dense): {what}"));
    refused(2, (Softmax, Softmax, (Softmax, bad)), &format!("layer 2 (layer 1 (layer 1 (Dense))): {what}"));
    let deep = (Softmax, Residual((Residual((Softmax, Residual(bad))),)));
    refused(
        2,
        deep,
        &format!("layer 1 (Residual) > layer 0 (Residual) > layer 1 (Residual) > layer 1 (Dense): {what}"),
    );
    // A layer of one's own can do the same.
    let own = ShapeError::new("Mine", "patience", "none").inside("Wrapper").at(3);
    assert_eq!(own.to_string(), "layer 3 (Wrapper) > Mine: expected patience, found none");
}

#[test]
fn a_layer_without_outputs_is_refused() {
    struct Nothing;
    impl Architecture for Nothing {
        fn name(&self) -> &'static str {
            "Nothing"
        }
        fn out_dim(&self, _in_dim: usize) -> Result<usize, ShapeError> {
            Ok(0)
        }
    }
    impl<T: Scalar> Layer<T> for Nothing {
        fn forward(
            &self,
            _: &[T],
            _: ArrayView2<'_, T>,
            _: ndarray::ArrayViewMut2<'_, T>,
            _: &mut [T],
            _: nn::Mode,
        ) {
        }
        fn backward(
            &self,
            _: &[T],
            _: nn::Saved<'_, T>,
            _: ndarray::ArrayViewMut2<'_, T>,
            _: &mut [T],
            _: Option<ndarray::ArrayViewMut2<'_, T>>,
        ) {
        }
    }
    refused(2, Nothing, "Nothing: expected at least 1 output, found 0");
    refused(2, (Nothing, Dense::linear(2)), "layer 1 (Dense): expected at least 1 input, found 0");
}

#[test]
fn a_slope_that_is_no_number_is_refused() {
    for (slope, shown) in [
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::from(f32::MAX) * 2.0, "680564693277057700000000000000000000000"),
    ] {
        let what = format!("slope is {shown}; expected a finite number, in f32 too");
        let f = LeakyRelu { slope };
        let message = format!("layer 0 (Dense): expected a valid activation, found LeakyRelu: {what}");
        refused(2, (Dense::new(2, f),), &message);
        let message = format!("layer 1 (LeakyRelu): expected a valid activation, found {what}");
        refused(2, (Softmax, Activate(f)), &message);
    }
}

#[test]
fn more_units_than_memory_can_hold_are_an_error() {
    let fewer = |units: usize| {
        format!("layer 0 (Dense): expected a size that fits in memory, found {units} units of 2 inputs")
    };
    for units in [usize::MAX, usize::MAX / 2, usize::MAX / 3 + 1] {
        refused(2, (Dense::linear(units),), &fewer(units));
        refused(2, (Dense::linear(units).without_bias(),), &fewer(units));
        refused(2, Sequential::new().then(Dense::new(units, Tanh)), &fewer(units));
    }
    let units = 1 << 55;
    let too_large =
        |count: usize| format!("a network of {count} parameters does not fit in memory; use fewer units");
    refused(2, (Dense::linear(units),), &too_large(3 * units));
    refused(2, Dense::linear(units).without_bias(), &too_large(2 * units));
    refused(2, Sequential::new().then(Dense::new(units, Tanh)), &too_large(3 * units));
    refused(2, (Dense::linear(units), Dense::linear(1)), &too_large(4 * units + 1));
    // Their bytes cannot even be counted.
    refused(2, Dense::linear(1 << 61).without_bias(), &too_large(1 << 62));
    says(Network::<f32, _>::new(2, Dense::linear(units), 0), &too_large(3 * units));
    // Given parameters are counted against it, and nothing is asked of the machine.
    let message = format!("expected {} parameters, found 1", 3 * units);
    says(Network::<f64, _>::from_params(2, Dense::linear(units), vec![1.0]), &message);
    // As many inputs, too.
    assert!(Network::<f64, _>::new(usize::MAX, Dense::linear(1), 0).is_err());
    assert!(Network::<f64, _>::new(usize::MAX / 2, Dense::linear(3), 0).is_err());
}

/// Each layer's parameters can be counted, their sum cannot: 2u + (u + 1) is 2^64 for the first u.
#[test]
fn layers_whose_parameters_cannot_be_added_up_are_an_error() {
    fn is_refused<L: Layer<f64>>(layers: L) {
        let error = Network::<f64, L>::new(1, layers, 0).map(drop).unwrap_err().to_string();
        assert!(error.contains("fit in memory") || error.contains("fits in memory"), "{error}");
    }
    for units in [6_148_914_691_236_517_205, usize::MAX / 2] {
        let (first, second) = (Dense::linear(units), Dense::linear(1));
        is_refused((first, second));
        is_refused(Chain(first, second));
        is_refused(Sequential::new().then(first).then(second));
        is_refused((Softmax, first, second));
    }
}

#[test]
fn parameters_must_be_as_many_as_the_layers_want_and_finite() {
    let layers = Dense::linear(1);
    let from = |params: &[f64]| Network::<f64, _>::from_params(2, layers, params.to_vec());
    says(from(&[]), "expected 3 parameters, found 0");
    says(from(&[1.0, 2.0]), "expected 3 parameters, found 2");
    says(from(&[1.0; 4]), "expected 3 parameters, found 4");
    says(from(&[1.0, f64::NAN, 2.0]), "parameters[0, 1] is NaN; expected a finite number");
    says(from(&[1.0, 2.0, f64::NEG_INFINITY]), "parameters[0, 2] is -inf; expected a finite number");
    assert!(from(&[1.0, 2.0, 3.0]).is_ok());
    // A layer without parameters takes none.
    assert!(Network::<f64, _>::from_params(2, Softmax, vec![]).is_ok());
    says(Network::<f64, _>::from_params(2, Softmax, vec![1.0]), "expected 0 parameters, found 1");
}

// Running.

#[test]
fn a_wrong_number_of_features_is_counted() {
    let network = network();
    let x = Array2::zeros((4, 3));
    let message = "expected rows of 2 features, found 3";
    let mut workspace = Workspace::new();
    says(network.forward(x.view(), &mut workspace).map(drop), message);
    says(network.predict(x.view()), message);
    says(network.predict_classes(x.view()), message);
    says(network.predict_into(x.view(), &mut workspace, Array2::zeros((4, 3)).view_mut()), message);
    says(network.predict(Array2::zeros((4, 0)).view()), "expected rows of 2 features, found 0");
    let mut linked = network;
    linked.set_link(Link::Softmax);
    says(linked.predict_proba(x.view()), message);
}

#[test]
fn an_empty_batch_is_refused() {
    let mut network = network();
    network.set_link(Link::Softmax);
    let message = "expected at least one sample, found an empty batch";
    let x = Array2::zeros((0, 2));
    let mut workspace = Workspace::new();
    says(network.forward(x.view(), &mut workspace).map(drop), message);
    says(network.predict(x.view()), message);
    says(network.predict_proba(x.view()), message);
    says(network.predict_classes(x.view()), message);
    says(network.predict_into(x.view(), &mut workspace, Array2::zeros((0, 3)).view_mut()), message);
    says(Batch::new(x.view(), &[][..]).map(drop), message);
    says(Batch::new(x.view(), &*Array2::zeros((0, 1))).map(drop), message);
    says(SoftmaxCrossEntropy::mean().value(Array2::<f64>::zeros((0, 2)).view(), &[][..], None), message);
    says(MeanSquaredError::sum().value(x.view(), &*x, None), message);
}

#[test]
fn buffers_of_another_size_are_refused() {
    let network = network();
    let x = Array2::ones((4, 2));
    let mut workspace = Workspace::new();
    let mut into = |rows, columns| {
        network.predict_into(x.view(), &mut workspace, Array2::zeros((rows, columns)).view_mut())
    };
    says(into(3, 3), "expected 4 output rows, found 3");
    says(into(0, 3), "expected 4 output rows, found 0");
    says(into(4, 2), "expected 3 output columns, found 2");
    says(into(4, 0), "expected 3 output columns, found 0");
    assert_eq!(into(4, 3), Ok(()));

    let params = network.params().len();
    let mut gradient = |len: usize| {
        let pass = network.forward(x.view(), &mut workspace).unwrap();
        pass.backward(&SoftmaxCrossEntropy::mean(), &[0, 1, 2, 0][..], None, &mut vec![0.0; len])
    };
    let expected = format!("expected {params} scalars in the gradient, found ");
    says(gradient(params - 1), &format!("{expected}{}", params - 1));
    says(gradient(params + 1), &format!("{expected}{}", params + 1));
    says(gradient(0), &format!("{expected}0"));
    assert!(gradient(params).is_ok());

    let mut from = |len: usize, dy: (usize, usize), dx: Option<(usize, usize)>| {
        let mut dx = dx.map(Array2::zeros);
        let pass = network.forward(x.view(), &mut workspace).unwrap();
        let dx = dx.as_mut().map(|dx| dx.view_mut());
        pass.backward_from(Array2::ones(dy).view(), &mut vec![0.0; len], dx)
    };
    says(from(1, (4, 3), None), &format!("{expected}1"));
    says(from(params, (3, 3), None), "expected 4 x 3 rows and columns of dy, found 3 x 3");
    says(from(params, (4, 2), None), "expected 4 x 3 rows and columns of dy, found 4 x 2");
    says(from(params, (4, 3), Some((4, 3))), "expected 4 x 2 rows and columns of dx, found 4 x 3");
    says(from(params, (4, 3), Some((1, 2))), "expected 4 x 2 rows and columns of dx, found 1 x 2");
    assert_eq!(from(params, (4, 3), Some((4, 2))), Ok(()));
}

#[test]
fn features_that_are_no_numbers_are_found() {
    let mut network = network();
    network.set_link(Link::Softmax);
    for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let x = array![[0.0, 1.0], [2.0, 3.0], [4.0, value]];
        let message = format!("features[2, 1] is {shown}; expected a finite number");
        says(network.predict(x.view()), &message);
        says(network.predict_proba(x.view()), &message);
        says(network.predict_classes(x.view()), &message);
        says(Batch::new(x.view(), &[0, 1, 2][..]).map(drop), &message);
    }
    // Unchecked, NaN does not become a number on the way.
    let x = array![[f64::NAN, 1.0]];
    let mut workspace = Workspace::new();
    let pass = network.forward(x.view(), &mut workspace).unwrap();
    assert!(pass.output().iter().all(|y| y.is_nan()));
}

#[test]
fn nan_goes_through_every_layer_as_nan() {
    fn outputs<L: Layer<f64>>(layer: L) -> Vec<f64> {
        let network = Network::new(2, layer, 0).unwrap();
        let mut workspace = Workspace::new();
        let x = array![[1.0, f64::NAN]];
        let pass = network.forward(x.view(), &mut workspace).unwrap();
        pass.output().iter().copied().collect()
    }
    assert!(outputs(Dense::new(3, Relu)).iter().all(|y| y.is_nan()));
    assert!(outputs(Dense::new(3, Sigmoid)).iter().all(|y| y.is_nan()));
    assert!(outputs(Dense::new(3, nn::Softplus)).iter().all(|y| y.is_nan()));
    assert!(outputs(Softmax).iter().all(|y| y.is_nan()));
    for y in [
        outputs(Activate(nn::Identity)),
        outputs(Activate(LeakyRelu::default())),
        outputs(Activate(Relu)),
        outputs(Activate(Sigmoid)),
        outputs(Activate(nn::Softplus)),
        outputs(Activate(Tanh)),
        outputs(Residual(Activate(Tanh))),
    ] {
        assert!(!y[0].is_nan() && y[1].is_nan(), "{y:?}");
    }
}

// Targets and weights.

/// A loss says the same of a prediction, in a pass and in its backward.
fn loss_says<P, Y>(loss: &P, targets: &Y, weights: Option<&[f64]>, message: &str)
where
    P: Loss<f64, Y>,
    Y: nn::Targets<f64> + ?Sized,
{
    let network = network();
    let x = array![[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]];
    let mut workspace = Workspace::new();
    let y = network.predict(x.view()).unwrap();
    says(loss.value(y.view(), targets, weights), message);
    let pass = network.forward(x.view(), &mut workspace).unwrap();
    says(pass.loss(loss, targets, weights), message);
    let mut gradient = vec![5.0; network.params().len()];
    says(pass.backward(loss, targets, weights, &mut gradient), message);
    assert!(gradient.iter().all(|&g| g == 5.0), "a refused batch leaves the gradient as it was");
}

#[test]
fn labels_out_of_range_are_named() {
    let message = "label 3 of sample 1 is out of range: expected a class from 0 to 2";
    loss_says(&SoftmaxCrossEntropy::mean(), &[0, 3, 9][..], None, message);
    loss_says(&CrossEntropy::sum(), &[0, 3, 9][..], None, message);
    let huge = format!("label {} of sample 0 is out of range: expected a class from 0 to 2", usize::MAX);
    loss_says(&SoftmaxCrossEntropy::sum(), &[usize::MAX, 0, 0][..], None, &huge);
    let loss = BinaryCrossEntropy::mean();
    let logits = array![[0.5], [1.5]];
    let message = "label 2 of sample 1 is out of range: expected a class from 0 to 1";
    says(loss.value(logits.view(), &[1, 2][..], None), message);
    loss_says(&loss, &[0, 1, 1][..], None, "expected 1 output for binary labels, found 3");
    says(check_labels(4, &[0, 4]), "label 4 of sample 1 is out of range: expected a class from 0 to 3");
    assert_eq!(check_labels(4, &[0, 3]), Ok(()));
}

#[test]
fn predictions_without_outputs_are_an_error_that_can_be_printed() {
    let none = Array2::<f64>::zeros((1, 0));
    let error = check_labels(0, &[0]).unwrap_err().to_string();
    assert!(error.contains("label 0 of sample 0"), "{error}");
    assert!(
        !SoftmaxCrossEntropy::mean().value(none.view(), &[0][..], None).unwrap_err().to_string().is_empty()
    );
    assert!(!CrossEntropy::mean().value(none.view(), &[0][..], None).unwrap_err().to_string().is_empty());
    assert!(BinaryCrossEntropy::mean().value(none.view(), &[0][..], None).is_err());
}

#[test]
fn distributions_without_classes_are_an_error() {
    let none = Array2::<f64>::zeros((1, 0));
    assert!(SoftmaxCrossEntropy::mean().value(none.view(), &*none, None).is_err());
    assert!(CrossEntropy::mean().value(none.view(), &*none, None).is_err());
}

#[test]
fn as_many_targets_as_samples_are_needed() {
    let x = array![[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]];
    says(Batch::new(x.view(), &[0, 1][..]).map(drop), "expected 3 targets, found 2");
    says(Batch::new(x.view(), &*Array2::zeros((4, 1))).map(drop), "expected 3 targets, found 4");
    loss_says(&SoftmaxCrossEntropy::mean(), &[0, 1][..], None, "expected 3 targets, found 2");
    loss_says(&SoftmaxCrossEntropy::mean(), &[][..], None, "expected 3 targets, found 0");
    loss_says(&HalfSquaredError::mean(), &*Array2::zeros((2, 3)), None, "expected 3 targets, found 2");
    loss_says(&HalfSquaredError::mean(), &*Array2::zeros((3, 2)), None, "expected 3 target columns, found 2");
    loss_says(&MeanSquaredError::mean(), &*Array2::zeros((3, 4)), None, "expected 3 target columns, found 4");
    loss_says(
        &BinaryCrossEntropy::sum(),
        &*Array2::zeros((3, 1)),
        None,
        "expected 3 target columns, found 1",
    );
    loss_says(
        &SoftmaxCrossEntropy::sum(),
        &*Array2::zeros((3, 4)),
        None,
        "expected 3 target columns, found 4",
    );
    loss_says(&CrossEntropy::sum(), &*Array2::zeros((3, 0)), None, "expected 3 target columns, found 0");
    says(check_values(2, &*Array2::<f64>::zeros((1, 3))), "expected 2 target columns, found 3");
}

#[test]
fn targets_that_are_no_numbers_are_found() {
    for (value, shown) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let targets = array![[0.0, 0.5, 0.5], [value, 0.0, 0.0], [1.0, 0.0, 0.0]];
        let message = format!("targets[1, 0] is {shown}; expected a finite number");
        loss_says(&HalfSquaredError::mean(), &*targets, None, &message);
        loss_says(&MeanSquaredError::mean(), &*targets, None, &message);
        loss_says(&BinaryCrossEntropy::mean(), &*targets, None, &message);
        loss_says(&SoftmaxCrossEntropy::mean(), &*targets, None, &message);
        loss_says(&CrossEntropy::mean(), &*targets, None, &message);
    }
}

#[test]
fn targets_that_are_no_probabilities_are_found() {
    let with = |row: [f64; 3]| ndarray::stack![Axis(0), array![0.0, 0.0, 1.0], array![0.0, 0.0, 1.0], row];
    let negative = with([0.75, -0.25, 0.5]);
    let message = |loss| format!("target[2, 1] is -0.25; {loss} expects probabilities, at least 0");
    loss_says(&SoftmaxCrossEntropy::mean(), &*negative, None, &message("SoftmaxCrossEntropy"));
    loss_says(&CrossEntropy::mean(), &*negative, None, &message("CrossEntropy"));
    let short = with([0.25, 0.5, 0.125]);
    let message = |loss| {
        format!(
            "the targets of sample 2 add up to 0.875; {loss} expects rows of probabilities, which add up to 1"
        )
    };
    loss_says(&SoftmaxCrossEntropy::sum(), &*short, None, &message("SoftmaxCrossEntropy"));
    loss_says(&CrossEntropy::sum(), &*short, None, &message("CrossEntropy"));
    let above = with([0.5, 0.0, 1.5]);
    let message = "target[2, 2] is 1.5; BinaryCrossEntropy expects values from 0 to 1";
    loss_says(&BinaryCrossEntropy::mean(), &*above, None, message);
    let below = with([0.5, -0.125, 1.0]);
    let message = "target[2, 1] is -0.125; BinaryCrossEntropy expects values from 0 to 1";
    loss_says(&BinaryCrossEntropy::mean(), &*below, None, message);
    // Rounding is forgiven.
    let third = 1.0_f32 / 3.0;
    let rows = array![[third, third, third]];
    assert!(SoftmaxCrossEntropy::mean().value(rows.view(), &*rows, None).is_ok());
}

#[test]
fn sample_weights_must_be_as_many_finite_and_not_negative() {
    let x = array![[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]];
    let labels = [0, 1, 2];
    let refused = |weights: &[f64], message: &str| {
        let batch = Batch::new(x.view(), &labels[..]).unwrap();
        says(batch.with_weights(weights).map(drop), message);
        loss_says(&SoftmaxCrossEntropy::mean(), &labels[..], Some(weights), message);
        loss_says(&HalfSquaredError::sum(), &*Array2::zeros((3, 3)), Some(weights), message);
    };
    refused(&[1.0, 2.0], "expected 3 sample weights, found 2");
    refused(&[], "expected 3 sample weights, found 0");
    refused(&[1.0, -0.5, 1.0], "sample weight is -0.5; expected 0 or a finite number above 0");
    refused(&[1.0, f64::NAN, 1.0], "sample weight is NaN; expected 0 or a finite number above 0");
    refused(&[f64::INFINITY, 0.0, 1.0], "sample weight is inf; expected 0 or a finite number above 0");
    refused(&[0.0, 0.0, 0.0], "the sum of the sample weights is 0; expected a finite number above 0");
    let batch = Batch::new(x.view(), &labels[..]).unwrap();
    let weights = [0.0, 0.0, 1e-300];
    assert_eq!(batch.with_weights(&weights).unwrap().weights(), Some(&weights[..]));
}

// What outputs mean.

#[test]
fn probabilities_need_a_link() {
    let network = network();
    let message = "the network has no output link yet: train it, or call `set_link` with `Link::Softmax`, \
                   `Link::Logistic` or `Link::Identity`";
    let x = Array2::ones((2, 2));
    says(network.predict_proba(x.view()), message);
    let mut out = Array2::zeros((2, 3));
    says(network.predict_proba_into(x.view(), &mut Workspace::new(), out.view_mut()), message);
    // Outputs and classes do not.
    assert!(network.predict(x.view()).is_ok());
    assert!(network.predict_classes(x.view()).is_ok());
}

#[test]
fn a_single_output_that_is_not_logistic_names_no_class() {
    let mut network = Network::<f64, _>::from_params(1, Dense::linear(1), vec![1.0, 0.0]).unwrap();
    let x = array![[-1.0], [0.0], [2.0]];
    let message =
        |found| format!("a single output names a class only through `Link::Logistic`, found {found}");
    says(network.predict_classes(x.view()), &message("none"));
    network.set_link(Link::Identity);
    says(network.predict_classes(x.view()), &message("Link::Identity"));
    network.set_link(Link::Softmax);
    says(network.predict_classes(x.view()), &message("Link::Softmax"));
    network.set_link(Link::Logistic);
    assert_eq!(network.predict_classes(x.view()), Ok(vec![0, 0, 1]));
}

/// A network whose outputs are its inputs.
fn pass_through<T: Scalar>(link: Link) -> Network<T, Activate<nn::Identity>> {
    let mut network = Network::from_params(3, Activate(nn::Identity), Vec::new()).unwrap();
    network.set_link(link);
    network
}

#[test]
fn softmax_probabilities_add_up_to_1_for_logits_of_any_size() {
    fn check<T: Scalar>(tolerance: f64) {
        let network = pass_through::<T>(Link::Softmax);
        let logits = [
            [1e4, -1e4, 0.0],
            [-1e4, -1e4, -1e4],
            [1e4, 1e4, 9999.0],
            [0.0, 0.0, 0.0],
            [3e38, -3e38, 3e38],
            [1e-4, 2.0, -3.0],
        ];
        let x = Array2::from_shape_fn((6, 3), |(n, k)| T::of(logits[n][k]));
        let p = network.predict_proba(x.view()).unwrap().mapv(T::as_f64);
        for (row, logits) in p.rows().into_iter().zip(&logits) {
            let total: f64 = row.sum();
            assert!((total - 1.0).abs() <= tolerance, "{logits:?}: {row} adds up to {total}");
            assert!(row.iter().all(|p| (0.0..=1.0).contains(p)), "{logits:?}: {row}");
        }
        let expected = [[1.0, 0.0, 0.0], [1.0 / 3.0; 3], [0.4223188, 0.4223188, 0.1553624], [1.0 / 3.0; 3]];
        for (row, expected) in p.rows().into_iter().zip(&expected) {
            for (p, e) in row.iter().zip(expected) {
                assert!((p - e).abs() < 1e-7, "{row}, expected {expected:?}");
            }
        }
        assert_eq!(network.predict_classes(x.view()).unwrap(), [0, 0, 0, 0, 0, 1], "the first of equals");
        // The layer does as the link.
        let layer = Network::<T, _>::from_params(3, Softmax, Vec::new()).unwrap();
        assert_eq!(layer.predict(x.view()).unwrap().mapv(T::as_f64), p);
    }
    check::<f32>(2e-7);
    check::<f64>(4e-16);
}

#[test]
fn logistic_probabilities_are_those_of_each_output() {
    let network = pass_through::<f64>(Link::Logistic);
    let x = array![[-1e4, 0.0, 1e4], [-700.0, 2.0, -2.0]];
    let p = network.predict_proba(x.view()).unwrap();
    assert_eq!(p.row(0).to_vec(), [0.0, 0.5, 1.0]);
    assert!(p[[1, 0]] > 0.0 && p[[1, 0]] < 1e-300);
    assert!((p[[1, 1]] + p[[1, 2]] - 1.0).abs() < 1e-15);
    // Several outputs: the class is the most probable.
    assert_eq!(network.predict_classes(x.view()).unwrap(), [2, 1]);
    let identity = pass_through::<f64>(Link::Identity);
    assert_eq!(identity.predict_proba(x.view()).unwrap(), x);
}

#[test]
fn predictions_do_not_depend_on_buffers_or_memory_order() {
    let mut network = network();
    network.set_link(Link::Softmax);
    let x = Array2::from_shape_fn((70, 2), |(n, j)| (n as f64 * 0.1).sin() - j as f64);
    let by_row = network.predict(x.view()).unwrap();
    let mut columns = Array2::zeros(x.dim().f());
    columns.assign(&x);
    assert_eq!(network.predict(columns.view()).unwrap(), by_row);
    let mut workspace = Workspace::new();
    // First a larger batch of another network, so that the workspace is full of its numbers.
    let other = Network::<f64, _>::new(2, (Dense::new(30, Relu), Dense::linear(3)), 9).unwrap();
    other.predict_into(x.view(), &mut workspace, Array2::zeros((70, 3)).view_mut()).unwrap();
    for out in [Array2::from_elem((70, 3), f64::NAN), Array2::from_elem((70, 3).f(), f64::NAN)] {
        let (mut y, mut p) = (out.clone(), out);
        network.predict_into(x.view(), &mut workspace, y.view_mut()).unwrap();
        assert_eq!(y, by_row);
        network.predict_proba_into(x.view(), &mut workspace, p.view_mut()).unwrap();
        assert_eq!(p, network.predict_proba(x.view()).unwrap());
    }
    // One row alone gives what it gives among others.
    for (n, row) in x.axis_chunks_iter(Axis(0), 1).enumerate() {
        assert_eq!(network.predict(row).unwrap().row(0), by_row.row(n));
    }
}

// The parameters and the table.

#[test]
fn parameters_are_found_by_name_in_their_order() {
    let layers = (
        Dense::new(2, Tanh),
        Residual((Dense::linear(2).without_bias(), (Softmax, Dense::linear(2)))),
        Dense::linear(1),
    );
    let len = layers.param_len(3);
    assert_eq!(len, 8 + (4 + 6) + 3);
    let network = Network::from_params(3, layers, (0..len).map(|i| i as f64).collect()).unwrap();
    let names = [
        "layers.0.weight",
        "layers.0.bias",
        "layers.1.inner.0.weight",
        "layers.1.inner.1.1.weight",
        "layers.1.inner.1.1.bias",
        "layers.2.weight",
        "layers.2.bias",
    ];
    assert_eq!(network.param_names(), names);
    let joined: Vec<f64> = names
        .iter()
        .flat_map(|name| network.param(name).unwrap().into_iter().copied().collect::<Vec<_>>())
        .collect();
    assert_eq!(joined, network.params());
    assert_eq!(
        network.param("layers.0.weight").unwrap(),
        array![[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]].into_dyn()
    );
    assert_eq!(network.param("layers.0.bias").unwrap(), array![6.0, 7.0].into_dyn());
    for unknown in ["", "weight", "layers", "layers.3.weight", "layers.0.Weight", "layers.1.weight"] {
        assert!(network.param(unknown).is_none(), "{unknown}");
    }
    let layout = network.layout();
    let owner = |index: usize| (layout.tensors()[index].kind, layout.tensors()[index].layer.as_str());
    assert_eq!(owner(0), (ParamKind::Weight, "Dense 3->2"));
    assert_eq!(owner(1), (ParamKind::Bias, "Dense 3->2"));
    assert_eq!(owner(3), (ParamKind::Weight, "Dense 2->2"));
    assert_eq!(owner(6), (ParamKind::Bias, "Dense 2->1"));
    assert_eq!(layout.params(), network.params().len());
    // One layer without a chain has no number.
    let alone = Network::<f64, _>::new(3, Dense::linear(1), 0).unwrap();
    assert_eq!(alone.param_names(), ["layers.weight", "layers.bias"]);
    // Biases begin at 0, weights do not.
    assert_eq!(alone.params()[3], 0.0);
    assert!(alone.params()[..3].iter().all(|w| *w != 0.0));
}

#[test]
fn the_summary_lists_every_layer() {
    let block = Residual((Dense::new(10, Tanh), Dense::linear(100)));
    let layers = (Dense::new(100, Tanh), block, (Activate(Relu), Dense::linear(3).without_bias()), Softmax);
    let network = Network::<f32, _>::new(2, layers, 0).unwrap();
    let table = "\
layer       type      outputs  parameters
layers.0    Dense         100         300
layers.1    Residual      100        2110
layers.2.0  Relu          100           0
layers.2.1  Dense           3         300
layers.3    Softmax         3           0
total                                2710
";
    assert_eq!(network.summary().to_string(), table);
    assert_eq!(network.params().len(), 2710);
}

#[test]
fn the_choice_of_initial_weights_is_followed() {
    let layers = (Dense::new(50, Tanh), Dense::linear(50).init(Init::GlorotUniform));
    let network = Network::<f64, _>::with_init(50, layers, Init::HeUniform, &mut rng(3)).unwrap();
    let largest = |name: &str| network.param(name).unwrap().iter().fold(0.0_f64, |m, w| m.max(w.abs()));
    let (he, glorot) = ((6.0_f64 / 50.0).sqrt(), (6.0_f64 / 100.0).sqrt());
    assert!(largest("layers.0.weight") <= he && largest("layers.0.weight") > 0.99 * he);
    assert!(largest("layers.1.weight") <= glorot && largest("layers.1.weight") > 0.99 * glorot);
    assert_eq!(largest("layers.0.bias"), 0.0);
}

// Mini-batches.

#[test]
fn a_batch_size_of_0_is_refused() {
    let x = Array2::<f64>::ones((3, 2));
    let batch = Batch::new(x.view(), &[0, 1, 2][..]).unwrap();
    says(MiniBatches::new(batch, 0).map(drop), "batch size is 0; expected at least 1");
}

/// Features, targets and weight of each sample are made from its number, so that they tell whether they go together.
#[test]
fn mini_batches_deal_out_every_sample_once_with_its_target_and_weight() {
    let samples = 23;
    let x = Array2::from_shape_fn((samples, 3), |(n, j)| (100 * n + j) as f64);
    let values = Array2::from_shape_fn((samples, 2), |(n, j)| -((10 * n + j) as f64));
    let labels: Vec<usize> = (0..samples).collect();
    let weights: Vec<f64> = (0..samples).map(|n| 0.5 + n as f64).collect();
    for size in [1, 2, 7, 22, 23, 24, usize::MAX] {
        let with_values = Batch::new(x.view(), &*values).unwrap().with_weights(&weights).unwrap();
        let with_labels = Batch::new(x.view(), &labels[..]).unwrap();
        let mut of_values = MiniBatches::new(with_values, size).unwrap();
        let mut of_labels = MiniBatches::new(with_labels, size).unwrap();
        assert_eq!(of_values.count(), samples.div_ceil(size));
        let (mut first, mut second) = (rng(5), rng(5));
        for epoch in 0..4 {
            let (mut seen, mut sizes) = (Vec::new(), Vec::new());
            while let (Some(a), Some(b)) = (of_values.next(), of_labels.next()) {
                assert_eq!(a.x(), b.x());
                assert_eq!(b.weights(), None);
                assert_eq!((a.samples(), a.y().dim()), (a.x().nrows(), (a.x().nrows(), 2)));
                assert_eq!((b.y().len(), a.weights().unwrap().len()), (a.samples(), a.samples()));
                for (i, &n) in b.y().iter().enumerate() {
                    assert_eq!(a.x().row(i), x.row(n));
                    assert_eq!(a.y().row(i), values.row(n));
                    assert_eq!(a.weights().unwrap()[i], weights[n]);
                }
                sizes.push(a.samples());
                seen.extend_from_slice(b.y());
            }
            assert!(of_values.next().is_none() && of_labels.next().is_none());
            // All of one size but the last.
            let size = size.min(samples);
            assert!(sizes[..sizes.len() - 1].iter().all(|&s| s == size), "{sizes:?}");
            assert_eq!(sizes.iter().sum::<usize>(), samples);
            // The first epoch is in the order of the data, the others are not, unless there is one batch alone.
            assert_eq!(seen == labels, epoch == 0 || size == samples, "size {size}, epoch {epoch}");
            seen.sort_unstable();
            assert_eq!(seen, labels);
            of_values.shuffle(&mut first);
            of_labels.shuffle(&mut second);
        }
    }
}

#[test]
fn rewinding_repeats_the_order_and_shuffling_in_the_middle_starts_over() {
    let x = Array2::from_shape_fn((9, 1), |(n, _)| n as f64);
    let labels: Vec<usize> = (0..9).collect();
    let mut batches = MiniBatches::new(Batch::new(x.view(), &labels[..]).unwrap(), 4).unwrap();
    let mut rng = rng(2);
    batches.shuffle(&mut rng);
    let epoch = |batches: &mut MiniBatches<'_, f64, [usize]>| {
        let mut order = Vec::new();
        while let Some(batch) = batches.next() {
            order.extend_from_slice(batch.y());
        }
        order
    };
    let order = epoch(&mut batches);
    batches.rewind();
    assert_eq!(epoch(&mut batches), order);
    batches.shuffle(&mut rng);
    batches.next();
    batches.shuffle(&mut rng);
    let mut all = epoch(&mut batches);
    assert_ne!(all, order);
    all.sort_unstable();
    assert_eq!(all, labels);
}

/// Averaged over an epoch, weighted by their size, mini-batch losses make the loss of all samples.
#[test]
fn the_gradients_of_mini_batches_add_up_to_that_of_all_samples() {
    let network = network();
    let x = Array2::from_shape_fn((11, 2), |(n, j)| ((3 * n + j) as f64).sin());
    let labels: Vec<usize> = (0..11).map(|n| n % 3).collect();
    let all = Batch::new(x.view(), &labels[..]).unwrap();
    let gradient_of = |batch: Batch<'_, f64, [usize]>| {
        let (mut workspace, mut gradient) = (Workspace::new(), vec![0.0; network.params().len()]);
        let pass = network.forward(batch.x(), &mut workspace).unwrap();
        pass.backward(&SoftmaxCrossEntropy::sum(), batch.y(), None, &mut gradient).unwrap();
        gradient
    };
    let whole = gradient_of(all);
    let mut batches = MiniBatches::new(all, 4).unwrap();
    batches.shuffle(&mut rng(1));
    let mut sum = vec![0.0; whole.len()];
    while let Some(batch) = batches.next() {
        for (sum, g) in sum.iter_mut().zip(gradient_of(batch)) {
            *sum += g;
        }
    }
    for (a, b) in sum.iter().zip(&whole) {
        assert!((a - b).abs() < 1e-13, "{a} against {b}");
    }
}

#[test]
fn accuracy_counts_the_classes_that_were_named() {
    use nn::Targets;
    let outputs = array![[1.0, 2.0], [3.0, 0.0], [1.0, 1.0], [0.0, 5.0]];
    assert_eq!([1, 0, 0, 0].accuracy(outputs.view(), Link::Softmax), Some(0.75));
    let single = outputs.select(Axis(1), &[0]);
    assert_eq!([1, 1, 0, 0].accuracy(single.view(), Link::Logistic), Some(0.75));
    assert_eq!(Targets::<f64>::accuracy(&*outputs, outputs.view(), Link::Softmax), None);
}

// The elementary kernels.

/// An unevaluated sum of two numbers: 106 bits.
#[derive(Debug, Clone, Copy)]
struct Wide(f64, f64);

/// a + b, exactly.
fn sum(a: f64, b: f64) -> Wide {
    let s = a + b;
    let bb = s - a;
    Wide(s, (a - (s - bb)) + (b - bb))
}

impl From<f64> for Wide {
    fn from(x: f64) -> Self {
        Self(x, 0.0)
    }
}

impl std::ops::Add for Wide {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let s = sum(self.0, other.0);
        sum(s.0, s.1 + self.1 + other.1)
    }
}

impl std::ops::Neg for Wide {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}

impl std::ops::Mul for Wide {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let p = self.0 * other.0;
        let rest = self.0.mul_add(other.0, -p) + self.0 * other.1 + self.1 * other.0;
        sum(p, rest)
    }
}

impl std::ops::Div for Wide {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self + -(other * first.into());
        let second = rest.0 / other.0;
        let rest = rest + -(other * second.into());
        sum(first, second) + (rest.0 / other.0).into()
    }
}

/// 2^k for -1022 <= k <= 1023.
fn power(k: i32) -> f64 {
    2.0_f64.powi(k)
}

/// x * 2^k, for an x such that this is exact.
fn scaled(x: f64, k: i32) -> f64 {
    let half = k / 2;
    x * power(half) * power(k - half)
}

/// e^r - 1 for |r| < 0.4, by its power series.
fn series(r: Wide) -> Wide {
    let one = Wide::from(1.0);
    let horner = (2..=26).rev().fold(one, |sum, n| one + r / f64::from(n).into() * sum);
    r * horner
}

/// e^x = m 2^k, as (m, k).
fn exact_exp(x: f64) -> (Wide, i32) {
    // ln 2 in three parts, the first short enough that its products with k are exact.
    const LN2: [f64; 3] = [6.93147180369123816490e-1, 1.90821492927058770002e-10, 1.1612227229362532e-26];
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = sum(x, -k * LN2[0]) + -(Wide::from(LN2[1]) * k.into()) + Wide::from(-k * LN2[2]);
    (Wide::from(1.0) + series(r), k.to_i32().unwrap())
}

fn exact_sigmoid(x: f64) -> (Wide, i32) {
    // 1 / (1 + e^-|x|), or e^-|x| times that.
    let (e, k) = exact_exp(-x.abs());
    let small = if k < -200 { Wide(0.0, 0.0) } else { Wide(scaled(e.0, k), scaled(e.1, k)) };
    let total = Wide::from(1.0) + small;
    if x < 0.0 { (e / total, k) } else { (Wide::from(1.0) / total, 0) }
}

fn exact_tanh(x: f64) -> (Wide, i32) {
    let a = x.abs();
    let sign = Wide::from(1.0_f64.copysign(x));
    let tanh = if a < 1e-8 {
        sum(a, -a * a * a / 3.0)
    } else if a < 0.17 {
        let e = series(Wide::from(-2.0 * a));
        -e / (Wide::from(2.0) + e)
    } else {
        let (e, k) = exact_exp(-2.0 * a.min(400.0));
        let e = if k < -200 { Wide(0.0, 0.0) } else { Wide(scaled(e.0, k), scaled(e.1, k)) };
        (Wide::from(1.0) + -e) / (Wide::from(1.0) + e)
    };
    (sign * tanh, 0)
}

/// How many units in the last place `found` is from m 2^k, for numbers of `digits` bits whose smallest is 2^`least`.
fn ulps(found: f64, (m, k): (Wide, i32), digits: i32, least: i32) -> f64 {
    if m.0 == 0.0 {
        return if found == 0.0 { 0.0 } else { f64::INFINITY };
    }
    let largest = if digits == 24 { f64::from(f32::MAX) } else { f64::MAX };
    if found.is_infinite() {
        // Right if the value is beyond the largest number and half a unit.
        let beyond = scaled(largest, -k);
        return if m.0 > beyond { 0.0 } else { f64::INFINITY };
    }
    let exponent = m.0.abs().log2().floor().to_i32().unwrap() + k;
    let unit = (exponent + 1 - digits).max(least) - k;
    let error = (scaled(found, -k) - m.0) - m.1;
    (error / scaled(1.0, unit)).abs()
}

/// A kernel on numbers and on slices, what it computes, the standard library's version, and how far from what it
/// computes it may be, in units in the last place.
struct Kernel<T> {
    name: &'static str,
    bound: f64,
    scalar: fn(T) -> T,
    slice: fn(&mut [T]),
    exact: fn(f64) -> (Wide, i32),
    std: fn(f64) -> f64,
}

fn kernels<T: Scalar>() -> [Kernel<T>; 3] {
    [
        Kernel {
            name: "exp",
            bound: 1.0,
            scalar: T::kernel_exp,
            slice: T::kernel_exp_slice,
            exact: exact_exp,
            std: f64::exp,
        },
        Kernel {
            name: "tanh",
            bound: 1.5,
            scalar: T::kernel_tanh,
            slice: T::kernel_tanh_slice,
            exact: exact_tanh,
            std: f64::tanh,
        },
        Kernel {
            name: "sigmoid",
            bound: 2.5,
            scalar: T::kernel_sigmoid,
            slice: T::kernel_sigmoid_slice,
            exact: exact_sigmoid,
            std: |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) },
        },
    ]
}

/// Where the kernels change their formula, and the ends of their domains, with their neighbours.
fn edges() -> Vec<f64> {
    let ln2 = std::f64::consts::LN_2;
    let mut edges = vec![
        0.0, 0.625, 0.3125, 0.5, 1.0, 9.0, 9.01, 10.0, 18.0, 19.06, 20.0, 22.0, 36.0, 37.0, 40.0, 87.3, 88.0,
        88.72, 88.73, 89.0, 100.0, 103.2, 103.9, 104.0, 350.0, 700.0, 708.3, 708.4, 709.7, 709.78, 709.79,
        710.0, 744.4, 745.0, 745.1, 745.2, 746.0, 800.0, 1e4, 1e300, 5e-324, 1e-310, 2.3e-308, 1e-300, 1e-45,
        1e-38, 1e-30, 1e-17, 1e-8, 1e-4,
    ];
    edges.extend((0..40).map(|k| f64::from(k) * ln2 / 2.0));
    let neighbours = edges.clone();
    edges.extend(neighbours.iter().flat_map(|e| [e.next_up(), e.next_down()]));
    let negative: Vec<f64> = edges.iter().map(|e| -e).collect();
    edges.extend(negative);
    edges
}

/// Uniform on the interval where the functions change, and any finite number of moderate size by its bits.
fn points(count: usize) -> Vec<f64> {
    let mut rng = rng(77);
    let mut draw = || rand::Rng::next_u64(&mut rng);
    let mut points = edges();
    for i in 0..count {
        let uniform = (draw() >> 11) as f64 / power(53);
        let sign = if draw() % 2 == 0 { 1.0 } else { -1.0 };
        points.push(
            sign * match i % 5 {
                0 => uniform,
                1 => 22.0 * uniform,
                2 => 110.0 * uniform,
                3 => 750.0 * uniform,
                // 2^-60 to 2^10.
                _ => (1.0 + uniform) * power((draw() % 70) as i32 - 60),
            },
        );
    }
    points
}

#[test]
fn the_oracle_agrees_with_known_digits() {
    // To 32 digits, as the sum of two numbers each.
    let known = [
        (exact_exp(-20.25), Wide(1.6052280551856116e-9, -3.657643988865463e-26)),
        (exact_exp(300.0), Wide(1.9424263952412558e130, 1.1143145370175699e114)),
        (exact_exp(1.0), Wide(std::f64::consts::E, 1.4456468917292502e-16)),
        (exact_sigmoid(-1.0), Wide(0.2689414213699951, 1.679727399649845e-17)),
        (exact_tanh(1.0), Wide(0.7615941559557649, 3.7090214482164924e-17)),
    ];
    for ((m, k), expected) in known {
        let found = Wide(scaled(m.0, k), scaled(m.1, k));
        let difference = found + -expected;
        assert!(
            difference.0.abs() < 1e-28 * found.0.abs(),
            "{found:?}, expected {expected:?}, difference {difference:?}"
        );
    }
}

#[test]
fn f64_kernels_are_exact_to_units_in_the_last_place() {
    for kernel in kernels::<f64>() {
        let (mut worst, mut at, mut worst_std) = (0.0_f64, 0.0, 0.0_f64);
        for x in points(200_000) {
            let found = (kernel.scalar)(x);
            // Beyond these, the result is 0 or infinity or 1 to any precision.
            let exact = (kernel.exact)(x.clamp(-1500.0, 1500.0));
            let error = ulps(found, exact, 53, -1074);
            if error > worst {
                (worst, at) = (error, x);
            }
            let std = (kernel.std)(x);
            if std.is_finite() && found.is_finite() {
                let unit = std.abs().next_up() - std.abs();
                worst_std = worst_std.max((found - std).abs() / unit);
            } else {
                assert_eq!(found, std, "{} {x}", kernel.name);
            }
        }
        println!("f64 {}: {worst:.3} ulp at {at}, {worst_std} from std", kernel.name);
        assert!(worst <= kernel.bound, "{} is {worst} units in the last place off at {at}", kernel.name);
        assert!(worst_std <= 3.0, "{} is {worst_std} units in the last place from std", kernel.name);
    }
}

#[test]
fn f32_kernels_are_exact_to_units_in_the_last_place() {
    for kernel in kernels::<f32>() {
        let (mut worst, mut at) = (0.0_f64, 0.0);
        // Every 9973rd number, the infinities aside: all signs and sizes.
        let all = (0..=u32::MAX).step_by(9973).map(f32::from_bits).filter(|x| x.is_finite());
        for x in all.chain(points(50_000).into_iter().map(f32::of).filter(|x| x.is_finite())) {
            let found = (kernel.scalar)(x);
            let exact = (kernel.std)(f64::from(x));
            let error = if exact.is_infinite() || exact == 0.0 || exact < 1e-300 && kernel.name != "tanh" {
                // Beyond the range of `f32` by far.
                if found == f32::of(exact) { 0.0 } else { f64::INFINITY }
            } else {
                ulps(f64::from(found), (exact.into(), 0), 24, -149)
            };
            if error > worst {
                (worst, at) = (error, x);
            }
        }
        println!("f32 {}: {worst:.3} ulp at {at}", kernel.name);
        assert!(worst <= kernel.bound, "{} is {worst} units in the last place off at {at}", kernel.name);
    }
}

#[test]
fn kernels_on_slices_give_the_bits_of_kernels_on_numbers() {
    fn check<T: Scalar>(bits: fn(T) -> u64) {
        for kernel in kernels::<T>() {
            let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-310, 1e-42];
            let points: Vec<T> = special.into_iter().chain(points(3000)).map(T::of).collect();
            // Lengths that fill vector registers and leave every remainder.
            for length in (0..=70).chain([127, 128, 129, 1000, points.len()]) {
                let from = if length < 1000 { 37 * length % 500 } else { 0 };
                let xs = &points[from..from + length];
                let mut ys = xs.to_vec();
                (kernel.slice)(&mut ys);
                for (&x, &y) in xs.iter().zip(&ys) {
                    let expected = (kernel.scalar)(x);
                    let same = bits(y) == bits(expected) || y.is_nan() && expected.is_nan();
                    assert!(same, "{} {x}: {y} on a slice of {length}, {expected} alone", kernel.name);
                }
            }
        }
    }
    check::<f64>(f64::to_bits);
    check::<f32>(|x| u64::from(x.to_bits()));
}

#[test]
fn kernels_treat_the_ends_and_nan_as_they_should() {
    fn check<T: Scalar>() {
        let of = T::of;
        for kernel in kernels::<T>() {
            assert!((kernel.scalar)(T::nan()).is_nan(), "{}", kernel.name);
            assert!((kernel.scalar)(-T::nan()).is_nan(), "{}", kernel.name);
        }
        for huge in [T::infinity(), T::max_value(), of(1e4), of(800.0)] {
            assert_eq!(huge.kernel_exp(), T::infinity());
            assert_eq!((-huge).kernel_exp(), T::zero());
            assert_eq!(huge.kernel_tanh(), T::one());
            assert_eq!((-huge).kernel_tanh(), -T::one());
            assert_eq!(huge.kernel_sigmoid(), T::one());
            assert_eq!((-huge).kernel_sigmoid(), T::zero());
        }
        assert_eq!(T::zero().kernel_exp(), T::one());
        assert_eq!((-T::zero()).kernel_exp(), T::one());
        assert_eq!(T::zero().kernel_sigmoid(), of(0.5));
        assert_eq!((-T::zero()).kernel_sigmoid(), of(0.5));
        assert!(T::zero().kernel_tanh() == T::zero() && T::zero().kernel_tanh().is_sign_positive());
        assert!((-T::zero()).kernel_tanh() == T::zero() && (-T::zero()).kernel_tanh().is_sign_negative());
        // Subnormal numbers are their own tanh, and no flush to 0 takes them.
        let smallest = T::min_positive_value() * T::epsilon();
        assert!(smallest > T::zero());
        for tiny in [smallest, T::min_positive_value() / of(2.0), T::min_positive_value()] {
            assert_eq!(tiny.kernel_tanh(), tiny);
            assert_eq!((-tiny).kernel_tanh(), -tiny);
            assert_eq!(tiny.kernel_exp(), T::one());
            assert_eq!(tiny.kernel_sigmoid(), of(0.5));
        }
        let mut previous = T::zero();
        for x in points(20_000).into_iter().map(of) {
            // Odd, to the bit, and within the bounds.
            assert_eq!((-x).kernel_tanh(), -x.kernel_tanh(), "tanh {x}");
            assert!(x.kernel_tanh().abs() <= T::one(), "tanh {x}");
            assert!((T::zero()..=T::one()).contains(&x.kernel_sigmoid()), "sigmoid {x}");
            assert!(x.kernel_exp() >= T::zero(), "exp {x}");
            let both = x.kernel_sigmoid() + (-x).kernel_sigmoid();
            assert!((both - T::one()).abs() <= T::epsilon() + T::epsilon(), "sigmoid {x}");
            previous = previous.max(x.kernel_tanh());
        }
        assert_eq!(previous, T::one());
    }
    check::<f32>();
    check::<f64>();
    // Gradual underflow.
    assert_eq!((-745.0_f64).kernel_exp(), 5e-324);
    assert_eq!((-746.0_f64).kernel_exp(), 0.0);
    assert_eq!((-103.0_f32).kernel_exp(), 1e-45);
    assert_eq!((-104.0_f32).kernel_exp(), 0.0);
    assert!((709.78_f64).kernel_exp().is_finite() && (709.79_f64).kernel_exp().is_infinite());
    assert!((88.72_f32).kernel_exp().is_finite() && (88.73_f32).kernel_exp().is_infinite());
    assert!((-740.0_f64).kernel_sigmoid() > 0.0 && (-100.0_f32).kernel_sigmoid() > 0.0);
}
