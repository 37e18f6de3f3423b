//! smallnet, by its public interface.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::Instant;

use peers::{Data, Run, Workload, serve, single, sum_of_squares};
use smallnet::deps::ndarray::{Array2, ArrayRef2};
use smallnet::{
    Batch, Dense, Epoch, FitSeed, Layer, Link, Loss, MeanSquaredError, MiniBatches, Mode, Network, Optimizer,
    ParamKind, Relu, Scalar, Sgd, Shards, SoftmaxCrossEntropy, Tanh, Targets, Trainer, fit_seeds, rng,
};

fn main() {
    serve(|workload, data| match (&workload.loss, workload.dtype.as_str()) {
        (None, _) => Some(predict(workload, data)),
        (Some(_), "f64") => train::<f64>(workload, data),
        (Some(_), _) => train::<f32>(workload, data),
    });
}

/// Calls a generic function with the workload's layers, as a tuple.
macro_rules! with_layers {
    ($workload:ident, $call:expr, $data:ident) => {
        match ($workload.activation.as_str(), &$workload.layers[1..]) {
            ("tanh", &[a, b]) => $call((Dense::new(a, Tanh), Dense::linear(b)), $workload, $data),
            ("relu", &[a, b]) => $call((Dense::new(a, Relu), Dense::linear(b)), $workload, $data),
            ("tanh", &[a, b, c]) => {
                $call((Dense::new(a, Tanh), Dense::new(b, Tanh), Dense::linear(c)), $workload, $data)
            }
            ("relu", &[a, b, c]) => {
                $call((Dense::new(a, Relu), Dense::new(b, Relu), Dense::linear(c)), $workload, $data)
            }
            other => panic!("no tuple for {other:?}"),
        }
    };
}

fn train<T: Scalar>(workload: &Workload, data: &Data) -> Option<Run> {
    if workload.seeds > 0 {
        return Some(with_layers!(workload, train_seeds, data));
    }
    Some(with_layers!(workload, train_layers::<T, _>, data))
}

fn train_layers<T: Scalar, L: Layer<T> + Clone + 'static>(
    layers: L,
    workload: &Workload,
    data: &Data,
) -> Run {
    let of = |values: &[f64]| values.iter().map(|&value| T::of(value)).collect::<Vec<T>>();
    let matrix =
        |values, columns| Array2::from_shape_vec((workload.samples, columns), of(values)).expect("a matrix");
    let x = matrix(&data.x, workload.inputs());
    let network = Network::from_params(workload.inputs(), layers, of(&data.params)).expect("it fits");
    let workload = workload.clone();
    if workload.loss.as_deref() == Some("squared_error") {
        let targets = matrix(&data.targets, workload.outputs());
        return Box::new(move |epochs, shuffled| {
            let batch = Batch::new(x.view(), &*targets).expect("finite");
            let (loss, network) = (MeanSquaredError::mean(), network.clone());
            on_the_pool(|| {
                train_loss::<T, L, ArrayRef2<T>, _>(&workload, network, &loss, batch, epochs, shuffled)
            })
        });
    }
    let labels: Vec<usize> = data.labels.iter().map(|&label| label as usize).collect();
    Box::new(move |epochs, shuffled| {
        let batch = Batch::new(x.view(), &labels[..]).expect("finite");
        let sum = workload.reduction == "sum";
        let loss = if sum { SoftmaxCrossEntropy::sum() } else { SoftmaxCrossEntropy::mean() };
        let network = network.clone();
        on_the_pool(|| train_loss(&workload, network, &loss, batch, epochs, shuffled))
    })
}

/// On a thread of rayon's pool, as `Trainer::fit` does it.
fn on_the_pool<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if rayon::current_num_threads() == 1 { work() } else { rayon::scope(|_| work()) }
}

fn train_loss<T: Scalar, L: Layer<T>, Y: Targets<T> + ?Sized, P: Loss<T, Y>>(
    workload: &Workload,
    network: Network<T, L>,
    loss: &P,
    samples: Batch<'_, T, Y>,
    epochs: usize,
    shuffled: bool,
) -> (f64, f64) {
    match workload.optimizer.as_str() {
        "adam" => train_with(smallnet::Adam::new(), workload, network, loss, samples, epochs, shuffled),
        _ => train_with(Sgd::new(), workload, network, loss, samples, epochs, shuffled),
    }
}

fn train_with<T: Scalar, L: Layer<T>, Y: Targets<T> + ?Sized, P: Loss<T, Y>, O: Optimizer<T>>(
    mut optimizer: O,
    workload: &Workload,
    mut network: Network<T, L>,
    loss: &P,
    samples: Batch<'_, T, Y>,
    epochs: usize,
    shuffled: bool,
) -> (f64, f64) {
    let layout = network.layout();
    let weights: Vec<_> = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight).collect();
    let mut batches = MiniBatches::new(samples, workload.batch).expect("batches");
    let (mut shards, mut rng) = (Shards::new(), rng(0));
    let mut gradient = vec![T::zero(); network.params().len()];
    optimizer.start(&layout).expect("it fits");
    let single = batches.count() == 1;
    let mut value = 0.0;
    let start = Instant::now();
    for epoch in 0..epochs {
        if shuffled {
            batches.shuffle(&mut rng);
        } else {
            batches.rewind();
        }
        value = 0.0;
        while let Some(rows) = batches.next_rows() {
            if !single || epoch == 0 {
                shards.gather(&network, &samples, rows);
            }
            let share = rows.len() as f64 / workload.samples as f64;
            let mode = Mode::train(0, epoch as u64);
            value += share * network.loss_and_gradient(loss, &mut shards, mode, &mut gradient).as_f64();
            if workload.l2 > 0.0 {
                for tensor in &weights {
                    let range = tensor.range.clone();
                    for (g, &w) in gradient[range.clone()].iter_mut().zip(&network.params()[range]) {
                        *g += T::of(workload.l2) * w;
                    }
                }
            }
            optimizer.step(T::of(workload.learning_rate), network.params_mut(), &gradient);
        }
    }
    (value, start.elapsed().as_secs_f64())
}

/// Many networks, by `fit_seeds`.
fn train_seeds<L: Layer<f32> + Clone + 'static>(layers: L, workload: &Workload, data: &Data) -> Run {
    let x = Array2::from_shape_vec((workload.samples, workload.inputs()), single(&data.x)).expect("a matrix");
    let labels: Vec<usize> = data.labels.iter().map(|&label| label as usize).collect();
    let params: Vec<f32> = single(&data.params);
    let workload = workload.clone();
    Box::new(move |epochs, _| {
        let train = Batch::new(x.view(), &labels[..]).expect("finite");
        let fit = |seed: u64| -> FitSeed<f64> {
            let scale = 0.5 + seed as f32 / workload.seeds as f32;
            let params = params.iter().map(|&value| value * scale).collect();
            let mut network = Network::from_params(workload.inputs(), layers.clone(), params)?;
            // The sum, as the other peers give it: a report has the mean.
            let mut loss = 0.0;
            let report = Trainer::new(Sgd::new())
                .learning_rate(workload.learning_rate)
                .l2(workload.l2)
                .full_batch()
                .epochs(epochs)
                .record_every(epochs)
                .callback(|epoch: &mut Epoch<'_, f32>| {
                    loss = epoch.running_loss() * train.samples() as f64;
                    ControlFlow::Continue(())
                })
                .fit(&mut network, &SoftmaxCrossEntropy::sum(), train, None)?;
            Ok((loss, report))
        };
        let losses = Mutex::new(vec![0.0; workload.seeds]);
        let fit_and_note = |seed: u64| {
            let (loss, report) = fit(seed)?;
            losses.lock().expect("no thread panics")[seed as usize] = loss;
            Ok((loss, report))
        };
        let start = Instant::now();
        fit_seeds(0..workload.seeds as u64, fit_and_note, |_| true).expect("it fits");
        let seconds = start.elapsed().as_secs_f64();
        (losses.into_inner().expect("no thread panics").iter().sum::<f64>() / workload.seeds as f64, seconds)
    })
}

fn predict(workload: &Workload, data: &Data) -> Run {
    with_layers!(workload, predict_layers, data)
}

fn predict_layers<L: Layer<f32> + Clone + 'static>(layers: L, workload: &Workload, data: &Data) -> Run {
    let (inputs, outputs) = (workload.inputs(), workload.outputs());
    let mut network = Network::from_params(inputs, layers, single(&data.params)).expect("it fits");
    network.set_link(if workload.output == "softmax" { Link::Softmax } else { Link::Identity });
    let x = single(&data.x);
    if workload.rows {
        let x = Array2::from_shape_vec((workload.samples, inputs), x).expect("a matrix");
        return Box::new(move |predictions, _| {
            let mut y = Array2::default((0, 0));
            let start = Instant::now();
            for _ in 0..predictions {
                y = network.predict_proba(x.view()).expect("it fits");
            }
            let seconds = start.elapsed().as_secs_f64();
            (sum_of_squares(y.as_slice().expect("in order")), seconds)
        });
    }
    let predictor = network.predictor();
    let mut y = vec![0.0_f32; outputs];
    Box::new(move |predictions, _| {
        let start = Instant::now();
        for row in x.chunks_exact(inputs).cycle().take(predictions) {
            predictor.predict_proba(row, &mut y).expect("it fits");
        }
        (sum_of_squares(&y), start.elapsed().as_secs_f64())
    })
}
