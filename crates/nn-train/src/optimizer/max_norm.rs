use std::ops::Range;

use nn_core::{Error, Layout, ParamKind, Scalar};

use super::Optimizer;
use super::second_order::check_first_order;
use crate::check::check_positive;
use crate::clip::limit_norm;

/// Another optimizer whose steps end within a bound: the incoming weights of a unit have at most the norm `max`.
///
/// w ← w max / |w| after a step that ends with |w| > max, where w is a row of a weight tensor: of all but its first axis.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | `optimizer` | | any first-order one |
/// | `max` | | above 0, finite |
///
/// # Example
/// ```
/// use nn_core::{Dense, Network};
/// use nn_train::{MaxNorm, Optimizer, Sgd};
///
/// let mut network = Network::from_params(2, Dense::linear(1), vec![6.0, 8.0, 9.0])?;
/// let mut optimizer = MaxNorm::new(Sgd::new(), 5.0);
/// optimizer.start(&network.layout())?;
/// optimizer.step(0.1, network.params_mut(), &[0.0; 3]);
/// assert_eq!(network.params(), [3.0, 4.0, 9.0], "the bias has no bound");
/// # Ok::<(), nn_core::Error>(())
/// ```
///
/// Srivastava et al.: "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014. As Keras's
/// `MaxNorm` along the inputs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct MaxNorm<O> {
    optimizer: O,
    max: f64,
    /// Where the rows of weights lie.
    rows: Vec<Range<usize>>,
}

impl<O> MaxNorm<O> {
    /// `optimizer`, with the norm of each unit's weights at most `max`.
    pub fn new(optimizer: O, max: f64) -> Self {
        Self { optimizer, max, rows: Vec::new() }
    }

    /// The optimizer within.
    pub fn optimizer(&self) -> &O {
        &self.optimizer
    }
}

impl<T: Scalar, O: Optimizer<T>> Optimizer<T> for MaxNorm<O> {
    fn start(&mut self, layout: &Layout) -> Result<(), Error> {
        check_positive::<T>("max norm", self.max)?;
        check_first_order("the optimizer within MaxNorm", &self.optimizer)?;
        let weights = layout.tensors().iter().filter(|tensor| tensor.kind == ParamKind::Weight);
        let rows = weights.flat_map(|tensor| {
            let length: usize = tensor.shape.iter().skip(1).product();
            tensor.range.clone().step_by(length).map(move |begin| begin..begin + length)
        });
        self.rows = rows.collect();
        self.optimizer.start(layout)
    }

    fn step(&mut self, learning_rate: T, params: &mut [T], gradient: &[T]) {
        self.optimizer.step(learning_rate, params, gradient);
        for row in &self.rows {
            limit_norm(T::of(self.max), &mut params[row.clone()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{Dense, Network, Tanh};

    use super::*;
    use crate::Sgd;
    use crate::optimizer::testing::message;

    #[test]
    fn each_unit_has_its_own_norm() {
        let params = vec![3.0, 4.0, 0.3, 0.4, -7.0, 7.0, 0.0, -9.0, 8.0];
        let layers = (Dense::new(2, Tanh), Dense::linear(1));
        let mut network = Network::from_params(2, layers, params).expect("nine parameters");
        let mut optimizer = MaxNorm::new(Sgd::new(), 2.5);
        optimizer.start(&network.layout()).expect("valid settings");
        // The step is taken first: -9 becomes -10.
        optimizer.step(1.0, network.params_mut(), &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
        assert_eq!(network.params(), [1.5, 2.0, 0.3, 0.4, -7.0, 7.0, 0.0, -2.5, 8.0]);
    }

    #[test]
    fn settings_out_of_their_range() {
        assert_eq!(message(MaxNorm::new(Sgd::new(), 0.0)), "max norm is 0; expected a finite number above 0");
        let within = MaxNorm::new(Sgd::new().momentum(1.0), 1.0);
        assert_eq!(message(within), "momentum is 1; expected a number from 0 to below 1");
    }
}
