//! Activations with one mistake each.

use nn_core::{Activation, Relu, Scalar, Softplus, Tanh};

/// What is wrong with the activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bug {
    None,
    Sign,
    /// The derivative times 1 + 1e-6: below any tolerance one would choose by eye.
    SmallFactor,
    /// f'(f(z)) for f'(z).
    DerivativeAtOutput,
    /// e^z - 1 below 0 has the derivative a + 1; the 1 is forgotten.
    EluBelowZero,
    /// Says that the derivative does without z, and reads it.
    ClaimsNotToReadInput,
    /// A rational approximation in `apply_slice` alone.
    ApplySlice,
    /// `backprop_slice` writes the derivative instead of multiplying by it.
    BackpropSlice,
    ReluSlopeOne,
    /// `max` turns NaN into 0.
    ReluByMax,
    /// e^z / (1 + e^z) is infinity / infinity for large z.
    Overflow,
    /// A rational approximation in `f32` alone.
    SingleValue,
    /// The approximation's derivative in `f32` alone.
    SingleDerivative,
    /// ln(1 + e^z) is z above a threshold, where the derivative is forgotten.
    AboveThreshold,
}

/// The activation: tanh, unless the mistake belongs to another function.
pub(crate) struct Planted(pub(crate) Bug);

/// tanh z for small z: z (27 + z²) / (27 + 9 z²).
fn rational<T: Scalar>(z: T) -> T {
    z * (T::of(27.0) + z * z) / (T::of(27.0) + T::of(9.0) * z * z)
}

fn is_single<T: Scalar>() -> bool {
    T::epsilon() > T::of(1e-10)
}

impl Activation for Planted {
    fn name(&self) -> &'static str {
        "Planted"
    }

    fn apply<T: Scalar>(&self, z: T) -> T {
        match self.0 {
            Bug::EluBelowZero if z < T::zero() => z.kernel_exp() - T::one(),
            Bug::EluBelowZero => z,
            Bug::ReluSlopeOne => Relu.apply(z),
            Bug::ReluByMax => z.max(T::zero()),
            Bug::Overflow | Bug::AboveThreshold | Bug::ClaimsNotToReadInput => Softplus.apply(z),
            Bug::SingleValue if is_single::<T>() => rational(z),
            _ => Tanh.apply(z),
        }
    }

    fn derivative<T: Scalar>(&self, z: T, a: T) -> T {
        let tanh = T::one() - a * a;
        match self.0 {
            Bug::Sign => -tanh,
            Bug::SmallFactor => tanh * T::of(1.0 + 1e-6),
            Bug::DerivativeAtOutput => Tanh.derivative(a, Tanh.apply(a)),
            Bug::EluBelowZero if z < T::zero() => a,
            Bug::EluBelowZero | Bug::ReluSlopeOne => T::one(),
            Bug::ReluByMax => Relu.derivative(z, a),
            Bug::Overflow => z.kernel_exp() / (T::one() + z.kernel_exp()),
            Bug::AboveThreshold if z > T::of(20.0) => T::zero(),
            Bug::AboveThreshold | Bug::ClaimsNotToReadInput => z.kernel_sigmoid(),
            Bug::SingleDerivative if is_single::<T>() => T::one() - z * z,
            _ => tanh,
        }
    }

    fn reads_input(&self) -> bool {
        self.0 != Bug::ClaimsNotToReadInput
    }

    fn apply_slice<T: Scalar>(&self, z: &mut [T]) {
        for z in z {
            *z = if self.0 == Bug::ApplySlice { rational(*z) } else { self.apply(*z) };
        }
    }

    fn backprop_slice<T: Scalar>(&self, z: &[T], a: &[T], da: &mut [T]) {
        for ((da, &a), &z) in da.iter_mut().zip(a).zip(z) {
            let derivative = self.derivative(z, a);
            *da = if self.0 == Bug::BackpropSlice { derivative } else { *da * derivative };
        }
    }
}

/// |z|, whose kink is at 0.
pub(crate) struct Abs;

impl Activation for Abs {
    fn name(&self) -> &'static str {
        "Abs"
    }

    fn apply<T: Scalar>(&self, z: T) -> T {
        z.abs()
    }

    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        z.signum()
    }
}

/// Σ_i |2^i z - round(2^i z)| / 2^i, Takagi's curve to 40 terms: a kink at every point that a step can tell apart.
pub(crate) struct Takagi;

impl Activation for Takagi {
    fn name(&self) -> &'static str {
        "Takagi"
    }

    fn apply<T: Scalar>(&self, z: T) -> T {
        (0..40).map(|i| 2.0_f64.powi(i)).fold(T::zero(), |sum, scale| {
            let z = z * T::of(scale);
            sum + (z - z.round()).abs() / T::of(scale)
        })
    }

    fn derivative<T: Scalar>(&self, z: T, _a: T) -> T {
        (0..40).map(|i| 2.0_f64.powi(i)).fold(T::zero(), |sum, scale| {
            let z = z * T::of(scale);
            sum + (z - z.round()).signum()
        })
    }
}
