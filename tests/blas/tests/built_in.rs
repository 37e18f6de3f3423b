//! With BLAS, losses, gradients and training are those of the built-in kernels, up to rounding.
//!
//! The built-in kernels are in the same program: products too small to be worth a call stay with them, and the loss and the
//! gradient of a batch are the sums over its parts.

extern crate with_blas as _;

use ndarray::Array2;
use smallnet::gradcheck::{self, GradCheck};
use smallnet::{
    Batch, Dense, Gelu, Layer, Network, Relu, Scalar, Sgd, SoftmaxCrossEntropy, Tanh, Trainer, Workspace,
};

/// Samples, and features of each.
const SHAPE: (usize, usize) = (150, 80);

/// Samples whose products, of 80 by 70 at most, are too few for BLAS.
const PART: usize = 10;

fn samples<T: Scalar>() -> Array2<T> {
    Array2::from_shape_fn(SHAPE, |(n, j)| T::of(((31 * n + 17 * j + n * j) % 255) as f64 / 127.0 - 1.0))
}

fn labels() -> Vec<usize> {
    (0..SHAPE.0).map(|n| n * n % 10).collect()
}

fn layers() -> (Dense<Gelu>, Dense<Tanh>, Dense<smallnet::Identity>) {
    (Dense::new(70, Gelu), Dense::new(60, Tanh), Dense::linear(10))
}

/// The summed loss and its gradient, over parts of so many samples.
fn loss_and_gradient<T: Scalar, L: Layer<T>>(network: &Network<T, L>, part: usize) -> (T, Vec<T>) {
    let (x, labels, mut workspace) = (samples(), labels(), Workspace::new());
    let (mut value, mut gradient) = (T::zero(), vec![T::zero(); network.params().len()]);
    for (x, labels) in x.axis_chunks_iter(ndarray::Axis(0), part).zip(labels.chunks(part)) {
        let mut of_part = vec![T::nan(); gradient.len()];
        let pass = network.forward(x, &mut workspace).expect("it fits");
        value += pass.backward(&SoftmaxCrossEntropy::sum(), labels, None, &mut of_part).expect("valid");
        gradient.iter_mut().zip(of_part).for_each(|(sum, g)| *sum += g);
    }
    (value, gradient)
}

fn assert_near<T: Scalar>(found: &[T], expected: &[T], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.as_f64().abs()));
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let error = (a - b).as_f64().abs() / largest;
        assert!(error <= tolerance, "{what} {i}: {a} with BLAS, {b} without");
    }
}

/// Errors are relative to the largest number of the kind.
fn agrees<T: Scalar>(tolerance: f64) {
    let mut network = Network::<T, _>::new(SHAPE.1, layers(), 0).expect("it fits");
    let (value, gradient) = loss_and_gradient(&network, SHAPE.0);
    let (expected, expected_gradient) = loss_and_gradient(&network, PART);
    assert_near(&[value], &[expected], tolerance, "loss");
    assert_near(&gradient, &expected_gradient, tolerance, "derivative");
    assert_ne!(gradient, expected_gradient, "BLAS has bits of its own");

    // Ten steps, by the trainer and by hand.
    let (x, labels) = (samples(), labels());
    let data = Batch::new(x.view(), &labels[..]).expect("finite");
    let mut by_hand = network.clone();
    for _ in 0..10 {
        let (_, gradient) = loss_and_gradient(&by_hand, PART);
        by_hand.params_mut().iter_mut().zip(gradient).for_each(|(p, g)| *p -= T::of(1e-3) * g);
    }
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(1e-3).full_batch().epochs(10);
    let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), data, None).expect("it trains");
    assert_near(network.params(), by_hand.params(), tolerance, "parameter");
    let (end, _) = loss_and_gradient(&by_hand, PART);
    assert_near(&[T::of(report.train.loss * SHAPE.0 as f64)], &[end], tolerance, "the last loss");
    assert!(end < expected, "ten steps make the loss smaller");
}

#[test]
fn losses_gradients_and_training_are_those_of_the_built_in_kernels() {
    agrees::<f64>(1e-13);
    agrees::<f32>(1e-5);
}

/// The outputs of some samples at a time.
fn outputs<T: Scalar>(units: usize, part: usize) -> Vec<T> {
    let network = Network::<T, _>::new(
        SHAPE.1,
        Dense::new(units, Relu).bias_init(smallnet::Init::Constant { value: 0.1 }),
        0,
    );
    let (network, x) = (network.expect("it fits"), samples());
    let parts = x.axis_chunks_iter(ndarray::Axis(0), part);
    parts.flat_map(|x| network.predict(x).expect("it fits").into_iter()).collect()
}

/// The built-in kernels add up an output in one order, however many samples there are.
#[test]
fn large_products_and_they_alone_go_to_blas() {
    assert_ne!(outputs::<f64>(70, SHAPE.0), outputs::<f64>(70, PART));
    assert_ne!(outputs::<f32>(70, SHAPE.0), outputs::<f32>(70, PART));
    assert_eq!(outputs::<f64>(15, SHAPE.0), outputs::<f64>(15, PART));
    assert_eq!(outputs::<f32>(15, SHAPE.0), outputs::<f32>(15, PART));
}

/// Every derivative, of a batch whose three products all go to BLAS.
#[test]
fn the_gradient_of_a_large_layer_is_proven() -> Result<(), gradcheck::Failure> {
    GradCheck { batch: 200, ..GradCheck::default() }.layer(&Dense::new(36, Tanh), 37).map(drop)
}

/// BLAS has its own memory, which Rust's allocator does not see; the way to it takes none.
#[test]
fn a_warmed_up_step_allocates_nothing_of_rusts() {
    let network = Network::<f32, _>::new(SHAPE.1, layers(), 0).expect("it fits");
    let (x, labels, mut workspace) = (samples(), labels(), Workspace::new());
    let mut gradient = vec![0.0; network.params().len()];
    let mut step = || {
        let pass = network.forward(x.view(), &mut workspace).expect("it fits");
        pass.backward(&SoftmaxCrossEntropy::mean(), &labels[..], None, &mut gradient).expect("valid");
    };
    step();
    assert_eq!(allocation_counter::measure(|| (0..10).for_each(|_| step())).count_total, 0);
}
