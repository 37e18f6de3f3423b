//! Radial basis functions for `nn-core`: units that answer to what lies near a point.
//!
//! [`Rbf`] is a layer with learned centres and widths, [`Gaussian`] the same bell curve as an activation.
//!
//! ```
//! use nn_core::{Dense, Network};
//! use rbf::Rbf;
//!
//! let network = Network::<f32, _>::new(2, (Rbf::new(10), Dense::linear(1)), 0)?;
//! assert_eq!(network.params().len(), 10 * (2 + 1) + 10 + 1);
//! # Ok::<(), nn_core::Error>(())
//! ```

use nn_core::deps::rand::Rng;
use nn_core::{
    Activation, Architecture, Backward, Forward, Init, Layer, ParamKind, ParamSpec, Scalar, ShapeError,
};

/// f(z) = e^(-z²), in (0, 1].
///
/// f'(z) = -2 z f(z).
///
/// ```
/// use nn_core::Activation;
/// use rbf::Gaussian;
///
/// assert_eq!(Gaussian.apply(0.0), 1.0);
/// assert_eq!(Gaussian.apply(-100.0), 0.0);
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Gaussian;

impl Activation for Gaussian {
    fn name(&self) -> &'static str {
        "Gaussian"
    }

    fn apply<T: Scalar>(&self, z: T) -> T {
        (-z * z).kernel_exp()
    }

    fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
        T::of(-2.0) * z * a
    }
}

/// A layer of radial basis functions: y_k = e^(-γ_k |x - c_k|²) with γ_k = e^(g_k), which is positive for every g_k.
///
/// # Shapes
/// x: (batch, in). c, `centre`: (units, in). g, `log_gamma`: (units). y: (batch, units), in (0, 1].
///
/// Centres begin at draws from N(0, 1), for inputs that are standardised, and γ at 1 / in: then |x - c|² is about
/// 2 in, and outputs begin around e^-2, out of reach of no sample.
///
/// Broomhead, Lowe: "Multivariable functional interpolation and adaptive networks", Complex Systems 2, 1988.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rbf {
    units: usize,
}

impl Rbf {
    /// A layer of `units` outputs.
    pub fn new(units: usize) -> Self {
        Self { units }
    }
}

impl Architecture for Rbf {
    fn name(&self) -> &'static str {
        "Rbf"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        if self.units == 0 {
            return Err(ShapeError::new("Rbf", "at least 1 unit", "0"));
        }
        if in_dim == 0 {
            return Err(ShapeError::new("Rbf", "at least 1 input", "0"));
        }
        Ok(self.units)
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        // Decay treats weights alone. Neither a place nor a width should be drawn towards 0.
        visit(ParamSpec::new("centre", &[self.units, in_dim], ParamKind::Other));
        visit(ParamSpec::new("log_gamma", &[self.units], ParamKind::Other));
    }

    /// The squared distances |x - c_k|².
    fn work_len(&self, batch: usize, _in_dim: usize) -> usize {
        batch * self.units
    }
}

impl<T: Scalar> Layer<T> for Rbf {
    fn init(&self, in_dim: usize, params: &mut [T], _init: Init, rng: &mut dyn Rng) {
        let (centre, log_gamma) = params.split_at_mut(self.units * in_dim);
        // N(0, 1 / fan_in) with a fan-in of 1.
        Init::LecunNormal.fill(centre, 1, self.units, rng);
        log_gamma.fill(-T::of(in_dim as f64).ln());
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, x, mut y, work, .. } = pass;
        let (batch, in_dim) = x.dim();
        let (centre, log_gamma) = params.split_at(self.units * in_dim);
        let units = centre.chunks_exact(in_dim).zip(log_gamma).zip(work.chunks_exact_mut(batch));
        for (((centre, log_gamma), squares), mut y) in units.zip(y.columns_mut()) {
            squares.fill(T::zero());
            for (&c, x) in centre.iter().zip(x.columns()) {
                for (square, &x) in squares.iter_mut().zip(x) {
                    *square += (x - c) * (x - c);
                }
            }
            let gamma = log_gamma.kernel_exp();
            for (y, &square) in y.iter_mut().zip(&*squares) {
                *y = (-gamma * square).kernel_exp();
            }
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, x, y, work: squares, mut dy, dparams, dx, .. } = pass;
        let (batch, in_dim) = x.dim();
        let (centre, log_gamma) = params.split_at(self.units * in_dim);
        let (dcentre, dlog_gamma) = dparams.split_at_mut(self.units * in_dim);
        // From here on `dy` holds dL/d|x - c|² = -γ y dy.
        for (k, (mut dy, y)) in dy.columns_mut().into_iter().zip(y.columns()).enumerate() {
            let gamma = log_gamma[k].kernel_exp();
            let mut sum = T::zero();
            for ((dy, &y), &square) in dy.iter_mut().zip(y).zip(&squares[k * batch..]) {
                *dy *= -gamma * y;
                sum += *dy * square;
            }
            dlog_gamma[k] = sum;
        }
        let two = T::of(2.0);
        for (k, dy) in dy.columns().into_iter().enumerate() {
            for (j, x) in x.columns().into_iter().enumerate() {
                let c = centre[k * in_dim + j];
                let sum = x.iter().zip(dy).fold(T::zero(), |sum, (&x, &dy)| sum + dy * (c - x));
                dcentre[k * in_dim + j] = two * sum;
            }
        }
        let Some(mut dx) = dx else { return };
        dx.fill(T::zero());
        for (k, dy) in dy.columns().into_iter().enumerate() {
            for (j, mut dx) in dx.columns_mut().into_iter().enumerate() {
                let c = centre[k * in_dim + j];
                for ((dx, &x), &dy) in dx.iter_mut().zip(x.column(j)).zip(dy) {
                    *dx += two * dy * (x - c);
                }
            }
        }
    }
}
