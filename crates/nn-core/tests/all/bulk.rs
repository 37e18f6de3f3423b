//! A prediction of many rows is that of each row, in memory that does not grow with them.

use allocation_counter::measure;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, ShapeBuilder, Slice, concatenate};
use nn_core::{
    Activate, Batch, BatchNorm, Blocks, Dense, Dropout, Error, Layer, LayerNorm, Link, Network, Parallel,
    Relu, Residual, Scalar, Softmax, Tanh, Workspace,
};

/// Some blocks of every network, and a short one.
const ROWS: usize = 1700;

fn table<T: Scalar>(rows: usize, columns: usize) -> Array2<T> {
    Array2::from_shape_fn((rows, columns), |(n, j)| {
        T::of(((31 * n + 17 * j + n * j) % 255) as f64 / 128.0 - 1.0)
    })
}

fn network<T: Scalar, L: Layer<T>>(inputs: usize, layers: L) -> Network<T, L> {
    let mut network = Network::<T, L>::new(inputs, layers, 3).expect("it fits");
    for (n, state) in network.state_mut().iter_mut().enumerate() {
        *state += T::of((n % 5) as f64 / 10.0);
    }
    network.set_link(Link::Softmax);
    network
}

/// Some rows and columns.
fn part<T>(x: &Array2<T>, rows: impl Into<Slice>, columns: impl Into<Slice>) -> ArrayView2<'_, T> {
    let mut x = x.view();
    x.slice_axis_inplace(Axis(0), rows.into());
    x.slice_axis_inplace(Axis(1), columns.into());
    x
}

fn part_mut<T>(x: &mut Array2<T>, rows: impl Into<Slice>, columns: impl Into<Slice>) -> ArrayViewMut2<'_, T> {
    let mut x = x.view_mut();
    x.slice_axis_inplace(Axis(0), rows.into());
    x.slice_axis_inplace(Axis(1), columns.into());
    x
}

/// Every n-th.
fn every(n: isize) -> Slice {
    Slice::new(0, None, n)
}

fn bits<T: Scalar>(values: &Array2<T>) -> Vec<u64> {
    values.iter().map(|value| value.as_f64().to_bits()).collect()
}

/// However the rows are cut, and however they lie.
fn is_that_of_its_parts<T: Scalar, L: Layer<T>>(inputs: usize, layers: L) {
    let network = network::<T, L>(inputs, layers);
    let x = table::<T>(ROWS, inputs);
    let (y, p) =
        (network.predict(x.view()).expect("finite"), network.predict_proba(x.view()).expect("finite"));
    let classes = network.predict_classes(x.view()).expect("finite");
    let mut workspace = Workspace::new();
    for size in [1, 2, 37, 600, 1024] {
        let cuts = (0..ROWS).step_by(size).collect::<Vec<_>>();
        let parts = |predict: &mut dyn FnMut(ArrayView2<'_, T>) -> Array2<T>| {
            let ends = cuts.iter().skip(1).copied().chain([ROWS]);
            let parts: Vec<_> =
                cuts.iter().zip(ends).map(|(&from, to)| predict(part(&x, from..to, ..))).collect();
            concatenate(Axis(0), &parts.iter().map(|part| part.view()).collect::<Vec<_>>())
                .expect("of one width")
        };
        assert_eq!(
            bits(&y),
            bits(&parts(&mut |x| network.predict(x).expect("finite"))),
            "{size} rows a part"
        );
        assert_eq!(bits(&p), bits(&parts(&mut |x| network.predict_proba(x).expect("finite"))), "{size} rows");
        assert_eq!(
            bits(&y),
            bits(&parts(&mut |x| {
                network.forward(x, &mut workspace).expect("it fits").output().to_owned()
            })),
            "{size} rows a pass"
        );
    }
    for (row, &class) in classes.iter().enumerate() {
        assert_eq!(Link::Softmax.class_of(y.row(row)), Some(class));
    }
    let mut by_feature = Array2::from_elem(x.dim().f(), T::nan());
    by_feature.assign(&x);
    let mut wider = Array2::from_elem((ROWS, inputs + 1), T::nan());
    part_mut(&mut wider, .., 1..).assign(&x);
    let mut spread = Array2::from_elem((2 * ROWS, 3 * inputs), T::nan());
    part_mut(&mut spread, every(2), every(3)).assign(&x);
    for x in [by_feature.view(), part(&wider, .., 1..), part(&spread, every(2), every(3))] {
        assert_eq!(bits(&y), bits(&network.predict(x).expect("finite")));
        let mut out = Array2::from_elem((2 * ROWS, network.out_dim() + 1), T::nan());
        network.predict_into(x, &mut workspace, part_mut(&mut out, every(2), 1..)).expect("finite");
        assert_eq!(bits(&y), bits(&part(&out, every(2), 1..).to_owned()));
        let mut out = Array2::from_elem(y.dim().f(), T::nan());
        network.predict_proba_into(x, &mut workspace, out.view_mut()).expect("finite");
        assert_eq!(bits(&p), bits(&out));
    }
}

#[test]
fn many_rows_are_their_parts() {
    is_that_of_its_parts::<f32, _>(20, (Dense::new(64, Relu), Dense::new(32, Relu), Dense::linear(2)));
    is_that_of_its_parts::<f64, _>(3, (Dense::new(9, Tanh), Dense::linear(4)));
    // What mixes samples in training does not in use.
    let block = Residual((BatchNorm::new(), Dense::new(7, Tanh)));
    let layers = (BatchNorm::new(), Dense::linear(7), block, LayerNorm::new(), Dropout::new(0.5), Softmax);
    is_that_of_its_parts::<f64, _>(5, layers);
    let branches = Parallel(((BatchNorm::new(),), (Dense::new(700, Relu), Activate(Tanh), Dense::linear(3))));
    is_that_of_its_parts::<f32, _>(4, branches);
}

#[test]
fn one_logit_is_above_one_half_or_not() {
    let mut network = network::<f32, _>(2, (Dense::new(8, Tanh), Dense::linear(1)));
    network.set_link(Link::Logistic);
    let x = table::<f32>(ROWS, 2);
    let classes = network.predict_classes(x.view()).expect("finite");
    let p = network.predict_proba(x.view()).expect("finite");
    for (&p, class) in p.iter().zip(classes) {
        assert!(if class == 1 { p >= 0.5 } else { p <= 0.5 }, "{p}: {class}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_place_in_all_rows() {
    let network = network::<f64, _>(3, Dense::linear(2));
    let mut x = table::<f64>(ROWS, 3);
    (x[[1234, 2]], x[[1600, 0]]) = (f64::INFINITY, f64::NAN);
    let error = network.predict(x.view()).expect_err("infinite").to_string();
    assert_eq!(error, "features[1234, 2] is inf; expected a finite number");
    assert_eq!(network.predict_proba(x.view()).expect_err("infinite").to_string(), error);
    assert_eq!(network.predict_classes(x.view()).expect_err("infinite").to_string(), error);
    let mut rest = part(&x, 1300.., ..).to_owned();
    let error = network.predict(rest.view()).expect_err("not a number").to_string();
    assert_eq!(error, "features[300, 0] is NaN; expected a finite number");
    // Finite, but its output is infinity minus infinity.
    rest[[300, 0]] = 0.0;
    let params = vec![1e300, 0.0, 0.0, 1e300, 0.0, 0.0, 0.0, 0.0, 1.0, -1.0, 1.0, 1.0, 0.0, 0.0];
    let huge = Network::from_params(3, (Dense::linear(2), Dense::linear(2)), params).expect("finite");
    rest[[299, 0]] = 1e300;
    let error = huge.predict_classes(rest.view()).expect_err("not a number").to_string();
    assert_eq!(error, "outputs[299, 0] is NaN; expected a finite number");

    let none = part(&x, ..0, ..);
    assert!(matches!(network.predict(none), Err(Error::EmptyBatch)));
    assert!(matches!(network.predict_classes(none), Err(Error::EmptyBatch)));
    let narrow = part(&x, .., ..2);
    assert!(matches!(network.predict_proba(narrow), Err(Error::FeatureCount { expected: 3, found: 2 })));
    let (mut workspace, mut out) = (Workspace::new(), Array2::zeros((ROWS, 1)));
    let error = network.predict_into(x.view(), &mut workspace, out.view_mut()).expect_err("too narrow");
    assert_eq!(error.to_string(), "expected 2 output columns, found 1");
    let error =
        network.predict_into(x.view(), &mut workspace, part_mut(&mut out, 1.., ..)).expect_err("short");
    assert_eq!(error.to_string(), "expected 1700 output rows, found 1699");
}

#[test]
fn memory_does_not_grow_with_the_rows() {
    let network = network::<f32, _>(20, (Dense::new(64, Relu), Dense::new(32, Relu), Dense::linear(2)));
    let beside_results = |rows: usize| {
        let x = table::<f32>(rows, 20);
        let labels = vec![1; rows];
        let data = Batch::new(x.view(), &labels[..]).expect("finite");
        let (mut out, mut counts) = (Array2::zeros((rows, 2)), Vec::with_capacity(rows));
        let mut workspace = Workspace::new();
        let into =
            measure(|| network.predict_into(x.view(), &mut workspace, out.view_mut()).expect("finite"));
        let again = measure(|| {
            network.predict_into(x.view(), &mut workspace, out.view_mut()).expect("finite");
            network.predict_proba_into(x.view(), &mut workspace, out.view_mut()).expect("finite");
        });
        assert_eq!(again.count_total, 0);
        let all = measure(|| drop(network.predict(x.view()).expect("finite"))).bytes_max - 8 * rows as u64;
        let proba =
            measure(|| drop(network.predict_proba(x.view()).expect("finite"))).bytes_max - 8 * rows as u64;
        let classes = measure(|| drop(network.predict_classes(x.view()).expect("finite"))).bytes_max;
        let mut blocks = Blocks::new(data);
        let mut run = || blocks.run(&network, &mut counts, |block, _| block.samples()).expect("it fits");
        let blocks = measure(&mut run);
        assert_eq!(measure(run).count_total, 0);
        assert_eq!(counts.iter().sum::<usize>(), rows);
        [into.bytes_max, all, proba, classes - (size_of::<usize>() * rows) as u64, blocks.bytes_max]
    };
    let few = beside_results(10_000);
    assert_eq!(few, beside_results(50_000));
    assert!(few.iter().all(|&bytes| bytes < 2_000_000), "{few:?}");
}
