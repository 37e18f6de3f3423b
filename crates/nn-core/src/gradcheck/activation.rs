use super::compare::{Claim, Verdict};
use super::{Dual, Failure, GradCheck, Report};
use crate::{Activation, Scalar};

/// Points beyond the range of most thresholds.
const FAR: [f64; 6] = [25.0, 35.0, 50.0, 100.0, 300.0, 1000.0];

/// How far a point is moved away from a kink.
const AWAY: f64 = 0.01;

impl GradCheck {
    /// Proves an activation at points from -20 to 20 and, fewer, from -1000 to 1000.
    ///
    /// Besides the derivative it is checked that NaN stays NaN and nothing else becomes NaN, up to |z| of 1e4; that
    /// the slice methods give the same bits as the scalar ones, in `f32` and `f64`; that `f32` agrees with `f64` to
    /// 1e-4; and that the derivative does without z if
    /// [`reads_input`](Activation::reads_input) says so.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn activation<A: Activation>(&self, activation: &A) -> Result<Report, Failure> {
        self.check()?;
        activation.check()?;
        ends(activation)?;
        slices::<f64, A>(activation)?;
        slices::<f32, A>(activation)?;
        precision(activation)?;
        let mut reports: Option<Report> = None;
        let mut worst: Option<(f64, Failure)> = None;
        for z in points().chain(FAR.into_iter().flat_map(|z| [-z, z])) {
            match self.activation_at(activation, z) {
                Ok(report) => reports = Some(reports.map_or(report.clone(), |merged| merged.merge(report))),
                Err(failure) => {
                    let Failure::Mismatch { entry, .. } = &failure else { return Err(failure) };
                    let error = entry.error();
                    if worst.as_ref().is_none_or(|(largest, _)| error.total_cmp(largest).is_gt()) {
                        worst = Some((error, failure));
                    }
                }
            }
        }
        match (worst, reports) {
            (Some((_, failure)), _) => Err(failure),
            (None, reports) => reports.ok_or_else(|| Failure::Broken("no points to check".to_owned())),
        }
    }

    fn activation_at<A: Activation>(&self, activation: &A, z: f64) -> Result<Report, Failure> {
        let name = activation.name();
        for (moved, z) in [z, z + AWAY].into_iter().enumerate() {
            let seen = |z: f64| if activation.reads_input() { z } else { f64::NAN };
            let derivative = activation.derivative(seen(z), activation.apply(z));
            if derivative.is_nan() {
                let what = format!("{name}'({z}), with z given as {},", seen(z));
                return Err(Failure::NotFinite { what, value: derivative });
            }
            let claim = Claim {
                function: &mut |z: &[f64]| activation.apply(z[0]),
                point: vec![z],
                gradient: vec![derivative],
                chosen: vec![0],
                exact: Some(vec![activation.apply(Dual::variable(z)).slope]),
                tensors: Vec::new(),
                name: &|_| format!("{name}'({z})"),
                context: "",
            };
            if let Verdict::Proven(report) = claim.verify(self)? {
                return Ok(Report { moved, ..report });
            }
        }
        Err(Failure::Kink { what: format!("{name} near {z}"), attempts: 2, context: String::new() })
    }
}

/// From -20 to 20, denser near 0, and 0 itself.
fn points() -> impl Iterator<Item = f64> {
    (-40..=40).map(|i| f64::from(i) * 0.5).chain((-15..=15).map(|i| f64::from(i) * 0.067))
}

fn ends<A: Activation>(activation: &A) -> Result<(), Failure> {
    let name = activation.name();
    if !activation.apply(f64::NAN).is_nan() || !activation.apply(f32::NAN).is_nan() {
        let message = format!("{name}(NaN) is {}; expected NaN", activation.apply(f64::NAN));
        return Err(Failure::Broken(message));
    }
    for z in [50.0, 700.0, 1e4].into_iter().flat_map(|z| [-z, z]) {
        let a = activation.apply(z);
        let small = f32::of(z);
        let values = [a, activation.derivative(z, a), activation.apply(small).as_f64()];
        if values.iter().any(|value| value.is_nan()) {
            let what = format!("{name} or its derivative at {z}");
            return Err(Failure::NotFinite { what, value: f64::NAN });
        }
    }
    Ok(())
}

/// The slice methods against the scalar ones, on a length that no vector width divides.
fn slices<T: Scalar, A: Activation>(activation: &A) -> Result<(), Failure> {
    let z: Vec<T> = points().map(T::of).take(67).collect();
    let mut a = z.clone();
    activation.apply_slice(&mut a);
    let mut da: Vec<T> = (0..z.len()).map(|i| T::of(0.3 + i as f64)).collect();
    let dy = da.clone();
    // As a layer calls it: without z where z is not read.
    let seen = if activation.reads_input() { &z } else { &a };
    activation.backprop_slice(seen, &a, &mut da);
    for i in 0..z.len() {
        let scalar = [activation.apply(z[i]), dy[i] * activation.derivative(seen[i], a[i])];
        for (what, slice, scalar) in [("apply_slice", a[i], scalar[0]), ("backprop_slice", da[i], scalar[1])]
        {
            if slice != scalar {
                return Err(Failure::Unstable {
                    what: format!("{} {what} at {}", activation.name(), z[i]),
                    when: "between the slice and the scalar method",
                    first: slice.as_f64(),
                    second: scalar.as_f64(),
                    context: String::new(),
                });
            }
        }
    }
    Ok(())
}

fn precision<A: Activation>(activation: &A) -> Result<(), Failure> {
    for z in points().map(f32::of) {
        let (single, double) = (activation.apply(z), activation.apply(z.as_f64()));
        let slopes = (activation.derivative(z, single).as_f64(), activation.derivative(z.as_f64(), double));
        for (prime, (single, double)) in [("", (single.as_f64(), double)), ("'", slopes)] {
            let error = (single - double).abs();
            if error.is_nan() || error > 1e-4 * double.abs().max(1.0) {
                return Err(Failure::Unstable {
                    what: format!("{}{prime}({z})", activation.name()),
                    when: "between f32 and f64",
                    first: single,
                    second: double,
                    context: String::new(),
                });
            }
        }
    }
    Ok(())
}
