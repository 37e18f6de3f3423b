//! The number type a network computes with.

use std::fmt::{Debug, Display};

use num_traits::{Float, NumAssign, NumCast};

use crate::kernel::{elementary, erf, packed, product};

/// A real number that a network can compute with: `f32`, `f64`, a [`Dual`](crate::gradcheck::Dual), or your own.
///
/// The trait is open. Everything beyond [`num_traits::Float`] has a default, so that a new scalar type needs only
/// `impl Scalar for MyFloat {}`. `f32` and `f64` replace the defaults by vectorised kernels.
///
/// # The kernels
/// The `kernel_*` functions are what the layers call. A kernel on a slice gives, element by element, the same bits as
/// its scalar twin. For `f32` and `f64` neither calls the platform's mathematical library, and every vector width does
/// the same operations in the same order.
///
/// exp, tanh, the logistic function and ln are at most 2 units in the last place from the exact value; all but ln are
/// monotone. They fuse multiplications with additions where the CPU can: their bits are the same on every CPU with FMA
/// (x86-64 with AVX2, AArch64), and others, within the same bounds, on those without. A loss that takes its logarithms
/// from [`kernel_ln`](Scalar::kernel_ln) has bits that do not depend on the platform's library. The products of
/// matrices are fused in the same way, and have the same bits on every CPU with FMA, whatever the width of its vectors;
/// with the feature `blas` large ones have the bits of the [BLAS](crate#blas) in use.
///
/// # Example
/// ```
/// use nn_core::Scalar;
///
/// fn half<T: Scalar>(x: T) -> T {
///     x * T::of(0.5)
/// }
/// assert_eq!(half(3.0_f32), 1.5);
/// assert_eq!(half(3.0_f64), 1.5);
/// ```
#[expect(
    clippy::disallowed_methods,
    reason = "defaults for other number types; those of `f32` and `f64` are replaced"
)]
pub trait Scalar: Float + NumAssign + Default + Debug + Display + Send + Sync + 'static {
    /// How many of them fill a cache line of 64 bytes, if there are kernels for such vectors; 1 otherwise.
    const LINE: usize = 1;

    /// The scalar nearest to `value`.
    fn of(value: f64) -> Self {
        <Self as NumCast>::from(value).unwrap_or_else(Self::nan)
    }

    /// This number as an `f64`: exact for `f32` and `f64`, the value without its derivative for a dual number.
    fn as_f64(self) -> f64 {
        self.to_f64().unwrap_or(f64::NAN)
    }

    /// e^x.
    fn kernel_exp(self) -> Self {
        self.exp()
    }

    /// tanh x.
    fn kernel_tanh(self) -> Self {
        self.tanh()
    }

    /// The logistic function 1 / (1 + e^-x), exact at both ends and without overflow.
    #[inline]
    fn kernel_sigmoid(self) -> Self {
        // e^-|x| is at most 1, so nothing overflows, and small results keep all their digits.
        let e = (-self.abs()).kernel_exp();
        let numerator = if self < Self::zero() { e } else { Self::one() };
        numerator / (Self::one() + e)
    }

    /// ln x: -infinity at zero, NaN below.
    fn kernel_ln(self) -> Self {
        self.ln()
    }

    /// ln(1 + x), with all its digits where x is small.
    fn kernel_ln_1p(self) -> Self {
        self.ln_1p()
    }

    /// sin x: NaN at infinity.
    fn kernel_sin(self) -> Self {
        self.sin()
    }

    /// cos x: NaN at infinity.
    fn kernel_cos(self) -> Self {
        self.cos()
    }

    /// The error function erf x, 2/√π times the integral of e^-t² from 0 to x.
    ///
    /// The default is computed in `f64`: a scalar that carries more than a number must have its own.
    fn kernel_erf(self) -> Self {
        Self::of(erf::erf(self.as_f64()))
    }

    /// The distribution function Φ of the normal distribution, (1 + erf(x/√2)) / 2, with all its digits where it is
    /// small.
    ///
    /// The default is computed in `f64`, as that of [`kernel_erf`](Scalar::kernel_erf).
    fn kernel_normal_cdf(self) -> Self {
        Self::of(erf::normal_cdf(self.as_f64()))
    }

    /// Replaces every x by e^x.
    fn kernel_exp_slice(xs: &mut [Self]) {
        for x in xs {
            *x = x.kernel_exp();
        }
    }

    /// Replaces every x by tanh x.
    fn kernel_tanh_slice(xs: &mut [Self]) {
        for x in xs {
            *x = x.kernel_tanh();
        }
    }

    /// Replaces every x by 1 / (1 + e^-x).
    fn kernel_sigmoid_slice(xs: &mut [Self]) {
        for x in xs {
            *x = x.kernel_sigmoid();
        }
    }

    /// Replaces every x by ln x.
    fn kernel_ln_slice(xs: &mut [Self]) {
        for x in xs {
            *x = x.kernel_ln();
        }
    }

    /// The sum of numbers, in a fixed order.
    fn kernel_sum(xs: &[Self]) -> Self {
        product::any::sum(xs)
    }

    /// y = W x + b for a batch stored feature by feature.
    ///
    /// # Shapes
    /// `weight`: (out, in), row-major. `bias`: (out). `x`: (in, batch), each feature's `batch` values side by side.
    /// `y`: (out, batch), overwritten.
    fn kernel_affine(weight: &[Self], bias: Option<&[Self]>, x: &[Self], y: &mut [Self], batch: usize) {
        product::any::affine(weight, bias, x, y, batch);
    }

    /// y = W x + b of a single sample, whose layer [`predictor`](crate::Network::predictor) laid out.
    fn kernel_affine_packed(packed: &[Self], x: &[Self], y: &mut [Self]) {
        packed::plain(packed, x, y);
    }

    /// dx = Wᵀ dy, the input gradient of [`kernel_affine`](Scalar::kernel_affine).
    ///
    /// # Shapes
    /// `weight`: (out, in). `dy`: (out, batch). `dx`: (in, batch), overwritten.
    fn kernel_affine_input_grad(weight: &[Self], dy: &[Self], dx: &mut [Self], batch: usize) {
        product::any::affine_input_grad(weight, dy, dx, batch);
    }

    /// dW = dy xᵀ, the weight gradient of [`kernel_affine`](Scalar::kernel_affine): summed over the batch.
    ///
    /// # Shapes
    /// `dy`: (out, batch). `x`: (in, batch). `dweight`: (out, in), overwritten.
    fn kernel_affine_weight_grad(dy: &[Self], x: &[Self], dweight: &mut [Self], batch: usize) {
        product::any::affine_weight_grad(dy, x, dweight, batch);
    }

    /// db = the sum of dy over the batch, the bias gradient of [`kernel_affine`](Scalar::kernel_affine).
    ///
    /// # Shapes
    /// `dy`: (out, batch). `dbias`: (out), overwritten.
    fn kernel_affine_bias_grad(dy: &[Self], dbias: &mut [Self], batch: usize) {
        product::any::affine_bias_grad(dy, dbias, batch);
    }

    /// Puts samples into the memory order of a batch: `to[feature * batch + n] = row(n)[feature]`.
    ///
    /// # Shapes
    /// `row(n)`: (features), for n below `batch`. `to`: (features, batch), overwritten.
    fn kernel_by_feature<'a>(row: impl Fn(usize) -> &'a [Self], batch: usize, to: &mut [Self]) {
        product::any::transpose(row, batch, to);
    }
}

/// `f32` and `f64` have kernels of their own, compiled for each vector width.
macro_rules! vectorised {
    ($float:ident, $log1p:ident, $sin:ident, $cos:ident) => {
        impl Scalar for $float {
            const LINE: usize = 64 / size_of::<$float>();
            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "`of` rounds to the nearest scalar")]
            fn of(value: f64) -> Self {
                value as $float
            }
            #[inline]
            fn as_f64(self) -> f64 {
                self.into()
            }
            fn kernel_exp(self) -> Self {
                let mut x = [self];
                elementary::$float::exp(&mut x);
                x[0]
            }
            fn kernel_tanh(self) -> Self {
                let mut x = [self];
                elementary::$float::tanh(&mut x);
                x[0]
            }
            fn kernel_sigmoid(self) -> Self {
                let mut x = [self];
                elementary::$float::sigmoid(&mut x);
                x[0]
            }
            fn kernel_ln(self) -> Self {
                let mut x = [self];
                elementary::$float::ln(&mut x);
                x[0]
            }
            fn kernel_ln_1p(self) -> Self {
                libm::$log1p(self)
            }
            fn kernel_sin(self) -> Self {
                libm::$sin(self)
            }
            fn kernel_cos(self) -> Self {
                libm::$cos(self)
            }
            fn kernel_exp_slice(xs: &mut [Self]) {
                elementary::$float::exp(xs);
            }
            fn kernel_tanh_slice(xs: &mut [Self]) {
                elementary::$float::tanh(xs);
            }
            fn kernel_sigmoid_slice(xs: &mut [Self]) {
                elementary::$float::sigmoid(xs);
            }
            fn kernel_ln_slice(xs: &mut [Self]) {
                elementary::$float::ln(xs);
            }
            fn kernel_sum(xs: &[Self]) -> Self {
                product::$float::sum(xs)
            }
            fn kernel_affine(w: &[Self], bias: Option<&[Self]>, x: &[Self], y: &mut [Self], batch: usize) {
                product::$float::affine(w, bias, x, y, batch);
            }
            fn kernel_affine_packed(packed: &[Self], x: &[Self], y: &mut [Self]) {
                packed::$float::affine(packed, x, y);
            }
            fn kernel_affine_input_grad(weight: &[Self], dy: &[Self], dx: &mut [Self], batch: usize) {
                product::$float::affine_input_grad(weight, dy, dx, batch);
            }
            fn kernel_affine_weight_grad(dy: &[Self], x: &[Self], dweight: &mut [Self], batch: usize) {
                product::$float::affine_weight_grad(dy, x, dweight, batch);
            }
            fn kernel_affine_bias_grad(dy: &[Self], dbias: &mut [Self], batch: usize) {
                product::$float::affine_bias_grad(dy, dbias, batch);
            }
            fn kernel_by_feature<'a>(row: impl Fn(usize) -> &'a [Self], batch: usize, to: &mut [Self]) {
                product::$float::transpose(row, batch, to);
            }
        }
    };
}

vectorised!(f32, log1pf, sinf, cosf);
vectorised!(f64, log1p, sin, cos);
