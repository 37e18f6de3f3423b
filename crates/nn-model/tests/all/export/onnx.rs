//! The exported ONNX file, read and computed by code that has nothing in common with what wrote it.

mod evaluate;
mod wire;

use nn_core::{Activate, Dense, Elu, LeakyRelu, Link, Network, Scalar, Tanh};
use nn_data::{Scaler, StandardScaler};
use nn_model::export::{ExportError, Plan};

use self::evaluate::{evaluate, tensor};
use self::wire::Message;
use super::networks;

/// Holds the model's outputs to `expected`, to a tolerance that is relative to the largest number of the sample.
fn computes(name: &str, model: &[u8], x: &[f64], expected: &[f64], tolerance: f64) {
    let y = evaluate(&Message::read(model).message(7), x);
    assert_eq!(y.len(), expected.len(), "{name}");
    let size = x.iter().chain(expected).fold(1.0_f64, |size, value| size.max(value.abs()));
    for (y, expected) in y.iter().zip(expected) {
        assert!((y - expected).abs() <= tolerance * size, "{name}: {y} instead of {expected} for {x:?}");
    }
}

fn files_are_networks<T: Scalar>() {
    let tolerance = 16.0 * T::epsilon().as_f64();
    for (name, network) in networks::all::<T>() {
        let model = Plan::new(&network).unwrap().to_onnx().unwrap();
        let x = networks::samples::<T>(network.in_dim(), 60);
        for (x, y) in x.rows().into_iter().zip(networks::predictions(&network, &x).rows()) {
            let [x, y] = [x, y].map(|row| row.iter().map(|value| value.as_f64()).collect::<Vec<_>>());
            computes(&name, &model, &x, &y, tolerance);
        }
    }
}

#[test]
fn a_file_computes_what_the_network_does() {
    files_are_networks::<f32>();
    files_are_networks::<f64>();
}

#[test]
fn nothing_overflows_far_from_0() {
    for f in networks::activations() {
        let network = Network::<f64, _>::new(1, Activate(f), 0).unwrap();
        let plan = Plan::new(&network).unwrap();
        let model = plan.to_onnx().unwrap();
        for x in [1e-300, 19.0, 21.0, 45.0, 800.0, 1e60, 1e300].into_iter().flat_map(|x| [x, -x]) {
            computes(&format!("{f:?}"), &model, &[x], &plan.run(&[x]).unwrap(), 1e-15);
        }
    }
}

#[test]
fn scalers_are_in_the_file() {
    let x = networks::samples::<f64>(3, 50).mapv(|x| 1000.0 + 3.0 * x);
    let targets = networks::samples::<f64>(2, 50).mapv(|x| x * 1e-3 - 7.0);
    let (scaler, target) =
        (StandardScaler::fit(x.view()).unwrap(), StandardScaler::fit(targets.view()).unwrap());
    let network = Network::<f64, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 0).unwrap();
    let plan = Plan::new(&network).unwrap().scale_inputs(&scaler).unwrap().unscale_outputs(&target).unwrap();
    let model = plan.to_onnx().unwrap();
    let scaled = scaler.transform(x.view()).unwrap();
    let expected = target.inverse_transform(network.predict(scaled.view()).unwrap().view()).unwrap();
    for (x, expected) in x.rows().into_iter().zip(expected.rows()) {
        computes("scalers", &model, x.to_slice().unwrap(), expected.to_slice().unwrap(), 1e-15);
    }
}

/// The field numbers are those of `onnx.proto3`.
#[test]
fn a_file_says_what_it_is() {
    let mut network = Network::<f32, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 0).unwrap();
    network.set_link(Link::Softmax);
    let plan = Plan::new(&network).unwrap().named("a \"name\"").note("of 2 lines\nof text");
    let bytes = plan.classes(&["yes", "n\\o"]).unwrap().to_onnx().unwrap();
    let model = Message::read(&bytes);
    assert_eq!(model.integers(1), [8], "the version of the format");
    let operators = model.message(8);
    assert_eq!((operators.texts(1), operators.integers(2)), (vec![], vec![17]), "those of ONNX itself");
    assert_eq!(model.text(2), "nn-model");
    assert_eq!(model.text(3), env!("CARGO_PKG_VERSION"));
    assert!(model.text(6).contains("3 inputs, 2 outputs and 26 parameters in f32"), "{}", model.text(6));
    let metadata = model.messages(14);
    let metadata: Vec<_> = metadata.iter().map(|entry| (entry.text(1), entry.text(2))).collect();
    let of = |key: &str| &metadata.iter().find(|(found, _)| found == key).expect("there").1;
    assert_eq!(of("link"), "softmax");
    assert_eq!(of("parameters"), "26");
    assert_eq!(of("classes"), r#"["yes", "n\\o"]"#);
    assert_eq!(of("notes"), r#"["of 2 lines\u000aof text"]"#);
    assert!(model.text(6).contains(of("fingerprint")), "the one in the comment");

    let graph = model.message(7);
    assert_eq!(graph.text(2), "a \"name\"");
    for (field, name, features) in [(11, "input", 3), (12, "output", 2)] {
        let value = graph.message(field);
        assert_eq!(value.text(1), name);
        let tensor = value.message(2).message(1);
        assert_eq!(tensor.integers(1), [1], "float");
        let [batch, found] = tensor.message(2).messages(1).try_into().unwrap();
        assert_eq!((batch.text(2).as_str(), found.integers(1)), ("batch", vec![features]));
    }
    let nodes = graph.messages(1);
    let operators: Vec<_> = nodes.iter().map(|node| (node.text(4), node.text(6))).collect();
    let expected = [
        ("Gemm", "layer 0 (Dense)"),
        ("Tanh", "layer 0 (Dense)"),
        ("Gemm", "layer 1 (Dense)"),
        ("Softmax", "the link (Softmax)"),
    ];
    assert_eq!(operators, expected.map(|(operator, layer)| (operator.to_owned(), layer.to_owned())));
    let mut names: Vec<_> = nodes.iter().map(|node| node.text(3)).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "each node has a name of its own");
    let dims: Vec<_> = graph.messages(5).iter().map(|constant| tensor(constant).dims).collect();
    assert_eq!(dims, [vec![4, 3], vec![4], vec![2, 4], vec![2]]);
}

#[test]
fn settings_that_are_0_are_written() {
    let layers = (Dense::new(3, Elu { alpha: 0.0 }), Dense::new(3, LeakyRelu { slope: 0.0 }));
    let network = Network::<f32, _>::new(2, layers, 0).unwrap();
    let plan = Plan::new(&network).unwrap();
    let x = [3.0, -5.0];
    computes("zeros", &plan.to_onnx().unwrap(), &x, &plan.run(&x).unwrap(), 1e-6);
}

#[test]
fn a_name_that_is_empty_is_replaced() {
    let network = Network::<f32, _>::new(2, Dense::linear(1), 0).unwrap();
    let model = Plan::new(&network).unwrap().named("").to_onnx().unwrap();
    assert_eq!(Message::read(&model).message(7).text(2), "network");
}

#[test]
fn a_file_is_whole_or_not_there() {
    let network = Network::<f32, _>::new(2, Dense::linear(1), 0).unwrap();
    let plan = Plan::new(&network).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.onnx");
    plan.write_onnx(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), plan.to_onnx().unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
    let error = plan.write_onnx(folder.path().join("no/such.onnx")).unwrap_err();
    assert!(matches!(error, ExportError::Io { .. }), "{error}");
}
