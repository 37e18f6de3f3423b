//! Bad input to layers, losses and networks never panics, and the error says what to change.

use ndarray::{Array2, Axis, array};
use nn_core::{
    Activate, Architecture, Batch, BinaryCrossEntropy, Chain, CrossEntropy, Dense, Error, HalfSquaredError,
    Layer, LeakyRelu, Link, Loss, MeanSquaredError, Network, Relu, Residual, Scalar, Sequential, ShapeError,
    Sigmoid, Softmax, SoftmaxCrossEntropy, Tanh, Workspace, check_labels, check_values,
};

/// Three classes of two features.
fn network() -> Network<f64, (Dense<Tanh>, Dense<nn_core::Identity>)> {
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
        fn forward(&self, _: nn_core::Forward<'_, T>) {}
        fn backward(&self, _: nn_core::Backward<'_, T>) {}
    }
    refused(2, Nothing, "Nothing: expected at least 1 output, found 0");
    refused(2, (Nothing, Dense::linear(2)), "layer 1 (Dense): expected at least 1 input, found 0");
}

#[test]
fn a_slope_that_is_no_number_is_refused() {
    for (slope, shown) in
        [(f64::NAN, "NaN"), (f64::NEG_INFINITY, "-inf"), (f64::from(f32::MAX) * 2.0, "6.805646932770577e38")]
    {
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
    assert!(outputs(Dense::new(3, nn_core::Softplus)).iter().all(|y| y.is_nan()));
    assert!(outputs(Softmax).iter().all(|y| y.is_nan()));
    for y in [
        outputs(Activate(nn_core::Identity)),
        outputs(Activate(LeakyRelu::default())),
        outputs(Activate(Relu)),
        outputs(Activate(Sigmoid)),
        outputs(Activate(nn_core::Softplus)),
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
    Y: nn_core::Targets<f64> + ?Sized,
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
