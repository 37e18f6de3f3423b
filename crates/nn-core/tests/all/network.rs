//! What a network gives: probabilities and classes, parameters by name, a table; and mini-batches to feed it.

use ndarray::{Array2, Axis, ShapeBuilder, array};
use nn_core::{
    Activate, Architecture, Batch, Dense, Error, Init, Link, MiniBatches, Network, ParamKind, Relu, Residual,
    Scalar, Softmax, SoftmaxCrossEntropy, Tanh, Workspace, rng,
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
fn an_output_that_overflows_to_nan_names_no_class() {
    // inf in both hidden units; then inf * 0 in the first output and inf - inf in the second.
    let layers = (Dense::linear(2), Dense::linear(2).without_bias());
    let params = vec![f64::MAX, f64::MAX, 0.0, 0.0, 1.0, 0.0, 1.0, -1.0];
    let network = Network::from_params(1, layers, params).unwrap();
    let x = array![[0.0], [4.0]];
    let message = "outputs[1, 0] is NaN; expected a finite number";
    assert!(network.predict(x.view()).unwrap()[[1, 1]].is_nan());
    says(network.predict_classes(x.view()), message);
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
fn pass_through<T: Scalar>(link: Link) -> Network<T, Activate<nn_core::Identity>> {
    let mut network = Network::from_params(3, Activate(nn_core::Identity), Vec::new()).unwrap();
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
