//! Vectors of CPUs that have no kernels of their own: arrays, whose loops the compiler turns into what there is.

use super::plain;
use crate::Scalar;

/// Whether this build's arithmetic fuses multiplications with additions, for CPUs without kernels of their own.
pub(super) const FUSED: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

#[inline(always)]
pub(super) fn splat<T: Scalar, const W: usize>(number: T) -> [T; W] {
    [number; W]
}

/// a b + c.
#[inline(always)]
pub(super) fn multiply_add<T: Scalar, const W: usize>(a: [T; W], b: [T; W], mut c: [T; W]) -> [T; W] {
    for lane in 0..W {
        c[lane] = plain::multiply_add::<T, FUSED>(a[lane], b[lane], c[lane]);
    }
    c
}

#[inline(always)]
pub(super) fn add<T: Scalar, const W: usize>(a: [T; W], mut b: [T; W]) -> [T; W] {
    for lane in 0..W {
        b[lane] += a[lane];
    }
    b
}
