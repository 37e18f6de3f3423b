use std::ops::Range;

use nn_core::{Layer, Network, ParamKind, Scalar};

/// The L2 penalty λ/2 Σ w² over the weights of a network, not over its biases or gains.
#[derive(Debug)]
pub(crate) struct L2<T> {
    lambda: T,
    /// Where the weights lie in the parameter slice.
    weights: Vec<Range<usize>>,
}

impl<T: Scalar> L2<T> {
    pub(crate) fn new<L: Layer<T>>(lambda: f64, network: &Network<T, L>) -> Self {
        let (mut start, mut weights) = (0, Vec::new());
        network.visit_params(&mut |param| {
            let range = start..start + param.len();
            start = range.end;
            if param.kind == ParamKind::Weight && lambda > 0.0 {
                weights.push(range);
            }
        });
        Self { lambda: T::of(lambda), weights }
    }

    /// λ/2 Σ w².
    pub(crate) fn value(&self, params: &[T]) -> T {
        let weights = self.weights.iter().flat_map(|range| &params[range.clone()]);
        self.lambda * T::of(0.5) * weights.fold(T::zero(), |sum, &w| sum + w * w)
    }

    /// Adds `share` times the penalty's gradient, λ w.
    pub(crate) fn add_gradient(&self, share: T, params: &[T], gradient: &mut [T]) {
        for range in &self.weights {
            for (g, &w) in gradient[range.clone()].iter_mut().zip(&params[range.clone()]) {
                *g += share * self.lambda * w;
            }
        }
    }
}
