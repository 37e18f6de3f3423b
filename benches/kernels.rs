//! The kernels that training spends its time in, on the shapes of the workloads:
//! `cargo bench -p smallnet-benches --bench kernels`.

use std::any::type_name;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use smallnet::{Activation, Adam, Dense, Network, Optimizer, Scalar, Tanh};
use smallnet_benches::table;

fn values<T: Scalar>(len: usize) -> Vec<T> {
    table(1, len).into_raw_vec_and_offset().0
}

/// A kernel on slices.
type Slices<T> = fn(&mut [T]);

fn elementary<T: Scalar>(c: &mut Criterion) {
    let mut group = c.benchmark_group(format!("elementary_{}", type_name::<T>()));
    let xs: Vec<T> = values::<T>(6000).into_iter().map(|x| x * T::of(6.0) - T::of(3.0)).collect();
    group.throughput(Throughput::Elements(xs.len() as u64));
    let kernels: [(&str, Slices<T>); 3] =
        [("exp", T::kernel_exp_slice), ("tanh", T::kernel_tanh_slice), ("sigmoid", T::kernel_sigmoid_slice)];
    for (name, kernel) in kernels {
        let mut ys = xs.clone();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                ys.copy_from_slice(&xs);
                kernel(black_box(&mut ys));
            });
        });
    }
}

/// The products of a layer of `shape` inputs, outputs and samples; the throughput is in multiplications.
fn products<T: Scalar>(c: &mut Criterion, shape: [usize; 3]) {
    let [inputs, outputs, batch] = shape;
    let name = format!("products_{}_{inputs}_to_{outputs}_of_{batch}", type_name::<T>());
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements((inputs * outputs * batch) as u64));
    let (w, b) = (values::<T>(inputs * outputs), values::<T>(outputs));
    let (x, dy) = (values::<T>(inputs * batch), values::<T>(outputs * batch));
    let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
    group.bench_function("affine", |bencher| {
        bencher.iter(|| T::kernel_affine(&w, Some(&b), black_box(&x), black_box(&mut y), batch));
    });
    group.bench_function("input_grad", |bencher| {
        bencher.iter(|| T::kernel_affine_input_grad(&w, black_box(&dy), black_box(&mut dx), batch));
    });
    group.bench_function("weight_grad", |bencher| {
        bencher.iter(|| T::kernel_affine_weight_grad(black_box(&dy), &x, black_box(&mut dw), batch));
    });
}

/// What saturates must not be slower: the tails of tanh, and the squares of tiny gradients, which are subnormal.
fn tiny_numbers(c: &mut Criterion) {
    let network = Network::<f32, _>::new(77, Dense::linear(77), 0).expect("it fits");
    let mut group = c.benchmark_group("tiny_numbers");
    for (name, gradient) in [("adam_of_1e-3", 1e-3), ("adam_of_1e-20", 1e-20)] {
        let (mut params, gradient) = (network.params().to_vec(), vec![gradient; network.params().len()]);
        let mut adam = Adam::<f32>::new();
        adam.start(&network.layout()).expect("default settings");
        group.bench_function(name, |bencher| {
            bencher.iter(|| adam.step(1e-3, black_box(&mut params), &gradient));
        });
    }
    for (name, z) in [("tanh_slope_of_1", 1.0_f32), ("tanh_slope_of_50", 50.0)] {
        let (a, mut da) = (vec![Tanh.apply(z); 6000], vec![1e-30_f32; 6000]);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                da.fill(1e-30);
                Tanh.backprop_slice(&a, &a, black_box(&mut da));
            });
        });
    }
}

fn kernels(c: &mut Criterion) {
    elementary::<f64>(c);
    elementary::<f32>(c);
    products::<f64>(c, [2, 15, 400]);
    products::<f64>(c, [15, 4, 400]);
    for shape in [[2, 15, 400], [15, 4, 400], [64, 32, 32], [32, 10, 32], [784, 128, 128], [128, 10, 128]] {
        products::<f32>(c, shape);
    }
    for shape in [[784, 512, 512], [512, 512, 512], [512, 10, 512], [32, 16, 256], [784, 128, 1]] {
        products::<f32>(c, shape);
    }
}

criterion_group!(benches, kernels, tiny_numbers);
criterion_main!(benches);
