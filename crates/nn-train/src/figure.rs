use std::fmt;

/// A number to be read: four digits behind the point, with a power of ten where they would show nothing or too much.
pub(crate) struct Figure(pub(crate) f64);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        if number == 0.0 || !number.is_finite() || (1e-4..1e6).contains(&number.abs()) {
            write!(f, "{number:.4}")
        } else {
            write!(f, "{number:.4e}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_short() {
        let cases = [
            (0.0, "0.0000"),
            (0.12345, "0.1235"),
            (-999_999.0, "-999999.0000"),
            (1e6, "1.0000e6"),
            (-1.23456e30, "-1.2346e30"),
            (1e-4, "0.0001"),
            (9.87654e-5, "9.8765e-5"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ];
        for (number, expected) in cases {
            assert_eq!(Figure(number).to_string(), expected);
        }
    }
}
