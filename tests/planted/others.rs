//! Layers that are not dense, with one mistake each: noise, softmax, a shortcut.

use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use nn::{Architecture, Init, Layer, Mode, ParamSpec, Saved, Scalar, ShapeError, Softmax, visit_params_of};
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
    fn forward(
        &self,
        _params: &[T],
        x: ArrayView2<'_, T>,
        mut y: ArrayViewMut2<'_, T>,
        _work: &mut [T],
        mode: Mode,
    ) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed);
        let shift = if self.bug == DropoutBug::CountsCalls { calls } else { 0 };
        y.assign(&(&x * &Self::mask(mode, shift, x.dim())));
    }

    fn backward(
        &self,
        _params: &[T],
        saved: Saved<'_, T>,
        dy: ArrayViewMut2<'_, T>,
        _dparams: &mut [T],
        dx: Option<ArrayViewMut2<'_, T>>,
    ) {
        let Some(mut dx) = dx else { return };
        let (mode, shift) = match self.bug {
            DropoutBug::ForgottenInBackward => (Mode::Eval, 0),
            DropoutBug::DrawnAnew => (saved.mode, 1),
            _ => (saved.mode, 0),
        };
        dx.assign(&(&dy * &Self::mask(mode, shift, saved.x.dim())));
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
    fn forward(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        y: ArrayViewMut2<'_, T>,
        work: &mut [T],
        mode: Mode,
    ) {
        Softmax.forward(params, x, y, work, mode);
    }

    fn backward(
        &self,
        params: &[T],
        saved: Saved<'_, T>,
        dy: ArrayViewMut2<'_, T>,
        dparams: &mut [T],
        dx: Option<ArrayViewMut2<'_, T>>,
    ) {
        if self.off_diagonal {
            return Softmax.backward(params, saved, dy, dparams, dx);
        }
        let Some(mut dx) = dx else { return };
        for ((n, k), dx) in dx.indexed_iter_mut() {
            let y = saved.y[[n, k]];
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

    fn forward(
        &self,
        params: &[T],
        x: ArrayView2<'_, T>,
        mut y: ArrayViewMut2<'_, T>,
        work: &mut [T],
        mode: Mode,
    ) {
        self.inner.forward(params, x, y.view_mut(), work, mode);
        y += &x;
    }

    fn backward(
        &self,
        params: &[T],
        saved: Saved<'_, T>,
        dy: ArrayViewMut2<'_, T>,
        dparams: &mut [T],
        dx: Option<ArrayViewMut2<'_, T>>,
    ) {
        let Saved { x, y, work, mode } = saved;
        let inner = &y - &x;
        let shortcut = dy.to_owned();
        let mut dx = dx;
        let saved = Saved { x, y: inner.view(), work, mode };
        self.inner.backward(params, saved, dy, dparams, dx.as_mut().map(|dx| dx.view_mut()));
        if let Some(mut dx) = dx.filter(|_| self.shortcut) {
            dx += &shortcut;
        }
    }
}
