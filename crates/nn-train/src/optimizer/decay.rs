use std::ops::Range;

use crate::check::check_not_negative;
use nn_core::{Error, Layout, ParamKind, Scalar};

/// Decoupled weight decay, p ← (1 - η λ) p: of weights, or of every parameter.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Decay {
    /// λ.
    pub(super) rate: f64,
    /// Whether biases, gains and others decay too.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) all: bool,
    /// Where the parameters lie that decay.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(super) ranges: Vec<Range<usize>>,
}

impl Decay {
    pub(super) fn new(rate: f64) -> Self {
        Self { rate, all: false, ranges: Vec::new() }
    }

    pub(super) fn start<T: Scalar>(&mut self, layout: &Layout) -> Result<(), Error> {
        check_not_negative::<T>("weight decay", self.rate)?;
        let tensors = layout.tensors().iter().filter(|tensor| self.all || tensor.kind == ParamKind::Weight);
        self.ranges = tensors.map(|tensor| tensor.range.clone()).collect();
        Ok(())
    }

    pub(super) fn step<T: Scalar>(&self, learning_rate: T, params: &mut [T]) {
        let factor = T::of(1.0 - learning_rate.as_f64() * self.rate);
        for range in &self.ranges {
            shrink(factor, &mut params[range.clone()]);
        }
    }
}

#[inline(always)]
pub(super) fn shrink<T: Scalar>(factor: T, params: &mut [T]) {
    for p in params {
        *p *= factor;
    }
}
