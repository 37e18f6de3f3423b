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

/// A number that the user gave: all its digits, or a [`Figure`] where zeros would follow or lead them.
pub(crate) struct Given(pub(crate) f64);

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        if number == 0.0 || !number.is_finite() || (1e-4..1e16).contains(&number.abs()) {
            write!(f, "{number}")
        } else {
            Figure(number).fmt(f)
        }
    }
}

/// A number within a sentence: three digits, with a power of ten where they would show nothing or too much.
pub(crate) struct Short(pub(crate) f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        let size = number.abs();
        if number == number.trunc() && size < 1e6 || !number.is_finite() {
            write!(f, "{number}")
        } else if (100.0..1e6).contains(&size) {
            write!(f, "{number:.0}")
        } else if (1.0..100.0).contains(&size) {
            write!(f, "{number:.1}")
        } else if (0.01..1.0).contains(&size) {
            write!(f, "{number:.3}")
        } else {
            write!(f, "{number:.2e}")
        }
    }
}

/// A share within a sentence, `12 %`.
pub(crate) struct Percent(pub(crate) f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.0;
        // 99.7 % is not all, and 0.3 % is not none.
        if (1.0..=99.0).contains(&percent) || percent == 0.0 || percent == 100.0 {
            write!(f, "{percent:.0} %")
        } else {
            write!(f, "{percent:.1} %")
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

    #[test]
    fn a_number_within_a_sentence_is_shorter() {
        let cases = [
            (0.0, "0"),
            (30.0, "30"),
            (-2015.0, "-2015"),
            (12.345, "12.3"),
            (123456.7, "123457"),
            (1e34, "1.00e34"),
            (0.12345, "0.123"),
            (-0.00123, "-1.23e-3"),
            (f64::INFINITY, "inf"),
        ];
        for (number, expected) in cases {
            assert_eq!(Short(number).to_string(), expected);
        }
        let shares = [(0.0, "0 %"), (0.003, "0.3 %"), (0.123, "12 %"), (0.997, "99.7 %"), (1.0, "100 %")];
        for (share, expected) in shares {
            assert_eq!(Percent(share).to_string(), expected);
        }
    }

    #[test]
    fn a_given_number_keeps_its_digits() {
        let cases =
            [(0.0, "0"), (0.995, "0.995"), (20000.0, "20000"), (1e34, "1.0000e34"), (-1.25e-5, "-1.2500e-5")];
        for (number, expected) in cases {
            assert_eq!(Given(number).to_string(), expected);
        }
    }
}
