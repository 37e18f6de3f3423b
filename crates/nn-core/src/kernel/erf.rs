//! The error function.
//!
//! The scheme and the coefficients are those of fdlibm (`s_erf.c`, Sun Microsystems): a rational function of x² below
//! 0.84375, of |x| - 1 below 1.25, and beyond e^-x² / x times e to a rational function of 1 / x². erf and erfc are
//! right to the last digit or two.

use crate::Scalar;

/// erf 1, to a few bits.
const ERF_1: f64 = 8.45062911510467529297e-01;
/// On [0, 0.84375], numerator and denominator.
const NEAR: ([f64; 5], [f64; 6]) = (
    [
        1.28379167095512558561e-01,
        -3.25042107247001499370e-01,
        -2.84817495755985104766e-02,
        -5.77027029648944159157e-03,
        -2.37630166566501626084e-05,
    ],
    [
        1.0,
        3.97917223959155352819e-01,
        6.50222499887672944485e-02,
        5.08130628187576562776e-03,
        1.32494738004321644526e-04,
        -3.96022827877536812320e-06,
    ],
);
/// On [0.84375, 1.25].
const MIDDLE: ([f64; 7], [f64; 7]) = (
    [
        -2.36211856075265944077e-03,
        4.14856118683748331666e-01,
        -3.72207876035701323847e-01,
        3.18346619901161753674e-01,
        -1.10894694282396677476e-01,
        3.54783043256182359371e-02,
        -2.16637559486879084300e-03,
    ],
    [
        1.0,
        1.06420880400844228286e-01,
        5.40397917702171048937e-01,
        7.18286544141962662868e-02,
        1.26171219808761642112e-01,
        1.36370839120290507362e-02,
        1.19844998467991074170e-02,
    ],
);
/// On [1.25, 1 / 0.35].
const FAR: ([f64; 8], [f64; 9]) = (
    [
        -9.86494403484714822705e-03,
        -6.93858572707181764372e-01,
        -1.05586262253232909814e+01,
        -6.23753324503260060396e+01,
        -1.62396669462573470355e+02,
        -1.84605092906711035994e+02,
        -8.12874355063065934246e+01,
        -9.81432934416914548592e+00,
    ],
    [
        1.0,
        1.96512716674392571292e+01,
        1.37657754143519042600e+02,
        4.34565877475229228821e+02,
        6.45387271733267880336e+02,
        4.29008140027567833386e+02,
        1.08635005541779435134e+02,
        6.57024977031928170135e+00,
        -6.04244152148580987438e-02,
    ],
);
/// On [1 / 0.35, 28].
const FARTHER: ([f64; 7], [f64; 8]) = (
    [
        -9.86494292470009928597e-03,
        -7.99283237680523006574e-01,
        -1.77579549177547519889e+01,
        -1.60636384855821916062e+02,
        -6.37566443368389627722e+02,
        -1.02509513161107724954e+03,
        -4.83519191608651397019e+02,
    ],
    [
        1.0,
        3.03380607434824582924e+01,
        3.25792512996573918826e+02,
        1.53672958608443695994e+03,
        3.19985821950859553908e+03,
        2.55305040643316442583e+03,
        4.74528541206955367215e+02,
        -2.24409524465858183362e+01,
    ],
);

/// erf x = 2/√π times the integral of e^-t² from 0 to x.
pub(crate) fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a < 0.84375 {
        x + x * quotient(&NEAR.0, &NEAR.1, x * x)
    } else {
        // From 6 on the difference is 1.
        (1.0 - upper_tail(a)).copysign(x)
    }
}

/// erfc x = 1 - erf x, with all its digits where that is small.
pub(crate) fn erfc(x: f64) -> f64 {
    if x.abs() < 0.84375 {
        let y = x * quotient(&NEAR.0, &NEAR.1, x * x);
        if x < 0.25 { 1.0 - (x + y) } else { 0.5 - (x - 0.5 + y) }
    } else if x < 0.0 {
        2.0 - upper_tail(-x)
    } else {
        upper_tail(x)
    }
}

/// The distribution function of the normal distribution, erfc(-x/√2) / 2.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// erfc x for x >= 0.84375 or NaN.
fn upper_tail(x: f64) -> f64 {
    if x < 1.25 {
        return 1.0 - ERF_1 - quotient(&MIDDLE.0, &MIDDLE.1, x - 1.0);
    }
    if x >= 28.0 {
        return 0.0;
    }
    let s = 1.0 / (x * x);
    let q = if x < 1.0 / 0.35 { quotient(&FAR.0, &FAR.1, s) } else { quotient(&FARTHER.0, &FARTHER.1, s) };
    // x² = z² - (z - x) (z + x), where z has so few digits that its square is exact.
    let z = f64::from_bits(x.to_bits() & 0xffff_ffff_0000_0000);
    (-z * z - 0.5625).kernel_exp() * ((z - x) * (z + x) + q).kernel_exp() / x
}

/// Two polynomials, divided; the coefficients begin at the constant.
#[inline]
fn quotient(numerator: &[f64], denominator: &[f64], x: f64) -> f64 {
    let polynomial = |c: &[f64]| c.iter().rev().fold(0.0, |sum, &c| sum * x + c);
    polynomial(numerator) / polynomial(denominator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x, erf x, erfc x in 40 digits, rounded; the points lie in and between all intervals.
    const TABLE: &[(f64, f64, f64)] = &[
        (1e-10, 1.1283791670955126e-10, 0.999999999887162),
        (0.1, 0.1124629160182849, 0.887537083981715),
        (0.2499, 0.2762203861055732, 0.7237796138944268),
        (0.25, 0.27632639016823696, 0.7236736098317631),
        (0.5, 0.5204998778130465, 0.4795001221869535),
        (0.84, 0.7651427114549945, 0.23485728854500548),
        (0.84375, 0.7672256612323416, 0.23277433876765838),
        (0.9, 0.7969082124228322, 0.20309178757716786),
        (1.0, 0.8427007929497149, 0.15729920705028513),
        (1.1, 0.8802050695740817, 0.11979493042591827),
        (1.2499, 0.922876473187532, 0.07712352681246806),
        (1.25, 0.9229001282564583, 0.07709987174354177),
        (1.5, 0.9661051464753108, 0.033894853524689274),
        (2.0, 0.9953222650189527, 0.004677734981047266),
        (2.5, 0.999593047982555, 0.0004069520174449589),
        (2.85, 0.9999443437200386, 5.5656279961398957e-05),
        (2.86, 0.9999475988269556, 5.24011730443978e-05),
        (3.0, 0.9999779095030014, 2.209049699858544e-05),
        (4.0, 0.9999999845827421, 1.541725790028002e-08),
        (5.5, 0.9999999999999927, 7.357847917974398e-15),
        (6.5, 1.0, 3.8421483271206475e-20),
        (8.0, 1.0, 1.1224297172982926e-29),
        (10.0, 1.0, 2.088487583762545e-45),
        (14.495, 1.0, 2.1964758193451385e-93),
        (20.0, 1.0, 5.395865611607901e-176),
        (26.0, 1.0, 5.663192408856143e-296),
    ];

    #[test]
    fn both_are_right_to_the_last_digits() {
        for &(x, plus, minus) in TABLE {
            for (x, value, complement) in [(x, plus, minus), (-x, -plus, 1.0 + plus)] {
                assert!((erf(x) / value - 1.0).abs() < 1e-15, "erf {x} is {}; expected {value}", erf(x));
                let error = (erfc(x) / complement - 1.0).abs();
                assert!(error < 1e-15, "erfc {x} is {}; expected {complement}", erfc(x));
            }
        }
    }

    #[test]
    fn the_ends_are_exact() {
        assert_eq!((erf(0.0), erfc(0.0), erf(1e-300)), (0.0, 1.0, 1.1283791670955126e-300));
        assert_eq!((erf(f64::INFINITY), erf(f64::NEG_INFINITY), erf(6.0)), (1.0, -1.0, 1.0));
        assert_eq!((erfc(f64::INFINITY), erfc(f64::NEG_INFINITY), erfc(30.0)), (0.0, 2.0, 0.0));
        assert!(erf(f64::NAN).is_nan() && erfc(f64::NAN).is_nan() && normal_cdf(f64::NAN).is_nan());
        assert_eq!(normal_cdf(0.0), 0.5);
    }
}
