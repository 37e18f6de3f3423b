//! A plan is run here too: for the samples that a file tests itself with, and to calibrate integers.

use nn_core::{Activation, Scalar};

use super::{Op, Plan, Precision, Step};

impl Plan {
    /// The predictions for a sample, computed by the plan's operations, one after the other, in the network's number
    /// type: what exported files compute where sums are fused.
    ///
    /// # Errors
    /// [`ExportError::Length`](super::ExportError::Length) when `x` has another length.
    pub fn run(&self, x: &[f64]) -> Result<Vec<f64>, super::ExportError> {
        if x.len() != self.inputs {
            return Err(super::ExportError::Length {
                what: "features",
                expected: self.inputs,
                found: x.len(),
            });
        }
        Ok(match self.precision {
            Precision::F32 => self.run_as::<f32>(x),
            Precision::F64 => self.run_as::<f64>(x),
        })
    }

    pub(super) fn run_as<T: Scalar>(&self, x: &[f64]) -> Vec<f64> {
        let x = x.iter().map(|&x| T::of(x)).collect();
        run(&self.steps, x).into_iter().map(T::as_f64).collect()
    }
}

pub(super) fn run<T: Scalar>(steps: &[Step], x: Vec<T>) -> Vec<T> {
    steps.iter().fold(x, |x, step| step.run(x))
}

impl Step {
    /// The operation's outputs.
    pub(super) fn run<T: Scalar>(&self, mut x: Vec<T>) -> Vec<T> {
        let with = |x: &mut [T], constants: &[f64], f: fn(T, T) -> T| {
            x.iter_mut().zip(constants).for_each(|(x, &c)| *x = f(*x, T::of(c)));
        };
        match &self.op {
            Op::Dense { weight, bias } => {
                let rows = weight.chunks_exact(self.inputs);
                return rows
                    .zip(bias)
                    .map(|(row, &b)| {
                        row.iter().zip(&x).fold(T::of(b), |sum, (&w, &x)| T::of(w).mul_add(x, sum))
                    })
                    .collect();
            }
            Op::Subtract(c) => with(&mut x, c, |x, c| x - c),
            Op::Divide(c) => with(&mut x, c, |x, c| x / c),
            Op::Multiply(c) => with(&mut x, c, |x, c| x * c),
            Op::Add(c) => with(&mut x, c, |x, c| x + c),
            Op::Activation(f) => f.apply_slice(&mut x),
            Op::PRelu(c) => with(&mut x, c, |x, c| if x > T::zero() { x } else { c * x }),
            Op::LayerNorm { eps } => {
                let n = T::of(x.len() as f64);
                let mean = sum(x.iter().copied()) / n;
                x.iter_mut().for_each(|x| *x -= mean);
                let scale = (sum(x.iter().map(|&x| x * x)) / n + T::of(*eps)).sqrt().recip();
                x.iter_mut().for_each(|x| *x *= scale);
            }
            Op::RmsNorm { eps } => {
                let n = T::of(x.len() as f64);
                let scale = (sum(x.iter().map(|&x| x * x)) / n + T::of(*eps)).sqrt().recip();
                x.iter_mut().for_each(|x| *x *= scale);
            }
            Op::Softmax => {
                subtract_largest(&mut x);
                T::kernel_exp_slice(&mut x);
                let total = sum(x.iter().copied());
                x.iter_mut().for_each(|x| *x /= total);
            }
            Op::LogSoftmax => {
                subtract_largest(&mut x);
                let log_sum = sum(x.iter().map(|x| x.kernel_exp())).kernel_ln();
                x.iter_mut().for_each(|x| *x -= log_sum);
            }
            Op::Residual(steps) => {
                let inner = run(steps, x.clone());
                x.iter_mut().zip(inner).for_each(|(x, y)| *x += y);
            }
            Op::Parallel(branches) => {
                return branches.iter().flat_map(|steps| run(steps, x.clone())).collect();
            }
        }
        x
    }
}

fn sum<T: Scalar>(values: impl Iterator<Item = T>) -> T {
    values.fold(T::zero(), |sum, value| sum + value)
}

fn subtract_largest<T: Scalar>(x: &mut [T]) {
    let largest = x.iter().fold(x[0], |largest, &x| if x > largest { x } else { largest });
    x.iter_mut().for_each(|x| *x -= largest);
}
