//! The plan that all exporters write.

use nn_core::{Activation, Dense, Link, Network, Scalar, Sequential, Tanh};
use nn_data::{Scaler, StandardScaler};
use nn_model::export::{ExportError, Plan};

use super::networks;

fn plans_are_networks<T: Scalar>() {
    for (name, network) in networks::all::<T>() {
        let plan = Plan::new(&network).expect("the crate's own layers");
        let x = networks::samples::<T>(network.in_dim(), 30);
        let expected = networks::predictions(&network, &x);
        for (x, expected) in x.rows().into_iter().zip(expected.rows()) {
            let x: Vec<f64> = x.iter().map(|x| x.as_f64()).collect();
            let y = plan.run(&x).expect("its length");
            let expected: Vec<f64> = expected.iter().map(|y| y.as_f64()).collect();
            assert_eq!(y, expected, "{name}");
        }
    }
}

#[test]
fn a_plan_has_the_bits_of_its_network() {
    if networks::fused() {
        plans_are_networks::<f32>();
        plans_are_networks::<f64>();
    }
}

#[test]
fn scalers_are_part_of_the_plan() {
    let x = networks::samples::<f64>(3, 50).mapv(|x| 1000.0 + 3.0 * x);
    let targets = networks::samples::<f64>(2, 50).mapv(|x| x * 1e-3 - 7.0);
    let (scaler, target) =
        (StandardScaler::fit(x.view()).unwrap(), StandardScaler::fit(targets.view()).unwrap());
    let network = Network::<f64, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 0).unwrap();
    let scaled = scaler.transform(x.view()).unwrap();
    let expected = target.inverse_transform(network.predict(scaled.view()).unwrap().view()).unwrap();
    let plan = Plan::new(&network).unwrap().scale_inputs(&scaler).unwrap().unscale_outputs(&target).unwrap();
    for (x, expected) in x.rows().into_iter().zip(expected.rows()) {
        for (y, expected) in plan.run(x.to_slice().unwrap()).unwrap().iter().zip(expected) {
            assert!((y - expected).abs() < 1e-13, "{y} {expected}");
        }
    }
    // What does not fit is refused.
    let error = Plan::new(&network).unwrap().scale_inputs(&target).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 features of the input scaler, found 2");
    let mut network = network;
    network.set_link(Link::Softmax);
    let error = Plan::new(&network).unwrap().unscale_outputs(&target).unwrap_err();
    assert!(matches!(error, ExportError::Probabilities { .. }), "{error}");
    let error = Plan::new(&network).unwrap().classes(&["a"]).unwrap_err();
    assert_eq!(error.to_string(), "expected 2 names of classes, found 1");
    let error = Plan::new(&network).unwrap().run(&[1.0]).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 features, found 1");
}

#[test]
fn what_no_exporter_knows_is_named() {
    struct Cube;
    impl Activation for Cube {
        fn name(&self) -> &'static str {
            "Cube"
        }
        fn apply<T: Scalar>(&self, z: T) -> T {
            z * z * z
        }
        fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
            T::of(3.0) * z * z
        }
    }
    let layers = Sequential::new().then(Dense::linear(2)).then(nn_core::Activate(Cube));
    let error = Plan::new(&Network::<f32, _>::new(2, layers, 0).unwrap()).unwrap_err();
    assert!(error.to_string().starts_with("1 (Cube) is not one of the library's own"), "{error}");
    let error = Plan::new(&Network::<f32, _>::new(2, Dense::new(2, Cube), 0).unwrap()).unwrap_err();
    assert!(error.to_string().contains("activation within a dense layer"), "{error}");

    let mut network = Network::<f32, _>::new(2, Dense::linear(2), 0).unwrap();
    network.params_mut()[3] = f32::NAN;
    let error = Plan::new(&network).unwrap_err();
    assert_eq!(error.to_string(), "expected finite parameters and state, found NaN at index 3");
}
