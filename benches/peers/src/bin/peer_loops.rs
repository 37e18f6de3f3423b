//! What people write who want no library: a loop over the outputs, and in it a loop over the inputs.

use std::time::Instant;

use peers::{Data, Run, Workload, serve, single, sum_of_squares};

struct Dense {
    inputs: usize,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    fn forward(&self, x: &[f32], activation: fn(f32) -> f32, y: &mut [f32]) {
        for (o, y) in y.iter_mut().enumerate() {
            let mut sum = self.bias[o];
            for (i, x) in x.iter().enumerate() {
                sum += self.weight[o * self.inputs + i] * x;
            }
            *y = activation(sum);
        }
    }
}

fn softmax(y: &mut [f32]) {
    let max = y.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for y in y.iter_mut() {
        *y = (*y - max).exp();
        sum += *y;
    }
    for y in y.iter_mut() {
        *y /= sum;
    }
}

fn main() {
    serve(|workload, data| (workload.loss.is_none() && workload.is_plain()).then(|| predict(workload, data)));
}

fn predict(workload: &Workload, data: &Data) -> Run {
    let layers: Vec<Dense> = workload
        .tensors(data)
        .into_iter()
        .map(|(_, inputs, weight, bias)| Dense { inputs, weight: single(weight), bias: single(bias) })
        .collect();
    let activation: fn(f32) -> f32 = if workload.activation == "tanh" { f32::tanh } else { |z| z.max(0.0) };
    let (inputs, outputs, is_softmax) = (workload.inputs(), workload.outputs(), workload.output == "softmax");
    let widest = *workload.layers.iter().max().expect("layers");
    let (mut a, mut b) = (vec![0.0; widest], vec![0.0; widest]);
    let (x, mut y) = (single(&data.x), vec![0.0; outputs]);
    Box::new(move |predictions, _| {
        let start = Instant::now();
        for row in x.chunks_exact(inputs).cycle().take(predictions) {
            a[..inputs].copy_from_slice(row);
            for (l, layer) in layers.iter().enumerate() {
                let activation = if l + 1 < layers.len() { activation } else { |z| z };
                layer.forward(&a[..layer.inputs], activation, &mut b[..layer.bias.len()]);
                std::mem::swap(&mut a, &mut b);
            }
            y.copy_from_slice(&a[..outputs]);
            if is_softmax {
                softmax(&mut y);
            }
        }
        (sum_of_squares(&y), start.elapsed().as_secs_f64())
    })
}
