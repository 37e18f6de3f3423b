//! Layers that are not dense, with one mistake each: noise, softmax, a shortcut, state.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::Array2;
use nn_core::{
    Architecture, Backward, Forward, Init, Layer, Mode, ParamKind, ParamSpec, Scalar, ShapeError, Softmax,
    StateUpdate, visit_params_of,
};
use rand::Rng;

/// What is wrong with the dropout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum DropoutBug {
    None,
    ForgottenInBackward,
    /// Backward leaves out the first number that forward draws.
    DrawnAnew,
    /// The mask depends on how often the layer was called, not on the noise alone.
    CountsCalls,
}

/// Each feature of each sample is dropped with probability one half while learning, else doubled.
pub(crate) struct Dropout {
    bug: DropoutBug,
    calls: AtomicU64,
}

impl Dropout {
    pub(crate) fn new(bug: DropoutBug) -> Self {
        Self { bug, calls: AtomicU64::new(0) }
    }

    fn mask<T: Scalar>(mode: Mode, shift: u64, dim: (usize, usize)) -> Array2<T> {
        let Mode::Train(noise) = mode else { return Array2::ones(dim) };
        let mut rng = noise.rng();
        for _ in 0..shift {
            rng.next_u64();
        }
        Array2::from_shape_simple_fn(dim, || T::of(if rng.next_u64().is_multiple_of(2) { 0.0 } else { 2.0 }))
    }
}

impl Architecture for Dropout {
    fn name(&self) -> &'static str {
        "Dropout"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }
}

impl<T: Scalar> Layer<T> for Dropout {
    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, mode, .. } = pass;
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        let shift = if self.bug == DropoutBug::CountsCalls { calls } else { 0 };
        y.assign(&(&x * &Self::mask(mode, shift, x.dim())));
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { x, mode, dy, dx, .. } = pass;
        let Some(mut dx) = dx else { return };
        let (mode, shift) = match self.bug {
            DropoutBug::ForgottenInBackward => (Mode::Eval, 0),
            DropoutBug::DrawnAnew => (mode, 1),
            _ => (mode, 0),
        };
        dx.assign(&(&dy * &Self::mask(mode, shift, x.dim())));
    }
}

/// A softmax; without its off-diagonal, backward has dx_k = y_k (1 - y_k) dy_k.
pub(crate) struct PlantedSoftmax {
    pub(crate) off_diagonal: bool,
}

impl Architecture for PlantedSoftmax {
    fn name(&self) -> &'static str {
        "PlantedSoftmax"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }

    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        Softmax.work_len(batch, in_dim)
    }
}

impl<T: Scalar> Layer<T> for PlantedSoftmax {
    fn forward(&self, pass: Forward<'_, T>) {
        Softmax.forward(pass);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        if self.off_diagonal {
            return Softmax.backward(pass);
        }
        let Backward { y, dy, dx, .. } = pass;
        let Some(mut dx) = dx else { return };
        for ((n, k), dx) in dx.indexed_iter_mut() {
            let y = y[[n, k]];
            *dx = y * (T::one() - y) * dy[[n, k]];
        }
    }
}

/// y = x + f(x); without its shortcut, backward is that of f alone.
pub(crate) struct PlantedResidual<L> {
    pub(crate) inner: L,
    pub(crate) shortcut: bool,
}

impl<L: Architecture> Architecture for PlantedResidual<L> {
    fn name(&self) -> &'static str {
        "PlantedResidual"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        self.inner.out_dim(in_dim)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit_params_of(&self.inner, "inner", in_dim, visit);
    }

    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        self.inner.work_len(batch, in_dim)
    }
}

impl<T: Scalar, L: Layer<T>> Layer<T> for PlantedResidual<L> {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        self.inner.init(in_dim, params, init, rng);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { x, mut y, .. } = pass;
        self.inner.forward(Forward { y: y.view_mut(), ..pass });
        y += &x;
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { x, y, dy, mut dx, .. } = pass;
        let inner = &y - &x;
        let shortcut = dy.to_owned();
        let inner_dx = dx.as_mut().map(|dx| dx.view_mut());
        self.inner.backward(Backward { y: inner.view(), dy, dx: inner_dx, ..pass });
        if let Some(mut dx) = dx.filter(|_| self.shortcut) {
            dx += &shortcut;
        }
    }
}

/// What is wrong with the centring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum CentreBug {
    None,
    /// The batch's mean as if it did not depend on the batch.
    ConstantInBackward,
    /// Backward destroys what the state is updated from.
    DestroyedByBackward,
    StateLenForgotten,
    InitForgetsState,
    /// The state becomes NaN.
    UpdateOfNothing,
}

/// y = x - mean: the mean of the batch while learning, the last one in use.
pub(crate) struct Centre(pub(crate) CentreBug);

impl Architecture for Centre {
    fn name(&self) -> &'static str {
        "Centre"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim)
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit(ParamSpec::new("mean", &[in_dim], ParamKind::State));
    }

    fn state_len(&self, in_dim: usize) -> usize {
        if self.0 == CentreBug::StateLenForgotten { 0 } else { in_dim }
    }

    fn work_len(&self, _batch: usize, in_dim: usize) -> usize {
        in_dim
    }
}

impl<T: Scalar> Layer<T> for Centre {
    fn init_state(&self, _in_dim: usize, state: &mut [T]) {
        if self.0 != CentreBug::InitForgetsState {
            state.fill(T::zero());
        }
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { state, x, mut y, work, mode, .. } = pass;
        for (j, x) in x.columns().into_iter().enumerate() {
            work[j] = if mode == Mode::Eval { state[j] } else { x.sum() / T::of(x.len() as f64) };
            y.column_mut(j).assign(&x.mapv(|x| x - work[j]));
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { work, mode, dy, dx, .. } = pass;
        if let Some(mut dx) = dx {
            for (mut dx, dy) in dx.columns_mut().into_iter().zip(dy.columns()) {
                let constant = mode == Mode::Eval || self.0 == CentreBug::ConstantInBackward;
                let mean = if constant { T::zero() } else { dy.sum() / T::of(dy.len() as f64) };
                dx.assign(&dy.mapv(|dy| dy - mean));
            }
        }
        if self.0 == CentreBug::DestroyedByBackward {
            work.fill(T::one());
        }
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        if self.0 == CentreBug::UpdateOfNothing {
            update.state.fill(T::nan());
        } else {
            update.state.copy_from_slice(update.work);
        }
    }
}
