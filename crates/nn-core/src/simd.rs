//! Loops compiled for each vector width, of which the CPU chooses one at run time.
//!
//! The compiler vectorises simple loops by itself, but only for the instructions that every CPU has. A loop that is
//! handed to [`run`] exists three times: for AVX-512, for AVX2, and for the rest.

use multiversion::multiversion;

/// A loop with its operands.
///
/// # Example
/// ```
/// use nn_core::{Scalar, simd};
///
/// /// p ← p - η g
/// struct Step<'a, T> {
///     rate: T,
///     params: &'a mut [T],
///     gradient: &'a [T],
/// }
///
/// impl<T: Scalar> simd::Kernel for Step<'_, T> {
///     type Output = ();
///     #[inline(always)]
///     fn run(self) {
///         for (p, &g) in self.params.iter_mut().zip(self.gradient) {
///             *p -= self.rate * g;
///         }
///     }
/// }
///
/// let mut params = [1.0, 2.0];
/// simd::run(Step { rate: 0.5, params: &mut params, gradient: &[2.0, 4.0] });
/// assert_eq!(params, [0.0, 0.0]);
/// ```
pub trait Kernel {
    /// What the loop comes to.
    type Output;

    /// Runs the loop. It must be `#[inline(always)]`, and so must the functions it calls on each element: only what is
    /// inlined is compiled for wide vectors.
    fn run(self) -> Self::Output;
}

/// A closure is a kernel, if what it does is short enough for the compiler to inline it.
impl<R, F: FnOnce() -> R> Kernel for F {
    type Output = R;

    #[inline(always)]
    fn run(self) -> R {
        self()
    }
}

/// Runs a loop in the version for this CPU. All versions give the same bits: the compiler never fuses or reorders
/// arithmetic by itself.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}
