//! burn: `Linear` layers, its losses and its optimizers, on the backend that the third argument names.

use std::time::Instant;

use burn::module::{Module, Param, ParamGroup};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation};
use peers::{Data, Orders, Run, Workload, serve, single, sum_of_squares};

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    fn new(workload: &Workload, data: &Data, device: &Device, dtype: DType) -> Self {
        let layer = |(outputs, inputs, weight, bias): (usize, usize, &[f64], &[f64])| {
            let mut layer = LinearConfig::new(inputs, outputs).init(device);
            layer.weight = Param::from_tensor(tensor(weight, [outputs, inputs], device, dtype).transpose());
            layer.bias = Some(Param::from_tensor(tensor(bias, [outputs], device, dtype)));
            layer
        };
        Self { layers: workload.tensors(data).into_iter().map(layer).collect() }
    }

    fn forward(&self, mut x: Tensor<2>, tanh: bool) -> Tensor<2> {
        let (last, hidden) = self.layers.split_last().expect("a layer");
        for layer in hidden {
            let z = layer.forward(x);
            x = if tanh { activation::tanh(z) } else { activation::relu(z) };
        }
        last.forward(x)
    }
}

fn tensor<const D: usize>(values: &[f64], shape: [usize; D], device: &Device, dtype: DType) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), (device, dtype))
}

enum Target {
    Classes(Tensor<1, Int>),
    Values(Tensor<2>),
}

impl Target {
    fn select(&self, rows: &Tensor<1, Int>) -> Self {
        match self {
            Self::Classes(labels) => Self::Classes(labels.clone().select(0, rows.clone())),
            Self::Values(values) => Self::Values(values.clone().select(0, rows.clone())),
        }
    }

    fn mean_loss(&self, output: Tensor<2>) -> Tensor<1> {
        match self {
            Self::Classes(labels) => {
                CrossEntropyLossConfig::new().init(&output.device()).forward(output, labels.clone())
            }
            Self::Values(values) => MseLoss::new().forward(output, values.clone(), Reduction::Mean),
        }
    }
}

#[expect(deprecated, reason = "the backend that flex replaces is still the one that many programs have")]
fn main() {
    let device = match std::env::args().nth(3).as_deref() {
        Some("flex") => Device::flex(),
        Some("ndarray") => Device::ndarray(),
        other => panic!("expected flex or ndarray, found {other:?}"),
    };
    serve(|workload, data| {
        workload.is_plain().then(|| {
            if workload.loss.is_none() {
                predict(workload, data, device.clone())
            } else {
                train(workload, data, device.clone().autodiff())
            }
        })
    });
}

fn optimizer(workload: &Workload) -> ModuleOptimizer {
    if workload.optimizer == "adam" {
        // As everyone else's; burn's default is 1e-5.
        return AdamConfig::new().with_epsilon(1e-8).init();
    }
    let optimizer = SgdConfig::new().init();
    if workload.l2 == 0.0 {
        return optimizer;
    }
    let decayed = SgdConfig::new().with_weight_decay(Some(WeightDecayConfig::new(workload.l2 as f32)));
    optimizer.with_group(ParamGroup::from_predicate("weight"), decayed.build(), None)
}

fn train(workload: &Workload, data: &Data, device: Device) -> Run {
    let dtype = if workload.dtype == "f64" { DType::F64 } else { DType::F32 };
    let all_x: Tensor<2> = tensor(&data.x, [workload.samples, workload.inputs()], &device, dtype);
    let all_y = if workload.loss.as_deref() == Some("cross_entropy") {
        let labels: Vec<i64> = data.labels.iter().map(|&label| i64::from(label)).collect();
        Target::Classes(Tensor::from_data(TensorData::new(labels, [workload.samples]), &device))
    } else {
        Target::Values(tensor(&data.targets, [workload.samples, workload.outputs()], &device, dtype))
    };
    let (workload, initial) = (workload.clone(), Mlp::new(workload, data, &device, dtype));
    let (tanh, full) = (workload.activation == "tanh", workload.batch == workload.samples);
    Box::new(move |epochs, shuffled| {
        let mut network = initial.clone();
        let mut optimizer = optimizer(&workload);
        let mut orders = Orders::new(workload.samples);
        let mut value = 0.0;
        let start = Instant::now();
        for _ in 0..epochs {
            value = 0.0;
            for rows in orders.next(shuffled && !full).chunks(workload.batch) {
                let loss = if full {
                    all_y.mean_loss(network.forward(all_x.clone(), tanh))
                } else {
                    let indices: Vec<i64> = rows.iter().map(|&row| i64::from(row)).collect();
                    let indices =
                        Tensor::<1, Int>::from_data(TensorData::new(indices, [rows.len()]), &device);
                    let y = all_y.select(&indices);
                    y.mean_loss(network.forward(all_x.clone().select(0, indices), tanh))
                };
                let loss =
                    if workload.reduction == "sum" { loss.mul_scalar(rows.len() as f64) } else { loss };
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = optimizer.step(workload.learning_rate, network, gradients);
                value += loss.into_scalar::<f64>() * rows.len() as f64 / workload.samples as f64;
            }
        }
        (value, start.elapsed().as_secs_f64())
    })
}

fn predict(workload: &Workload, data: &Data, device: Device) -> Run {
    let network = Mlp::new(workload, data, &device, DType::F32);
    let (tanh, is_softmax) = (workload.activation == "tanh", workload.output == "softmax");
    let inputs = workload.inputs();
    let (x, mut y) = (single(&data.x), vec![0.0_f32; workload.outputs()]);
    Box::new(move |predictions, _| {
        let start = Instant::now();
        for row in x.chunks_exact(inputs).cycle().take(predictions) {
            let row = Tensor::<2>::from_data(TensorData::new(row.to_vec(), [1, inputs]), &device);
            let mut output = network.forward(row, tanh);
            if is_softmax {
                output = activation::softmax(output, 1);
            }
            y.copy_from_slice(output.into_data().as_slice::<f32>().expect("f32"));
        }
        (sum_of_squares(&y), start.elapsed().as_secs_f64())
    })
}
