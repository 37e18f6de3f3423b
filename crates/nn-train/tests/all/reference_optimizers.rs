//! Optimizers against PyTorch's trajectories in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what the file holds.

use std::collections::BTreeMap;

use approx::relative_eq;
use nn_core::{Dense, Layout, Network};
use nn_train::{Adadelta, Adagrad, Adam, AdamW, Adamax, NAdam, Optimizer, RAdam, RmsProp, Rprop, Sgd};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    theta0: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    trajectories: BTreeMap<String, Vec<Vec<f64>>>,
}

/// Parameters that are all weights.
fn layout(params: usize) -> Layout {
    Network::<f64, _>::new(params, Dense::linear(1).without_bias(), 0).expect("it fits").layout()
}

/// Name, optimizer, learning rate, and the factor of an L2 penalty that is part of the gradient.
type Case = (&'static str, Box<dyn Optimizer<f64>>, f64, f64);

fn table() -> Vec<Case> {
    let heavy_ball = || Sgd::new().momentum(0.9);
    let centered = RmsProp::new().alpha(0.9).momentum(0.9).centered();
    vec![
        ("sgd(lr=0.1)", Box::new(Sgd::new()), 0.1, 0.0),
        ("sgd(lr=0.1,momentum=0.9)", Box::new(heavy_ball()), 0.1, 0.0),
        ("sgd(lr=0.1,momentum=0.9,nesterov)", Box::new(heavy_ball().nesterov()), 0.1, 0.0),
        ("sgd(lr=0.1,momentum=0.9,l2=0.01)", Box::new(heavy_ball()), 0.1, 0.01),
        ("adagrad(lr=0.1)", Box::new(Adagrad::new()), 0.1, 0.0),
        ("rmsprop(lr=0.01,alpha=0.99)", Box::new(RmsProp::new()), 0.01, 0.0),
        ("rmsprop(lr=0.01,alpha=0.9,momentum=0.9,centered)", Box::new(centered), 0.01, 0.0),
        ("adadelta(lr=1)", Box::new(Adadelta::new()), 1.0, 0.0),
        ("adam(lr=0.01)", Box::new(Adam::new()), 0.01, 0.0),
        ("adam(lr=0.01,amsgrad)", Box::new(Adam::new().amsgrad()), 0.01, 0.0),
        ("adam(lr=0.01,l2=0.1)", Box::new(Adam::new()), 0.01, 0.1),
        ("adamw(lr=0.01,weight_decay=0.1)", Box::new(AdamW::new().weight_decay(0.1)), 0.01, 0.0),
        ("adamax(lr=0.01)", Box::new(Adamax::new()), 0.01, 0.0),
        ("nadam(lr=0.01)", Box::new(NAdam::new()), 0.01, 0.0),
        ("radam(lr=0.01)", Box::new(RAdam::new()), 0.01, 0.0),
        ("rprop(lr=0.01)", Box::new(Rprop::new()), 0.01, 0.0),
    ]
}

#[test]
fn trajectories() {
    let path = format!("{}/fixtures/optimizers.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let mut fixture: Fixture = serde_json::from_str(&text).expect("it can be read");
    for (name, mut optimizer, learning_rate, l2) in table() {
        let trajectory = fixture.trajectories.remove(name).expect(name);
        assert_eq!(trajectory.len(), fixture.gradients.len(), "{name}");
        let mut params = fixture.theta0.clone();
        optimizer.start(&layout(params.len())).expect("valid settings");
        for (expected, gradient) in trajectory.iter().zip(&fixture.gradients) {
            let gradient: Vec<f64> = gradient.iter().zip(&params).map(|(g, p)| g + l2 * p).collect();
            optimizer.step(learning_rate, &mut params, &gradient);
            for (found, expected) in params.iter().zip(expected) {
                let close = relative_eq!(*found, *expected, max_relative = 1e-12, epsilon = 0.0);
                assert!(close, "{name}: {found} against {expected}");
            }
        }
    }
    assert!(fixture.trajectories.is_empty(), "not compared: {:?}", fixture.trajectories.keys());
}
