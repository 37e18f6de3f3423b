//! The gradient check of the whole network at its present weights.

use nn_core::gradcheck::{Dual, GradCheck};
use nn_core::{
    ActivationSpec, Architecture, Backward, Batch, Dense, Dropout, Forward, Init, Layer, LayerInfo, LayerSpec, Network,
    ParamSpec, Scalar, Sequential, ShapeError, StateUpdate,
};
use ndarray::{Axis, s};

use crate::{Result, Session, activation, words};

/// Enough to see every unit at work, few enough for a click.
const SAMPLES: usize = 32;

/// A chain on numbers and the same on dual numbers.
struct Both {
    real: Sequential<f64>,
    dual: Sequential<Dual>,
}

impl Architecture for Both {
    fn name(&self) -> &'static str {
        self.real.name()
    }
    fn out_dim(&self, in_dim: usize) -> std::result::Result<usize, ShapeError> {
        self.real.out_dim(in_dim)
    }
    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.real.visit_params(in_dim, visit);
    }
    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        self.real.visit_state(in_dim, visit);
    }
    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        self.real.work_len(batch, in_dim)
    }
    fn mixes_samples(&self) -> bool {
        self.real.mixes_samples()
    }
    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        self.real.visit_layers(in_dim, visit);
    }
    fn spec(&self) -> Option<LayerSpec> {
        self.real.spec()
    }
}

macro_rules! on {
    ($scalar:ty, $field:ident) => {
        impl Layer<$scalar> for Both {
            fn init(&self, in_dim: usize, params: &mut [$scalar], init: Init, rng: &mut dyn rand::Rng) {
                self.$field.init(in_dim, params, init, rng);
            }
            fn forward(&self, pass: Forward<'_, $scalar>) {
                self.$field.forward(pass);
            }
            fn backward(&self, pass: Backward<'_, $scalar>) {
                self.$field.backward(pass);
            }
            fn update_state(&self, update: StateUpdate<'_, $scalar>) {
                self.$field.update_state(update);
            }
        }
    };
}

on!(f64, real);
on!(Dual, dual);

impl Session {
    /// The network's layers on another kind of number: only those that the page has, where a `LayerSpec` would bring all.
    fn chain<T: Scalar>(&self) -> Result<Sequential<T>> {
        let mut chain = Sequential::new();
        for layer in &self.settings.layers {
            chain = chain.then(Dense::new(layer.units, activation::of(&layer.activation)?));
            if self.settings.dropout > 0.0 {
                chain = chain.then(Dropout::new(self.settings.dropout));
            }
        }
        Ok(chain.then(Dense::new(self.network.out_dim(), ActivationSpec::Identity)))
    }

    /// Proves every derivative of the network and its loss, against central differences and against dual numbers.
    ///
    /// # Errors
    /// The derivative that is wrong, in words.
    pub fn check(&self) -> Result<String> {
        let both = Both { real: self.chain()?, dual: self.chain()? };
        let params = self.network.params().to_vec();
        let network = Network::from_params(self.network.in_dim(), both, params).map_err(words)?;
        let train = &self.data.train;
        // From all over: the samples of a class lie side by side.
        let step = train.x.nrows().div_ceil(SAMPLES).cast_signed();
        let (x, y) = (train.x.slice(s![..;step, ..]), train.y.slice(s![..;step, ..]).to_owned());
        debug_assert_eq!(x.len_of(Axis(0)), y.len_of(Axis(0)));
        let batch = Batch::new(x, &*y).map_err(words)?;
        GradCheck::default().network(&network, &*self.loss, batch).map(words).map_err(words)
    }
}
