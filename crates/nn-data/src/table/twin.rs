//! Whether a column tells the target exactly, as a copy of it under another name does.

use std::collections::HashMap;

/// In fewer rows it may be chance.
const ROWS: usize = 10;
/// Different texts of which each may stand for a class.
const PAIRS: usize = 64;
/// A straight line through numbers misses none of them by more, relative to the larger.
const ROUNDING: f64 = 1e-9;

/// A field and its number, if it is one.
pub(super) type Field<'a> = (&'a str, Option<f64>);

/// A column beside the target, as long as each of its values goes with one of the target's, and the other way round.
#[derive(Debug)]
pub(super) struct Twin {
    rows: usize,
    equal: bool,
    line: Option<Line>,
    /// What goes with each text, in both directions.
    pairs: Option<[HashMap<String, String>; 2]>,
}

/// A straight line, of which a point is known or two are.
#[derive(Debug, Clone, Copy)]
struct Line {
    first: Option<[f64; 2]>,
    slope: Option<f64>,
}

impl Twin {
    pub(super) fn new() -> Self {
        let line = Line { first: None, slope: None };
        Self { rows: 0, equal: true, line: Some(line), pairs: Some([HashMap::new(), HashMap::new()]) }
    }

    /// A row; whether the column may still be a twin.
    pub(super) fn add(&mut self, own: Field<'_>, target: Field<'_>) -> bool {
        self.rows += 1;
        self.equal = self.equal && (own.0 == target.0 || (own.1.is_some() && own.1 == target.1));
        self.line = self.line.and_then(|line| line.through(own.1?, target.1?));
        if let Some([there, back]) = &mut self.pairs
            && !(goes_with(there, own.0, target.0) && goes_with(back, target.0, own.0))
        {
            self.pairs = None;
        }
        self.equal || self.line.is_some() || self.pairs.is_some()
    }

    /// Whether it equals the target, or tells it, if it does either.
    pub(super) fn equals(&self) -> Option<bool> {
        if self.rows < ROWS {
            return None;
        }
        let straight = self.line.is_some_and(|line| line.slope.is_some());
        // Where hardly a value is there twice, each goes with one of the target's anyway.
        let again =
            |[there, _]: &[HashMap<String, String>; 2]| there.len() > 1 && 2 * there.len() <= self.rows;
        let told = straight || self.pairs.as_ref().is_some_and(again);
        let constant = |[there, _]: &[HashMap<String, String>; 2]| there.len() == 1;
        let equal = self.equal && !self.pairs.as_ref().is_some_and(constant);
        (equal || told).then_some(equal)
    }
}

impl Line {
    /// The same line, if it goes through the point and neither coordinate is constant.
    fn through(self, x: f64, y: f64) -> Option<Self> {
        let Some([x0, y0]) = self.first else { return Some(Self { first: Some([x, y]), slope: None }) };
        match self.slope {
            _ if x == x0 || y == y0 => (x == x0 && y == y0).then_some(self),
            None => Some(Self { slope: Some((y - y0) / (x - x0)), ..self }),
            Some(slope) => {
                let off = (y - y0 - slope * (x - x0)).abs();
                (off <= ROUNDING * y.abs().max(y0.abs())).then_some(self)
            }
        }
    }
}

/// Whether `b` is what went with `a` before, if `a` was there.
fn goes_with(pairs: &mut HashMap<String, String>, a: &str, b: &str) -> bool {
    if let Some(known) = pairs.get(a) {
        return known == b;
    }
    pairs.insert(a.to_owned(), b.to_owned());
    pairs.len() <= PAIRS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twin(rows: impl Iterator<Item = (String, String)>) -> Option<bool> {
        let mut twin = Twin::new();
        for (own, target) in rows {
            if !twin.add((&own, own.parse().ok()), (&target, target.parse().ok())) {
                return None;
            }
        }
        twin.equals()
    }

    #[test]
    fn copies_are_known_under_any_name() {
        let rows = |own: fn(usize) -> String, target: fn(usize) -> String| {
            twin((0..40).map(|n| (own(n * 7 % 11), target(n * 7 % 11))))
        };
        let number = |n: usize| n.to_string();
        assert_eq!(rows(number, number), Some(true));
        assert_eq!(rows(|n| format!("{n}.0"), number), Some(true));
        assert_eq!(rows(|n| format!("{}", 32.0 + 1.8 * n as f64), number), Some(false), "in other units");
        assert_eq!(rows(|n| format!("c{n}"), |n| format!("{}", n * n)), Some(false), "codes");
        assert_eq!(rows(|n| format!("c{}", n % 3), |n| format!("d{}", n % 3)), Some(false));
        assert_eq!(rows(number, |n| format!("{}", n % 5)), None);
        assert_eq!(rows(|n| format!("{}", n % 5), number), None);
        assert_eq!(rows(|n| if n == 7 { "8".into() } else { n.to_string() }, number), None);
        for (own, target) in [("1", ""), ("", "1"), ("1", "2"), ("a", "b"), ("1", "1")] {
            let constant =
                |text: &str, n: usize| if text.is_empty() { n.to_string() } else { text.to_owned() };
            let rows = (0..40).map(|n| (constant(own, n % 11), constant(target, n % 11)));
            assert_eq!(twin(rows), None, "{own} and {target}");
        }
        assert_eq!(twin((0..9).map(|n| (number(n), number(n)))), None, "too few rows");
        let curve = |n: usize| (number(n), format!("{}", n * n));
        assert_eq!(twin((0..40).map(curve)), None, "each is there once");
        assert_eq!(twin((0..200).map(|n| curve(n % 100))), None, "too many different");
    }
}
