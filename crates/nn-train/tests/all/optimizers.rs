//! What every optimizer must do, for `f32` and `f64`. A new one joins the table at the foot with one line.

use std::ops::ControlFlow;

use allocation_counter::measure;
use nn_core::{Dense, Layout, Network, Scalar};
use nn_train::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Ema, Group, Groups, Lbfgs, LevenbergMarquardt, Lion, MaxNorm,
    NAdam, Objective, Optimizer, RAdam, RmsProp, Rprop, Sgd,
};
use serde::{Serialize, de::DeserializeOwned};

fn layout(params: usize) -> Layout {
    Network::<f64, _>::new(params, Dense::linear(1).without_bias(), 0).expect("it fits").layout()
}

/// (x - 3)² / 2 + 5 (y + 2)².
fn parabola<T: Scalar>(p: &[T]) -> [T; 2] {
    [p[0] - T::of(3.0), T::of(10.0) * (p[1] + T::of(2.0))]
}

/// (1 - x)² + 100 (y - x²)²: a long bent valley, with its lowest place at (1, 1).
fn rosenbrock<T: Scalar>(p: &[T]) -> [T; 2] {
    let (slope, off) = (p[0] - T::one(), p[1] - p[0] * p[0]);
    [T::of(2.0) * slope - T::of(400.0) * p[0] * off, T::of(200.0) * off]
}

/// Steps from `p` whose learning rate falls to 0 along a line.
fn descend<T: Scalar, O: Optimizer<T>>(
    mut optimizer: O,
    mut p: [T; 2],
    learning_rate: f64,
    gradient: fn(&[T]) -> [T; 2],
) -> [f64; 2] {
    const STEPS: u32 = 30_000;
    optimizer.start(&layout(2)).expect("valid settings");
    for n in 0..STEPS {
        let rate = learning_rate * (1.0 - f64::from(n) / f64::from(STEPS));
        let g = gradient(&p);
        optimizer.step(T::of(rate), &mut p, &g);
    }
    p.map(Scalar::as_f64)
}

fn minimises<T: Scalar, O: Optimizer<T> + Clone>(optimizer: &O, [flat, bent]: [f64; 2]) {
    let [x, y] = descend(optimizer.clone(), [T::zero(); 2], flat, parabola);
    assert!((x - 3.0).abs() < 1e-3 && (y + 2.0).abs() < 1e-3, "parabola: ({x}, {y})");
    let [x, y] = descend(optimizer.clone(), [T::of(-1.2), T::one()], bent, rosenbrock);
    assert!((x - 1.0).abs() < 1e-2 && (y - 1.0).abs() < 2e-2, "Rosenbrock: ({x}, {y})");
}

/// Gradients that change their signs and sizes.
fn gradient<T: Scalar>(n: u32) -> [T; 3] {
    [1.0, 3.0, 7.0].map(|j| T::of((f64::from(n) * j).sin() * 10.0_f64.powf(j - 4.0)))
}

fn run<T: Scalar>(optimizer: &mut dyn Optimizer<T>, p: &mut [T; 3], steps: std::ops::Range<u32>) {
    optimizer.start(&layout(3)).expect("valid settings and state");
    for n in steps {
        optimizer.step(T::of(0.01), p, &gradient(n));
    }
}

fn resumes<T: Scalar, O: Optimizer<T> + Clone + Serialize + DeserializeOwned>(optimizer: &O) {
    let (mut whole, mut split) = ([T::one(); 3], [T::one(); 3]);
    run(&mut optimizer.clone(), &mut whole, 0..60);
    let mut first = optimizer.clone();
    run(&mut first, &mut split, 0..23);
    let json = serde_json::to_string(&first).expect("it can be written");
    let mut second: O = serde_json::from_str(&json).expect("it can be read");
    run(&mut second, &mut split, 23..60);
    let bits = |p: [T; 3]| p.map(|p| p.as_f64().to_bits());
    assert_eq!(bits(whole), bits(split), "resumed from {json}");

    let state = |o: &O| serde_json::to_string(o).expect("it can be written");
    if state(&second) == state(optimizer) {
        assert_eq!(second.start(&layout(4)), Ok(()), "nothing to remember");
    } else {
        let error = second.start(&layout(4)).expect_err("state of three parameters, not of four");
        assert!(error.to_string().contains("another network needs a new"), "{error}");
    }
}

fn allocates_nothing<T: Scalar, O: Optimizer<T>>(mut optimizer: O) {
    let mut p = [T::one(); 3];
    run(&mut optimizer, &mut p, 0..1);
    let steps = measure(|| (1..1000).for_each(|n| optimizer.step(T::of(0.01), &mut p, &gradient(n))));
    assert_eq!(steps.count_total, 0);
}

fn conforms<T: Scalar, O>(optimizer: &O, learning_rates: [f64; 2])
where
    O: Optimizer<T> + Clone + Serialize + DeserializeOwned,
{
    minimises(optimizer, learning_rates);
    resumes(optimizer);
    allocates_nothing(optimizer.clone());
}

/// Half the sum of squares of two residuals, with the Gauss-Newton matrix of their Jacobian J: JᵀJ.
#[derive(Clone, Copy)]
struct Residuals<T> {
    residuals: fn(&[T]) -> [T; 2],
    jacobian: fn(&[T]) -> [[T; 2]; 2],
}

impl<T: Scalar> Residuals<T> {
    /// The function whose gradient is [`parabola`].
    fn parabola() -> Self {
        Self {
            residuals: |p| [p[0] - T::of(3.0), T::of(10.0).sqrt() * (p[1] + T::of(2.0))],
            jacobian: |_| [[T::one(), T::zero()], [T::zero(), T::of(10.0).sqrt()]],
        }
    }

    /// Half the function whose gradient is [`rosenbrock`].
    fn rosenbrock() -> Self {
        Self {
            residuals: |p| [p[0] - T::one(), T::of(10.0) * (p[1] - p[0] * p[0])],
            jacobian: |p| [[T::one(), T::zero()], [T::of(-20.0) * p[0], T::of(10.0)]],
        }
    }
}

impl<T: Scalar> Objective<T> for Residuals<T> {
    fn evaluate(&mut self, p: &[T], gradient: &mut [T]) -> T {
        let ([a, b], [da, db]) = ((self.residuals)(p), (self.jacobian)(p));
        for (i, g) in gradient.iter_mut().enumerate() {
            *g = a * da[i] + b * db[i];
        }
        T::of(0.5) * (a * a + b * b)
    }

    fn gauss_newton(&mut self, p: &[T], matrix: &mut [f64]) -> bool {
        let [a, b] = (self.jacobian)(p).map(|row| row.map(Scalar::as_f64));
        matrix.copy_from_slice(&[
            a[0] * a[0] + b[0] * b[0],
            f64::NAN,
            a[1] * a[0] + b[1] * b[0],
            a[1] * a[1] + b[1] * b[1],
        ]);
        true
    }
}

/// What [`conforms`] asks for, of an optimizer that looks at the loss at points of its choice.
fn looks_around<T: Scalar, O>(optimizer: &O)
where
    O: Optimizer<T> + Clone + Serialize + DeserializeOwned,
{
    let start = [T::of(-1.2), T::one()];
    let steps = |optimizer: &mut O, p: &mut [T; 2], mut objective: Residuals<T>, most: usize| {
        optimizer.start(&layout(2)).expect("valid settings and state");
        let step = |optimizer: &mut O, p: &mut [T; 2]| {
            optimizer.step_with(T::zero(), p, &mut objective).expect("finite").is_continue()
        };
        let mut step = step;
        (0..most).take_while(|_| step(optimizer, p)).count()
    };
    for (objective, [x, y]) in [(Residuals::parabola(), [3.0, -2.0]), (Residuals::rosenbrock(), [1.0, 1.0])] {
        let mut p = start;
        assert!(steps(&mut optimizer.clone(), &mut p, objective, 100) < 100, "it ends by itself");
        let [p, q] = p.map(Scalar::as_f64);
        assert!((p - x).abs() < 1e-3 && (q - y).abs() < 2e-3, "({p}, {q})");
    }

    let (mut whole, mut split) = (start, start);
    steps(&mut optimizer.clone(), &mut whole, Residuals::rosenbrock(), 12);
    let mut first = optimizer.clone();
    steps(&mut first, &mut split, Residuals::rosenbrock(), 7);
    let json = serde_json::to_string(&first).expect("it can be written");
    let mut second: O = serde_json::from_str(&json).expect("it can be read");
    steps(&mut second, &mut split, Residuals::rosenbrock(), 5);
    let bits = |p: [T; 2]| p.map(|p| p.as_f64().to_bits());
    assert_eq!(bits(whole), bits(split), "resumed from {json}");

    let (mut optimizer, mut p, mut objective) = (optimizer.clone(), start, Residuals::rosenbrock());
    optimizer.start(&layout(2)).expect("valid settings");
    let mut ended = 0;
    let allocations = measure(|| {
        for _ in 0..200 {
            let step = optimizer.step_with(T::zero(), &mut p, &mut objective);
            if let Ok(ControlFlow::Break(_)) = step {
                // Anew, over the whole memory.
                (p, ended) = (start, ended + 1);
            }
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert!(ended > 1);
}

#[test]
fn lbfgs() {
    looks_around::<f32, _>(&Lbfgs::new());
    looks_around::<f64, _>(&Lbfgs::new().history(3));
    let mut used = Lbfgs::<f64>::new();
    used.start(&layout(2)).expect("valid settings");
    let error = used.start(&layout(3)).expect_err("state of two parameters, not of three");
    assert!(error.to_string().contains("another network needs a new"), "{error}");
}

#[test]
fn levenberg_marquardt() {
    looks_around::<f32, _>(&LevenbergMarquardt::new());
    looks_around::<f64, _>(&LevenbergMarquardt::new());
}

/// The default of `step_with` is a step with the gradient where it begins.
#[test]
fn first_order_optimizers_take_an_objective() {
    let mut p = [0.0, 0.0];
    let mut sgd = Sgd::<f64>::new();
    let ended = sgd.step_with(0.5, &mut p, &mut Residuals::parabola()).expect("no error");
    assert!(ended.is_continue() && (p[0] - 1.5).abs() < 1e-15 && (p[1] + 10.0).abs() < 1e-14, "{p:?}");
}

#[test]
fn settings_are_read_from_a_file() {
    let read = serde_json::from_str::<Adam>;
    assert_eq!(
        read(r#"{"beta1": 0.8, "amsgrad": true}"#).expect("settings"),
        Adam::new().beta1(0.8).amsgrad()
    );
    let error = read(r#"{"beta_1": 0.8}"#).expect_err("no such setting").to_string();
    assert!(error.starts_with("unknown field `beta_1`, expected one of `beta1`, `beta2`"), "{error}");
}

/// A name, an optimizer, and the learning rates that suit it on the parabola and in Rosenbrock's valley.
macro_rules! conform {
    ($($name:ident: $optimizer:expr, $learning_rates:expr;)*) => { $(
        #[test]
        fn $name() {
            conforms::<f32, _>(&$optimizer, $learning_rates);
            conforms::<f64, _>(&$optimizer, $learning_rates);
        }
    )* };
}

conform! {
    sgd: Sgd::new(), [0.1, 1e-3];
    sgd_momentum: Sgd::new().momentum(0.9), [0.01, 2e-4];
    sgd_dampening: Sgd::new().momentum(0.9).dampening(0.5), [0.01, 4e-4];
    sgd_nesterov: Sgd::new().momentum(0.9).nesterov(), [0.01, 2e-4];
    adagrad: Adagrad::new(), [1.0, 0.5];
    adadelta: Adadelta::new(), [1.0, 1.0];
    rmsprop: RmsProp::new(), [0.01, 1e-3];
    rmsprop_centered: RmsProp::new().momentum(0.9).centered(), [1e-3, 1e-4];
    adam: Adam::new(), [0.01, 0.01];
    adam_amsgrad: Adam::new().amsgrad(), [0.01, 0.01];
    adamw: AdamW::new().weight_decay(1e-6), [0.01, 0.01];
    adamax: Adamax::new(), [0.01, 0.01];
    nadam: NAdam::new(), [0.01, 0.01];
    radam: RAdam::new(), [0.01, 1e-3];
    lion: Lion::new(), [1e-3, 1e-3];
    rprop: Rprop::new(), [0.01, 0.01];
    groups: Groups::new(Adam::new()).group(Group::named("layers").weight_decay(1e-6)), [0.01, 0.01];
    max_norm: MaxNorm::new(Adam::new(), 100.0), [0.01, 0.01];
    ema: Ema::new(Adam::new(), 0.9), [0.01, 0.01];
}
