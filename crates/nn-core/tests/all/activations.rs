//! Every activation, in one table: its gradient, its reference values, and the same bits in every form.
//!
//! A new entry joins with one line.

use allocation_counter::measure;
use approx::assert_relative_eq;
use ndarray::Array2;
use nn_core::gradcheck::{self, Dual};
use nn_core::{
    Activate, Activation, ActivationSpec, Celu, Dense, Elu, Gaussian, Gelu, GeluTanh, HalfSquaredError,
    HardSigmoid, HardSwish, HardTanh, Identity, Layer, LeakyRelu, LogSigmoid, Mish, Mode, Network, Relu,
    Relu6, Scalar, Selu, Sequential, Sigmoid, Silu, Sine, Softplus, Softsign, Tanh, TanhShrink, Workspace,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// What an activation is held against.
enum Reference {
    /// An entry of `activations.json`.
    Entry(&'static str, Tolerance),
    /// f and f' as a textbook has them.
    Formula(fn(f64) -> f64, fn(f64) -> f64),
}

/// (relative, absolute) errors of values and of derivatives.
struct Tolerance {
    value: (f64, f64),
    derivative: (f64, f64),
}

/// Derivatives that are taken from the value, such as 1 - tanh², can be no more exact than its rounding.
const EXACT: Tolerance = Tolerance { value: (1e-12, 0.0), derivative: (1e-12, 4e-16) };
/// PyTorch leaves out ln(1 + e^-z) above z = 20, which is up to e^-20 = 2.1e-9.
const WITHOUT_TAIL: Tolerance = Tolerance { value: (2.1e-9, 0.0), derivative: (2.1e-9, 4e-16) };
/// PyTorch takes a difference of numbers that are almost equal, and is left with its rounding.
const CANCELLED: Tolerance = Tolerance { value: (1e-12, 4e-16), derivative: (1e-12, 4e-15) };
/// PyTorch's slope is 1/6 in single precision.
const SINGLE_SLOPE: Tolerance = Tolerance { derivative: (3e-8, 0.0), ..EXACT };

/// One line an activation: its value, how a file has it, and what it is held against.
macro_rules! activations {
    ($($name:ident: $activation:expr, $json:literal, $reference:expr;)+) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn the_gradient_is_right() {
                    gradcheck::activation(&$activation).unwrap_or_else(|failure| panic!("{failure}"));
                    prove(&(Dense::new(3, $activation), Dense::new(2, $activation).without_bias()));
                    prove(&(Dense::linear(3), Activate($activation)));
                    prove(&Activate($activation));
                }

                #[test]
                fn values_and_derivatives_are_those_of_the_reference() {
                    agrees_with(&$activation, &$reference);
                }

                #[test]
                fn every_form_gives_the_same_bits_and_allocates_nothing() {
                    let layers = || (Dense::new(5, $activation), Activate($activation), Dense::linear(2));
                    same_in_every_form::<f64, _>(layers(), $json);
                    same_in_every_form::<f32, _>(layers(), $json);
                }

                #[test]
                fn it_is_read_as_it_is_written() {
                    assert_eq!(serde_json::to_string(&$activation).unwrap(), $json);
                    assert_eq!(read($json, $activation), $activation);
                    let spec: ActivationSpec = $activation.into();
                    assert_eq!(serde_json::to_string(&spec).unwrap(), $json);
                    assert_eq!(read($json, spec), spec);
                    assert_eq!(spec.name(), $activation.name());
                }
            }
        )+

        #[test]
        fn every_entry_of_the_reference_is_held_against_an_activation() {
            let mut known: Vec<&str> = [$($reference),+].iter().filter_map(|reference| match reference {
                Reference::Entry(key, _) => Some(*key),
                Reference::Formula(..) => None,
            }).collect();
            known.sort_unstable();
            let table = table();
            let mut keys: Vec<&str> = table["activations"].as_object().unwrap().keys().map(String::as_str).collect();
            keys.sort_unstable();
            assert_eq!(keys, known);
        }

        #[test]
        fn every_activation_is_in_the_table() {
            let unknown = serde_json::from_str::<ActivationSpec>("\"?\"").unwrap_err().to_string();
            let (_, listed) = unknown.split_once("expected one of ").unwrap();
            let names: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
        }
    };
}

use Reference::{Entry, Formula};

activations! {
    celu: Celu { alpha: 1.5 }, r#"{"celu":{"alpha":1.5}}"#, Entry("celu(1.5)", EXACT);
    elu: Elu { alpha: 1.0 }, r#"{"elu":{"alpha":1.0}}"#, Entry("elu(1)", EXACT);
    gaussian: Gaussian, r#""gaussian""#, Formula(|z| (-z * z).exp(), |z| -2.0 * z * (-z * z).exp());
    gelu: Gelu, r#""gelu""#, Entry("gelu", CANCELLED);
    gelu_tanh: GeluTanh, r#""gelu_tanh""#, Entry("gelu_tanh", CANCELLED);
    hard_sigmoid: HardSigmoid, r#""hard_sigmoid""#, Entry("hard_sigmoid", SINGLE_SLOPE);
    hard_swish: HardSwish, r#""hard_swish""#, Entry("hard_swish", EXACT);
    hard_tanh: HardTanh, r#""hard_tanh""#, Entry("hard_tanh", EXACT);
    identity: Identity, r#""identity""#, Entry("identity", EXACT);
    leaky_relu: LeakyRelu { slope: 0.01 }, r#"{"leaky_relu":{"slope":0.01}}"#, Entry("leaky_relu(0.01)", EXACT);
    log_sigmoid: LogSigmoid, r#""log_sigmoid""#, Entry("log_sigmoid", EXACT);
    mish: Mish, r#""mish""#, Entry("mish", EXACT);
    relu: Relu, r#""relu""#, Entry("relu", EXACT);
    relu6: Relu6, r#""relu6""#, Entry("relu6", EXACT);
    selu: Selu, r#""selu""#, Entry("selu", EXACT);
    sigmoid: Sigmoid, r#""sigmoid""#, Entry("sigmoid", EXACT);
    silu: Silu, r#""silu""#, Entry("silu", EXACT);
    sine: Sine, r#""sine""#, Formula(f64::sin, f64::cos);
    softplus: Softplus, r#""softplus""#, Entry("softplus", WITHOUT_TAIL);
    softsign: Softsign, r#""softsign""#, Entry("softsign", EXACT);
    tanh: Tanh, r#""tanh""#, Entry("tanh", EXACT);
    tanh_shrink: TanhShrink, r#""tanh_shrink""#, Entry("tanh_shrink", CANCELLED);
}

/// Features of every network here.
const INPUTS: usize = 3;

/// A layer for both number types of the proof, as `dyn`, so that the checker is compiled once.
trait AnyLayer: Layer<f64> + Layer<Dual> {}

impl<L: Layer<f64> + Layer<Dual>> AnyLayer for L {}

fn prove(layer: &dyn AnyLayer) {
    gradcheck::layer(&layer, INPUTS).unwrap_or_else(|failure| panic!("{failure}"));
}

/// A value of the type of `_like`.
fn read<D: DeserializeOwned>(json: &str, _like: D) -> D {
    serde_json::from_str(json).unwrap()
}

fn table() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/activations.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn vector(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn agrees_with<A: Activation>(f: &A, reference: &Reference) {
    let table = table();
    let x = vector(&table["x"]);
    let (y, dy, tolerance) = match reference {
        Entry(key, tolerance) => {
            let entry = &table["activations"][key];
            (vector(&entry["y"]), vector(&entry["dy"]), tolerance)
        }
        Formula(value, slope) => {
            (x.iter().map(|&x| value(x)).collect(), x.iter().map(|&x| slope(x)).collect(), &EXACT)
        }
    };
    assert_eq!((x.len(), x.len()), (y.len(), dy.len()), "{}", f.name());
    for ((&x, &y), &dy) in x.iter().zip(&y).zip(&dy) {
        let a = f.apply(x);
        let (relative, absolute) = tolerance.value;
        assert_relative_eq!(a, y, max_relative = relative, epsilon = absolute);
        let (relative, absolute) = tolerance.derivative;
        assert_relative_eq!(f.derivative(x, a), dy, max_relative = relative, epsilon = absolute);
        // Where `f32` underflows, absolutely.
        let (single, double) = (f.apply(f32::of(x)), f.apply(f32::of(x).as_f64()));
        assert_relative_eq!(single.as_f64(), double, max_relative = 1e-5, epsilon = 1e-37);
    }
}

fn bits<'a, T: Scalar>(values: impl IntoIterator<Item = &'a T>) -> Vec<u64> {
    values.into_iter().map(|value| value.as_f64().to_bits()).collect()
}

/// A tuple, the network of its file, and both read again agree in outputs and gradients to the bit.
fn same_in_every_form<T, L>(layers: L, activation: &str)
where
    T: Scalar + Serialize + DeserializeOwned,
    L: Layer<T> + Serialize + DeserializeOwned,
{
    let fixed = Network::<T, _>::new(INPUTS, layers, 7).unwrap();
    let json = format!(
        r#"[{{"dense":{{"units":5,"activation":{activation}}}}},{{"activation":{activation}}},{{"dense":{{"units":2}}}}]"#
    );
    let dynamic: Sequential<T> = serde_json::from_str(&json).unwrap();
    let dynamic = Network::new(INPUTS, dynamic, 7).unwrap();
    let expected = outcome(&fixed);
    assert!(expected.iter().all(|bits| f64::from_bits(*bits).is_finite()));
    assert_eq!(outcome(&dynamic), expected, "static and dynamic");
    let file = serde_json::to_string(&fixed).unwrap();
    assert_eq!(outcome(&serde_json::from_str::<Network<T, L>>(&file).unwrap()), expected, "read as a tuple");
    let again: Network<T, Sequential<T>> = serde_json::from_str(&file).unwrap();
    assert_eq!(outcome(&again), expected, "read as a Sequential");
}

/// Parameters, outputs, loss and gradient; a second pass like the first allocates nothing.
fn outcome<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Vec<u64> {
    // More than a vector's width, with a remainder, and far enough to reach both sides of every threshold.
    let x = Array2::from_shape_fn((37, INPUTS), |(n, j)| T::of(((13 * n + 5 * j) % 29) as f64 / 2.0 - 7.0));
    let y = Array2::from_shape_fn((37, 2), |(n, k)| T::of((n % 5) as f64 - k as f64));
    let mut gradient = vec![T::nan(); network.params().len()];
    let mut workspace = Workspace::new();
    let (mut outputs, mut value) = (Array2::from_elem((37, 2), T::nan()), T::nan());
    let mut pass = || {
        let pass = network.forward_in(x.view(), &mut workspace, Mode::train(0, 0)).unwrap();
        outputs.assign(&pass.output());
        value = pass.backward(&HalfSquaredError::mean(), &*y, None, &mut gradient).unwrap();
    };
    pass();
    assert_eq!(measure(pass).count_total, 0, "allocations");
    bits(network.params().iter().chain(&outputs).chain(&gradient).chain(&[value]))
}
