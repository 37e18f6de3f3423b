//! Times the products of dense layers, built-in against BLAS, in turns in one program:
//! `OPENBLAS_NUM_THREADS=1 cargo run --release --no-default-features --example measure`.

extern crate with_blas as _;

use std::hint::black_box;
use std::time::Instant;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};
use smallnet::Scalar;
use smallnet::memory::{batch_view, batch_view_mut};

/// Seconds of a call: the fastest of many short rounds, the two in turns.
fn race(ours: &mut dyn FnMut(), blas: &mut dyn FnMut()) -> [f64; 2] {
    let time = |work: &mut dyn FnMut(), times: u32| {
        let began = Instant::now();
        (0..times).for_each(|_| work());
        began.elapsed().as_secs_f64() / f64::from(times)
    };
    let one = time(ours, 3).min(time(ours, 3)).max(1e-9);
    let times = ((2e-3 / one) as u32).clamp(1, 10_000);
    let mut fastest = [f64::INFINITY; 2];
    for _ in 0..25 {
        fastest = [fastest[0].min(time(ours, times)), fastest[1].min(time(blas, times))];
    }
    fastest
}

fn values<T: Scalar>(len: usize) -> Vec<T> {
    (0..len).map(|i| T::of(((31 * i) % 255) as f64 / 255.0)).collect()
}

/// Seconds of the three products of a layer, each by both.
fn layer<T: Scalar>(inputs: usize, outputs: usize, batch: usize) -> [[f64; 2]; 3] {
    let (w, bias) = (values::<T>(inputs * outputs), values::<T>(outputs));
    let (x, dy) = (values::<T>(inputs * batch), values::<T>(outputs * batch));
    let (mut y, mut dx, mut dw) = (dy.clone(), x.clone(), w.clone());
    let (mut y_blas, mut dx_blas, mut dw_blas) = (dy.clone(), x.clone(), w.clone());
    let weight = ArrayView2::from_shape((outputs, inputs), &w).expect("its size");
    let forward =
        race(&mut || T::kernel_affine(&w, Some(&bias), black_box(&x), black_box(&mut y), batch), &mut || {
            y_blas.chunks_exact_mut(batch).zip(&bias).for_each(|(y, &b)| y.fill(b));
            let (x, mut y) =
                (batch_view(black_box(&x), batch, inputs), batch_view_mut(&mut y_blas, batch, outputs));
            general_mat_mul(T::one(), &x, &weight.t(), T::one(), black_box(&mut y));
        });
    let input_grad =
        race(&mut || T::kernel_affine_input_grad(&w, black_box(&dy), black_box(&mut dx), batch), &mut || {
            let (dy, mut dx) =
                (batch_view(black_box(&dy), batch, outputs), batch_view_mut(&mut dx_blas, batch, inputs));
            general_mat_mul(T::one(), &dy, &weight, T::zero(), black_box(&mut dx));
        });
    let weight_grad = race(
        &mut || T::kernel_affine_weight_grad(black_box(&dy), &x, black_box(&mut dw), batch),
        &mut || {
            let (x, dy) = (batch_view(&x, batch, inputs), batch_view(black_box(&dy), batch, outputs));
            let mut dw = ArrayViewMut2::from_shape((outputs, inputs), &mut dw_blas).expect("its size");
            general_mat_mul(T::one(), &dy.t(), &x, T::zero(), black_box(&mut dw));
        },
    );
    [forward, input_grad, weight_grad]
}

/// A row of the table, and the sums of a network's layers.
fn network<T: Scalar>(widths: &[usize], batch: usize) {
    let mut sum = [0.0; 2];
    for (index, pair) in widths.windows(2).enumerate() {
        let times = layer::<T>(pair[0], pair[1], batch);
        let name = format!("{} to {} of {batch}", pair[0], pair[1]);
        print!("| {} | {name} |", std::any::type_name::<T>());
        for (product, [ours, blas]) in times.into_iter().enumerate() {
            print!(" {:.2} |", ours / blas);
            // The gradient with respect to the samples is not computed.
            if index > 0 || product != 1 {
                sum = [sum[0] + ours, sum[1] + blas];
            }
        }
        println!(" {:.1} us |", 1e6 * times[0][0]);
    }
    println!(
        "| {} | {widths:?} of {batch}, a step | {:.2} | | | |",
        std::any::type_name::<T>(),
        sum[0] / sum[1]
    );
}

fn main() {
    println!("Above 1, BLAS is faster.\n");
    println!(
        "| | layer | forward | input gradient | weight gradient | forward, built-in |\n|---|---|---|---|---|---|"
    );
    network::<f32>(&[784, 128, 10], 128);
    network::<f64>(&[784, 128, 10], 128);
    network::<f32>(&[784, 512, 512, 10], 512);
    network::<f64>(&[784, 512, 512, 10], 512);
    for side in [8, 16, 32, 48, 64, 96, 128, 192, 256, 384, 1024] {
        network::<f32>(&[side, side], side);
        network::<f64>(&[side, side], side);
    }
    for (inputs, outputs, batch) in [
        (4, 256, 4096),
        (256, 4, 4096),
        (256, 10, 4096),
        (64, 64, 4096),
        (16, 16, 4096),
        (512, 512, 8),
        (512, 512, 2),
        (1024, 1024, 32),
    ] {
        network::<f32>(&[inputs, outputs], batch);
        network::<f64>(&[inputs, outputs], batch);
    }
}
