//! The kernels that training spends its time in, on the shapes of the workloads:
//! `cargo bench -p nn-benches --bench kernels`.

use std::any::type_name;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use nn::Scalar;
use nn_benches::table;

fn values<T: Scalar>(len: usize) -> Vec<T> {
    table(1, len).into_raw_vec_and_offset().0
}

fn elementary<T: Scalar>(c: &mut Criterion) {
    let mut group = c.benchmark_group(format!("elementary_{}", type_name::<T>()));
    let xs: Vec<T> = values::<T>(6000).into_iter().map(|x| x * T::of(6.0) - T::of(3.0)).collect();
    group.throughput(Throughput::Elements(xs.len() as u64));
    let kernels: [(&str, fn(&mut [T])); 3] =
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

criterion_group!(benches, kernels);
criterion_main!(benches);
