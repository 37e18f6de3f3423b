//! Correct layers and networks, drawn at random, which the gradient checker must let pass.

use ndarray::Array2;
use nn_core::gradcheck::{self, Dual, DualTargets, Failure, Report};
use nn_core::{
    ActivationSpec, Architecture, Backward, Batch, BinaryCrossEntropy, CrossEntropy, Forward,
    HalfSquaredError, Init, Layer, LayerInfo, LayerSpec, Loss, MeanSquaredError, Network, ParamSpec,
    Reduction, Sequential, ShapeError, SoftmaxCrossEntropy, StateUpdate, rng,
};
use proptest::prelude::*;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// A chain chosen at run time that exists for dual numbers as well.
pub(crate) struct Twins {
    real: Sequential<f64>,
    dual: Sequential<Dual>,
}

impl Twins {
    pub(crate) fn new(specs: &[LayerSpec]) -> Self {
        Self { real: Sequential::from_specs(specs), dual: Sequential::from_specs(specs) }
    }
}

impl Architecture for Twins {
    fn name(&self) -> &'static str {
        self.real.name()
    }
    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        self.real.out_dim(in_dim)
    }
    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.real.visit_params(in_dim, visit);
    }
    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        self.real.visit_layers(in_dim, visit);
    }
    fn param_len(&self, in_dim: usize) -> usize {
        self.real.param_len(in_dim)
    }
    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.real.visit_state(in_dim, visit);
    }
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        self.real.work_len(batch, in_dim)
    }
}

macro_rules! delegate {
    ($scalar:ty, $twin:ident) => {
        impl Layer<$scalar> for Twins {
            fn init(&self, in_dim: usize, params: &mut [$scalar], init: Init, rng: &mut dyn Rng) {
                self.$twin.init(in_dim, params, init, rng);
            }
            fn init_state(&self, in_dim: usize, state: &mut [$scalar]) {
                self.$twin.init_state(in_dim, state);
            }
            fn forward(&self, pass: Forward<'_, $scalar>) {
                self.$twin.forward(pass);
            }
            fn backward(&self, pass: Backward<'_, $scalar>) {
                self.$twin.backward(pass);
            }
            fn update_state(&self, update: StateUpdate<'_, $scalar>) {
                self.$twin.update_state(update);
            }
        }
    };
}

delegate!(f64, real);
delegate!(Dual, dual);

/// A correct network with its data, drawn at random.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    specs: Vec<LayerSpec>,
    in_dim: usize,
    samples: usize,
    loss: LossKind,
    reduction: Reduction,
    weights: Option<Vec<f64>>,
    seed: u64,
}

#[derive(Debug, Clone, Copy)]
enum LossKind {
    SoftmaxLabels,
    SoftmaxRows,
    Logistic,
    HalfSquared,
    MeanSquared,
    /// Ends the network in a softmax.
    CrossEntropyLabels,
    /// Ends the network in a softmax.
    CrossEntropyRows,
}

pub(crate) fn activations() -> impl Strategy<Value = ActivationSpec> {
    prop_oneof![
        Just(ActivationSpec::Identity),
        (-0.5..0.5).prop_map(|slope| ActivationSpec::LeakyRelu { slope }),
        Just(ActivationSpec::Relu),
        Just(ActivationSpec::Sigmoid),
        Just(ActivationSpec::Softplus),
        Just(ActivationSpec::Tanh),
    ]
}

/// A dense layer; or an activation or softmax of its own after it; or a residual block after it.
pub(crate) fn blocks() -> impl Strategy<Value = Vec<LayerSpec>> {
    let dense = (1..=6_usize, activations(), any::<bool>()).prop_map(|(units, activation, bias)| {
        let spec = LayerSpec::Dense {
            units,
            activation: Some(activation),
            bias,
            init: None,
            bias_init: None,
            inputs: None,
        };
        (units, spec)
    });
    (dense, activations(), activations(), 0..9).prop_map(|((units, dense), first, second, what)| match what {
        0 => vec![dense, LayerSpec::Activation(first)],
        1 => vec![dense, LayerSpec::Softmax],
        2 => {
            let inner = |units, activation| LayerSpec::Dense {
                units,
                activation: Some(activation),
                bias: true,
                init: None,
                bias_init: None,
                inputs: None,
            };
            vec![dense, LayerSpec::Residual(vec![inner(3, first), inner(units, second)])]
        }
        3 => vec![LayerSpec::Chain(vec![dense, LayerSpec::Activation(second)])],
        // With an eps of this size a sample that is almost 0 has no steep derivative.
        4 => vec![dense, LayerSpec::BatchNorm { momentum: 0.1, eps: 0.1, gain: true, bias: units % 2 == 0 }],
        5 => vec![dense, LayerSpec::LayerNorm { eps: 0.1, gain: units % 2 == 0, bias: true }],
        6 => vec![dense, LayerSpec::RmsNorm { eps: Some(0.1), gain: true }],
        _ => vec![dense],
    })
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let loss = prop_oneof![
        Just(LossKind::SoftmaxLabels),
        Just(LossKind::SoftmaxRows),
        Just(LossKind::Logistic),
        Just(LossKind::HalfSquared),
        Just(LossKind::MeanSquared),
        Just(LossKind::CrossEntropyLabels),
        Just(LossKind::CrossEntropyRows),
    ];
    let reduction = prop_oneof![Just(Reduction::Mean), Just(Reduction::Sum)];
    (
        proptest::collection::vec(blocks(), 1..=4),
        1..=5_usize,
        1..=4_usize,
        loss,
        reduction,
        any::<bool>(),
        any::<u32>(),
    )
        .prop_map(|(blocks, in_dim, samples, loss, reduction, weighted, seed)| {
            let mut specs: Vec<LayerSpec> = blocks.concat();
            if matches!(loss, LossKind::CrossEntropyLabels | LossKind::CrossEntropyRows) {
                specs.push(LayerSpec::Softmax);
            }
            // One weight may be 0, as for a sample that is left out.
            let weights = weighted.then(|| (0..samples).map(|n| 1.5 - 0.5 * n as f64).collect());
            Case { specs, in_dim, samples, loss, reduction, weights, seed: seed.into() }
        })
}

pub(crate) fn normals(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut rng = rng(seed);
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(&mut rng))
}

/// Rows of probabilities.
fn shares(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut values = normals(rows, columns, seed).mapv(f64::exp);
    for mut row in values.rows_mut() {
        row /= row.sum();
    }
    values
}

impl Case {
    pub(crate) fn check(&self) -> Result<Report, Failure> {
        let layers = Twins::new(&self.specs);
        let outputs = layers.out_dim(self.in_dim)?;
        // The loss is averaged or added up by the same code, whatever its type.
        macro_rules! reduced {
            ($loss:ident) => {
                if self.reduction == Reduction::Mean { $loss::mean() } else { $loss::sum() }
            };
        }
        let labels: Vec<usize> = (0..self.samples).map(|n| (n + 1) % outputs).collect();
        let rows = shares(self.samples, outputs, self.seed ^ 2);
        let values = normals(self.samples, outputs, self.seed ^ 2);
        match self.loss {
            // A softmax of one output is refused.
            LossKind::SoftmaxLabels | LossKind::SoftmaxRows if outputs < 2 => {
                self.against(layers, &reduced!(HalfSquaredError), &*values)
            }
            LossKind::SoftmaxLabels => self.against(layers, &reduced!(SoftmaxCrossEntropy), &labels[..]),
            LossKind::SoftmaxRows => self.against(layers, &reduced!(SoftmaxCrossEntropy), &*rows),
            LossKind::Logistic => self.against(layers, &reduced!(BinaryCrossEntropy), &*rows),
            LossKind::HalfSquared => self.against(layers, &reduced!(HalfSquaredError), &*values),
            LossKind::MeanSquared => self.against(layers, &reduced!(MeanSquaredError), &*values),
            LossKind::CrossEntropyLabels => self.against(layers, &reduced!(CrossEntropy), &labels[..]),
            LossKind::CrossEntropyRows => self.against(layers, &reduced!(CrossEntropy), &*rows),
        }
    }

    fn against<P, Y>(&self, layers: Twins, loss: &P, target: &Y) -> Result<Report, Failure>
    where
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
    {
        let network = Network::new(self.in_dim, layers, self.seed)?;
        let x = normals(self.samples, self.in_dim, self.seed ^ 1);
        let mut batch = Batch::new(x.view(), target)?;
        if let Some(weights) = &self.weights {
            batch = batch.with_weights(weights)?;
        }
        let report = gradcheck::network(&network, loss, batch)?;
        let coordinates = network.params().len() + x.len();
        assert_eq!((report.numeric, report.exact), (2 * coordinates, 2 * coordinates), "all are checked");
        Ok(report)
    }
}
