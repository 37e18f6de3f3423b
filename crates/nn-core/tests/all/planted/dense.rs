//! A fully connected tanh layer, y = tanh(x Wᵀ + b), written out in loops so that each mistake is one changed term.

use std::sync::Mutex;

use nn_core::{Architecture, Backward, Forward, Init, Layer, ParamKind, ParamSpec, Scalar, ShapeError};
use rand::Rng;

/// Inputs and outputs: as many of both, so that a transposed weight fits.
pub(crate) const DIM: usize = 3;

/// What is wrong with the layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bug {
    None,
    WeightTransposedInDx,
    WeightGradientTransposed,
    BiasGradientShifted,
    BiasGradientOfFirstSample,
    BiasGradientOfLastSample,
    BiasGradientAveraged,
    /// The rest behind the last whole block of 16 samples is left out, as in a loop unrolled by hand.
    BiasGradientOfWholeBlocks,
    DerivativeAtOutput,
    DerivativeForgotten,
    AddsToWeightGradient,
    AddsToInputGradient,
    SkipsOneWeightGradient,
    SkipsLastInputGradient,
    SkipsLastOutput,
    AddsToWork,
    BiasGradientNeedsDx,
    SampleMajorInputGradient,
    SampleMajorBias,
    RemembersLastInput,
    RemembersFirstWeight,
    RemembersLastWeight,
    ParamLenForgetsBias,
    InitForgetsBias,
}

/// The layer.
pub(crate) struct Planted {
    bug: Bug,
    /// State that a layer must not have.
    memory: Mutex<Vec<f64>>,
}

impl Planted {
    pub(crate) fn new(bug: Bug) -> Self {
        Self { bug, memory: Mutex::default() }
    }

    /// The layer's wrong memory, filled with `values` if it is empty or is to be `refresh`ed.
    fn remember<T: Scalar>(&self, values: impl Iterator<Item = T>, refresh: bool) -> Vec<T> {
        let mut memory = self.memory.lock().expect("no panic while it was held");
        if memory.is_empty() || refresh {
            *memory = values.map(Scalar::as_f64).collect();
        }
        memory.iter().map(|&value| T::of(value)).collect()
    }
}

impl Architecture for Planted {
    fn name(&self) -> &'static str {
        "Planted"
    }

    fn out_dim(&self, _in_dim: usize) -> Result<usize, ShapeError> {
        Ok(DIM)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit(ParamSpec::new("weight", &[DIM, in_dim], ParamKind::Weight));
        visit(ParamSpec::new("bias", &[DIM], ParamKind::Bias));
    }

    fn param_len(&self, in_dim: usize) -> usize {
        if self.bug == Bug::ParamLenForgetsBias { DIM * in_dim } else { DIM * (in_dim + 1) }
    }

    fn work_len(&self, batch: usize, _in_dim: usize) -> usize {
        batch * DIM
    }
}

impl<T: Scalar> Layer<T> for Planted {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        let (weight, bias) = params.split_at_mut(DIM * in_dim);
        init.fill(weight, in_dim, DIM, rng);
        if self.bug != Bug::InitForgetsBias {
            bias.fill(T::zero());
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, x, mut y, work, .. } = pass;
        let in_dim = x.ncols();
        let (weight, bias) = params.split_at(DIM * in_dim);
        let sample_major = x.is_standard_layout();
        for ((n, k), y) in y.indexed_iter_mut() {
            let mut z = if self.bug == Bug::SampleMajorBias && sample_major { T::zero() } else { bias[k] };
            for j in 0..in_dim {
                z += weight[k * in_dim + j] * x[[n, j]];
            }
            let kept = &mut work[n * DIM + k];
            *kept = if self.bug == Bug::AddsToWork { *kept + z } else { z };
            if self.bug == Bug::SkipsLastOutput && k == DIM - 1 {
                continue;
            }
            // Without its activation the layer's gradient does not depend on y, and only y shows a wrong forward pass.
            *y = if self.bug == Bug::SampleMajorBias { z } else { z.kernel_tanh() };
        }
        match self.bug {
            Bug::RemembersLastInput => drop(self.remember(x.iter().copied(), true)),
            Bug::RemembersLastWeight => drop(self.remember(weight.iter().copied(), true)),
            _ => {}
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, x, y, work, dy, dparams, dx, .. } = pass;
        let (batch, in_dim) = x.dim();
        let mut weight = params[..DIM * in_dim].to_vec();
        if matches!(self.bug, Bug::RemembersFirstWeight | Bug::RemembersLastWeight) {
            weight = self.remember(weight.iter().copied(), false);
        }
        let mut inputs: Vec<T> = x.iter().copied().collect();
        if self.bug == Bug::RemembersLastInput {
            inputs = self.remember(inputs.iter().copied(), false);
        }
        let dz = |n: usize, k: usize| {
            let a = match self.bug {
                Bug::DerivativeForgotten | Bug::SampleMajorBias => T::zero(),
                Bug::DerivativeAtOutput => y[[n, k]].kernel_tanh(),
                _ => work[n * DIM + k].kernel_tanh(),
            };
            dy[[n, k]] * (T::one() - a * a)
        };
        let (dweight, dbias) = dparams.split_at_mut(DIM * in_dim);
        for (i, dweight) in dweight.iter_mut().enumerate() {
            let (k, j) = if self.bug == Bug::WeightGradientTransposed {
                (i % in_dim, i / in_dim)
            } else {
                (i / in_dim, i % in_dim)
            };
            if self.bug == Bug::SkipsOneWeightGradient && (k, j) == (1, 2) {
                continue;
            }
            let sum = sum((0..batch).map(|n| dz(n, k) * inputs[n * in_dim + j]));
            *dweight = if self.bug == Bug::AddsToWeightGradient { *dweight + sum } else { sum };
        }
        for (k, dbias) in dbias.iter_mut().enumerate() {
            *dbias = match self.bug {
                Bug::BiasGradientOfFirstSample => dz(0, k),
                Bug::BiasGradientOfLastSample => dz(batch - 1, k),
                Bug::BiasGradientOfWholeBlocks if batch > 16 => {
                    sum((0..batch - batch % 16).map(|n| dz(n, k)))
                }
                Bug::BiasGradientShifted => sum((0..batch).map(|n| dz(n, (k + 1) % DIM))),
                Bug::BiasGradientAveraged => sum((0..batch).map(|n| dz(n, k))) / T::of(batch as f64),
                Bug::BiasGradientNeedsDx if dx.is_none() => T::zero(),
                _ => sum((0..batch).map(|n| dz(n, k))),
            };
        }
        let Some(mut dx) = dx else { return };
        let sample_major = dx.is_standard_layout();
        for ((n, j), dx) in dx.indexed_iter_mut() {
            if self.bug == Bug::SkipsLastInputGradient && j == in_dim - 1 {
                continue;
            }
            let transposed = match self.bug {
                Bug::WeightTransposedInDx => true,
                Bug::SampleMajorInputGradient => sample_major,
                _ => false,
            };
            let w = |k: usize| if transposed { weight[j * in_dim + k] } else { weight[k * in_dim + j] };
            let sum = sum((0..DIM).map(|k| dz(n, k) * w(k)));
            *dx = if self.bug == Bug::AddsToInputGradient { *dx + sum } else { sum };
        }
    }
}

fn sum<T: Scalar>(terms: impl Iterator<Item = T>) -> T {
    terms.fold(T::zero(), |sum, term| sum + term)
}
