//! The sum of the lanes of a scalar product, as [`plain::total`](super::plain::total) defines it, in registers: the
//! upper half is added to the lower until one number is left.

/// Of one vector of AVX-512, or two of AVX2.
macro_rules! totals {
    (
        $float:ident, $quarter:ident,
        $total512:ident $V512:ident $upper256:ident $lower256:ident,
        $total256:ident $V256:ident $add256:ident $upper128:ident $lower128:ident
    ) => {
        #[inline]
        #[target_feature(enable = "avx512f,avx512dq,avx2")]
        pub(super) fn $total512([v]: [arch::$V512; 1]) -> $float {
            $total256([arch::$lower256(v), arch::$upper256::<1>(v)])
        }

        #[inline]
        #[target_feature(enable = "avx2")]
        pub(super) fn $total256([lower, upper]: [arch::$V256; 2]) -> $float {
            let v = arch::$add256(lower, upper);
            $quarter(arch::$lower128(v), arch::$upper128::<1>(v))
        }
    };
}

use std::arch::x86_64 as arch;

totals! {
    f32, quarter_f32,
    total512_f32 __m512 _mm512_extractf32x8_ps _mm512_castps512_ps256,
    total256_f32 __m256 _mm256_add_ps _mm256_extractf128_ps _mm256_castps256_ps128
}
totals! {
    f64, quarter_f64,
    total512_f64 __m512d _mm512_extractf64x4_pd _mm512_castpd512_pd256,
    total256_f64 __m256d _mm256_add_pd _mm256_extractf128_pd _mm256_castpd256_pd128
}

#[inline]
#[target_feature(enable = "avx2")]
fn quarter_f32(lower: arch::__m128, upper: arch::__m128) -> f32 {
    let four = arch::_mm_add_ps(lower, upper);
    let two = arch::_mm_add_ps(four, arch::_mm_movehl_ps(four, four));
    arch::_mm_cvtss_f32(arch::_mm_add_ss(two, arch::_mm_movehdup_ps(two)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn quarter_f64(lower: arch::__m128d, upper: arch::__m128d) -> f64 {
    let two = arch::_mm_add_pd(lower, upper);
    arch::_mm_cvtsd_f64(arch::_mm_add_sd(two, arch::_mm_unpackhi_pd(two, two)))
}
