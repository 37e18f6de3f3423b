use std::ops::Range;

use nn_core::{Layout, ParamKind, Scalar};

/// The L2 penalty λ/2 Σ w² over the weights of a network, not over its biases or gains.
#[derive(Debug)]
pub(crate) struct L2<T> {
    lambda: T,
    /// Where the weights lie in the parameter slice.
    weights: Vec<Range<usize>>,
}

impl<T: Scalar> L2<T> {
    pub(crate) fn new(lambda: f64, layout: &Layout) -> Self {
        let tensors = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
        let weights = tensors.filter(|_| lambda > 0.0).map(|tensor| tensor.range.clone()).collect();
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

#[cfg(test)]
mod tests {
    use nn_core::{BatchNorm, Dense, LayerNorm, Network, RmsNorm, Tanh};

    use super::*;

    /// 1-2-1: the weights are parameters 0, 1 and 4, 5; the biases 2, 3 and 6.
    fn network() -> Network<f64, (Dense<Tanh>, Dense<nn_core::Identity>)> {
        let params = vec![1.0, 2.0, 10.0, 20.0, 3.0, 4.0, 30.0];
        Network::from_params(1, (Dense::new(2, Tanh), Dense::linear(1)), params).expect("seven parameters")
    }

    #[test]
    fn weights_are_penalised_and_biases_are_not() {
        let (network, mut gradient) = (network(), [1.0; 7]);
        let l2 = L2::new(0.1, &network.layout());
        assert_eq!(l2.value(network.params()), 0.05 * (1.0 + 4.0 + 9.0 + 16.0));
        l2.add_gradient(0.5, network.params(), &mut gradient);
        assert_eq!(gradient, [1.05, 1.1, 1.0, 1.0, 1.0 + 0.5 * 0.1 * 3.0, 1.2, 1.0]);
    }

    #[test]
    fn the_gains_of_norms_are_not_penalised() {
        let layers = (BatchNorm::new(), LayerNorm::new(), RmsNorm::new(), Dense::linear(1));
        let network = Network::<f64, _>::new(2, layers, 0).expect("it fits");
        // Gain and bias of two features, twice; two gains; then the only weights.
        let penalised: Vec<usize> =
            L2::<f64>::new(0.1, &network.layout()).weights.into_iter().flatten().collect();
        assert_eq!(penalised, [10, 11]);
    }

    #[test]
    fn no_penalty_costs_nothing() {
        let network = network();
        let l2 = L2::<f64>::new(0.0, &network.layout());
        assert!(l2.weights.is_empty());
        assert_eq!(l2.value(network.params()), 0.0);
    }
}
