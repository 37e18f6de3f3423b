//! Networks of every layer and activation, with parameters and state as after training.

use ndarray::Array2;
use nn_core::{
    Activate, ActivationSpec, AlphaDropout, BatchNorm, Dense, Dropout, GaussianNoise, Identity, LayerNorm,
    Link, LogSoftmax, Network, Normalize, PRelu, Parallel, Relu, Residual, RmsNorm, Scalar, Sequential,
    Softmax, Tanh,
};
use rand::{Rng, RngExt};

/// All activations, whose bits a port without [`LAST_DIGITS`] gives exactly.
pub(crate) fn activations() -> Vec<ActivationSpec> {
    use ActivationSpec as A;
    vec![
        A::Celu { alpha: 0.7 },
        A::Elu { alpha: 1.3 },
        A::Gaussian,
        A::Gelu,
        A::GeluTanh,
        A::HardSigmoid,
        A::HardSwish,
        A::HardTanh,
        A::Identity,
        A::LeakyRelu { slope: 0.01 },
        A::LogSigmoid,
        A::Mish,
        A::Relu,
        A::Relu6,
        A::Selu,
        A::Sigmoid,
        A::Silu,
        A::Sine,
        A::Softplus,
        A::Softsign,
        A::Tanh,
        A::TanhShrink,
    ]
}

/// Networks with these ends are right to the last digits, not to the bit.
pub(crate) const LAST_DIGITS: [&str; 3] = ["LogSigmoid", "Sine", "Softplus"];

/// Every network with its name.
pub(crate) fn all<T: Scalar>() -> Vec<(String, Network<T, Sequential<T>>)> {
    let chain = Sequential::new;
    let norm = || Normalize::new(vec![2.5, -1.0, 0.0, 40.0, 0.3], vec![10.0, 0.7, 1.0, 25.0, 0.1]);
    let inner = || chain().then(Dense::new(5, Relu)).then(Dense::linear(5));
    let mut list: Vec<(String, usize, Sequential<T>, Option<Link>)> = Vec::new();
    let mut add = |name: &str, inputs, layers, link| list.push((name.to_owned(), inputs, layers, link));
    add("one weight", 1, chain().then(Dense::linear(1)), None);
    add("no layer that does anything", 3, chain().then(Activate(Identity)), None);
    add("logistic", 2, chain().then(Dense::new(7, Relu)).then(Dense::linear(1)), Some(Link::Logistic));
    add("logits", 3, chain().then(Dense::new(33, Relu)).then(Dense::linear(4)), Some(Link::Softmax));
    add(
        "wide",
        21,
        chain().then(Dense::new(70, Tanh)).then(Dense::new(32, Relu)).then(Dense::linear(10)),
        Some(Link::Softmax),
    );
    add(
        "no bias",
        4,
        chain().then(Dense::new(3, Relu).without_bias()).then(Dense::linear(2)),
        Some(Link::Identity),
    );
    add("softmax", 4, chain().then(Dense::linear(3)).then(Softmax), Some(Link::Identity));
    add("log softmax", 4, chain().then(Dense::linear(3)).then(LogSoftmax), None);
    add("normalize", 5, chain().then(norm()).then(Dense::new(6, Relu)).then(Dense::linear(2)), None);
    add(
        "batch norm",
        3,
        chain().then(Dense::linear(6)).then(BatchNorm::new()).then(Activate(Relu)).then(Dense::linear(2)),
        None,
    );
    add(
        "batch norm alone",
        3,
        chain().then(BatchNorm::new().without_gain()).then(BatchNorm::new().without_bias()),
        None,
    );
    add("layer norm", 4, chain().then(Dense::linear(7)).then(LayerNorm::new()).then(Dense::linear(2)), None);
    add("layer norm alone", 4, chain().then(LayerNorm::new().without_gain().without_bias()), None);
    add("rms norm", 4, chain().then(Dense::linear(7)).then(RmsNorm::new()).then(Dense::linear(2)), None);
    add(
        "prelu",
        4,
        chain().then(Dense::linear(7)).then(PRelu::new()).then(Dense::linear(2)).then(PRelu::new().shared()),
        None,
    );
    add(
        "noise",
        4,
        chain()
            .then(GaussianNoise::new(0.1))
            .then(Dense::new(5, Relu))
            .then(Dropout::new(0.5))
            .then(Dense::linear(2))
            .then(AlphaDropout::new(0.1)),
        None,
    );
    add("residual", 5, chain().then(Residual(inner())).then(Residual(inner())).then(Dense::linear(2)), None);
    add("residual of the identity", 2, chain().then(Residual(chain().then(Activate(Identity)))), None);
    let branches = vec![
        chain().then(Activate(Identity)),
        chain().then(Dense::new(4, Relu)).then(BatchNorm::new()),
        chain().then(Activate(Relu)),
    ];
    add("parallel", 5, chain().then(Parallel(branches)).then(Dense::linear(3)), Some(Link::Softmax));
    let deep = chain().then(Residual(
        chain()
            .then(Parallel(vec![inner(), chain().then(LayerNorm::new())]))
            .then(chain().then(Dense::linear(5))),
    ));
    add("within each other", 5, deep, None);
    for f in activations() {
        let name = format!("{f:?}");
        let layers = if LAST_DIGITS.iter().any(|last| name == *last) {
            chain().then(Dense::new(9, f))
        } else {
            chain().then(Dense::new(19, f)).then(Dense::new(3, f))
        };
        add(&name, 3, layers, None);
    }
    let mut rng = nn_core::rng(7);
    let build = |(name, inputs, layers, link): (String, usize, Sequential<T>, Option<Link>)| {
        let mut network = Network::new(inputs, layers, 3).expect("it fits");
        trained(&mut network, &mut rng);
        link.into_iter().for_each(|link| network.set_link(link));
        (name, network)
    };
    list.into_iter().map(build).collect()
}

/// Moves every parameter, and gives the state the numbers of data that is neither centred nor of variance 1.
fn trained<T: Scalar>(network: &mut Network<T, Sequential<T>>, rng: &mut impl Rng) {
    for value in network.params_mut() {
        *value += T::of(rng.random::<f64>() - 0.5);
    }
    for value in network.state_mut() {
        *value = T::of(0.1 + rng.random::<f64>());
    }
}

/// Samples of ordinary and of larger size.
pub(crate) fn samples<T: Scalar>(inputs: usize, count: usize) -> Array2<T> {
    let mut rng = nn_core::rng(11);
    Array2::from_shape_fn((count, inputs), |(row, _)| {
        let size = [1.0, 4.0, 30.0][row % 3];
        T::of(size * (2.0 * rng.random::<f64>() - 1.0))
    })
}

/// What the library predicts: through the link, if there is one.
pub(crate) fn predictions<T: Scalar>(network: &Network<T, Sequential<T>>, x: &Array2<T>) -> Array2<T> {
    let y =
        if network.link().is_some() { network.predict_proba(x.view()) } else { network.predict(x.view()) };
    y.expect("finite")
}

/// Compares a file's prediction, given by its bits, with the library's: equal where products are fused.
pub(super) fn compare<T: Scalar>(name: &str, bits: &str, expected: T, fused: bool) {
    let single = size_of::<T>() == 4;
    let y: f64 = if single {
        f32::from_bits(bits.parse().unwrap()).into()
    } else {
        f64::from_bits(bits.parse().unwrap())
    };
    if fused {
        let off = ulps(y, expected);
        let allowed = if LAST_DIGITS.contains(&name) { 2.0 } else { 0.0 };
        assert!(off <= allowed, "{name}: {y} is {off} from {expected}");
    } else {
        let (expected, digits) = (expected.as_f64(), if single { 1e-5 } else { 1e-13 });
        assert!((y - expected).abs() <= digits * (1.0 + expected.abs()), "{name}: {y}, expected {expected}");
    }
}

/// How many units in the last place of `b` the two differ by.
pub(crate) fn ulps<T: Scalar>(a: f64, b: T) -> f64 {
    let (b, eps) = (b.as_f64(), T::epsilon().as_f64());
    // eps times the power of two at or below b: log2 gives its exponent, one too few at worst, which counts double.
    let power = 2.0_f64.powf(b.abs().max(f64::from(f32::MIN_POSITIVE)).log2().floor());
    (a - b).abs() / (eps * power)
}

/// Whether the CPU fuses multiplications and additions, and so the library does.
pub(crate) fn fused() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::is_x86_feature_detected!("fma") && std::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    return cfg!(target_arch = "aarch64");
}
