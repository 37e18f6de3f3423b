//! Axes: which numbers they span, and which of these are marked.

use crate::PlotError;
use crate::error::drawable;

/// A span of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Axis {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) log: bool,
}

/// A mark on an axis; without text a short one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) text: String,
}

impl Axis {
    /// Exactly this span.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        Self { low, high, log: false }
    }

    /// All numbers that are drawable, and a little room.
    pub(crate) fn around(values: impl IntoIterator<Item = f64>, log: bool) -> Result<Self, PlotError> {
        let (low, high) = span(values).ok_or(PlotError::Empty { what: "finite number" })?;
        if !log {
            let axis = Self { low, high, log }.widened();
            let room = 0.05 * (axis.high - axis.low);
            return Ok(Self { low: axis.low - room, high: axis.high + room, log });
        }
        if low <= 0.0 {
            return Err(PlotError::NotPositive { value: low });
        }
        // A twentieth of the decades, and so much at least that there is a span.
        let room = (0.05 * (high.log10() - low.log10())).max(0.05);
        let (low, high) = (low.log10() - room, high.log10() + room);
        Ok(Self { low: 10_f64.powf(low.max(-307.0)), high: 10_f64.powf(high.min(308.0)), log })
    }

    /// The same axis, or if it has no span to speak of, one around its middle.
    pub(crate) fn widened(self) -> Self {
        let size = self.low.abs().max(self.high.abs());
        if self.high - self.low > 1e-9 * size {
            return self;
        }
        let half = if size > 0.0 { 0.1 * size } else { 1.0 };
        Self { low: self.low - half, high: self.high + half, ..self }
    }

    /// Where a number is, from 0 to 1 on the axis.
    pub(crate) fn place(self, value: f64) -> f64 {
        if self.log {
            return (value.log10() - self.low.log10()) / (self.high.log10() - self.low.log10());
        }
        (value - self.low) / (self.high - self.low)
    }

    /// The number at a place.
    pub(crate) fn value(self, place: f64) -> f64 {
        if self.log {
            let (low, high) = (self.low.log10(), self.high.log10());
            return 10_f64.powf(low + place * (high - low));
        }
        self.low + place * (self.high - self.low)
    }

    /// Round numbers on the axis, of which at most `most` have a text.
    pub(crate) fn ticks(self, most: usize) -> Vec<Tick> {
        let most = most.max(2);
        if self.log { self.log_ticks(most) } else { self.linear_ticks(most) }
    }

    fn linear_ticks(self, most: usize) -> Vec<Tick> {
        let span = self.high - self.low;
        let exponent = (span / most as f64).log10().floor();
        // 1, 2 or 5 of a power of ten: the first with which the ticks are few enough.
        let steps = [(1.0, 0.0), (2.0, 0.0), (5.0, 0.0), (1.0, 1.0)];
        let step_of = |(factor, more): (f64, f64)| (times_power(factor, exponent + more), exponent + more);
        let few = |step: f64| (self.high / step).floor() - (self.low / step).ceil() < most as f64;
        let Some((step, exponent)) = steps.into_iter().map(step_of).find(|(step, _)| few(*step)) else {
            return Vec::new();
        };
        let first = (self.low / step).ceil();
        let values = (0..=most).map(|i| (first + i as f64) * step).take_while(|value| *value <= self.high);
        let largest = self.low.abs().max(self.high.abs());
        values.map(|value| Tick { value: value + 0.0, text: fixed(value, exponent, largest) }).collect()
    }

    fn log_ticks(self, most: usize) -> Vec<Tick> {
        let (low, high) = (self.low.log10().floor(), self.high.log10().ceil());
        let inside = |value: &f64| (self.low..=self.high).contains(value);
        let decades = high - low;
        let of = |factors: &[f64], stride: f64| -> Vec<f64> {
            let count = (0..=616).map(f64::from).take_while(|n| n * stride <= decades);
            let all = count.flat_map(|n| factors.iter().map(move |f| times_power(*f, low + n * stride)));
            all.filter(inside).collect()
        };
        let few = |values: &Vec<f64>| (2..=most).contains(&values.len());
        let fine = [of(&[1.0, 2.0, 5.0], 1.0), of(&[1.0, 3.0], 1.0), of(&[1.0], 1.0)];
        let coarse = [2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0].map(|stride| of(&[1.0], stride));
        let Some(labelled) = fine.into_iter().chain(coarse).find(few) else {
            return self.linear_ticks(most);
        };
        let mut ticks: Vec<Tick> = labelled.iter().map(|&value| Tick { value, text: plain(value) }).collect();
        if decades <= 8.0 {
            let between = of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], 1.0);
            let short = between.into_iter().filter(|value| !labelled.contains(value));
            ticks.extend(short.map(|value| Tick { value, text: String::new() }));
        }
        ticks
    }
}

/// The least and the greatest of the drawable numbers.
pub(crate) fn span(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|value| drawable(*value)).fold(None, |span, value| {
        let (low, high) = span.unwrap_or((value, value));
        Some((value.min(low), value.max(high)))
    })
}

/// A factor times 10^exponent, as exact as a literal.
fn times_power(factor: f64, exponent: f64) -> f64 {
    format!("{factor}e{exponent}").parse().unwrap_or_else(|_| factor * 10_f64.powf(exponent))
}

/// A multiple of 10^exponent with the decimals that it takes; by powers of ten if the largest beside it needs them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few digits")]
fn fixed(value: f64, exponent: f64, largest: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-4..1e6).contains(&largest) && exponent >= -6.0 {
        let decimals = (-exponent).max(0.0) as usize;
        return format!("{value:.decimals$}");
    }
    let digits = (value.abs().log10().floor() - exponent).clamp(0.0, 9.0) as usize;
    shorter(&format!("{value:.digits$e}"))
}

/// A number in as few letters as it takes.
pub(crate) fn plain(value: f64) -> String {
    if value == 0.0 || (1e-4..1e6).contains(&value.abs()) {
        return format!("{}", value + 0.0);
    }
    shorter(&format!("{value:e}"))
}

/// A number rounded to some significant digits.
pub(crate) fn rounded(value: f64, digits: usize) -> String {
    let value: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    plain(value)
}

/// 1e5 for 1.0e5.
fn shorter(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: Axis, most: usize) -> Vec<String> {
        axis.ticks(most).into_iter().map(|tick| tick.text).filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!(texts(Axis::linear(0.0, 1.0), 6), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(Axis::linear(-1.3, 2.2), 5), ["-1", "0", "1", "2"]);
        assert_eq!(texts(Axis::linear(0.0, 20_000.0), 5), ["0", "5000", "10000", "15000", "20000"]);
        assert_eq!(texts(Axis::linear(0.0, 3e7), 4), ["0", "1e7", "2e7", "3e7"]);
        assert_eq!(texts(Axis::linear(0.0, 2.5e-7), 6), ["0", "5e-8", "1e-7", "1.5e-7", "2e-7", "2.5e-7"]);
        assert_eq!(texts(Axis::linear(1.0001, 1.00042), 4), ["1.0001", "1.0002", "1.0003", "1.0004"]);
        let log = |low, high| Axis { low, high, log: true };
        assert_eq!(texts(log(0.005, 20.0), 6), ["0.01", "0.1", "1", "10"]);
        assert_eq!(texts(log(0.9, 11.0), 6), ["1", "2", "5", "10"]);
        assert_eq!(texts(log(0.21, 0.39), 5), ["0.25", "0.30", "0.35"]);
        assert_eq!(texts(log(0.025, 0.9), 3), ["0.03", "0.1", "0.3"]);
        assert_eq!(texts(log(1e-12, 1e3), 6), ["1e-12", "1e-9", "1e-6", "0.001", "1", "1000"]);
    }

    #[test]
    fn every_span_has_marks_and_none_too_many() {
        let numbers = [0.0, 1e-300, 1e-20, 0.3, 1.0, 1.0 + 1e-15, 7.0, 1e5, 1e20, 9.9e299];
        for low in numbers {
            for high in numbers {
                for (a, b) in [(low, high), (-low, high), (-low, -high)] {
                    for log in [false, true] {
                        let Ok(axis) = Axis::around([a, b], log) else { continue };
                        for most in [2, 5, 11] {
                            let texts = texts(axis, most);
                            assert!((1..=most + 1).contains(&texts.len()), "{axis:?}, {most}: {texts:?}");
                            assert!(texts.iter().all(|text| text.len() < 16), "{axis:?}: {texts:?}");
                        }
                        assert!(axis.place(a).is_finite() && axis.place(b).is_finite(), "{axis:?}");
                    }
                }
            }
        }
    }
}
