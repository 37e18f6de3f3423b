use std::ops::Range;

use nn_core::{Layout, ParamKind, Scalar};

/// The penalty λ₁ Σ |w| + λ₂/2 Σ w² over the weights of a network, not over its biases or gains.
#[derive(Debug)]
pub(crate) struct Penalty<T> {
    l1: T,
    l2: T,
    /// Where the weights lie in the parameter slice.
    weights: Vec<Range<usize>>,
}

impl<T: Scalar> Penalty<T> {
    pub(crate) fn new(l1: f64, l2: f64, layout: &Layout) -> Self {
        let tensors = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
        let tensors = tensors.filter(|_| l1 > 0.0 || l2 > 0.0);
        let weights = tensors.map(|tensor| tensor.range.clone()).collect();
        Self { l1: T::of(l1), l2: T::of(l2), weights }
    }

    /// λ₁ Σ |w| + λ₂/2 Σ w².
    pub(crate) fn value(&self, params: &[T]) -> T {
        let weights = self.weights.iter().flat_map(|range| &params[range.clone()]);
        let sums = weights.fold((T::zero(), T::zero()), |(l1, l2), &w| (l1 + w.abs(), l2 + w * w));
        self.l1 * sums.0 + self.l2 * T::of(0.5) * sums.1
    }

    /// Adds `share` times the penalty's gradient, λ₁ sign(w) + λ₂ w, with sign(0) = 0.
    pub(crate) fn add_gradient(&self, share: T, params: &[T], gradient: &mut [T]) {
        let (l1, l2) = (share * self.l1, share * self.l2);
        for range in &self.weights {
            for (g, &w) in gradient[range.clone()].iter_mut().zip(&params[range.clone()]) {
                let sign = if w == T::zero() { w } else { w.signum() };
                *g += l1 * sign + l2 * w;
            }
        }
    }

    /// Adds the penalty's curvature to a matrix of `params` rows: λ₂ on the diagonal, for weights.
    #[cfg(feature = "levenberg-marquardt")]
    pub(crate) fn add_curvature(&self, params: usize, matrix: &mut [f64]) {
        for i in self.weights.iter().cloned().flatten() {
            matrix[i * params + i] += self.l2.as_f64();
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
        let l2 = Penalty::new(0.0, 0.1, &network.layout());
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
            Penalty::<f64>::new(0.0, 0.1, &network.layout()).weights.into_iter().flatten().collect();
        assert_eq!(penalised, [10, 11]);
    }

    #[test]
    fn l1_has_the_sign_of_a_weight() {
        let mut network = network();
        network.params_mut()[1] = -2.0;
        network.params_mut()[4] = 0.0;
        let (l1, mut gradient) = (Penalty::new(0.5, 0.0, &network.layout()), [1.0; 7]);
        assert_eq!(l1.value(network.params()), 0.5 * (1.0 + 2.0 + 0.0 + 4.0));
        l1.add_gradient(0.5, network.params(), &mut gradient);
        assert_eq!(gradient, [1.25, 0.75, 1.0, 1.0, 1.0, 1.25, 1.0]);
        let both = Penalty::new(0.5, 0.25, &network.layout());
        assert_eq!(both.value(network.params()), 0.5 * 7.0 + 0.125 * (1.0 + 4.0 + 16.0));
    }

    #[test]
    fn no_penalty_costs_nothing() {
        let network = network();
        let penalty = Penalty::<f64>::new(0.0, 0.0, &network.layout());
        assert!(penalty.weights.is_empty());
        assert_eq!(penalty.value(network.params()), 0.0);
    }
}
