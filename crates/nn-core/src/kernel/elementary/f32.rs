//! The elementary functions of `f32`.

use super::{Format, on_slices};

on_slices!(f32, 16: exp, tanh, sigmoid, ln);

impl Format for f32 {
    const ROUND: Self = 12582912.0;
    const LOG2_E: Self = std::f32::consts::LOG2_E;
    const HALF_LN_2: Self = std::f32::consts::LN_2 / 2.0;
    const LN_2: [Self; 2] = [0.693359375, -2.12194440e-4];
    // Of degree 6 in e^r, whose relative error is at most 2^-28.3.
    const EXP: &'static [Self] = &[0.4999999404, 0.1666651964, 0.04166839272, 0.008368778974, 0.001381449983];
    // Relative to the function, whose error is at most 2^-26.1.
    const TANH: &'static [Self] =
        &[-1.999999926158, 1.333323489688, -0.666675198332, 0.267728658458, -0.0888481237098];
    const EXP_ENDS: [Self; 3] = [-104.0, -86.0, 89.0];
    const LN: &'static [Self] = &[0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841];

    #[inline(always)]
    fn scale(y: Self, shifted: Self) -> Self {
        Self::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 23))
    }

    #[inline(always)]
    fn split(x: Self) -> (Self, Self) {
        const SQRT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
        const ONE: u32 = 1.0_f32.to_bits();
        let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
        let k = Self::from_bits(Self::ROUND.to_bits() | (bits >> 23)) - (Self::ROUND + 127.0);
        (k, Self::from_bits((bits & ((1 << 23) - 1)) + SQRT_HALF))
    }

    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }
}
