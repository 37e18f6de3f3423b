//! The gradient checker itself: it finds planted mistakes, raises no false alarm, and says so at a kink.

use crate::planted::activation::{self, Abs, Takagi};
use crate::planted::correct::{Twins, activations, blocks, cases, normals};
use crate::planted::dense;
use crate::planted::loss::{self, AbsoluteError, LabelOffByOne};
use crate::planted::others::{Centre, CentreBug, Dropout, DropoutBug, PlantedResidual, PlantedSoftmax};
use ndarray::{Array2, array};
use nn_core::gradcheck::{self, Failure, GradCheck, Report};
use nn_core::{
    Activate, Batch, Dense, HalfSquaredError, LeakyRelu, Network, Reduction, Relu, Residual, Sequential,
    Softmax, SoftmaxCrossEntropy, Tanh,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The name of a failure's variant.
fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Mismatch { .. } => "Mismatch",
        Failure::Unwritten { .. } => "Unwritten",
        Failure::Unstable { .. } => "Unstable",
        Failure::Kink { .. } => "Kink",
        Failure::NotFinite { .. } => "NotFinite",
        Failure::Broken(_) => "Broken",
        Failure::Shape(_) => "Shape",
        Failure::Invalid(_) => "Invalid",
        _ => "unknown",
    }
}

/// Fails unless the mistake was found, for the expected reason and in the expected place.
#[track_caller]
fn assert_caught(what: &str, result: Result<Report, Failure>, expected: &str, place: &str) {
    match result {
        Ok(report) => panic!("{what} passed: {report}"),
        Err(failure) => {
            let message = failure.to_string();
            assert_eq!(kind(&failure), expected, "{what}: {message}");
            assert!(message.contains(place), "{what}: expected {place:?} in: {message}");
        }
    }
}

fn check_dense(bug: dense::Bug) -> Result<Report, Failure> {
    gradcheck::layer(&dense::Planted::new(bug), dense::DIM)
}

/// Some of each tensor, so that a mistake in one of them is still found.
#[test]
fn some_derivatives_of_each_tensor_are_compared() {
    use dense::Bug::{BiasGradientShifted, DerivativeForgotten, None, WeightGradientTransposed};

    let of = |derivatives| GradCheck { derivatives, ..GradCheck::default() };
    let layers = (Dense::new(4, Tanh), Dense::linear(2));
    let report = of(5).layer(&layers, 3).unwrap();
    let counts: Vec<usize> = report.tensors.iter().map(|tensor| tensor.derivatives).collect();
    // Of 12 and 4, 8 and 2, and 9 inputs; in two modes.
    assert_eq!(counts, [10, 8, 10, 4, 10]);
    assert_eq!((report.numeric, report.exact), (42, 42));
    assert_eq!(of(1000).layer(&layers, 3).unwrap(), gradcheck::layer(&layers, 3).unwrap());
    let zero = of(0).layer(&layers, 3).unwrap_err();
    assert!(zero.to_string().contains("derivatives"), "{zero}");
    for bug in [None, WeightGradientTransposed, BiasGradientShifted, DerivativeForgotten] {
        let (some, all) = (of(6).layer(&dense::Planted::new(bug), dense::DIM), check_dense(bug));
        assert_eq!(some.as_ref().err().map(kind), all.as_ref().err().map(kind), "{bug:?}");
    }
}

#[test]
fn the_controls_without_a_mistake_pass() {
    check_dense(dense::Bug::None).unwrap();
    gradcheck::activation(&activation::Planted(activation::Bug::None)).unwrap();
    for reduction in [Reduction::Mean, Reduction::Sum] {
        check_loss(loss::Bug::None, reduction).unwrap();
    }
    gradcheck::layer(&Dropout::new(DropoutBug::None), 4).unwrap();
    gradcheck::layer(&Centre(CentreBug::None), 4).unwrap();
    gradcheck::layer(&PlantedSoftmax { off_diagonal: true }, 4).unwrap();
    gradcheck::layer(&PlantedResidual { inner: Dense::new(4, Tanh), shortcut: true }, 4).unwrap();
}

#[test]
fn mistakes_in_a_dense_layer_are_found() {
    use dense::Bug;
    for (bug, expected, place) in [
        (Bug::WeightTransposedInDx, "Mismatch", "Planted 3->3, input["),
        (Bug::WeightGradientTransposed, "Mismatch", "weight["),
        (Bug::BiasGradientShifted, "Mismatch", "bias["),
        (Bug::BiasGradientOfFirstSample, "Mismatch", "bias["),
        (Bug::BiasGradientOfLastSample, "Mismatch", "bias["),
        (Bug::BiasGradientAveraged, "Mismatch", "bias["),
        (Bug::DerivativeAtOutput, "Mismatch", "derivatives are wrong"),
        (Bug::DerivativeForgotten, "Mismatch", "derivatives are wrong"),
        (Bug::AddsToWeightGradient, "Unwritten", "weight[0, 0]"),
        (Bug::AddsToInputGradient, "Unwritten", "input[0, 0]"),
        (Bug::SkipsOneWeightGradient, "Unwritten", "weight[1, 2]"),
        (Bug::SkipsLastInputGradient, "Unwritten", "input[0, 2]"),
        (Bug::SkipsLastOutput, "Unwritten", "output[0, 2]"),
        (Bug::AddsToWork, "Unwritten", "NaN"),
        (Bug::BiasGradientNeedsDx, "Unstable", "bias[0] differs when dx is not asked for"),
        (Bug::SampleMajorInputGradient, "Unstable", "input[0, 0] differs between memory orders"),
        (Bug::RemembersLastInput, "Unstable", "weight[0, 0] differs on a used workspace"),
        (Bug::BiasGradientOfWholeBlocks, "Unstable", "bias[0] differs between a batch of 67 and its samples"),
        (Bug::ParamLenForgetsBias, "Broken", "12 parameters in visit_params, but param_len is 9"),
        (Bug::InitForgetsBias, "Unwritten", "the initial value of Planted 3->3, bias[0]"),
    ] {
        assert_caught(&format!("{bug:?}"), check_dense(bug), expected, place);
    }
}

/// In a network the outputs are made from samples that lie feature by feature; a layer must give the same on any order.
#[test]
fn outputs_that_depend_on_the_memory_order_are_found() {
    let bug = dense::Bug::SampleMajorBias;
    assert_caught("SampleMajorBias", check_dense(bug), "Unstable", "between memory orders");
}

/// A mistake at every point is reported where it is largest: a sign error of tanh at 0, not in the flat tails.
#[test]
fn the_worst_point_of_an_activation_is_named() {
    let result = gradcheck::activation(&activation::Planted(activation::Bug::Sign));
    assert_caught("Sign", result, "Mismatch", "Planted'(0): analytic -1, dual 1 ");
}

/// One layer value serves many networks, so what it computed for one set of parameters must not reach another.
#[test]
fn weights_that_a_layer_remembers_are_found() {
    for bug in [dense::Bug::RemembersFirstWeight, dense::Bug::RemembersLastWeight] {
        let failure = check_dense(bug).expect_err(&format!("{bug:?} passed"));
        assert!(["Mismatch", "Unstable"].contains(&kind(&failure)), "{bug:?}: {failure}");
    }
}

#[test]
fn mistakes_in_noise_are_found_in_train_mode() {
    for (bug, expected) in [
        (DropoutBug::ForgottenInBackward, "Mismatch"),
        (DropoutBug::DrawnAnew, "Mismatch"),
        (DropoutBug::CountsCalls, "Unstable"),
    ] {
        let result = gradcheck::layer(&Dropout::new(bug), 4);
        assert_caught(&format!("{bug:?}"), result, expected, " in Train mode");
    }
}

#[test]
fn mistakes_in_state_are_found() {
    for (bug, expected, place) in [
        (CentreBug::ConstantInBackward, "Mismatch", " in Train mode"),
        (CentreBug::DestroyedByBackward, "Unstable", "state[0] differs when it is updated after backward"),
        (CentreBug::StateLenForgotten, "Broken", "4 scalars of state in visit_state, but state_len is 0"),
        (CentreBug::InitForgetsState, "Unwritten", "the initial value of Centre, state[0]"),
        (CentreBug::UpdateOfNothing, "Unwritten", "state[0] after update_state"),
    ] {
        assert_caught(&format!("{bug:?}"), gradcheck::layer(&Centre(bug), 4), expected, place);
    }
}

#[test]
fn mistakes_in_softmax_and_shortcuts_are_found() {
    let softmax = PlantedSoftmax { off_diagonal: false };
    assert_caught("softmax", gradcheck::layer(&softmax, 4), "Mismatch", "PlantedSoftmax 4->4, input[");

    let residual = PlantedResidual { inner: Dense::new(4, Tanh), shortcut: false };
    assert_caught("residual", gradcheck::layer(&residual, 4), "Mismatch", "PlantedResidual 4->4, input[");

    // Within a network the shortcut's absence does not show in its own layer, but in the one before.
    let network = Network::new(2, (Dense::new(4, Tanh), residual, Dense::linear(2)), 1).unwrap();
    let x = array![[3.0, -2.0], [-2.5, 4.0], [1.0, 3.0]];
    let batch = Batch::new(x.view(), &[0, 1, 1][..]).unwrap();
    let result = gradcheck::network(&network, &SoftmaxCrossEntropy::sum(), batch);
    assert_caught("residual in a network", result, "Mismatch", "layer 0 Dense 2->4, weight[");
}

#[test]
fn mistakes_in_activations_are_found() {
    use activation::Bug;
    for (bug, expected, place) in [
        (Bug::Sign, "Mismatch", "Planted'("),
        (Bug::SmallFactor, "Mismatch", "Planted'("),
        (Bug::DerivativeAtOutput, "Mismatch", "Planted'("),
        (Bug::EluBelowZero, "Mismatch", "Planted'(-"),
        (Bug::ClaimsNotToReadInput, "NotFinite", "with z given as NaN"),
        (Bug::ApplySlice, "Unstable", "apply_slice"),
        (Bug::BackpropSlice, "Unstable", "backprop_slice"),
        (Bug::ReluSlopeOne, "Mismatch", "Planted'(-"),
        (Bug::ReluByMax, "Broken", "Planted(NaN) is 0"),
        (Bug::Overflow, "NotFinite", "Planted or its derivative at "),
        (Bug::SingleValue, "Unstable", "differs between f32 and f64"),
    ] {
        let result = gradcheck::activation(&activation::Planted(bug));
        assert_caught(&format!("{bug:?}"), result, expected, place);
    }
}

#[test]
fn a_wrong_derivative_in_single_precision_alone_is_found() {
    let result = gradcheck::activation(&activation::Planted(activation::Bug::SingleDerivative));
    assert_caught("SingleDerivative", result, "Unstable", "between f32 and f64");
}

#[test]
fn a_wrong_derivative_far_from_zero_is_found() {
    let result = gradcheck::activation(&activation::Planted(activation::Bug::AboveThreshold));
    assert_caught("AboveThreshold", result, "Mismatch", "Planted'(");
}

/// An activation's mistake is found through the layer that uses it, too.
#[test]
fn mistakes_in_activations_are_found_through_layers() {
    use activation::{Bug, Planted};
    for bug in [Bug::Sign, Bug::SmallFactor, Bug::DerivativeAtOutput, Bug::EluBelowZero, Bug::ReluSlopeOne] {
        let result = gradcheck::layer(&Dense::new(4, Planted(bug)), 3);
        assert_caught(&format!("{bug:?} in Dense"), result, "Mismatch", "Dense 3->4, ");
        let result = gradcheck::layer(&Activate(Planted(bug)), 3);
        assert_caught(&format!("{bug:?} in Activate"), result, "Mismatch", "Planted 3->3, input[");
    }
    gradcheck::layer(&Dense::new(4, Planted(Bug::None)), 3).unwrap();
}

fn check_loss(bug: loss::Bug, reduction: Reduction) -> Result<Report, Failure> {
    let target = array![[0.3, -1.0], [2.0, 0.0], [0.1, 0.2]];
    gradcheck::loss(&loss::Planted { bug, reduction }, 2, &*target)
}

#[test]
fn mistakes_in_losses_are_found() {
    use loss::Bug;
    use nn_core::Reduction::{Mean, Sum};
    for (bug, reduction, expected, place) in [
        (Bug::ScaleForgottenInGradient, Mean, "Mismatch", "6 of 6 derivatives are wrong"),
        (Bug::ScaleForgottenInValue, Mean, "Mismatch", "6 of 6 derivatives are wrong"),
        (Bug::WeightsForgottenInGradient, Mean, "Mismatch", " with sample weights"),
        // For a sum the weight is the whole scale.
        (Bug::ScaleForgottenInGradient, Sum, "Mismatch", " with sample weights"),
        (Bug::WeightsSquaredInGradient, Sum, "Mismatch", " with sample weights"),
        (Bug::Sign, Mean, "Mismatch", "prediction["),
        (Bug::HalfForgottenInValue, Mean, "Mismatch", "prediction["),
        (Bug::AddsToGradient, Mean, "Unwritten", "prediction[0, 0]"),
        (Bug::SkipsLastColumn, Mean, "Unwritten", "prediction[0, 1]"),
        (Bug::ValueWithoutGradient, Mean, "Unstable", "when its gradient is not asked for"),
        (Bug::DoubledInSmallUnits, Mean, "Mismatch", "prediction["),
    ] {
        assert_caught(&format!("{bug:?} in the {reduction:?}"), check_loss(bug, reduction), expected, place);
    }
    let result = gradcheck::loss(&LabelOffByOne, 3, &[0, 2, 1, 1][..]);
    assert_caught("LabelOffByOne", result, "Mismatch", "prediction[");
}

/// In a network predictions lie feature by feature, in a test of the loss alone often sample by sample.
#[test]
fn losses_that_depend_on_the_memory_order_are_found() {
    for bug in [loss::Bug::FeatureMajorValue, loss::Bug::SampleMajorGradient] {
        let result = check_loss(bug, Reduction::Mean);
        assert_caught(&format!("{bug:?}"), result, "Unstable", "between memory orders");
    }
}

/// Value and gradient agree, but on a loss that ignores its reduction and weights.
#[test]
fn losses_that_ignore_their_scale_are_found() {
    for reduction in [Reduction::Mean, Reduction::Sum] {
        let result = check_loss(loss::Bug::ScaleForgotten, reduction);
        assert!(result.is_err(), "{reduction:?}: {}", result.unwrap());
    }
}

/// Central differences alone, too, tell x from 2x when both are small.
#[test]
fn a_wrong_gradient_in_small_units_is_found_without_dual_numbers() {
    let target = array![[0.3, -1.0], [2.0, 0.0], [0.1, 0.2]];
    let numeric = |bug| {
        let loss = loss::Planted { bug, reduction: Reduction::Mean };
        GradCheck::default().loss_numeric(&loss, 2, &*target)
    };
    numeric(loss::Bug::NoneInSmallUnits).unwrap();
    assert_caught("doubled", numeric(loss::Bug::DoubledInSmallUnits), "Mismatch", ", numeric ");
}

/// The same mistakes without dual numbers: central differences alone must do.
#[test]
fn central_differences_alone_find_mistakes() {
    use dense::Bug;
    let numeric = |bug| GradCheck::default().layer_numeric(&dense::Planted::new(bug), dense::DIM);
    numeric(Bug::None).unwrap();
    for (bug, place) in [
        (Bug::WeightTransposedInDx, "input["),
        (Bug::BiasGradientShifted, "bias["),
        (Bug::BiasGradientOfFirstSample, "bias["),
        (Bug::DerivativeAtOutput, "derivatives are wrong"),
    ] {
        let result = numeric(bug);
        assert_caught(&format!("{bug:?}"), result.clone(), "Mismatch", place);
        assert_caught(&format!("{bug:?}"), result, "Mismatch", ", numeric ");
    }
    let activation = activation::Planted(activation::Bug::SmallFactor);
    let result = GradCheck::default().layer_numeric(&Dense::new(4, activation), 3);
    assert_caught("SmallFactor", result, "Mismatch", ", numeric ");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0),
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_correct_networks_pass(case in cases()) {
        let result = case.check();
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }

    #[test]
    fn random_correct_layers_pass(blocks in blocks(), in_dim in 1..=5_usize, seed in any::<u64>()) {
        let options = GradCheck { seed, batch: 2, ..GradCheck::default() };
        let result = options.layer(&Twins::new(&blocks), in_dim);
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
        // A chain that exists for `f64` alone.
        let result = options.layer_numeric(&Sequential::from_specs(&blocks), in_dim);
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }

    #[test]
    fn random_static_chains_pass(f in activations(), g in activations(), seed in any::<u64>()) {
        let layers = (Dense::new(3, f), Residual((Dense::new(2, g), Dense::linear(3))), Softmax);
        let result = GradCheck { seed, ..GradCheck::default() }.layer(&layers, 2);
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

/// Central differences of a large loss are rounded more coarsely, which must not look like a mistake.
#[test]
fn large_losses_raise_no_false_alarm() {
    let x = normals(20, 2, 3);
    let y = Array2::from_shape_fn((20, 1), |(n, _)| 2000.0 + 300.0 * n as f64);
    let batch = Batch::new(x.view(), &*y).unwrap();
    for seed in 0..5 {
        let network = Network::new(2, (Dense::new(5, Tanh), Dense::linear(1)), seed).unwrap();
        let result = gradcheck::network(&network, &HalfSquaredError::sum(), batch);
        assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}

/// With an all-zero sample and zero biases every relu stands exactly on its kink.
#[test]
fn a_network_on_a_kink_is_moved_and_passes() {
    let network = Network::new(2, (Dense::new(4, Relu), Dense::linear(2)), 0).unwrap();
    assert_eq!(network.param("layers.0.bias").unwrap().as_slice(), Some(&[0.0; 4][..]));
    let x = array![[0.0, 0.0], [0.5, -1.0]];
    let batch = Batch::new(x.view(), &[0, 1][..]).unwrap();
    let report = gradcheck::network(&network, &SoftmaxCrossEntropy::mean(), batch).unwrap();
    assert!(report.moved > 0, "{report}");
    assert!(report.to_string().contains("moved away from kinks"), "{report}");
    // A wrong derivative is found beside the kink, not excused by it.
    let planted = activation::Planted(activation::Bug::ReluSlopeOne);
    let wrong =
        Network::from_params(2, (Dense::new(4, planted), Dense::linear(2)), network.params().to_vec());
    let result = gradcheck::network(&wrong.unwrap(), &SoftmaxCrossEntropy::mean(), batch);
    assert_caught("ReluSlopeOne on a kink", result, "Mismatch", "");
}

/// Two relus bend at the same point, one upwards and one downwards, so that both one-sided slopes are about -1/2, and
/// the derivative of either relu at its kink is 0: no mean of the slopes, and no mistake.
#[test]
fn kinks_on_top_of_each_other_are_left() {
    let layers = (Dense::linear(1), Dense::new(2, Relu).without_bias());
    let network = Network::from_params(1, layers, vec![0.7, 0.0, 1.0, -0.9]).unwrap();
    let x = array![[0.0]];
    let batch = Batch::new(x.view(), &[0][..]).unwrap();
    let report = GradCheck::default().network(&network, &SoftmaxCrossEntropy::mean(), batch);
    assert!(report.is_ok_and(|report| report.moved > 0));
}

/// Every seed is allowed, the largest as well, from which there is no counting on to the next point.
#[test]
fn the_largest_seed_can_leave_a_kink() {
    let options = GradCheck { seed: u64::MAX, ..GradCheck::default() };
    let network = Network::new(1, Dense::new(2, Relu), 0).unwrap();
    let (x, y) = (array![[0.0]], array![[1.0, 1.0]]);
    let batch = Batch::new(x.view(), &*y).unwrap();
    let report = options.network(&network, &HalfSquaredError::mean(), batch).unwrap();
    assert!(report.moved > 0, "{report}");
}

#[test]
fn activations_with_a_kink_pass() {
    for report in [
        gradcheck::activation(&Relu).unwrap(),
        gradcheck::activation(&LeakyRelu { slope: -0.3 }).unwrap(),
        gradcheck::activation(&Abs).unwrap(),
    ] {
        assert!(report.moved > 0, "0 is among the points: {report}");
    }
    let smooth = gradcheck::activation(&Tanh).unwrap();
    assert_eq!(smooth.moved, 0, "{smooth}");
}

/// Without biases no change of the parameters takes a relu of an all-zero sample off its kink.
#[test]
fn a_kink_that_cannot_be_left_is_reported() {
    let layers = (Dense::new(4, Relu).without_bias(), Dense::linear(2));
    let network = Network::new(2, layers, 0).unwrap();
    let x = array![[0.0, 0.0], [0.5, -1.0]];
    let batch = Batch::new(x.view(), &[0, 1][..]).unwrap();
    let loss = SoftmaxCrossEntropy::mean();
    let place = "input[0, 0] stands on a kink at each of 20 points tried in Train mode";
    assert_caught("relu", gradcheck::network(&network, &loss, batch), "Kink", place);
    assert_caught("relu", GradCheck::default().network_numeric(&network, &loss, batch), "Kink", place);
}

#[test]
fn a_loss_on_its_kink_is_reported() {
    let (p, y) = (array![[0.5, 1.0], [2.0, 3.0]], array![[0.0, 1.0], [2.5, -1.0]]);
    // Whatever the gradient claims there: a one-sided slope, or the mean of the two, which central differences give.
    for at_kink in [1.0, 0.0, -1.0] {
        let loss = AbsoluteError { at_kink };
        let result = gradcheck::loss_at(&loss, p.view(), &*y);
        assert_caught("absolute error", result, "Kink", "prediction[0, 1]");
        // Drawn at random, no prediction is exactly right.
        gradcheck::loss(&loss, 2, &*y).unwrap();
    }
    let wrong = gradcheck::loss_at(&AbsoluteError { at_kink: 7.0 }, p.view(), &*y);
    assert!(wrong.is_err(), "no slope on either side");
}

/// Every point is a kink, so there is nothing to prove; only an error will do.
#[test]
fn a_function_of_kinks_alone_never_passes() {
    assert!(gradcheck::activation(&Takagi).is_err());
    assert!(gradcheck::layer(&Activate(Takagi), 2).is_err());
    assert!(GradCheck::default().layer_numeric(&Activate(Takagi), 2).is_err());
}

#[test]
fn the_step_table_tells_right_from_wrong() {
    let right = gradcheck::activation(&Tanh).unwrap().steps;
    let order = right.order().expect("tanh is not quadratic");
    assert!((1.8..2.2).contains(&order), "{right}");

    for bug in [activation::Bug::Sign, activation::Bug::DerivativeAtOutput, activation::Bug::EluBelowZero] {
        let failure = gradcheck::activation(&activation::Planted(bug)).unwrap_err();
        let Failure::Mismatch { steps, .. } = &failure else { panic!("{bug:?}: {failure}") };
        let order = steps.order().expect("the error does not vanish");
        assert!(order.abs() < 0.2, "{bug:?}: {steps}");
        assert!(failure.to_string().ends_with(&steps.to_string()), "{failure}");
    }
}

#[test]
fn the_step_table_is_printed_as_a_table() {
    let table = gradcheck::activation(&Tanh).unwrap().steps;
    let text = table.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0].split_whitespace().collect::<Vec<_>>(), ["step", "error"]);
    assert_eq!(lines.len(), 1 + table.rows.len() + 1, "a title, the rows, the order:\n{text}");
    assert!(lines[9].starts_with("order 2.0"), "{text}");
    for (line, &(step, error)) in lines[1..].iter().zip(&table.rows) {
        let columns: Vec<f64> = line.split_whitespace().map(|number| number.parse().unwrap()).collect();
        assert!((columns[0] / step - 1.0).abs() < 0.5, "{line}: {step}");
        assert!((columns[1] - error).abs() <= 0.01 * error, "{line}: {error}");
        assert_eq!(line.len(), lines[1].len(), "columns are aligned:\n{text}");
    }
    // Steps from 0.1 to 1e-8, times the size of the point.
    assert_eq!(table.rows.len(), 8);
    assert!(table.rows.is_sorted_by(|a, b| a.0 > b.0));
}
