//! C's words for statements and activations. `$` stands for the file's prefix, `$F` for its number type.

use std::ops::Range;

use super::super::Precision;
use super::super::activations::Words;
use super::super::text::list;
use super::super::writer::Syntax;

pub(super) const WORDS: Words = Words {
    choose: |condition, yes, no| format!("{condition} ? {yes} : {no}"),
    define: |name, value| {
        let new = if name == "z" { "" } else { "const $F " };
        format!("{new}{name} = {value};\n")
    },
    result: |value| format!("return {value};\n"),
    abs: "@fabs(z)",
    prefix: "$",
};

pub(in super::super) struct C(pub(in super::super) Precision);

impl C {
    /// Numbers with commas between them.
    pub(in super::super) fn numbers(&self, values: &[f64], indent: &str) -> String {
        list(values.iter().map(|&value| self.literal(value)), indent)
    }
}

impl Syntax for C {
    /// Hexadecimal, so that no compiler has to round.
    fn literal(&self, value: f64) -> String {
        let suffix = if self.0 == Precision::F32 { "f" } else { "" };
        format!("{}{suffix}", hexadecimal(self.0.round(value)))
    }

    fn array(&self, name: &str, values: &[f64]) -> String {
        let items = self.numbers(values, "    ");
        format!("static const $F ${name}[{}] = {{\n{items}}};\n", values.len())
    }

    fn matrix(&self, name: &str, values: &[f64], columns: usize) -> String {
        let row = |row| format!("    {{\n{}    }},\n", self.numbers(row, "        "));
        let items: String = values.chunks(columns).map(row).collect();
        format!("static const $F ${name}[{}][{columns}] = {{\n{items}}};\n", values.len() / columns)
    }

    fn constants(&self, name: &str) -> String {
        format!("${name}")
    }

    fn declare(&self, y: &str, len: usize) -> String {
        format!("    $F {y}[{len}];\n")
    }

    fn copy(&self, y: &str, x: &str, len: usize) -> String {
        format!("    $F {y}[{len}];\n    memcpy({y}, {x}, sizeof {y});\n")
    }

    fn copy_into(&self, y: &str, range: Range<usize>, x: &str) -> String {
        format!("    memcpy({y} + {}, {x}, {} * sizeof *{y});\n", range.start, range.len())
    }

    fn argument(&self, x: &str) -> String {
        x.to_owned()
    }

    fn call(&self, function: &str, x: &str, len: usize, rest: &str) -> String {
        let comma = if rest.is_empty() { "" } else { ", " };
        format!("    ${function}({x}, {len}{comma}{rest});\n")
    }

    fn each(&self, f: &str, x: &str, len: usize) -> String {
        format!("    for (size_t i = 0; i < {len}; i++) {{\n        {x}[i] = ${f}({x}[i]);\n    }}\n")
    }

    fn dense(&self, [w, b]: [&str; 2], x: &str, inputs: usize, y: &str, range: Range<usize>) -> String {
        let place = if range.start == 0 { y.to_owned() } else { format!("{y} + {}", range.start) };
        format!("    $dense_{}(${w}, ${b}, {x}, {inputs}, {place});\n", range.len())
    }
}

/// A finite number, `-0x1.8p-3`.
fn hexadecimal(value: f64) -> String {
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let bits = value.to_bits();
    let (digits, exponent) = (bits & ((1 << 52) - 1), bits >> 52 & 0x7ff);
    if digits == 0 && exponent == 0 {
        return format!("{sign}0x0p+0");
    }
    let (first, power) = if exponent == 0 { (0, -1022) } else { (1, exponent.cast_signed() - 1023) };
    let digits = format!("{digits:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    format!("{sign}0x{first}{point}{digits}p{power:+}")
}

/// A function's text with the names and literals of a file: in single precision, `0.5` becomes `0.5f`.
pub(in super::super) fn spelled(text: &str, prefix: &str, precision: Precision) -> String {
    let single = precision == Precision::F32;
    let (number, bits, suffix) = if single { ("float", "uint32_t", "f") } else { ("double", "uint64_t", "") };
    let (fast, least) = if single { ("FP_FAST_FMAF", "FLT_MIN") } else { ("FP_FAST_FMA", "DBL_MIN") };
    let mut text = text.replace("$FAST_FMA", fast).replace("$MIN_POSITIVE", least);
    for function in ["fma", "fabs", "sqrt", "copysign"] {
        text = text.replace(&format!("@{function}("), &format!("{function}{suffix}("));
    }
    if single {
        text = suffixed(&text);
    }
    let words = [("$F ", number), ("$F)", number), ("$Bits ", bits), ("$Bits)", bits)];
    for (word, replaced) in words {
        text = text.replace(word, &format!("{replaced}{}", &word[word.len() - 1..]));
    }
    text.replace('$', prefix)
}

/// Decimal literals of type float.
fn suffixed(text: &str) -> String {
    let (mut result, mut rest) = (String::new(), text);
    while let Some(sign) = rest.chars().next() {
        let len = match sign {
            // Strings have no quotes within, see `string_of_c`.
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'a'..='z' | 'A'..='Z' | '_' => word(rest),
            '0'..='9' => number(rest),
            _ => sign.len_utf8(),
        };
        let (token, after) = rest.split_at(len);
        result += token;
        let real = token.contains('.') || token.contains('e');
        if sign.is_ascii_digit() && real && !token.starts_with("0x") {
            result.push('f');
        }
        rest = after;
    }
    result
}

fn word(text: &str) -> usize {
    text.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(text.len())
}

/// Digits, letters, dots, and a sign after an exponent's e or p.
fn number(text: &str) -> usize {
    let mut before = ' ';
    for (index, sign) in text.char_indices() {
        let exponent = "+-".contains(sign) && "ep".contains(before);
        if !sign.is_ascii_alphanumeric() && sign != '.' && !exponent {
            return index;
        }
        before = sign;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_numbers_are_those_of_c() {
        let pairs = [
            (0.0, "0x0p+0"),
            (-0.15625, "-0x1.4p-3"),
            (1.0, "0x1p+0"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
        ];
        for (value, expected) in pairs.into_iter().chain([(f64::from_bits(1), "0x0.0000000000001p-1022")]) {
            assert_eq!(hexadecimal(value), expected);
        }
    }

    #[test]
    fn literals_have_their_type() {
        let text = "$F $a1[2] = {0.5, -2.5e-10, 1e9}; /* 0.5 */ \"1e5\" 0x1.8p-3f + x2 + 3 + 0xeu";
        let single = "float n_a1[2] = {0.5f, -2.5e-10f, 1e9f}; /* 0.5 */ \"1e5\" 0x1.8p-3f + x2 + 3 + 0xeu";
        assert_eq!(spelled(text, "n_", Precision::F32), single);
        assert_eq!(spelled(text, "n_", Precision::F64), text.replace("$F", "double").replace('$', "n_"));
    }
}
