//! How often is it learned? The spirals from ten seeds: the share of successes, the quartiles of the loss, and the best
//! network; as many seeds at a time as there are cores with `--features parallel`.
//!
//! `cargo run --release --example 09_seeds`

use smallnet::{
    Adam, Dense, EarlyStopping, FitSeed, Network, RotatedSpirals, SoftmaxCrossEntropy, Tanh, Trainer,
    fit_seeds,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Samples, initial weights and the order of mini-batches are each seed's own.
    let train = |seed| -> FitSeed<_> {
        let data = RotatedSpirals::default().generate::<f32>(seed)?;
        let (train, validation) = data.stratified_split(0.25, seed)?;
        let layers = (Dense::new(15, Tanh), Dense::linear(train.classes()));
        let mut network = Network::new(2, layers, seed)?;
        let mut trainer = Trainer::new(Adam::new())
            .learning_rate(0.02)
            .epochs(400)
            .record_every(400)
            .seed(seed)
            .callback(EarlyStopping::new(100));
        let loss = SoftmaxCrossEntropy::mean();
        let report = trainer.fit(&mut network, &loss, train.view(), Some(validation.view()))?;
        Ok((network, report))
    };
    let learned = |accuracy: Option<f64>| accuracy.is_some_and(|share| share >= 0.95);
    let (report, best) =
        fit_seeds(0..10, train, |report| learned(report.validation.and_then(|score| score.accuracy)))?;
    println!("{report}");

    // Every run is there, to look at or to write to a file.
    for run in report.runs() {
        let mark = if run.success { "learned" } else { "not learned" };
        match &run.report {
            Ok(report) => println!("seed {}: {mark}; {report}", run.seed),
            Err(diverged) => println!("seed {}: {diverged}", run.seed),
        }
    }
    let best = best.ok_or("every run diverged")?;
    println!("{}", best.summary());
    Ok(())
}
