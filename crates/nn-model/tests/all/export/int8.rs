//! Networks in integers of 8 bits: close to what they were, and the same bytes in the library, in Rust and in C.

use std::fmt::Write as _;

use ndarray::{Array2, array};
use nn_core::{
    Activation, ActivationSpec, BatchNorm, Dense, Init, LayerNorm, Link, Network, Normalize, PRelu, Relu,
    Scalar, Sequential, Softmax, SoftmaxCrossEntropy, Tanh,
};
use nn_data::{CsvOptions, StandardScaler};
use nn_model::export::{ExportError, Int8Plan, Plan};
use nn_train::{Sgd, Trainer};

use super::{c, networks, rust};

/// Of the networks of every layer, those that integers have no form for.
const REFUSED: [&str; 9] = [
    "no layer that does anything",
    "batch norm alone",
    "layer norm",
    "layer norm alone",
    "rms norm",
    "residual",
    "residual of the identity",
    "parallel",
    "within each other",
];

/// Every network that can be quantized, and what its samples are.
fn quantized(samples: fn(usize) -> Array2<f32>) -> Vec<(String, Int8Plan, Array2<f32>)> {
    let mut list = Vec::new();
    for (index, (name, network)) in networks::all::<f32>().iter().enumerate() {
        let x = samples(network.in_dim());
        let plan = Plan::new(network).unwrap().named(&format!("n{index}"));
        match plan.quantize(x.view()) {
            Ok(int8) => list.push((name.clone(), int8, x)),
            Err(error) => {
                assert!(matches!(error, ExportError::Quantize { .. }), "{name}: {error}");
                assert!(REFUSED.contains(&&**name), "{name}: {error}");
            }
        }
    }
    assert_eq!(list.len(), networks::all::<f32>().len() - REFUSED.len());
    let (plan, x) = scaled();
    let (plan, x) = (plan.named("scaled"), x.mapv(f32::of));
    list.push(("scaled".to_owned(), plan.quantize(x.view()).unwrap(), x));
    list
}

/// Samples of one size.
fn even(inputs: usize) -> Array2<f32> {
    let mut x = networks::samples::<f32>(inputs, 300);
    for (row, mut x) in x.rows_mut().into_iter().enumerate() {
        x /= [0.5, 2.0, 15.0][row % 3];
    }
    x
}

#[test]
fn integers_are_close_to_real_numbers() {
    for (name, int8, x) in quantized(even) {
        let (mut error, mut size, mut count) = (0.0, 0.0, 0.0);
        let rows: Vec<Vec<f64>> =
            x.rows().into_iter().map(|row| int8.plan().run(&row.mapv(f64::from).to_vec()).unwrap()).collect();
        let mean = rows.iter().flatten().sum::<f64>() / rows.iter().flatten().count() as f64;
        for (x, exact) in x.rows().into_iter().zip(&rows) {
            for (y, exact) in int8.predict(x.to_slice().unwrap()).unwrap().into_iter().zip(exact) {
                error += (f64::from(y) - exact).powi(2);
                size += (exact - mean).powi(2);
                count += 1.0;
            }
        }
        let share = (error / f64::max(size, 1e-9 * count)).sqrt();
        // 1/255 of the range for each rounding, of which a network has a few.
        assert!(share < 0.04, "{name}: {share} of the outputs' deviation");
    }
}

/// The lines that a program prints for a network: whether its own test passes, then for each sample logits and bits.
fn check(networks: &[(String, Int8Plan, Array2<f32>)], output: &str, fused: bool) {
    let mut lines = output.lines();
    for (name, int8, x) in networks {
        assert!(["1", "true"].contains(&lines.next().unwrap()), "the file's own test: {name}");
        for x in x.rows() {
            let x = x.to_slice().unwrap();
            for logit in int8.logits(x).unwrap() {
                assert_eq!(lines.next().unwrap(), logit.to_string(), "{name}");
            }
            for expected in int8.predict(x).unwrap() {
                networks::compare(name, lines.next().unwrap(), expected, fused);
            }
        }
    }
    assert_eq!(lines.next(), None);
}

fn numbers(x: &Array2<f32>) -> String {
    x.iter().map(|x| format!("{x:?}")).collect::<Vec<_>>().join(", ")
}

fn c_numbers(x: &Array2<f32>) -> String {
    x.iter().map(|x| format!("{x:?}f")).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_rust_file_has_the_bytes_of_the_library() {
    let networks = quantized(|inputs| networks::samples(inputs, 60));
    let mut main = "fn main() {\n".to_owned();
    for (index, (_, int8, x)) in networks.iter().enumerate() {
        let (n, name) = (int8.plan().inputs(), format!("nets::n{index}"));
        let _ = write!(
            main,
            "println!(\"{{}}\", {name}::self_test());\nlet x: &[f32] = &[{}];\n\
             for x in x.chunks({n}) {{\n    let x: &[f32; {n}] = x.try_into().unwrap();\n    \
             for y in {name}::logits(&{name}::quantize(x)) {{ println!(\"{{y}}\"); }}\n    \
             for y in {name}::predict(x) {{ println!(\"{{}}\", y.to_bits()); }}\n}}\n",
            numbers(x)
        );
    }
    let files: Vec<String> = networks.iter().map(|(_, int8, _)| int8.to_rust()).collect();
    let folder = tempfile::tempdir().unwrap();
    let compile = |flags: &[&str], fused| {
        check(&networks, &rust::compile_and_run(folder.path(), &files, &format!("{main}}}\n"), flags), fused);
    };
    compile(&[], false);
    if cfg!(target_arch = "x86_64") && networks::fused() {
        compile(&["-C", "target-feature=+fma"], true);
    }
}

#[test]
fn a_c_header_has_the_bytes_of_the_library() {
    let networks = quantized(|inputs| networks::samples(inputs, 60));
    let mut main = "int main(void) {\n".to_owned();
    let mut files = Vec::new();
    for (_, int8, x) in &networks {
        let (n, m, text) = (int8.plan().inputs(), int8.plan().outputs(), int8.to_c());
        let name = text.lines().nth(1).unwrap().trim_start_matches(" * ").to_owned();
        let _ = write!(
            main,
            "{{\n    static const float x[] = {{{}}};\n    printf(\"%d\\n\", {name}_self_test());\n    \
             for (int row = 0; row < {}; row++) {{\n        int8_t q[{n}];\n        int32_t logits[{m}];\n        float y[{m}];\n        \
             {name}_quantize(x + row * {n}, q);\n        {name}_logits(q, logits);\n        {name}_predict(x + row * {n}, y);\n        \
             for (int k = 0; k < {m}; k++) printf(\"%ld\\n\", (long)logits[k]);\n        \
             for (int k = 0; k < {m}; k++) {{\n            uint32_t bits;\n            memcpy(&bits, y + k, sizeof bits);\n            \
             printf(\"%lu\\n\", (unsigned long)bits);\n        }}\n    }}\n}}\n",
            c_numbers(x),
            x.nrows()
        );
        files.push((format!("{name}.h"), text));
    }
    main += "return 0;\n}\n";
    let folder = tempfile::tempdir().unwrap();
    let run = |compiler, flags: &[&str], fused| {
        check(&networks, &c::run(compiler, folder.path(), &files, &main, flags), fused);
    };
    let fma = cfg!(target_arch = "x86_64") && networks::fused();
    for (compiler, language) in [("cc", ["-std=c99", "-O1"]), ("c++", ["-std=c++17", "-O0"])] {
        if c::has(compiler) {
            if fma {
                run(compiler, &[&language[..], &["-mfma", "-ffp-contract=off"]].concat(), true);
            } else {
                run(compiler, &language, cfg!(target_arch = "aarch64"));
            }
        }
    }
    if c::has("cc") && fma {
        // However the compiler fuses, integers stay.
        run("cc", &["-std=c99", "-mfma", "-ffp-contract=fast", "-O3"], false);
    }
    if let Some(output) = c::arm(folder.path()) {
        check(&networks, &output, false);
    }
}

/// The data set and the network of `examples/07_digits.rs`.
#[test]
fn handwritten_digits_lose_half_a_point_at_most() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../examples/data/digits.csv");
    let digits =
        CsvOptions::default().read_classes::<f32>(file).unwrap().map_features(|_, grey| grey / 16.0).unwrap();
    let (train, test) = digits.stratified_split(0.2, 0).unwrap();
    let layers = (Dense::new(32, Relu), Dense::linear(10));
    let mut network = Network::with_init(64, layers, Init::HeNormal, &mut nn_core::rng(0)).unwrap();
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.2).batch_size(32).l2(1e-4).epochs(40);
    trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train.view(), None).unwrap();
    let int8 = Plan::new(&network).unwrap().quantize(train.x()).unwrap();
    let report = int8.report(test.view()).unwrap();
    assert!(report.float_accuracy > 0.95, "{report}");
    assert!(report.points_lost() <= 0.5, "{report}");
    // The weights are a quarter; biases and factors are 9 bytes an output.
    assert_eq!((report.float_bytes, report.bytes), (4 * 2410, 64 * 32 + 32 * 10 + 9 * 42 + 8), "{report}");
    let text = int8.clone().note(&report.to_string()).to_c();
    assert!(text.contains("weights and activations in 8 bits") && text.contains("points lost"), "{text}");
    let labels = test.y();
    let x = test.x();
    let classes = x.rows().into_iter().map(|x| int8.class(&x.to_vec()).unwrap());
    let hits = classes.zip(labels).filter(|(class, label)| class == *label);
    assert_eq!(hits.count() as f64 / labels.len() as f64, report.accuracy);
    assert_eq!(
        report.to_string().split(" on ").nth(1).unwrap().split(':').next().unwrap(),
        format!("{} samples", test.samples())
    );
}

/// Classes by the library and by both files, found in integers or not.
#[test]
fn classes_are_those_of_the_library() {
    let x = networks::samples::<f32>(3, 60);
    let build = |outputs, link, tail: Option<ActivationSpec>| {
        let layers = Sequential::<f32>::new().then(Dense::new(5, Tanh)).then(Dense::linear(outputs));
        let layers = match tail {
            Some(f) => layers.then(nn_core::Activate(f)),
            None => layers,
        };
        let mut network = Network::new(3, layers, 4).unwrap();
        network.set_link(link);
        network
    };
    let cases = [
        build(4, Link::Softmax, None),
        build(1, Link::Logistic, None),
        build(3, Link::Identity, None),
        build(3, Link::Identity, Some(ActivationSpec::Gaussian)),
        build(1, Link::Logistic, Some(ActivationSpec::Relu)),
    ];
    let names = ["a", "b", "c", "d"];
    let plan = |(index, network): (usize, &Network<f32, Sequential<f32>>)| {
        let classes = &names[..network.out_dim().max(2)];
        let classes = if network.out_dim() == 1 { &names[..2] } else { classes };
        Plan::new(network)
            .unwrap()
            .named(&format!("n{index}"))
            .classes(classes)
            .unwrap()
            .quantize(x.view())
            .unwrap()
    };
    let plans: Vec<Int8Plan> = cases.iter().enumerate().map(plan).collect();
    let mut expected = String::new();
    let (mut rust_main, mut c_main) = ("fn main() {\n".to_owned(), "int main(void) {\n".to_owned());
    let values: Vec<String> =
        x.rows().into_iter().map(|row| numbers(&row.to_owned().insert_axis(ndarray::Axis(0)))).collect();
    for (index, int8) in plans.iter().enumerate() {
        let mut found = [0; 4];
        for (row, text) in x.rows().into_iter().zip(&values) {
            let class = int8.class(row.to_slice().unwrap()).unwrap();
            let y = int8.predict(row.to_slice().unwrap()).unwrap();
            let of_probabilities = if y.len() == 1 {
                usize::from(y[0] > 0.5)
            } else {
                (0..y.len()).fold(0, |best, k| if y[k] > y[best] { k } else { best })
            };
            assert_eq!(class, of_probabilities, "network {index}");
            found[class] += 1;
            let _ = writeln!(expected, "{class}");
            let _ = writeln!(rust_main, "println!(\"{{}}\", nets::n{index}::class(&[{text}]));");
            let _ = writeln!(
                c_main,
                "{{ const float x[3] = {{{text}}}; printf(\"%d\\n\", (int)n{index}_class(x)); }}"
            );
        }
        assert!(
            found.iter().filter(|&&count| count > 0).count() > 1 || index == 4,
            "network {index}: {found:?}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<String> = plans.iter().map(Int8Plan::to_rust).collect();
    assert_eq!(rust::compile_and_run(folder.path(), &files, &(rust_main + "}\n"), &[]), expected);
    if c::has("cc") {
        let files: Vec<_> =
            plans.iter().enumerate().map(|(index, int8)| (format!("n{index}.h"), int8.to_c())).collect();
        assert_eq!(
            c::run("cc", folder.path(), &files, &(c_main + "return 0;\n}\n"), &["-std=c99"]),
            expected
        );
    }
}

/// A network between scalers, with all normalisations that are folded, and raw samples.
fn scaled() -> (Plan, Array2<f64>) {
    let x = networks::samples::<f64>(3, 200).mapv(|x| 1000.0 + 3.0 * x);
    let scaler = StandardScaler::fit(x.view()).unwrap();
    let layers = Sequential::<f64>::new()
        .then(Normalize::new(vec![0.1, -0.2, 0.3], vec![0.5, 2.0, 1.0]))
        .then(Dense::linear(8))
        .then(BatchNorm::new())
        .then(PRelu::new())
        .then(BatchNorm::new())
        .then(Dense::new(6, ActivationSpec::HardSigmoid))
        .then(Dense::linear(2));
    let mut network = Network::new(3, layers, 1).unwrap();
    for (k, value) in network.state_mut().iter_mut().enumerate() {
        *value = 0.3 + 0.1 * (k % 5) as f64;
    }
    let target = StandardScaler::fit(array![[100.0, 1e-3], [300.0, 5e-3]].view()).unwrap();
    let plan = Plan::new(&network).unwrap().scale_inputs(&scaler).unwrap().unscale_outputs(&target).unwrap();
    (plan, x)
}

/// Scalers and normalisations are part of the layers beside them, so that nothing is rounded in between.
#[test]
fn what_shifts_and_scales_is_folded() {
    let (plan, x) = scaled();
    let int8 = plan.quantize(x.view()).unwrap();
    for row in x.rows() {
        let exact = plan.run(row.to_slice().unwrap()).unwrap();
        let y = int8.predict(&row.iter().map(|&x| f32::of(x)).collect::<Vec<_>>()).unwrap();
        for ((y, exact), size) in y.into_iter().zip(exact).zip([100.0, 2e-3]) {
            assert!((f64::from(y) - exact).abs() < 0.03 * size, "{y} {exact}");
        }
    }
}

#[test]
fn what_integers_cannot_do_is_named() {
    let x = networks::samples::<f32>(3, 20);
    let refused = |layers: Sequential<f32>| {
        Plan::new(&Network::new(3, layers, 0).unwrap()).unwrap().quantize(x.view()).unwrap_err().to_string()
    };
    let chain = || Sequential::<f32>::new().then(Dense::new(4, Relu));
    let error = refused(chain().then(LayerNorm::new()).then(Dense::linear(2)));
    assert!(error.starts_with("cannot quantize layer 1 (LayerNorm): a norm over the features"), "{error}");
    let error = refused(chain().then(Softmax).then(Dense::linear(2)));
    assert!(
        error.starts_with("cannot quantize layer 1 (Softmax): a softmax is quantized only behind"),
        "{error}"
    );
    let error = refused(chain().then(PRelu::new()).then(Dense::linear(2)));
    assert!(
        error.starts_with("cannot quantize layer 1 (PRelu): slopes are quantized only right behind"),
        "{error}"
    );
    let error = refused(chain().then(BatchNorm::new()).then(nn_core::Activate(Tanh)).then(Dense::linear(2)));
    assert!(
        error.starts_with("cannot quantize layer 2 (Tanh): between it and the dense layer before"),
        "{error}"
    );
    let error = refused(chain().then(nn_core::Residual(Dense::linear(4))).then(Dense::linear(2)));
    assert!(error.starts_with("cannot quantize layer 1 (Residual"), "{error}");

    let plan = Plan::new(&Network::<f32, _>::new(3, Dense::linear(2), 0).unwrap()).unwrap();
    let error = plan.quantize(networks::samples::<f32>(2, 20).view()).unwrap_err();
    assert_eq!(error.to_string(), "expected 3 features of the calibration data, found 2");
    let error = plan.quantize(Array2::<f32>::zeros((0, 3)).view()).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 samples or more to calibrate with, found 0");
    let error = plan.quantize(array![[0.0, f32::NAN, 1.0]].view()).unwrap_err();
    assert_eq!(error.to_string(), "expected finite features of the calibration data, found NaN at index 1");
    let int8 = plan.quantize(x.view()).unwrap();
    assert_eq!(int8.predict(&[1.0]).unwrap_err().to_string(), "expected 3 features, found 1");
    let error = int8.predict(&[1.0, 2.0, f32::INFINITY]).unwrap_err();
    assert_eq!(error.to_string(), "expected finite features, found inf at index 2");

    // Sums of 70,000 products may leave 32 bits; features of no finite scale.
    let mut network = Network::<f32, _>::new(70_000, Dense::linear(1), 0).unwrap();
    network.params_mut().fill(1.0);
    let error = Plan::new(&network).unwrap().quantize(Array2::<f32>::ones((1, 70_000)).view()).unwrap_err();
    assert!(error.to_string().contains("so many inputs"), "{error}");
    let mut network = Network::<f32, _>::new(2, (BatchNorm::new(), Dense::linear(1)), 0).unwrap();
    network.params_mut().fill(0.0);
    let error = Plan::new(&network).unwrap().quantize(array![[1.0_f32, 2.0]].view()).unwrap_err();
    assert!(matches!(error, ExportError::NotFinite { .. }), "{error}");
}

/// Data and weights at the ends: constants, zeros, and inputs far beyond what was calibrated.
#[test]
fn nothing_overflows() {
    for (weight, bias) in [(0.0, 0.0), (1e-30, 0.0), (1e-3, 1e6), (1e6, -1e6), (0.0, 5.0)] {
        for data in [0.0, -7.0, 1e-20, 1e12] {
            let mut network = Network::<f64, _>::new(2, (Dense::new(3, Relu), Dense::linear(1)), 0).unwrap();
            network.params_mut().fill(weight);
            for (range, value) in [(6..9, bias), (12..13, bias)] {
                network.params_mut()[range].fill(value);
            }
            let plan = Plan::new(&network).unwrap();
            let int8 = plan.quantize(array![[data, data], [0.0, data]].view()).unwrap();
            let exact = plan.run(&[data, data]).unwrap()[0];
            let y = int8.predict(&[f32::of(data), f32::of(data)]).unwrap()[0];
            assert!(
                (f64::from(y) - exact).abs() <= 0.02 * exact.abs() + 1e-20,
                "{weight} {bias} {data}: {y} {exact}"
            );
            for far in [f32::MAX, f32::MIN, 1e20] {
                assert!(int8.predict(&[far, -far]).unwrap()[0].is_finite());
            }
        }
    }
}

/// Functions by tables, by bounds and by slopes have the values that they should, to half a step or so.
#[test]
fn functions_of_integers_are_functions() {
    let x = Array2::from_shape_fn((256, 1), |(k, _)| k as f32 / 32.0 - 4.0);
    let slopes = [0.5, -0.4].map(|slope| ActivationSpec::LeakyRelu { slope });
    for f in networks::activations().into_iter().chain(slopes) {
        let chain = Sequential::<f32>::new;
        let alone = chain().then(nn_core::Activate(f));
        let behind = chain().then(Dense::new(1, f).without_bias());
        for layers in [alone, behind] {
            let mut network = Network::new(1, layers.then(Dense::linear(1).without_bias()), 0).unwrap();
            network.params_mut().fill(1.0);
            let int8 = Plan::new(&network).unwrap().quantize(x.view()).unwrap();
            let y = x.map(|&x| f.apply(x));
            let range = y.fold(0.0, |high, &y| y.max(high)) - y.fold(0.0, |low, &y| y.min(low));
            // Half a step of the inputs, half of the sums, one of the outputs.
            let allowed = 1.2_f32.max(range / 8.0) * (8.0 / 255.0) + range / 255.0;
            for (&x, &exact) in x.iter().zip(&y) {
                let y = int8.predict(&[x]).unwrap()[0];
                assert!((y - exact).abs() <= allowed, "{f:?}({x}): {y}, expected {exact}");
            }
        }
    }
}
