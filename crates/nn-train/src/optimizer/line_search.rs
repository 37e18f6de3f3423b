//! The length of a step along a direction of descent.

/// Evaluations in one search at most.
const MOST: usize = 25;

/// How much longer a step may become from one trial to the next.
const GROWTH: f64 = 10.0;

/// What lies in a direction: φ(α) = f(x + α d), and its slope φ'(α).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    /// α.
    pub(super) step: f64,
    pub(super) value: f64,
    pub(super) slope: f64,
}

impl Point {
    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.slope.is_finite()
    }
}

/// The strong Wolfe conditions, φ(α) ≤ φ(0) + c₁ α φ'(0) and |φ'(α)| ≤ c₂ |φ'(0)|.
#[derive(Debug, Clone, Copy)]
pub(super) struct StrongWolfe {
    pub(super) c1: f64,
    pub(super) c2: f64,
    /// At α = 0, where φ falls.
    pub(super) start: Point,
}

impl StrongWolfe {
    fn falls_enough(&self, point: Point) -> bool {
        point.is_finite() && point.value <= self.start.value + self.c1 * point.step * self.start.slope
    }

    fn is_flat_enough(&self, point: Point) -> bool {
        point.slope.abs() <= -self.c2 * self.start.slope
    }

    /// A step that meets both conditions; if none is found, one that meets the first; `None` if there is no such either.
    /// The last point that `at` was asked for is the one that is found.
    ///
    /// Nocedal, Wright: "Numerical optimization", 2nd edition, algorithms 3.5 and 3.6, with cubic interpolation.
    pub(super) fn search(&self, first: f64, at: &mut dyn FnMut(f64) -> Point) -> Option<Point> {
        let (mut previous, mut step) = (self.start, first);
        for evaluations in 1..=MOST {
            let point = at(step);
            let rises = evaluations > 1 && point.value >= previous.value;
            if !self.falls_enough(point) || rises {
                return self.zoom(previous, point, MOST - evaluations, at);
            }
            if self.is_flat_enough(point) {
                return Some(point);
            }
            if point.slope >= 0.0 {
                return self.zoom(point, previous, MOST - evaluations, at);
            }
            // It still falls: further out.
            let (least, most) = (step + 0.01 * (step - previous.step), GROWTH * step);
            step = cubic_minimum(previous, point).map_or(most, |step| step.clamp(least, most));
            previous = point;
        }
        Some(previous)
    }

    /// The search between two points: `low` falls enough, and more than any other that does; φ falls from there towards
    /// `high`.
    fn zoom(
        &self,
        mut low: Point,
        mut high: Point,
        evaluations: usize,
        at: &mut dyn FnMut(f64) -> Point,
    ) -> Option<Point> {
        let width = |low: Point, high: Point| (high.step - low.step).abs();
        let mut last = high.step;
        // The widths before the last two trials: halved in two trials, or else by the third.
        let mut widths = [f64::INFINITY; 2];
        for _ in 0..evaluations {
            let now = width(low, high);
            let interpolated = cubic_minimum(low, high).filter(|_| now <= 0.5 * widths[0]);
            let (from, to) = (low.step.min(high.step), low.step.max(high.step));
            let middle = from + 0.5 * now;
            let step = interpolated.map_or(middle, |step| step.clamp(from + 0.1 * now, to - 0.1 * now));
            if step <= from || step >= to {
                // Nothing lies between the two.
                break;
            }
            widths = [widths[1], now];
            let point = at(step);
            last = step;
            if !self.falls_enough(point) || point.value >= low.value {
                high = point;
                continue;
            }
            if self.is_flat_enough(point) {
                return Some(point);
            }
            if point.slope * (high.step - low.step) >= 0.0 {
                high = low;
            }
            low = point;
        }
        if low.step <= 0.0 {
            return None;
        }
        Some(if last == low.step { low } else { at(low.step) })
    }
}

/// Where the cubic through two points with their slopes is lowest; `None` if it has no lowest place.
fn cubic_minimum(a: Point, b: Point) -> Option<f64> {
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt().copysign(b.step - a.step);
    let step = b.step - (b.step - a.step) * (b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2);
    step.is_finite().then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A search along `function`, which gives value and slope, from 0 with a first trial of `first`.
    fn found(function: impl Fn(f64) -> (f64, f64), first: f64) -> (StrongWolfe, Option<Point>, usize) {
        let (mut asked, mut last) = (0, f64::NAN);
        let point = |step| {
            let (value, slope) = function(step);
            Point { step, value, slope }
        };
        let wolfe = StrongWolfe { c1: 1e-4, c2: 0.1, start: point(0.0) };
        let found = wolfe.search(first, &mut |step| {
            (asked, last) = (asked + 1, step);
            point(step)
        });
        if let Some(found) = found {
            assert_eq!(found.step, last, "the last point is the one that is found");
            assert!(wolfe.falls_enough(found));
        }
        (wolfe, found, asked)
    }

    #[test]
    fn a_cubic_is_met_exactly() {
        // x³ - 3 x: lowest at 1.
        let point = |x: f64| Point { step: x, value: x * x * x - 3.0 * x, slope: 3.0 * x * x - 3.0 };
        assert_eq!(cubic_minimum(point(0.0), point(2.0)), Some(1.0));
        assert_eq!(cubic_minimum(point(3.0), point(0.5)), Some(1.0));
        let line = |x: f64| Point { step: x, value: -x, slope: -1.0 };
        assert_eq!(cubic_minimum(line(0.0), line(1.0)), None);
    }

    /// From first trials that are much too short and much too long, on functions with one valley and with several.
    #[test]
    fn both_conditions_are_met() {
        type Function = fn(f64) -> (f64, f64);
        let functions: [(&str, Function); 5] = [
            ("a parabola", |x| ((x - 3.0) * (x - 3.0), 2.0 * (x - 3.0))),
            ("Moré and Thuente's first", |x| (-x / (x * x + 2.0), (x * x - 2.0) / (x * x + 2.0).powi(2))),
            ("their second", |x| {
                let y = x + 0.1;
                (y.powi(5) - 2.0 * y.powi(4), 5.0 * y.powi(4) - 8.0 * y.powi(3))
            }),
            ("waves on a parabola", |x| {
                let (value, slope) = (0.1 * (x - 5.0).powi(2), 0.2 * (x - 5.0));
                (value + (3.0 * x).sin() - 3.0 * x, slope + 3.0 * (3.0 * x).cos() - 3.0)
            }),
            ("a steep wall", |x| ((10.0 * (x - 1.0)).exp() - x, 10.0 * (10.0 * (x - 1.0)).exp() - 1.0)),
        ];
        for (name, function) in functions {
            for first in [1e-3, 0.1, 1.0, 10.0, 1e3] {
                let (wolfe, found, asked) = found(function, first);
                let found = found.unwrap_or_else(|| panic!("{name} from {first}: nothing"));
                assert!(wolfe.is_flat_enough(found), "{name} from {first}: {found:?}");
                assert!(asked <= 20, "{name} from {first}: {asked} evaluations");
            }
        }
    }

    #[test]
    fn where_a_function_ends_the_step_is_shorter() {
        // -ln(1 - x) - 3 x is not defined from 1 on.
        let (wolfe, found, _) = found(|x| (-(1.0 - x).ln() - 3.0 * x, (1.0 - x).recip() - 3.0), 1e6);
        let found = found.expect("it falls at first");
        assert!(wolfe.is_flat_enough(found) && (0.5..1.0).contains(&found.step), "{found:?}");
    }

    #[test]
    fn it_ends_where_there_is_nothing_to_find() {
        // The slope is a lie: nothing is lower.
        let (_, nothing, asked) = found(|x| (x, -1.0), 1.0);
        assert_eq!((nothing, asked), (None, MOST));
        // It falls for ever: the lowest that was seen.
        let (_, lowest, asked) = found(|x| (-x, -1.0), 1.0);
        assert!(lowest.expect("it falls").step > 1e20 && asked == MOST);
        // NaN everywhere but at 0.
        let (_, nothing, asked) = found(|x| if x == 0.0 { (0.0, -1.0) } else { (f64::NAN, f64::NAN) }, 1.0);
        assert_eq!((nothing, asked), (None, MOST));
    }
}
