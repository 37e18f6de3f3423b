//! The elementary functions of `f64`.

use super::{Format, on_slices};

on_slices!(f64, 8: exp, tanh, sigmoid, ln);

impl Format for f64 {
    const ROUND: Self = 6755399441055744.0;
    const LOG2_E: Self = std::f64::consts::LOG2_E;
    const HALF_LN_2: Self = std::f64::consts::LN_2 / 2.0;
    const LN_2: [Self; 2] = [6.93147180369123816490e-01, 1.90821492927058770002e-10];
    // Of degree 11 in e^r, whose relative error is at most 2^-57.9.
    const EXP: &'static [Self] = &[
        0.5000000000000011,
        0.1666666666666641,
        0.04166666666652921,
        0.00833333333349553,
        0.0013888888943915992,
        0.0001984126950492587,
        2.4801492770471707e-05,
        2.7557587231766058e-06,
        2.763037564670706e-07,
        2.4999991267467487e-08,
    ];
    // Relative to the function, whose error is at most 2^-55.6.
    const TANH: &'static [Self] = &[
        -2.0000000000000020718,
        1.33333333333332714274,
        -0.66666666666522807366,
        0.2666666666684656056,
        -0.088888889162015973964,
        0.025396825240330907846,
        -0.0063491853500417653304,
        0.00141093926620160691452,
        -0.00028289062884755682354,
        0.00005131012998302900232,
    ];
    const EXP_ENDS: [Self; 3] = [-746.0, -707.0, 710.0];
    const LN: &'static [Self] = &[
        6.666666666666735130e-01,
        3.999999999940941908e-01,
        2.857142874366239149e-01,
        2.222219843214978396e-01,
        1.818357216161805012e-01,
        1.531383769920937332e-01,
        1.479819860511658591e-01,
    ];

    #[inline(always)]
    fn scale(y: Self, shifted: Self) -> Self {
        Self::from_bits(y.to_bits().wrapping_add(shifted.to_bits() << 52))
    }

    #[inline(always)]
    fn split(x: Self) -> (Self, Self) {
        const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
        const ONE: u64 = 1.0_f64.to_bits();
        let bits = x.to_bits().wrapping_add(ONE - SQRT_HALF);
        let k = Self::from_bits(Self::ROUND.to_bits() | (bits >> 52)) - (Self::ROUND + 1023.0);
        (k, Self::from_bits((bits & ((1 << 52) - 1)) + SQRT_HALF))
    }

    #[inline(always)]
    fn of(value: f32) -> Self {
        value.into()
    }
}
