//! One epoch of full-batch gradient descent on the problems of the reference: forward, loss, backward, L2, step.

use criterion::{Criterion, criterion_group, criterion_main};
use nn::{
    Classification, Dense, Layer, Network, NoisyXor, Optimizer, RotatedSpirals, Scalar, Sequential, Sgd,
    SoftmaxCrossEntropy, Tanh, Workspace,
};

fn epoch<T: Scalar, L: Layer<T>>(c: &mut Criterion, name: &str, data: &Classification<T>, layers: L) {
    let mut network = Network::new(data.features(), layers, 0).expect("it fits");
    let mut workspace = Workspace::new();
    let mut gradient = vec![T::zero(); network.params().len()];
    let mut optimizer = Sgd::new();
    let loss = SoftmaxCrossEntropy::sum();
    let mut batches = data.mini_batches(data.samples()).expect("at least one sample");
    c.bench_function(name, |bencher| {
        bencher.iter(|| {
            batches.rewind();
            let batch = batches.next().expect("a batch");
            let pass = network.forward(batch.x(), &mut workspace).expect("it fits");
            let value = pass.backward(&loss, batch.y(), None, &mut gradient).expect("valid labels");
            // L2 on all parameters: what it costs on the weights alone is less.
            for (g, &p) in gradient.iter_mut().zip(network.params()) {
                *g += T::of(1e-3) * p;
            }
            optimizer.step(T::of(1e-3), network.params_mut(), &gradient);
            value
        });
    });
}

fn spirals(c: &mut Criterion) {
    let double = RotatedSpirals::default().generate::<f64>(0).expect("default settings");
    let single = RotatedSpirals::default().generate::<f32>(0).expect("default settings");
    epoch(c, "spirals_epoch_f64", &double, (Dense::new(15, Tanh), Dense::linear(4)));
    epoch(c, "spirals_epoch_f32", &single, (Dense::new(15, Tanh), Dense::linear(4)));
    let dynamic = Sequential::new().then(Dense::new(15, Tanh)).then(Dense::linear(4));
    epoch(c, "spirals_epoch_f64_dynamic", &double, dynamic);
}

fn xor(c: &mut Criterion) {
    let double = NoisyXor::default().generate::<f64>(0).expect("default settings");
    let single = NoisyXor::default().generate::<f32>(0).expect("default settings");
    epoch(c, "xor_epoch_f64", &double, (Dense::new(7, Tanh), Dense::linear(2)));
    epoch(c, "xor_epoch_f32", &single, (Dense::new(7, Tanh), Dense::linear(2)));
}

criterion_group!(benches, spirals, xor);
criterion_main!(benches);
