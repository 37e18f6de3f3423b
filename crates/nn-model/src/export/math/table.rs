//! The functions that files need, ported from the library's kernels number by number, in the order of the operations.
//!
//! In the text of C, `$` stands for the file's prefix, `$F` for its number type, and `@` before a function of `<math.h>`.

use super::Part;

/// A function that reads the same for both number types.
macro_rules! part {
    ($name:literal $(uses $($used:literal)+)?) => {
        Part {
            name: $name,
            rust: [include_str!(concat!("rust/", $name, ".txt")); 2],
            c: [include_str!(concat!("c/", $name, ".txt")); 2],
            uses: [[&[$($($used),+)?]; 2]; 2],
        }
    };
}

/// A function that C's files have in another form, or do not need.
macro_rules! only_rust {
    ($name:literal $(uses $($used:literal)+)?) => {
        Part { rust: [include_str!(concat!("rust/", $name, ".txt")); 2], ..none($name, &[$($($used),+)?]) }
    };
}

/// A function that Rust has of its own.
macro_rules! only_c {
    ($name:literal) => {
        Part { c: [include_str!(concat!("c/", $name, ".txt")); 2], ..none($name, &[]) }
    };
}

/// A type, for `f32` and for `f64`.
macro_rules! types {
    ($name:literal: $single:literal, $double:literal) => {
        Part { rust: [$single, $double], ..none($name, &[]) }
    };
}

/// A constant of a type in Rust and in C, for `f32` and for `f64`.
macro_rules! constant {
    ($name:literal: $type:literal $c:literal, $single:literal, $double:literal) => {
        Part {
            rust: [
                concat!("const ", $name, ": ", $type, " = ", $single, ";\n"),
                concat!("const ", $name, ": ", $type, " = ", $double, ";\n"),
            ],
            c: [
                concat!("static const ", $c, " $", $name, " = ", $single, ";\n"),
                concat!("static const ", $c, " $", $name, " = ", $double, ";\n"),
            ],
            ..none($name, &[])
        }
    };
}

/// Constants, how many there are and which, for `f32` and for `f64`.
macro_rules! constants {
    ($name:literal: $few:literal $single:literal, $many:literal $double:literal) => {
        Part {
            rust: [
                concat!("const ", $name, ": [F; ", $few, "] = [", $single, "];\n"),
                concat!("const ", $name, ": [F; ", $many, "] = [", $double, "];\n"),
            ],
            c: [
                concat!("static const $F $", $name, "[", $few, "] = {", $single, "};\n"),
                concat!("static const $F $", $name, "[", $many, "] = {", $double, "};\n"),
            ],
            ..none($name, &[])
        }
    };
}

/// A function that has all digits of `f32` only if it is computed in `f64`.
macro_rules! in_double {
    ($name:literal uses $($used:literal)*) => {
        Part {
            name: $name,
            rust: [
                concat!("pub fn ", $name, "(x: F) -> F {\n    super::double::", $name, "(x.into()) as F\n}\n"),
                include_str!(concat!("rust/", $name, ".txt")),
            ],
            c: [
                concat!("static inline $F $", $name, "($F x) {\n    return ($F)$double_", $name, "(x);\n}\n"),
                include_str!(concat!("c/", $name, ".txt")),
            ],
            uses: [[&[], &[$($used),*]]; 2],
        }
    };
}

const fn none(name: &'static str, uses: &'static [&'static str]) -> Part {
    Part { name, rust: [""; 2], c: [""; 2], uses: [[uses; 2]; 2] }
}

/// Those that a file in `f32` has computed in `f64`.
pub(super) const IN_DOUBLE: &[&str] = &["ln_1p", "sin", "normal_cdf"];

/// What a part uses stands before it.
pub(super) const PARTS: &[Part] = &[
    constant!("DIGITS": "i32" "int", "23", "52"),
    constant!("BIAS": "i32" "int", "127", "1023"),
    types!("Bits": "type Bits = u32;\n", "type Bits = u64;\n"),
    types!("Wide": "type Wide = u64;\n", "type Wide = u128;\n"),
    only_c!("to_bits"),
    only_c!("from_bits"),
    constant!("ROUND": "F" "$F", "12582912.0", "6755399441055744.0"),
    constant!("LOG2_E": "F" "$F", "1.4426950408889634", "1.4426950408889634"),
    constant!("HALF_LN_2": "F" "$F", "0.34657359027997264", "0.34657359027997264"),
    constants!("LN_2": "2" "0.693359375, -2.12194440e-4", "2" "6.93147180369123816490e-01, 1.90821492927058770002e-10"),
    constants!("EXP_ENDS": "3" "-104.0, -86.0, 89.0", "3" "-746.0, -707.0, 710.0"),
    constants!(
        "EXP":
        "5" "0.4999999404, 0.1666651964, 0.04166839272, 0.008368778974, 0.001381449983",
        "10" "0.5000000000000011, 0.1666666666666641, 0.04166666666652921, 0.00833333333349553, 0.0013888888943915992, 0.0001984126950492587, 2.4801492770471707e-05, 2.7557587231766058e-06, 2.763037564670706e-07, 2.4999991267467487e-08"
    ),
    constants!(
        "TANH":
        "4" "1.333323489688, -0.666675198332, 0.267728658458, -0.0888481237098",
        "9" "1.33333333333332714274, -0.66666666666522807366, 0.2666666666684656056, -0.088888889162015973964, 0.025396825240330907846, -0.0063491853500417653304, 0.00141093926620160691452, -0.00028289062884755682354, 0.00005131012998302900232"
    ),
    constants!(
        "LN":
        "4" "0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841",
        "7" "6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01"
    ),
    constant!("TANH_0": "F" "$F", "-1.999999926158", "-2.0000000000000020718"),
    constant!("SQRT_HALF": "Bits" "$Bits", "0x3f3504f3", "0x3fe6a09e667f3bcd"),
    part!("mul_add"),
    only_rust!("dense" uses "mul_add"),
    part!("subtract"),
    part!("divide"),
    part!("multiply"),
    part!("add"),
    only_rust!("each"),
    part!("prelu"),
    Part {
        name: "sqrt",
        rust: [include_str!("rust/sqrt.txt"); 2],
        c: [include_str!("c/sqrt.txt"); 2],
        // C's own is rounded to nearest; Rust's core has none.
        uses: [[&["DIGITS", "BIAS", "Bits", "Wide"]; 2], [&[]; 2]],
    },
    part!("layer_norm" uses "sqrt"),
    part!("rms_norm" uses "sqrt"),
    part!("polynomial" uses "mul_add"),
    part!("scale" uses "DIGITS" "to_bits" "from_bits"),
    part!("exp" uses "ROUND" "LOG2_E" "LN_2" "EXP_ENDS" "EXP" "polynomial" "scale"),
    part!("tanh" uses "ROUND" "LOG2_E" "HALF_LN_2" "TANH_0" "TANH" "polynomial" "scale"),
    part!("exp_m1" uses "tanh"),
    part!("sigmoid" uses "exp"),
    part!("ln" uses "to_bits" "from_bits" "DIGITS" "BIAS" "Bits" "ROUND" "LN_2" "LN" "SQRT_HALF" "polynomial"),
    in_double!("ln_1p" uses "LN_2" "LN" "polynomial"),
    in_double!("sin" uses),
    in_double!("normal_cdf" uses "to_bits" "from_bits" "exp"),
    part!("subtract_largest"),
    part!("softmax" uses "subtract_largest" "each" "exp"),
    part!("log_softmax" uses "subtract_largest" "exp" "ln"),
];
