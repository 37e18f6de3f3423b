//! Every initialisation, in one table: its moments, and the same weights in every form.
//!
//! A new entry joins with one line.

use nn_core::{Dense, Init, Network, Scalar, Sequential, Tanh, gradcheck, rng};

/// Units and inputs of the layer whose weights are measured.
const UNITS: usize = 400;
const INPUTS: usize = 250;

/// One line an initialisation: its value, how a file has it, and the mean square of weights and biases.
macro_rules! initialisers {
    ($($name:ident: $init:expr, $json:literal, $weights:expr, $biases:expr;)+) => {
        $(
            mod $name {
                use super::*;

                #[test]
                fn weights_and_biases_have_their_mean_squares() {
                    has_mean_squares($init, $weights, $biases);
                }

                #[test]
                fn every_form_gives_the_same_bits() {
                    same_in_every_form($init, $json);
                }

                #[test]
                fn it_is_read_as_it_is_written() {
                    assert_eq!(serde_json::to_string(&$init).unwrap(), $json);
                    assert_eq!(serde_json::from_str::<Init>($json).unwrap(), $init);
                }

                #[test]
                fn a_layer_that_begins_so_has_the_right_gradient() {
                    gradcheck::layer(&Dense::new(4, Tanh).init($init), 3).unwrap_or_else(|failure| panic!("{failure}"));
                }
            }
        )+

        #[test]
        fn every_initialisation_is_in_the_table() {
            let unknown = serde_json::from_str::<Init>("\"?\"").unwrap_err().to_string();
            let (_, listed) = unknown.split_once("expected one of ").unwrap();
            let names: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
            assert_eq!(names, [$(stringify!($name)),+]);
        }
    };
}

initialisers! {
    lecun_normal: Init::LecunNormal, r#""lecun_normal""#, 1.0 / 250.0, 0.0;
    lecun_uniform: Init::LecunUniform, r#""lecun_uniform""#, 1.0 / 250.0, 0.0;
    lecun_truncated_normal: Init::LecunTruncatedNormal, r#""lecun_truncated_normal""#, 1.0 / 250.0, 0.0;
    glorot_normal: Init::GlorotNormal, r#""glorot_normal""#, 2.0 / 650.0, 0.0;
    glorot_uniform: Init::GlorotUniform, r#""glorot_uniform""#, 2.0 / 650.0, 0.0;
    glorot_truncated_normal: Init::GlorotTruncatedNormal, r#""glorot_truncated_normal""#, 2.0 / 650.0, 0.0;
    he_normal: Init::HeNormal, r#""he_normal""#, 2.0 / 250.0, 0.0;
    he_uniform: Init::HeUniform, r#""he_uniform""#, 2.0 / 250.0, 0.0;
    he_truncated_normal: Init::HeTruncatedNormal, r#""he_truncated_normal""#, 2.0 / 250.0, 0.0;
    // 1 - 4 φ(2) / (2 Φ(2) - 1) of the variance is left.
    truncated_normal: Init::TruncatedNormal { std: 0.05 }, r#"{"truncated_normal":{"std":0.05}}"#,
        0.0025 * 0.7737413035, 0.0;
    // 250 columns of length 2.
    orthogonal: Init::Orthogonal { gain: 2.0 }, r#"{"orthogonal":{"gain":2.0}}"#, 4.0 / 400.0, 0.0;
    sparse: Init::Sparse { sparsity: 0.9, std: 0.1 }, r#"{"sparse":{"sparsity":0.9,"std":0.1}}"#, 0.001, 0.0;
    constant: Init::Constant { value: 0.5 }, r#"{"constant":{"value":0.5}}"#, 0.25, 0.0;
    zeros: Init::Zeros, r#""zeros""#, 0.0, 0.0;
    ones: Init::Ones, r#""ones""#, 1.0, 0.0;
    // The length 0.7 400^(1/250), shared among 250 weights; a uniform bias has a third of its square.
    nguyen_widrow: Init::NguyenWidrow, r#""nguyen_widrow""#, 0.5140610516 / 250.0, 0.5140610516 / 3.0;
    pytorch: Init::PyTorch, r#""pytorch""#, 1.0 / 750.0, 1.0 / 750.0;
    keras: Init::Keras, r#""keras""#, 2.0 / 650.0, 0.0;
}

fn has_mean_squares(init: Init, weights: f64, biases: f64) {
    let layer = Dense::linear(UNITS);
    let network = Network::<f64, _>::with_init(INPUTS, layer, init, &mut rng(1)).unwrap();
    let (w, b) = network.params().split_at(UNITS * INPUTS);
    // `sparse` leaves a tenth of the weights.
    for (what, values, expected, drawn) in [("weights", w, weights, 0.1), ("biases", b, biases, 1.0)] {
        let found = values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64;
        // Five standard errors of a normal variance.
        let error = 5.0 * (2.0 / (drawn * values.len() as f64)).sqrt() * expected;
        assert!(
            (found - expected).abs() <= error,
            "{what} of {init:?}: mean square {found}, expected {expected}"
        );
    }
}

fn same_in_every_form(init: Init, json: &str) {
    let of_layer = Network::<f64, _>::new(3, (Dense::new(4, Tanh).init(init),), 5).unwrap();
    let json = format!(r#"[{{"dense":{{"units":4,"activation":"tanh","init":{json}}}}}]"#);
    let dynamic: Sequential<f64> = serde_json::from_str(&json).unwrap();
    let dynamic = Network::new(3, dynamic, 5).unwrap();
    assert_eq!(dynamic.params(), of_layer.params());
    assert_eq!(serde_json::to_string(dynamic.layers()).unwrap(), json);
    let mut generator = nn_core::stream(5, "initial weights");
    let of_network = Network::<f64, _>::with_init(3, (Dense::new(4, Tanh),), init, &mut generator).unwrap();
    assert_eq!(of_network.params(), of_layer.params());
    assert!(of_layer.params().iter().all(|p| p.is_finite()));
    // In `f32` the rounded ones.
    let single = Network::<f32, _>::new(3, (Dense::new(4, Tanh).init(init),), 5).unwrap();
    assert!(single.params().iter().zip(of_layer.params()).all(|(&s, &d)| s == f32::of(d)));
}

#[test]
fn biases_have_their_own() {
    let layer = Dense::linear(2).init(Init::Ones).bias_init(Init::Constant { value: 0.25 });
    let network = Network::<f64, _>::with_init(2, layer, Init::Zeros, &mut rng(1)).unwrap();
    assert_eq!(network.params(), [1.0, 1.0, 1.0, 1.0, 0.25, 0.25]);
    // What is drawn for the biases may be taken from the network's too.
    let layer = Dense::linear(2).bias_init(Init::Zeros);
    let network = Network::<f64, _>::with_init(2, layer, Init::PyTorch, &mut rng(1)).unwrap();
    assert_eq!(network.params()[4..], [0.0, 0.0]);
    let json = r#"{"dense":{"units":2,"activation":"identity","bias_init":{"constant":{"value":0.25}}}}"#;
    let read: Dense = serde_json::from_str(json).unwrap();
    assert_eq!(read, Dense::linear(2).bias_init(Init::Constant { value: 0.25 }));
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}

#[test]
fn parameters_out_of_range_are_named() {
    let error = |layer: Dense| Network::<f64, _>::new(2, (layer,), 0).unwrap_err().to_string();
    assert_eq!(
        error(Dense::linear(2).init(Init::Orthogonal { gain: f64::NAN })),
        "layer 0 (Dense): expected a valid initialisation, found gain is NaN; expected a finite number, in f32 too"
    );
    assert_eq!(
        error(Dense::linear(2).bias_init(Init::Orthogonal { gain: 1.0 })),
        "layer 0 (Dense): expected a valid initialisation of biases, found bias_init is Orthogonal { gain: 1.0 }; \
         expected an initialisation of single numbers, such as zeros or a constant"
    );
    let init = Init::Sparse { sparsity: 1.5, std: 0.1 };
    let error = Network::<f64, _>::with_init(2, Dense::linear(2), init, &mut rng(0)).unwrap_err();
    assert_eq!(error.to_string(), "sparsity is 1.5; expected a number from 0 to 1");
}
