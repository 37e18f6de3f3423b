use std::ops::Deref;

use ndarray::{Array2, ArrayRef2, ArrayView2, ShapeBuilder};

use super::compare::{Claim, Verdict};
use super::{ATTEMPTS, Dual, Failure, GradCheck, Report, normals};
use crate::{Loss, Reduction, Targets};

/// Targets that a loss on dual numbers takes too.
pub trait DualTargets: Targets<f64> {
    /// The same kind of target, for dual numbers.
    type Dual: Targets<Dual> + ?Sized;
    /// A store of them.
    type Store: Deref<Target = Self::Dual>;

    /// These targets, as constants.
    fn to_dual(&self) -> Self::Store;
}

impl DualTargets for [usize] {
    type Dual = [usize];
    type Store = Vec<usize>;

    fn to_dual(&self) -> Vec<usize> {
        self.to_vec()
    }
}

impl DualTargets for ArrayRef2<f64> {
    type Dual = ArrayRef2<Dual>;
    type Store = Array2<Dual>;

    fn to_dual(&self) -> Array2<Dual> {
        self.mapv(Dual::constant)
    }
}

/// The loss on dual numbers, for one set of sample weights.
type ExactLoss<'a> = &'a dyn Fn(ArrayView2<'_, Dual>, Option<&[Dual]>) -> Dual;

impl GradCheck {
    /// Proves a loss at predictions drawn from N(0, 1.5²), without and with sample weights.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn loss<P, Y>(&self, loss: &P, outputs: usize, target: &Y) -> Result<Report, Failure>
    where
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
    {
        let dual = target.to_dual();
        let exact = |p: ArrayView2<'_, Dual>, w: Option<&[Dual]>| loss.reduced(p, &*dual, w, None);
        self.loss_anywhere(loss, outputs, target, Some(&exact))
    }

    /// As [`loss`](GradCheck::loss), at given predictions: (samples, outputs).
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative; [`Failure::Kink`] when the loss has a kink there.
    pub fn loss_at<P, Y>(
        &self,
        loss: &P,
        prediction: ArrayView2<'_, f64>,
        target: &Y,
    ) -> Result<Report, Failure>
    where
        Y: DualTargets + ?Sized,
        P: Loss<f64, Y> + Loss<Dual, Y::Dual>,
    {
        let dual = target.to_dual();
        let exact = |p: ArrayView2<'_, Dual>, w: Option<&[Dual]>| loss.reduced(p, &*dual, w, None);
        self.loss_once(loss, prediction, target, Some(&exact))?.map_err(|what| Failure::Kink {
            what,
            attempts: 1,
            context: String::new(),
        })
    }

    /// As [`loss`](GradCheck::loss), by central differences alone, for a loss that exists for `f64` only.
    ///
    /// # Errors
    /// A [`Failure`] that names the worst derivative.
    pub fn loss_numeric<P, Y>(&self, loss: &P, outputs: usize, target: &Y) -> Result<Report, Failure>
    where
        Y: Targets<f64> + ?Sized,
        P: Loss<f64, Y>,
    {
        self.loss_anywhere(loss, outputs, target, None)
    }

    fn loss_anywhere<P, Y>(
        &self,
        loss: &P,
        outputs: usize,
        target: &Y,
        exact: Option<ExactLoss<'_>>,
    ) -> Result<Report, Failure>
    where
        Y: Targets<f64> + ?Sized,
        P: Loss<f64, Y>,
    {
        let samples = target.samples();
        let mut kink = String::new();
        for moved in 0..ATTEMPTS {
            let values = normals(samples * outputs, 1.5, self.seed.wrapping_add(moved as u64));
            let prediction = Array2::from_shape_vec((samples, outputs).f(), values).expect("as many values");
            match self.loss_once(loss, prediction.view(), target, exact)? {
                Ok(report) => return Ok(Report { moved, ..report }),
                Err(what) => kink = what,
            }
        }
        Err(Failure::Kink { what: kink, attempts: ATTEMPTS, context: String::new() })
    }

    /// The inner error names a coordinate that stands on a kink.
    fn loss_once<P, Y>(
        &self,
        loss: &P,
        prediction: ArrayView2<'_, f64>,
        target: &Y,
        exact: Option<ExactLoss<'_>>,
    ) -> Result<Result<Report, String>, Failure>
    where
        Y: Targets<f64> + ?Sized,
        P: Loss<f64, Y>,
    {
        self.check()?;
        loss.check_batch(prediction, target, None)?;
        let (samples, outputs) = prediction.dim();
        let weights: Vec<f64> = normals(samples, 1.0, self.seed ^ 1).iter().map(|w| w.abs() + 0.1).collect();
        let as_matrix = |values: &[f64]| {
            Array2::from_shape_vec((samples, outputs), values.to_vec()).expect("as many values")
        };
        let name = |i: usize| format!("prediction[{}, {}]", i / outputs, i % outputs);
        let point: Vec<f64> = prediction.iter().copied().collect();
        let mut reports = Vec::new();
        for weights in [None, Some(&weights[..])] {
            let context = if weights.is_some() { " with sample weights" } else { "" };
            let prediction = as_matrix(&point);
            let prediction = prediction.view();
            let mut gradient = Array2::from_elem((samples, outputs), f64::NAN);
            let value = loss.reduced(prediction, target, weights, Some(gradient.view_mut()));
            if !value.is_finite() {
                return Err(Failure::NotFinite { what: format!("the loss{context}"), value });
            }
            if let Some(i) = gradient.iter().position(|g| g.is_nan()) {
                let what = format!("the gradient at {}", name(i));
                return Err(Failure::Unwritten { what, context: context.to_owned() });
            }
            let alone = loss.reduced(prediction, target, weights, None);
            let mut by_feature = Array2::from_elem((samples, outputs).f(), f64::NAN);
            let mut columns = Array2::zeros((samples, outputs).f());
            columns.assign(&prediction);
            let columns_value = loss.reduced(columns.view(), target, weights, Some(by_feature.view_mut()));
            same("the loss", "when its gradient is not asked for", value, alone, 0.0, context)?;
            same("the loss", "between memory orders", value, columns_value, 1e-12, context)?;
            for (i, (a, b)) in gradient.iter().zip(&by_feature).enumerate() {
                same(&name(i), "between memory orders", *a, *b, 1e-12, context)?;
            }
            let claim = Claim {
                function: &mut |p: &[f64]| loss.reduced(as_matrix(p).view(), target, weights, None),
                point: point.clone(),
                gradient: gradient.iter().copied().collect(),
                chosen: (0..point.len()).collect(),
                exact: exact.map(|exact| {
                    let weights: Option<Vec<_>> =
                        weights.map(|w| w.iter().copied().map(Dual::constant).collect());
                    let slope = |i: usize| {
                        let mut p = as_matrix(&point).mapv(Dual::constant);
                        p[[i / outputs, i % outputs]].slope = 1.0;
                        exact(p.view(), weights.as_deref()).slope
                    };
                    (0..point.len()).map(slope).collect()
                }),
                tensors: Vec::new(),
                name: &name,
                context,
            };
            match claim.verify(self)? {
                Verdict::Proven(report) => reports.push(report),
                Verdict::Kink(i) => return Ok(Err(name(i))),
            }
        }
        // Last, since a wrong gradient says more.
        scaled(loss, as_matrix(&point).view(), target, &weights)?;
        Ok(reports.into_iter().reduce(Report::merge).ok_or_else(String::new))
    }
}

/// The loss of a batch is that of its samples, one at a time, weighted and reduced.
fn scaled<P, Y>(loss: &P, prediction: ArrayView2<'_, f64>, target: &Y, weights: &[f64]) -> Result<(), Failure>
where
    Y: Targets<f64> + ?Sized,
    P: Loss<f64, Y>,
{
    let samples = weights.len();
    let one = |n: usize| -> Vec<f64> { (0..samples).map(|m| f64::from(u8::from(m == n))).collect() };
    let alone = |n: usize| loss.reduced(prediction, target, Some(&one(n)), None);
    // A sample that the loss leaves out has the divisor 0, and no mean of its own.
    let mean = loss.reduction() == Reduction::Mean;
    let outputs = prediction.ncols();
    let share = |n: usize| if mean { loss.divisor(outputs, target, Some(&one(n))) } else { 1.0 };
    let counted: Vec<usize> = (0..samples).filter(|&n| share(n) != 0.0).collect();
    for &n in &counted {
        let mut gradient = Array2::from_elem(prediction.dim(), f64::NAN);
        loss.reduced(prediction, target, Some(&one(n)), Some(gradient.view_mut()));
        if let Some(((m, k), g)) = gradient.indexed_iter().find(|&((m, _), &g)| m != n && g != 0.0) {
            let message = format!(
                "the gradient at prediction[{m}, {k}] is {g} although the sample's weight is 0: does it ignore `scale`?"
            );
            return Err(Failure::Broken(message));
        }
    }
    let ones = vec![1.0; samples];
    for (w, given, when) in [
        (&ones[..], None, "when computed sample by sample, without sample weights"),
        (weights, Some(weights), "when computed sample by sample, with sample weights"),
    ] {
        let total = if mean { counted.iter().map(|&n| w[n] * share(n)).sum() } else { 1.0 };
        let expected = counted.iter().map(|&n| w[n] * share(n) * alone(n)).sum::<f64>() / total;
        same("the loss", when, loss.reduced(prediction, target, given, None), expected, 1e-10, "")?;
    }
    Ok(())
}

/// Fails unless the two agree to `tolerance`, relative; NaN agrees with nothing.
pub(super) fn same(
    what: &str,
    when: &'static str,
    first: f64,
    second: f64,
    tolerance: f64,
    context: &str,
) -> Result<(), Failure> {
    if (first - second).abs() <= tolerance * first.abs().max(second.abs()).max(1.0) {
        return Ok(());
    }
    Err(Failure::Unstable { what: what.to_owned(), when, first, second, context: context.to_owned() })
}
