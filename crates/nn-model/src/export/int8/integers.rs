//! A quantized network, and how it computes.

use super::multiplier::Multiplier;

/// From inputs to logits, in integers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Integers {
    pub(super) inputs: Inputs,
    /// The last gives the logits.
    pub(super) layers: Vec<Layer>,
    /// What 1 is worth in the logits.
    pub(super) step: f32,
}

/// q = (x - offset) factor / 2 + zero, in two operations of single precision, which no compiler fuses.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inputs {
    pub(super) offset: Vec<f32>,
    pub(super) factor: Vec<f32>,
    pub(super) zero: i32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Layer {
    Dense(Sums),
    /// The values of a function at -128 to 127.
    Table(Vec<i8>),
}

/// y = multiplier (W x + b), output by output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sums {
    pub(super) layer: String,
    pub(super) inputs: usize,
    pub(super) weight: Vec<i8>,
    pub(super) bias: Vec<i32>,
    pub(super) multipliers: Vec<Multiplier>,
    /// For sums below 0, if they have others.
    pub(super) below_zero: Option<Vec<Multiplier>>,
    /// None for logits.
    pub(super) ends: Option<Ends>,
}

/// y + zero, between two bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ends {
    pub(super) zero: i32,
    pub(super) low: i8,
    pub(super) high: i8,
}

impl Integers {
    pub(super) fn logits(&self, x: &[f32]) -> Vec<i32> {
        let x = self.inputs.integers(x);
        self.layers.iter().fold(x, |x, layer| match layer {
            Layer::Dense(sums) => sums.outputs(&x),
            Layer::Table(values) => {
                x.iter().map(|&q| values[usize::try_from(q + 128).expect("8 bits")].into()).collect()
            }
        })
    }

    /// Bytes of all constants.
    pub(super) fn bytes(&self) -> usize {
        let layers = self.layers.iter().map(|layer| match layer {
            Layer::Dense(sums) => {
                let multipliers = sums.bias.len() * 5 * (1 + usize::from(sums.below_zero.is_some()));
                sums.weight.len() + 4 * sums.bias.len() + multipliers
            }
            Layer::Table(values) => values.len(),
        });
        let inputs = if self.inputs.is_uniform() { 1 } else { self.inputs.offset.len() };
        layers.sum::<usize>() + 8 * inputs
    }
}

impl Inputs {
    /// Whether all features have the same scale.
    pub(super) fn is_uniform(&self) -> bool {
        let same = |values: &[f32]| values.iter().all(|value| value.to_bits() == values[0].to_bits());
        same(&self.offset) && same(&self.factor)
    }

    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    fn integers(&self, x: &[f32]) -> Vec<i32> {
        let integer = |((x, offset), factor): ((&f32, &f32), &f32)| {
            let twice = ((x - offset) * factor).clamp(-1024.0, 1024.0) as i32;
            // Halves away from 0.
            let further = if twice < 0 { twice - 1 } else { twice + 1 };
            (further / 2 + self.zero).clamp(-128, 127)
        };
        x.iter().zip(&self.offset).zip(&self.factor).map(integer).collect()
    }
}

impl Sums {
    fn outputs(&self, x: &[i32]) -> Vec<i32> {
        let rows = self.weight.chunks_exact(self.inputs).zip(&self.bias).enumerate();
        rows.map(|(j, (row, &bias))| {
            let sum = row.iter().zip(x).fold(bias, |sum, (&w, &x)| sum + i32::from(w) * x);
            let multipliers = match &self.below_zero {
                Some(below_zero) if sum < 0 => below_zero,
                _ => &self.multipliers,
            };
            let y = multipliers[j].times(sum);
            self.ends.map_or(y, |ends| (y + ends.zero).clamp(ends.low.into(), ends.high.into()))
        })
        .collect()
    }
}
