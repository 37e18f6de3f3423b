//! Learning is a statement, not an anecdote: how often the reference's two problems are solved, over 30 seeds.
//!
//! `cargo test -p smallnet-learning seeds -- --nocapture` prints the shares.

use smallnet::{
    Activation, Classification, Dense, FitSeed, Init, Network, NoisyXor, Report, RotatedSpirals, Sgd,
    Sigmoid, SoftmaxCrossEntropy, Tanh, Trainer, fit_seeds, rng,
};

const SEEDS: u64 = 30;

/// The share of seeds, each with data and initial weights of its own, that reach `accuracy` on independent samples.
fn share_of_successes<A: Activation + Copy>(
    problem: &str,
    activation: A,
    hidden: usize,
    epochs: usize,
    accuracy: f64,
    generate: impl Fn(u64) -> Classification<f64> + Sync,
) -> f64 {
    let train = |seed| -> FitSeed<()> {
        let (train, test) = (generate(seed), generate(1000 + seed));
        let layers = (Dense::new(hidden, activation), Dense::linear(train.classes()));
        let mut network = Network::with_init(2, layers, Init::LecunNormal, &mut rng(seed))?;
        let trainer = Trainer::new(Sgd::new()).learning_rate(1e-3).l2(1e-3).full_batch();
        let mut trainer = trainer.epochs(epochs).record_every(epochs);
        let loss = SoftmaxCrossEntropy::sum();
        Ok(((), trainer.fit(&mut network, &loss, train.view(), Some(test.view()))?))
    };
    let reached = |report: &Report| {
        report
            .validation
            .and_then(|score| score.accuracy)
            .expect("targets are classes and there is a test set")
    };
    let (report, _) =
        fit_seeds(0..SEEDS, train, |report| reached(report) >= accuracy).expect("valid settings");
    let test = report.quartiles(reached).expect("not all diverge");
    println!("{problem}, {}: a success is a test accuracy of {accuracy}", activation.name());
    println!("{report}\naccuracy: median {}, worst {}", test.median, test.min);
    report.share()
}

#[test]
fn xor_is_learned() {
    let generate = |seed| NoisyXor::default().generate(seed).expect("default settings");
    assert!(share_of_successes("XOR 2-7-2", Tanh, 7, 3000, 0.99, generate) >= 0.95);
    assert!(share_of_successes("XOR 2-7-2", Sigmoid, 7, 3000, 0.95, generate) >= 0.8);
}

#[test]
fn spirals_are_learned() {
    let generate = |seed| RotatedSpirals::default().generate(seed).expect("default settings");
    assert!(share_of_successes("spirals 2-15-4", Tanh, 15, 10_000, 0.95, generate) >= 0.9);
}
