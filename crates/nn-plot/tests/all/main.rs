//! What nn-plot promises.

mod edges;
mod formats;
mod networks;
mod terminal;

use nn_core::{Batch, Dense, Network, SoftmaxCrossEntropy, Tanh};
use nn_data::Moons;
use nn_train::{Adam, Epoch, History, StopReason, Trainer};
use std::ops::ControlFlow;

/// The history of a run on two moons, with what `metric` says of each epoch as `metric`.
fn history(epochs: usize, metric: fn(usize) -> f64) -> History {
    let moons = Moons::default().generate::<f64>(0).expect("samples");
    let mut network = Network::new(2, (Dense::new(4, Tanh), Dense::linear(2)), 0).expect("it fits");
    let watch = move |epoch: &mut Epoch<'_, f64>| {
        epoch.set_metric("metric", metric(epoch.number()));
        ControlFlow::<StopReason>::Continue(())
    };
    let batch: Batch<'_, f64, [usize]> = moons.view();
    let mut trainer = Trainer::new(Adam::new()).epochs(epochs).callback(watch);
    trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), batch, Some(moons.view())).expect("a run").history
}
