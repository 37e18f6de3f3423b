//! A model is in its file whole, and what does not fit is refused with the reason.

use std::path::Path;

use ndarray::array;
use nn_core::{
    Activation, ActivationSpec, BatchNorm, Dense, HalfSquaredError, Link, Network, Relu, Scalar, Sequential,
    Tanh,
};
use nn_data::{MinMaxScaler, Missing, Scaler, StandardScaler, TableEncoder, TableOptions, write_npz};
use nn_model::{FileError, Model, read_sklearn, read_state_dict};

use crate::export::networks;

fn is_whole<T: Scalar>() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    for (name, network) in networks::all::<T>() {
        let model = Model::new(&network).expect("known layers").note(&name).fingerprint(u64::MAX);
        let model = model.feature_names((0..network.in_dim()).map(|j| format!("x{j}"))).expect("as many");
        model.save(&path).expect("it is written");
        assert_eq!(std::fs::read(&path).expect("a file"), model.to_bytes().expect("it is written"), "{name}");
        let again = Model::<T>::load(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let read = again.network();
        assert_eq!(
            (read.params(), read.state(), read.link()),
            (network.params(), network.state(), network.link())
        );
        assert_eq!(read.layers().specs(), network.layers().specs(), "{name}");
        assert_eq!((again.notes(), again.features().len()), (&[name.clone()][..], network.in_dim()));
        assert_eq!(again.run_fingerprint(), Some(u64::MAX));
        let x = networks::samples::<T>(network.in_dim(), 20);
        assert_eq!(again.predict(x.view()).expect("finite"), networks::predictions(&network, &x), "{name}");

        // A network of the same layers takes the tensors alone.
        let mut other = Network::new(network.in_dim(), network.layers().clone(), 99).expect("it fits");
        read_state_dict(&path, &mut other).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((other.params(), other.state()), (network.params(), network.state()), "{name}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
}

#[test]
fn a_model_is_in_its_file_whole() {
    is_whole::<f32>();
    is_whole::<f64>();
}

#[test]
fn a_file_of_single_numbers_is_read_into_double_ones_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    let single = Network::<f32, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 1).expect("it fits");
    Model::new(&single).expect("known").save(&path).expect("it is written");
    let mut double = Network::<f64, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 2).expect("it fits");
    read_state_dict(&path, &mut double).expect("numbers");
    assert!(single.params().iter().zip(double.params()).all(|(&a, &b)| f64::from(a) == b));
    // A model is of its own type, so that it predicts what it did.
    let error = Model::<f64>::load(&path).expect_err("single numbers").to_string();
    assert!(error.ends_with("the tensor \"0.weight\" has numbers of type F32; expected F64"), "{error}");
}

#[test]
fn predictions_have_names_and_units() {
    let mut network = Network::<f64, _>::new(2, Dense::linear(1), 5).expect("it fits");
    network.set_link(Link::Logistic);
    let model = Model::new(&network).expect("known");
    assert!(matches!(model.predict_names(array![[0.0, 1.0]].view()), Err(FileError::Lacks { .. })));
    let model = model.class_names(["no", "yes"]).expect("two of a logistic output");
    let x = array![[-9.0, -9.0], [9.0, 9.0], [3.0, -1.0]];
    let expected: Vec<_> =
        network.predict_classes(x.view()).expect("finite").into_iter().map(|c| ["no", "yes"][c]).collect();
    assert_eq!(model.predict_names(x.view()).expect("finite"), expected);

    let targets = array![[1e6], [3e6], [2e6]];
    let scaler = StandardScaler::fit(targets.view()).expect("numbers");
    let mut network = Network::<f64, _>::new(2, Dense::linear(1), 5).expect("it fits");
    network.set_link(Link::Identity);
    let model = Model::new(&network).expect("known").target_scaler(&scaler).expect("one output");
    let model = Model::<f64>::from_bytes(&model.to_bytes().expect("written")).expect("read");
    for (found, raw) in
        model.predict(x.view()).expect("finite").iter().zip(&network.predict(x.view()).expect("finite"))
    {
        let expected = scaler.unscale(0, *raw);
        assert!((found - expected).abs() < 1e-9 * expected.abs(), "{found}, {expected}");
    }
    let two = MinMaxScaler::fit(x.view()).expect("numbers");
    let message = |error: FileError| error.to_string();
    assert_eq!(
        message(Model::new(&network).expect("known").target_scaler(&two).expect_err("two")),
        "expected 1 scales of targets, found 2"
    );
    assert_eq!(
        message(Model::new(&network).expect("known").feature_names(["a"]).expect_err("one")),
        "expected 2 names of features, found 1"
    );
    assert_eq!(
        message(Model::new(&network).expect("known").class_names(["a", "b"]).expect_err("two")),
        "expected 1 names of classes, found 2"
    );
}

const FLATS: &str = "rooms,heated,street,rent\n2,yes,elm,500\n3,no,oak,600.5\n?,yes,elm,720\n5,yes,ash,900\n";

#[test]
fn a_model_takes_rows_of_its_table() {
    let options = TableOptions { missing: Missing::Median, ..TableOptions::default() };
    let encoder = TableEncoder::fit_reader(FLATS.as_bytes(), &options).expect("a table");
    let data = encoder.regression_from_reader::<f64, _>(FLATS.as_bytes()).expect("values");
    let mut network = Network::<f64, _>::new(encoder.features(), Dense::linear(1), 5).expect("it fits");
    network.set_link(Link::Identity);
    let model = Model::new(&network).expect("known").encoder(encoder.clone()).expect("as many features");
    let model = Model::<f64>::from_bytes(&model.to_bytes().expect("written")).expect("read");
    assert_eq!((model.table(), model.features()), (Some(&encoder), &encoder.feature_names()[..]));
    let raw = network.predict(data.x()).expect("finite");
    let found = model.predict_table(FLATS.as_bytes()).expect("its table");
    for (row, line) in FLATS.lines().skip(1).enumerate() {
        let expected = encoder.decode_value(raw[[row, 0]]).expect("values");
        let fields: Vec<&str> = line.split(',').take(3).collect();
        assert_eq!(model.predict_row(&fields).expect("a row"), array![expected]);
        assert!((found[[row, 0]] - expected).abs() < 1e-9 * expected.abs());
    }
    // The exporters' plan takes features as the table has them: 1 and 0 of a category, numbers unscaled.
    let text = model.plan().expect("known").to_rust();
    assert!(
        text.contains(
            "// A neural network of 5 inputs, 1 output and 6 parameters in f64.\n\
             // Inputs: rooms, heated=yes, street=ash, street=elm, street=oak.\n\
             // Numbers are those of the table; an input such as `heated=yes` is 1 in a row with this word, and 0 in others.\n"
        ),
        "{text}"
    );
    let plan = format!("{:?}", model.plan().expect("known").steps());
    // Fitted to the numbers that are there.
    let rooms = StandardScaler::fit(array![[2.0], [3.0], [5.0]].view()).expect("numbers");
    assert!((encoder.scale(0, 4.0) - rooms.scale(0, 4.0)).abs() < 1e-12 && encoder.unscale(3, 1.0) == 1.0);
    assert!(plan.contains("Subtract([3.33") && plan.contains(", 0.0, 0.0, 0.0, 0.0])"), "{plan}");
    assert!(plan.contains("Divide([1.247219128924") && plan.contains(", 1.0, 1.0, 1.0, 1.0])"), "{plan}");
    let error = model.predict_row(&["2", "perhaps", "elm"]).expect_err("neither yes nor no").to_string();
    assert_eq!(error, "column `heated` has `perhaps`; expected one of `no`, `yes`");
    let wide = Network::<f64, _>::new(9, Dense::linear(1), 5).expect("it fits");
    let error = Model::new(&wide).expect("known").encoder(encoder).expect_err("other features").to_string();
    assert_eq!(error, "expected 9 names of features, found 5");
    let lacks = Model::new(&wide).expect("known").predict_row(&["1"]);
    assert!(matches!(lacks, Err(FileError::Lacks { .. })));
}

#[test]
fn weights_of_other_layers_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weights.safetensors");
    let network = Network::<f64, _>::new(3, (Dense::new(4, Tanh), Dense::linear(2)), 1).expect("it fits");
    Model::new(&network).expect("known").save(&path).expect("it is written");
    let refused = |layers: Sequential<f64>, expected: &str| {
        let mut other = Network::new(3, layers, 2).expect("it fits");
        let before = other.params().to_vec();
        let error = read_state_dict(&path, &mut other).expect_err("other layers").to_string();
        assert!(error.contains(expected) && error.starts_with(&path.display().to_string()), "{error}");
        assert_eq!(other.params(), before);
    };
    let chain = || Sequential::new().then(Dense::new(4, Tanh));
    refused(
        chain().then(Dense::linear(3)),
        r#"the tensor "2.weight" has shape [2, 4]; expected [3, 4] for Dense 4->3"#,
    );
    refused(chain(), r#"the tensor "2.bias" belongs to no layer"#);
    refused(
        chain().then(Dense::linear(2)).then(BatchNorm::new()),
        r#"there is no tensor "3.weight", [2], of BatchNorm 2->2; the file has 0.bias, 0.weight, 2.bias, 2.weight"#,
    );
    let linear = Sequential::new().then(Dense::linear(4)).then(Dense::linear(2));
    refused(linear, r#"there is no tensor "1.weight""#);
    // A model is no checkpoint, and the other way round it is none either.
    let error = nn_model::Saved::<f64, nn_train::Adam<f64>>::load(&path).expect_err("a model").to_string();
    assert!(error.contains("the model has no state of a run"), "{error}");
}

/// The layer of a stranger, which has no description.
#[derive(Debug, Clone, Copy, Default)]
struct Cube;

impl Activation for Cube {
    fn name(&self) -> &'static str {
        "cube"
    }
    fn apply<T: Scalar>(&self, z: T) -> T {
        z * z * z
    }
    fn derivative<T: Scalar>(&self, z: T, _: T) -> T {
        T::of(3.0) * z * z
    }
    fn reads_input(&self) -> bool {
        true
    }
}

#[test]
fn what_cannot_be_written_or_read_is_an_error() {
    let network = Network::<f64, _>::new(2, Dense::new(3, Cube), 0).expect("it fits");
    assert!(matches!(Model::new(&network), Err(FileError::Unwritable)));
    let mut network = Network::<f64, _>::new(2, Dense::new(3, Tanh), 0).expect("it fits");
    network.params_mut()[3] = f64::NAN;
    assert!(matches!(Model::new(&network), Err(FileError::Network(_))));
    network.params_mut()[3] = 0.0;

    let folder = tempfile::tempdir().expect("a folder");
    let model = Model::new(&network).expect("known");
    let save = |path: &Path| model.save(path).expect_err("no file").to_string();
    let lost = folder.path().join("none").join("model.safetensors");
    let expected = format!(
        "{}: there is no folder {}; create it first",
        lost.display(),
        folder.path().join("none").display()
    );
    assert_eq!(save(&lost), expected);
    assert!(save(folder.path()).contains("found a folder"));
    let error = Model::<f64>::load(&lost).expect_err("no file").to_string();
    assert!(error.starts_with(&lost.display().to_string()), "{error}");
    let text = folder.path().join("text");
    std::fs::write(&text, "id,age\n1,2\n").expect("a file");
    let error = Model::<f64>::load(&text).expect_err("a table").to_string();
    assert!(error.contains("the file is damaged or no safetensors file: its header should have "), "{error}");
}

/// Forward by the definition of scikit-learn's `MLPRegressor`.
#[test]
fn weights_of_scikit_learn_are_laid_out_as_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mlp.npz");
    let (w0, b0) = (array![[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], array![0.1, 0.2, -0.3]);
    let (w1, b1) = (array![[2.0], [-1.0], [4.0]], array![0.7]);
    let arrays = [
        ("coefs_0", w0.clone().into_dyn()),
        ("coefs_1", w1.clone().into_dyn()),
        ("intercepts_0", b0.clone().into_dyn()),
        ("intercepts_1", b1.clone().into_dyn()),
    ];
    let write = |arrays: &[(&str, ndarray::ArrayD<f64>)]| {
        write_npz(&path, arrays.iter().map(|(name, array)| (*name, array.view()))).expect("it is written");
    };
    let read = || read_sklearn::<f64>(&path, ActivationSpec::Relu, Link::Identity);
    write(&arrays);
    let x = array![[1.0, 2.0], [-3.0, 0.5]];
    let hidden = (x.dot(&w0) + &b0).mapv(|z: f64| z.max(0.0));
    let found = read().expect("weights").predict(x.view()).expect("finite");
    assert!((found - (hidden.dot(&w1) + &b1)).iter().all(|off| off.abs() < 1e-14));

    let message = |arrays: &[(&str, ndarray::ArrayD<f64>)]| {
        write(arrays);
        read().expect_err("other arrays").to_string()
    };
    assert!(message(&arrays[..3]).contains("there is no tensor \"intercepts_1\", [1], of layer 1"));
    assert!(message(&arrays[1..]).contains("belongs to no layer"));
    let other = [
        ("coefs_0", w0.clone().into_dyn()),
        ("intercepts_0", b0.into_dyn()),
        ("coefs_1", w0.into_dyn()),
        ("intercepts_1", b1.into_dyn()),
    ];
    assert!(message(&other).contains("the tensor \"coefs_1\" has shape [2, 3]; expected [3, 3] for layer 1"));
}

#[test]
fn a_model_goes_on_training() {
    let (x, y) = (array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]]);
    let data = nn_core::Batch::new(x.view(), &*y).expect("valid data");
    let network = Network::<f64, _>::new(1, (Dense::new(4, Relu), Dense::linear(1)), 3).expect("it fits");
    let bytes = Model::new(&network).expect("known").to_bytes().expect("written");
    let mut network = Model::<f64>::from_bytes(&bytes).expect("read").into_network();
    let mut trainer = nn_train::Trainer::new(nn_train::Adam::new()).epochs(5);
    let before = nn_train::evaluate(&network, &HalfSquaredError::mean(), data).expect("a score").loss;
    let after =
        trainer.fit(&mut network, &HalfSquaredError::mean(), data, None).expect("it trains").train.loss;
    assert!(after < before);
}
