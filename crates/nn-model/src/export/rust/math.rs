//! The functions of a Rust file, ported from the library's kernels number by number, in the order of the operations.

use super::super::parts::Part;

/// A part that reads the same for both number types.
macro_rules! part {
    ($name:literal $(uses $($used:literal)+)?) => {
        Part { name: $name, text: [include_str!(concat!("math/", $name, ".txt")); 2], uses: [&[$($($used),+)?]; 2] }
    };
}

/// A constant, for `f32` and for `f64`.
macro_rules! constant {
    ($name:literal: $type:literal, $single:expr, $double:expr) => {
        Part {
            name: $name,
            text: [
                concat!("const ", $name, ": ", $type, " = ", $single, ";\n"),
                concat!("const ", $name, ": ", $type, " = ", $double, ";\n"),
            ],
            uses: [&[]; 2],
        }
    };
}

/// A function that has all digits of `f32` only if it is computed in `f64`.
macro_rules! in_double {
    ($name:literal uses $($used:literal)*) => {
        Part {
            name: $name,
            text: [
                concat!("pub fn ", $name, "(x: F) -> F {\n    super::double::", $name, "(x.into()) as F\n}\n"),
                include_str!(concat!("math/", $name, ".txt")),
            ],
            uses: [&[], &[$($used),*]],
        }
    };
}

/// Those that a file in `f32` has computed in `f64`.
pub(super) const IN_DOUBLE: &[&str] = &["ln_1p", "sin", "normal_cdf"];

pub(super) const PARTS: &[Part] = &[
    constant!("DIGITS": "i32", "23", "52"),
    constant!("BIAS": "i32", "127", "1023"),
    Part { name: "Bits", text: ["type Bits = u32;\n", "type Bits = u64;\n"], uses: [&[]; 2] },
    Part { name: "Wide", text: ["type Wide = u64;\n", "type Wide = u128;\n"], uses: [&[]; 2] },
    constant!("ROUND": "F", "12582912.0", "6755399441055744.0"),
    constant!("LOG2_E": "F", "1.4426950408889634", "1.4426950408889634"),
    constant!("HALF_LN_2": "F", "0.34657359027997264", "0.34657359027997264"),
    constant!("LN_2": "[F; 2]", "[0.693359375, -2.12194440e-4]", "[6.93147180369123816490e-01, 1.90821492927058770002e-10]"),
    constant!("EXP_ENDS": "[F; 3]", "[-104.0, -86.0, 89.0]", "[-746.0, -707.0, 710.0]"),
    Part {
        name: "EXP",
        text: [
            "const EXP: [F; 5] = [0.4999999404, 0.1666651964, 0.04166839272, 0.008368778974, 0.001381449983];\n",
            "const EXP: [F; 10] = [0.5000000000000011, 0.1666666666666641, 0.04166666666652921, 0.00833333333349553, 0.0013888888943915992, 0.0001984126950492587, 2.4801492770471707e-05, 2.7557587231766058e-06, 2.763037564670706e-07, 2.4999991267467487e-08];\n",
        ],
        uses: [&[]; 2],
    },
    Part {
        name: "TANH",
        text: [
            "const TANH: [F; 4] = [1.333323489688, -0.666675198332, 0.267728658458, -0.0888481237098];\n",
            "const TANH: [F; 9] = [1.33333333333332714274, -0.66666666666522807366, 0.2666666666684656056, -0.088888889162015973964, 0.025396825240330907846, -0.0063491853500417653304, 0.00141093926620160691452, -0.00028289062884755682354, 0.00005131012998302900232];\n",
        ],
        uses: [&[]; 2],
    },
    Part {
        name: "LN",
        text: [
            "const LN: [F; 4] = [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841];\n",
            "const LN: [F; 7] = [6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01];\n",
        ],
        uses: [&[]; 2],
    },
    constant!("TANH_0": "F", "-1.999999926158", "-2.0000000000000020718"),
    constant!("SQRT_HALF": "Bits", "0x3f3504f3", "0x3fe6a09e667f3bcd"),
    part!("mul_add"),
    part!("dense" uses "mul_add"),
    part!("subtract"),
    part!("divide"),
    part!("multiply"),
    part!("add"),
    part!("each"),
    part!("prelu"),
    part!("sqrt" uses "DIGITS" "BIAS" "Bits" "Wide"),
    part!("layer_norm" uses "sqrt"),
    part!("rms_norm" uses "sqrt"),
    part!("polynomial" uses "mul_add"),
    part!("scale" uses "DIGITS"),
    part!("exp" uses "ROUND" "LOG2_E" "LN_2" "EXP_ENDS" "EXP" "polynomial" "scale"),
    part!("tanh" uses "ROUND" "LOG2_E" "HALF_LN_2" "TANH_0" "TANH" "polynomial" "scale"),
    part!("exp_m1" uses "tanh"),
    part!("sigmoid" uses "exp"),
    part!("ln" uses "DIGITS" "BIAS" "Bits" "ROUND" "LN_2" "LN" "SQRT_HALF" "polynomial"),
    in_double!("ln_1p" uses "LN_2" "LN" "polynomial"),
    in_double!("sin" uses),
    in_double!("normal_cdf" uses "exp"),
    part!("subtract_largest"),
    part!("softmax" uses "subtract_largest" "each" "exp"),
    part!("log_softmax" uses "subtract_largest" "exp" "ln"),
];
