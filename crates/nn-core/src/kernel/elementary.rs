//! exp, tanh and the logistic function, branch-free so that compilers vectorise loops over them.
//!
//! The scheme and the coefficients are those of fdlibm (`e_exp.c`, Sun Microsystems) and Cephes (`tanh.c`, `tanhf.c`,
//! `expf.c`, S. Moshier): a reduction e^x = 2^k e^r with |r| <= ln(2)/2, and for tanh a rational function near zero
//! and 1 - 2 / (e^2|x| + 1) elsewhere.

/// Compiles `$name_slice` for each vector width and lets the CPU choose.
macro_rules! on_slices {
    ($float:ty: $($name:ident => $name_slice:ident),+) => {$(
        #[multiversion::multiversion(targets(
            "x86_64+avx512f+avx512bw+avx512dq+avx512vl",
            "x86_64+avx2",
        ))]
        pub(crate) fn $name_slice(xs: &mut [$float]) {
            for x in xs.iter_mut() {
                *x = $name(*x);
            }
        }
    )+};
}

pub(crate) mod f64 {
    const LN2_HI: f64 = 6.93147180369123816490e-01;
    const LN2_LO: f64 = 1.90821492927058770002e-10;
    const EXP: [f64; 5] = [
        1.66666666666666019037e-01,
        -2.77777777770155933842e-03,
        6.61375632143793436117e-05,
        -1.65339022054652515390e-06,
        4.13813679705723846039e-08,
    ];
    const TANH_P: [f64; 3] =
        [-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1];
    const TANH_Q: [f64; 3] = [4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2];
    /// Adding 1.5 * 2^52 leaves the nearest integer in the low bits of the sum.
    const ROUND: f64 = 6755399441055744.0;

    /// 2^k for -1022 <= k <= 1023.
    #[inline(always)]
    fn exp2_int(k: i64) -> f64 {
        f64::from_bits(((k + 1023) << 52).cast_unsigned())
    }

    #[inline(always)]
    pub(crate) fn exp(x: f64) -> f64 {
        // Beyond these bounds the result is infinity or zero; within them 2^k needs at most two factors.
        let bounded = if x > 710.0 { 710.0 } else { x };
        let bounded = if bounded < -746.0 { -746.0 } else { bounded };
        let shifted = bounded * std::f64::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let hi = bounded - k * LN2_HI;
        let lo = k * LN2_LO;
        let r = hi - lo;
        let t = r * r;
        let c = r - t * (EXP[0] + t * (EXP[1] + t * (EXP[2] + t * (EXP[3] + t * EXP[4]))));
        let y = 1.0 - ((lo - (r * c) / (2.0 - c)) - hi);
        let k = shifted.to_bits().cast_signed() - ROUND.to_bits().cast_signed();
        let half = k >> 1;
        y * exp2_int(half) * exp2_int(k - half)
    }

    #[inline(always)]
    pub(crate) fn tanh(x: f64) -> f64 {
        let a = x.abs();
        let z = x * x;
        let p = z * (TANH_P[0] + z * (TANH_P[1] + z * TANH_P[2]));
        let q = TANH_Q[0] + z * (TANH_Q[1] + z * (TANH_Q[2] + z));
        let e = exp(2.0 * a);
        let small = a < 0.625;
        // One division serves both branches: a + a p/q and 1 - 2/(e + 1).
        let quotient = if small { a * p } else { -2.0 } / if small { q } else { e + 1.0 };
        (if small { a } else { 1.0 } + quotient).copysign(x)
    }

    #[inline(always)]
    fn sigmoid(x: f64) -> f64 {
        crate::Scalar::kernel_sigmoid(x)
    }

    on_slices!(f64: exp => exp_slice, tanh => tanh_slice, sigmoid => sigmoid_slice);
}

pub(crate) mod f32 {
    const LN2_HI: f32 = 0.693359375;
    const LN2_LO: f32 = -2.12194440e-4;
    const EXP: [f32; 6] = [
        5.0000001201e-1,
        1.6666665459e-1,
        4.1665795894e-2,
        8.3334519073e-3,
        1.3981999507e-3,
        1.9875691500e-4,
    ];
    const TANH: [f32; 5] =
        [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3];
    /// Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the sum.
    const ROUND: f32 = 12582912.0;

    /// 2^k for -126 <= k <= 127.
    #[inline(always)]
    fn exp2_int(k: i32) -> f32 {
        f32::from_bits(((k + 127) << 23).cast_unsigned())
    }

    #[inline(always)]
    pub(crate) fn exp(x: f32) -> f32 {
        let bounded = if x > 89.0 { 89.0 } else { x };
        let bounded = if bounded < -104.0 { -104.0 } else { bounded };
        let shifted = bounded * std::f32::consts::LOG2_E + ROUND;
        let k = shifted - ROUND;
        let r = bounded - k * LN2_HI - k * LN2_LO;
        let p = EXP[0] + r * (EXP[1] + r * (EXP[2] + r * (EXP[3] + r * (EXP[4] + r * EXP[5]))));
        let y = p * (r * r) + r + 1.0;
        let k = shifted.to_bits().cast_signed() - ROUND.to_bits().cast_signed();
        let half = k >> 1;
        y * exp2_int(half) * exp2_int(k - half)
    }

    #[inline(always)]
    pub(crate) fn tanh(x: f32) -> f32 {
        let a = x.abs();
        let z = x * x;
        let p = TANH[0] + z * (TANH[1] + z * (TANH[2] + z * (TANH[3] + z * TANH[4])));
        let near = a + a * (z * p);
        let far = 1.0 - 2.0 / (exp(2.0 * a) + 1.0);
        (if a < 0.625 { near } else { far }).copysign(x)
    }

    #[inline(always)]
    fn sigmoid(x: f32) -> f32 {
        crate::Scalar::kernel_sigmoid(x)
    }

    on_slices!(f32: exp => exp_slice, tanh => tanh_slice, sigmoid => sigmoid_slice);
}
