//! From stages in floating point to layers in integers, whose scales are those of a data set.

use nn_core::{Activation, ActivationSpec};

use super::super::ExportError;
use super::super::plan::check_finite;
use super::fold::{Affine, Dense, Folded, Function, Stage};
use super::integers::{Ends, Inputs, Integers, Layer, Sums};
use super::multiplier::Multiplier;
use super::scale::Scale;

/// Largest |bias| in units of a sum, so that there is room for the products.
const BIAS: f64 = (1 << 29) as f64;

/// Largest |logit|, which `f32` holds exactly.
const LOGIT: f64 = (1 << 23) as f64;

/// What the stages become, beside what one integer is worth in the logits.
pub(super) fn build(rows: Vec<Vec<f64>>, folded: &Folded) -> Result<Integers, ExportError> {
    let mut rows = Rows(rows);
    let (inputs, mut scale) = inputs(&folded.input, &mut rows)?;
    let mut layers = Vec::new();
    for (index, stage) in folded.stages.iter().enumerate() {
        let last = index + 1 == folded.stages.len();
        scale = match stage {
            Stage::Dense(dense) => self::dense(dense, last, scale, &mut rows, &mut layers)?,
            Stage::Function(f) => table(*f, scale, &mut rows, &mut layers),
        };
        check_finite("outputs on the calibration data", rows.all().copied())?;
    }
    #[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
    let step = scale.step as f32;
    check_finite("the step of the logits in f32", std::iter::once(step.into()))?;
    Ok(Integers { inputs, layers, step })
}

/// The calibration data on their way through the network.
struct Rows(Vec<Vec<f64>>);

impl Rows {
    fn all(&self) -> impl Iterator<Item = &f64> {
        self.0.iter().flatten()
    }

    fn scale(&self, f: impl Fn(f64) -> f64) -> Scale {
        Scale::of(&self.all().copied().collect::<Vec<_>>(), f)
    }

    fn each(&mut self, f: impl Fn(usize, f64) -> f64) {
        for row in &mut self.0 {
            row.iter_mut().enumerate().for_each(|(j, x)| *x = f(j, *x));
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "to the nearest is what is meant")]
fn inputs(affine: &Affine, rows: &mut Rows) -> Result<(Inputs, Scale), ExportError> {
    rows.each(|j, x| affine.a[j] * x + affine.b[j]);
    check_finite("scaled inputs on the calibration data", rows.all().copied())?;
    let scale = rows.scale(|x| x);
    // a x + b = a (x - -b/a), without a -0.
    let offset: Vec<f32> = affine.a.iter().zip(&affine.b).map(|(a, b)| (0.0 - b / a) as f32).collect();
    let factor: Vec<f32> = affine.a.iter().map(|a| (2.0 * a / scale.step) as f32).collect();
    check_finite("scales of the inputs in f32", offset.iter().chain(&factor).map(|&x| x.into()))?;
    Ok((Inputs { offset, factor, zero: scale.zero }, scale))
}

/// Appends a dense layer with its function; gives the scale of its outputs. The last one's are the logits.
fn dense(
    dense: &Dense,
    last: bool,
    input: Scale,
    rows: &mut Rows,
    layers: &mut Vec<Layer>,
) -> Result<Scale, ExportError> {
    let mut dense = dense.clone();
    if dense.function == Some(Function::Activation(ActivationSpec::HardSigmoid)) {
        // clamp(z / 6 + 1/2, 0, 1)
        dense.weight.iter_mut().for_each(|w| *w /= 6.0);
        dense.bias.iter_mut().for_each(|b| *b = *b / 6.0 + 0.5);
    }
    for row in &mut rows.0 {
        let weights = dense.weight.chunks_exact(dense.inputs).zip(&dense.bias);
        *row = weights.map(|(w, b)| w.iter().zip(&*row).fold(*b, |sum, (w, x)| sum + w * x)).collect();
    }
    check_finite("sums on the calibration data", rows.all().copied())?;
    let weights = Weights::new(&dense, input)?;
    if last {
        let scale = Scale { step: weights.largest_logit() / LOGIT, zero: 0 };
        layers.push(Layer::Dense(weights.sums(scale.step, None, None)));
        return Ok(scale);
    }
    let mut push = |scale: Scale, slopes: Option<&[f64]>, [low, high]: [i8; 2]| {
        let ends = Ends { zero: scale.zero, low, high };
        layers.push(Layer::Dense(weights.sums(scale.step, slopes, Some(ends))));
    };
    match kind(dense.function, dense.bias.len()) {
        Kind::Between(low, high) => {
            rows.each(|_, z| z.clamp(low, high));
            let scale = rows.scale(|x| x);
            push(scale, None, [scale.of_real(low), scale.of_real(high)]);
            Ok(scale)
        }
        Kind::Slopes(slopes) => {
            rows.each(|j, z| if z > 0.0 { z } else { slopes[j] * z });
            let scale = rows.scale(|x| x);
            push(scale, Some(&slopes), [-128, 127]);
            Ok(scale)
        }
        Kind::Any(f) => {
            let scale = rows.scale(|z| f.apply(z));
            push(scale, None, [-128, 127]);
            Ok(table(f, scale, rows, layers))
        }
    }
}

/// How a function is computed in integers.
enum Kind {
    /// The identity between two numbers.
    Between(f64, f64),
    /// The identity above 0, and below it a slope for each feature.
    Slopes(Vec<f64>),
    /// By a table.
    Any(ActivationSpec),
}

fn kind(function: Option<Function>, features: usize) -> Kind {
    use ActivationSpec as A;
    let f = match function {
        None => return Kind::Between(f64::NEG_INFINITY, f64::INFINITY),
        Some(Function::PRelu(slopes)) => return Kind::Slopes(slopes),
        Some(Function::Activation(f)) => f,
    };
    match f {
        A::LeakyRelu { slope } => Kind::Slopes(vec![slope; features]),
        A::Relu => Kind::Between(0.0, f64::INFINITY),
        A::Relu6 => Kind::Between(0.0, 6.0),
        A::HardTanh => Kind::Between(-1.0, 1.0),
        A::HardSigmoid => Kind::Between(0.0, 1.0),
        f => Kind::Any(f),
    }
}

/// Appends a function by its values at all integers; gives the scale of its outputs.
fn table(f: ActivationSpec, input: Scale, rows: &mut Rows, layers: &mut Vec<Layer>) -> Scale {
    rows.each(|_, z| f.apply(z));
    let scale = rows.scale(|x| x);
    layers.push(Layer::Table((-128..=127).map(|q| scale.of_real(f.apply(input.real(q)))).collect()));
    scale
}

/// A dense layer's integers, and what one is worth in each output's sum.
struct Weights {
    inputs: usize,
    weight: Vec<i8>,
    bias: Vec<i32>,
    step: Vec<f64>,
    layer: String,
}

impl Weights {
    /// The nearest integers, each row of weights in 127 steps to its largest.
    #[allow(clippy::cast_possible_truncation, reason = "within the bounds that are asked for")]
    fn new(dense: &Dense, input: Scale) -> Result<Self, ExportError> {
        let numbers = dense.weight.iter().chain(&dense.bias);
        check_finite(&format!("weights of {}", dense.layer), numbers.copied())?;
        let (layer, inputs) = (dense.layer.clone(), dense.inputs);
        let mut result = Self { inputs, weight: Vec::new(), bias: Vec::new(), step: Vec::new(), layer };
        for (row, bias) in dense.weight.chunks_exact(inputs).zip(&dense.bias) {
            let largest = row.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
            let step = (largest / 127.0).max(bias.abs() / BIAS / input.step);
            let step = if step > 0.0 { step } else { 1.0 };
            let row: Vec<i8> = row.iter().map(|w| (w / step).round() as i8).collect();
            let total: i64 = row.iter().map(|&w| i64::from(w)).sum();
            let bias = (bias / (step * input.step)).round() as i64 - i64::from(input.zero) * total;
            if reach(bias, &row) > i64::from(i32::MAX) {
                let why = "it has so many inputs that its sums may leave 32 bits";
                return Err(ExportError::Quantize { layer: dense.layer.clone(), why });
            }
            result.weight.extend(row);
            result.bias.push(bias as i32);
            result.step.push(step * input.step);
        }
        Ok(result)
    }

    /// The largest absolute value that an output can have.
    fn largest_logit(&self) -> f64 {
        let rows = self.weight.chunks_exact(self.inputs).zip(&self.bias).zip(&self.step);
        let largest =
            rows.map(|((row, &bias), step)| step * reach(bias.into(), row) as f64).fold(0.0, f64::max);
        if largest > 0.0 { largest } else { 1.0 }
    }

    /// The layer with outputs in units of `step`; sums below 0 are multiplied by `slopes`.
    fn sums(&self, step: f64, slopes: Option<&[f64]>, ends: Option<Ends>) -> Sums {
        let multipliers = |slope: &dyn Fn(usize) -> f64| -> Vec<Multiplier> {
            self.step.iter().enumerate().map(|(j, own)| Multiplier::of(slope(j) * own / step)).collect()
        };
        Sums {
            layer: self.layer.clone(),
            inputs: self.inputs,
            weight: self.weight.clone(),
            bias: self.bias.clone(),
            multipliers: multipliers(&|_| 1.0),
            below_zero: slopes.map(|slopes| multipliers(&|j| slopes[j])),
            ends,
        }
    }
}

/// The largest absolute value of a sum.
fn reach(bias: i64, row: &[i8]) -> i64 {
    bias.abs() + 128 * row.iter().map(|&w| i64::from(w).abs()).sum::<i64>()
}
