//! Schedules against PyTorch's learning rates in float64, to a relative error of 1e-12.
//!
//! `tests/fixtures/README.md` says what the file holds.

use std::collections::BTreeMap;

use approx::relative_eq;
use nn_train::Schedule;
use nn_train::schedule::{
    Cosine, CosineWarmRestarts, Exponential, Linear, MultiStep, OneCycle, Polynomial, ReduceOnPlateau, Step,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    metric: Vec<f64>,
    schedules: BTreeMap<String, Vec<f64>>,
}

/// Name, schedule, and the learning rate that its factors multiply.
fn table() -> Vec<(&'static str, Box<dyn Schedule>, f64)> {
    let plateau = ReduceOnPlateau::new().factor(0.5).patience(3).threshold(1e-3);
    vec![
        ("step(size=10,gamma=0.5)", Box::new(Step::new(10, 0.5)), 0.1),
        ("multi_step([8,20,33],gamma=0.1)", Box::new(MultiStep::new([8, 20, 33], 0.1)), 0.1),
        ("exponential(gamma=0.93)", Box::new(Exponential::new(0.93)), 0.1),
        ("cosine(t_max=40,min=0.001)", Box::new(Cosine::new(40).min(0.01)), 0.1),
        ("cosine_warm_restarts(t0=10,t_mult=2)", Box::new(CosineWarmRestarts::new(10).growth(2)), 0.1),
        ("linear_warmup(start=0.1,steps=8)", Box::new(Linear::new(0.1, 1.0, 8)), 0.1),
        ("polynomial(steps=30,power=2)", Box::new(Polynomial::new(30, 2.0)), 0.1),
        ("one_cycle(max=1.0,steps=40)", Box::new(OneCycle::new(41)), 1.0),
        ("reduce_on_plateau(factor=0.5,patience=3,threshold=1e-3 rel)", Box::new(plateau), 0.1),
    ]
}

#[test]
fn learning_rates() {
    let path = format!("{}/fixtures/schedules.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let mut fixture: Fixture = serde_json::from_str(&text).expect("it can be read");
    for (name, mut schedule, learning_rate) in table() {
        let expected = fixture.schedules.remove(name).expect(name);
        assert_eq!(expected.len(), fixture.metric.len(), "{name}");
        schedule.check().expect("valid settings");
        for (epoch, (expected, &metric)) in expected.into_iter().zip(&fixture.metric).enumerate() {
            let found = learning_rate * schedule.factor(epoch);
            let close = relative_eq!(found, expected, max_relative = 1e-12, epsilon = 0.0);
            assert!(close, "{name}, epoch {epoch}: {found} against {expected}");
            schedule.on_epoch(&mut || metric);
        }
    }
    assert!(fixture.schedules.is_empty(), "not compared: {:?}", fixture.schedules.keys());
}
