//! candle: `Linear` layers, its losses, its Adam; gradient descent by hand, since its own has no weight decay.

use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, loss, ops};
use peers::{Data, Orders, Run, Workload, serve, single, sum_of_squares};

struct Mlp {
    /// Weight and bias of each layer, in turn.
    vars: Vec<Var>,
    layers: Vec<Linear>,
    tanh: bool,
}

impl Mlp {
    fn new(workload: &Workload, data: &Data, dtype: DType) -> Result<Self> {
        let mut vars = Vec::new();
        for (outputs, inputs, weight, bias) in workload.tensors(data) {
            vars.push(Var::from_tensor(&tensor(weight, (outputs, inputs), dtype)?)?);
            vars.push(Var::from_tensor(&tensor(bias, outputs, dtype)?)?);
        }
        Ok(Self::of(vars, workload.activation == "tanh"))
    }

    fn of(vars: Vec<Var>, tanh: bool) -> Self {
        let tensor = |var: &Var| var.as_tensor().clone();
        let layers =
            vars.chunks(2).map(|pair| Linear::new(tensor(&pair[0]), Some(tensor(&pair[1])))).collect();
        Self { vars, layers, tanh }
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (last, hidden) = self.layers.split_last().expect("a layer");
        let mut x = x.clone();
        for layer in hidden {
            let z = layer.forward(&x)?;
            x = if self.tanh { z.tanh()? } else { z.relu()? };
        }
        last.forward(&x)
    }
}

fn tensor(values: &[f64], shape: impl Into<candle_core::Shape>, dtype: DType) -> Result<Tensor> {
    Tensor::from_slice(values, shape, &Device::Cpu)?.to_dtype(dtype)
}

fn main() {
    serve(|workload, data| {
        workload.is_plain().then(|| {
            if workload.loss.is_none() { predict(workload, data) } else { train(workload, data) }
                .expect("it fits")
        })
    });
}

fn train(workload: &Workload, data: &Data) -> Result<Run> {
    let dtype = if workload.dtype == "f64" { DType::F64 } else { DType::F32 };
    let x = tensor(&data.x, (workload.samples, workload.inputs()), dtype)?;
    let is_class = workload.loss.as_deref() == Some("cross_entropy");
    let y = if is_class {
        Tensor::from_slice(&data.labels, workload.samples, &Device::Cpu)?
    } else {
        tensor(&data.targets, (workload.samples, workload.outputs()), dtype)?
    };
    let (workload, initial) = (workload.clone(), Mlp::new(workload, data, dtype)?);
    Ok(Box::new(move |epochs, shuffled| {
        epochs_of(&workload, &initial, &x, &y, is_class, epochs, shuffled).expect("it fits")
    }))
}

fn epochs_of(
    workload: &Workload,
    initial: &Mlp,
    x: &Tensor,
    y: &Tensor,
    is_class: bool,
    epochs: usize,
    shuffled: bool,
) -> Result<(f64, f64)> {
    let vars = initial
        .vars
        .iter()
        .map(|var| Var::from_tensor(&var.as_tensor().copy()?))
        .collect::<Result<Vec<_>>>()?;
    let network = Mlp::of(vars, initial.tanh);
    let rate = workload.learning_rate;
    let settings = ParamsAdamW { lr: rate, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut adam = AdamW::new(network.vars.clone(), settings)?;
    let mut orders = Orders::new(workload.samples);
    let full = workload.batch == workload.samples;
    let mut value = 0.0;
    let start = Instant::now();
    for _ in 0..epochs {
        value = 0.0;
        for rows in orders.next(shuffled && !full).chunks(workload.batch) {
            let (x, y) = if full {
                (x.clone(), y.clone())
            } else {
                let rows = Tensor::from_slice(rows, rows.len(), &Device::Cpu)?;
                (x.index_select(&rows, 0)?, y.index_select(&rows, 0)?)
            };
            let output = network.forward(&x)?;
            let mut mean = if is_class { loss::cross_entropy(&output, &y)? } else { loss::mse(&output, &y)? };
            if workload.reduction == "sum" {
                mean = (mean * rows.len() as f64)?;
            }
            let gradients = mean.backward()?;
            if workload.optimizer == "adam" {
                adam.step(&gradients)?;
            } else {
                for (n, var) in network.vars.iter().enumerate() {
                    let decayed = workload.l2 > 0.0 && n % 2 == 0;
                    let kept = if decayed {
                        (var.as_tensor() * (1.0 - rate * workload.l2))?
                    } else {
                        var.as_tensor().clone()
                    };
                    let gradient = gradients.get(var).expect("every parameter has one");
                    var.set(&(kept - (gradient * rate)?)?)?;
                }
            }
            value +=
                mean.to_dtype(DType::F64)?.to_scalar::<f64>()? * rows.len() as f64 / workload.samples as f64;
        }
    }
    Ok((value, start.elapsed().as_secs_f64()))
}

fn predict(workload: &Workload, data: &Data) -> Result<Run> {
    let network = Mlp::new(workload, data, DType::F32)?;
    // Plain tensors: the parameters are not tracked.
    let network = Mlp {
        layers: network
            .layers
            .iter()
            .map(|l| Linear::new(l.weight().detach(), l.bias().map(Tensor::detach)))
            .collect(),
        ..network
    };
    let (inputs, is_softmax) = (workload.inputs(), workload.output == "softmax");
    let (x, mut y) = (single(&data.x), vec![0.0_f32; workload.outputs()]);
    Ok(Box::new(move |predictions, _| {
        let start = Instant::now();
        for row in x.chunks_exact(inputs).cycle().take(predictions) {
            let one = || -> Result<Vec<f32>> {
                let mut output = network.forward(&Tensor::from_slice(row, (1, inputs), &Device::Cpu)?)?;
                if is_softmax {
                    output = ops::softmax_last_dim(&output)?;
                }
                output.squeeze(0)?.to_vec1()
            };
            y = one().expect("it fits");
        }
        (sum_of_squares(&y), start.elapsed().as_secs_f64())
    }))
}
