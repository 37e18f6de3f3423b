//! Comparing claimed derivatives with an oracle, coordinate by coordinate.

use super::GradCheck;
use super::report::{Entry, Failure, Oracle, Report, StepTable, TensorReport};

/// ∛ε of `f64`.
const CBRT_EPSILON: f64 = 6.0554544523933395e-6;

/// A function of a vector at a point, and what the code under test says its gradient is.
pub(super) struct Claim<'a> {
    /// The function.
    pub(super) function: &'a mut dyn FnMut(&[f64]) -> f64,
    /// The point.
    pub(super) point: Vec<f64>,
    /// The gradient to be proven.
    pub(super) gradient: Vec<f64>,
    /// The coordinates that are looked at.
    pub(super) chosen: Vec<usize>,
    /// Their derivatives by dual numbers, if the code is generic.
    pub(super) exact: Option<Vec<f64>>,
    /// What they are, one after the other: `layer 1 Dense 15->4, weight`, and how many of it. Empty where they are of one
    /// kind.
    pub(super) tensors: Vec<(String, usize)>,
    /// The name of each coordinate.
    pub(super) name: &'a dyn Fn(usize) -> String,
    /// ` in Train mode`, for messages.
    pub(super) context: &'a str,
}

/// What a comparison came to.
pub(super) enum Verdict {
    Proven(Report),
    /// This coordinate is on or near a kink.
    Kink(usize),
}

/// A central difference, and whether a kink spoils it.
struct Difference {
    slope: f64,
    kink: bool,
    /// How far rounding alone may take the slope.
    noise: f64,
}

impl Claim<'_> {
    /// Compares the derivatives with both oracles.
    pub(super) fn verify(mut self, options: &GradCheck) -> Result<Verdict, Failure> {
        let at_point = (self.function)(&self.point);
        if !at_point.is_finite() {
            return Err(Failure::NotFinite { what: "the function".to_owned(), value: at_point });
        }
        let mut numeric = Vec::with_capacity(self.chosen.len());
        let mut noise = Vec::with_capacity(self.chosen.len());
        for i in self.chosen.clone() {
            let difference = self.difference(i, at_point, options.tolerance);
            if difference.kink {
                return Ok(Verdict::Kink(i));
            }
            numeric.push(difference.slope);
            noise.push(difference.noise);
        }
        // Exact derivatives first: they name the culprit without rounding noise.
        let (exact, worst_exact) = match self.exact.take() {
            Some(exact) => {
                let allowed = |entry: &Entry, _| options.exact_tolerance * entry.size(1.0);
                let (worst, errors) = self.within(&exact, Oracle::DualNumbers, &allowed)?;
                (exact.len(), errors.get(worst).copied().unwrap_or(0.0))
            }
            None => (0, 0.0),
        };
        let floor = self.floor();
        let allowed = |entry: &Entry, n: usize| options.tolerance * entry.size(floor) + noise[n];
        let (worst, errors) = self.within(&numeric, Oracle::FiniteDifferences, &allowed)?;
        let worst_numeric = errors.get(worst).copied().unwrap_or(0.0);
        let tensors = self.by_tensor(&errors);
        let steps = self.step_table(self.chosen.get(worst).copied());
        let numeric = self.chosen.len();
        Ok(Verdict::Proven(Report { numeric, exact, worst_numeric, worst_exact, moved: 0, tensors, steps }))
    }

    /// The largest error of each tensor.
    fn by_tensor(&self, errors: &[f64]) -> Vec<TensorReport> {
        let mut rest = errors;
        let of_tensor = |(name, len): &(String, usize)| {
            let (own, others) = rest.split_at(*len);
            rest = others;
            let worst_numeric = own.iter().copied().fold(0.0, f64::max);
            TensorReport { name: name.clone(), derivatives: *len, worst_numeric }
        };
        self.tensors.iter().map(of_tensor).collect()
    }

    /// The place of the worst among the chosen coordinates, and the error of each, if all are within the tolerance.
    fn within(
        &mut self,
        expected: &[f64],
        oracle: Oracle,
        allowed: &dyn Fn(&Entry, usize) -> f64,
    ) -> Result<(usize, Vec<f64>), Failure> {
        let entry = |n: usize, name: String| Entry {
            name,
            analytic: self.gradient[self.chosen[n]],
            expected: expected[n],
        };
        let entries: Vec<Entry> = (0..expected.len()).map(|n| entry(n, String::new())).collect();
        let errors: Vec<f64> = entries.iter().map(Entry::error).collect();
        // Written so that NaN is wrong.
        let is_wrong = |n: usize| {
            let error = (entries[n].analytic - entries[n].expected).abs();
            error.is_nan() || error > allowed(&entries[n], n)
        };
        let wrong = (0..errors.len()).filter(|&n| is_wrong(n)).count();
        let candidates = (0..errors.len()).filter(|&n| wrong == 0 || is_wrong(n));
        let worst = candidates.max_by(|&a, &b| errors[a].total_cmp(&errors[b])).unwrap_or(0);
        if wrong == 0 {
            return Ok((worst, errors));
        }
        let coordinate = self.chosen[worst];
        let entry = entry(worst, (self.name)(coordinate));
        let (checked, context) = (expected.len(), self.context.to_owned());
        let steps = self.step_table(Some(coordinate));
        Err(Failure::Mismatch { entry, oracle, wrong, checked, context, steps })
    }

    /// The size that a derivative is compared on: 1, or less where the whole gradient is smaller.
    fn floor(&self) -> f64 {
        self.gradient.iter().fold(0.0, |largest: f64, g| largest.max(g.abs())).min(1.0)
    }

    /// The function with coordinate `i` moved by `step`.
    fn moved(&mut self, i: usize, step: f64) -> f64 {
        let before = self.point[i];
        self.point[i] = before + step;
        let value = (self.function)(&self.point);
        self.point[i] = before;
        value
    }

    /// The slopes on either side of coordinate `i`.
    fn one_sided(&mut self, i: usize, at_point: f64, step: f64) -> (f64, f64) {
        // The step as it is after rounding.
        let up = (self.point[i] + step) - self.point[i];
        let down = self.point[i] - (self.point[i] - step);
        ((self.moved(i, up) - at_point) / up, (at_point - self.moved(i, -down)) / down)
    }

    /// The central difference with the step cbrt(eps) * |x|, which balances its two errors, step² and eps / step. The
    /// factor is at least 1, and at most 30, since a function such as the sine is no wider far out.
    fn difference(&mut self, i: usize, at_point: f64, tolerance: f64) -> Difference {
        let step = CBRT_EPSILON * self.point[i].abs().clamp(1.0, 30.0);
        let (right, left) = self.one_sided(i, at_point, step);
        let slope = f64::midpoint(right, left);
        let (gap, size) = ((right - left).abs(), slope.abs().max(self.floor()));
        let mismatch = (slope - self.gradient[i]).abs();
        // The slopes on either side of a smooth point differ by step f'', of a kink by its jump. A gap that is large,
        // or a mismatch, is looked at more closely.
        let rounding = f64::EPSILON * at_point.abs().max(1.0) / step;
        let noise = 10.0 * rounding;
        let mismatched = mismatch > tolerance * size + noise;
        let kink = (mismatched || gap > 1e-3 * size) && {
            let (right, left) = self.one_sided(i, at_point, step / 8.0);
            // On a kink the gap stays as the step shrinks.
            let on_kink = gap > 100.0 * rounding && (right - left).abs() > 0.5 * gap;
            // Beside one, or where f'' jumps, the differences do come to the claimed derivative. To a wrong one they
            // do not.
            let beside_kink =
                mismatched && (f64::midpoint(right, left) - self.gradient[i]).abs() < 0.3 * mismatch;
            // Where kinks meet, the claimed derivative need not lie between the slopes.
            on_kink || beside_kink
        };
        Difference { slope, kink, noise }
    }

    fn step_table(&mut self, i: Option<usize>) -> StepTable {
        let Some(i) = i else { return StepTable { rows: Vec::new() } };
        let scale = self.point[i].abs().max(1.0);
        let row = |relative| {
            let step = relative * scale;
            let slope = (self.moved(i, step) - self.moved(i, -step)) / (2.0 * step);
            (step, (slope - self.gradient[i]).abs())
        };
        StepTable { rows: [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8].map(row).into() }
    }
}
