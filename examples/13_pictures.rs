//! Every picture there is, of digits, penguins and spirals.
//!
//! `cargo run --release --features files --example 13_pictures` writes them to `out/pictures`, or to a folder that is given:
//! those of `docs/pictures.md` with `-- docs/pictures`.

use std::error::Error;
use std::ops::ControlFlow;
use std::time::Duration;

use ndarray::{Array1, Axis};
use nn_plot::{
    ActivationCurve, Animation, BarChart, ConfusionHeatmap, DecisionRegions, LearningRatePlot, LossCurve,
    LossLandscape, MetricCurve, Picture, PredictedVsTrue, ReliabilityDiagram, Residuals, RocCurves, Terminal,
    WeightHeatmap, WeightImages,
};
use smallnet::{
    Adam, Classification, ConfusionMatrix, CsvOptions, Dense, Epoch, Gelu, LearningRateFinder,
    MeanSquaredError, Missing, Network, Normalize, Regression, Relu, RotatedSpirals, Scaling, Sgd,
    SoftmaxCrossEntropy, StopReason, TableEncoder, TableOptions, Tanh, TargetColumn, Trainer, accuracy_score,
};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data");

/// The epochs whose regions are drawn.
const FRAMES: [usize; 10] = [1, 2, 4, 7, 12, 20, 35, 60, 110, 300];

fn main() -> Result<(), Box<dyn Error>> {
    digits()?;
    penguins()?;
    body_mass()?;
    spirals()?;
    ActivationCurve::new(Gelu).title("An activation and its derivative").save(path("activation.svg"))?;
    println!("pictures: {}", path(""));
    Ok(())
}

fn path(name: &str) -> String {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "out/pictures".to_owned());
    format!("{folder}/{name}")
}

fn digits() -> Result<(), Box<dyn Error>> {
    let digits = CsvOptions::default().read_classes::<f32>(format!("{DATA}/digits.csv"))?;
    let digits = digits.map_features(|_, grey| grey / 16.0)?;
    let (train, test) = digits.stratified_split(0.3, 0)?;
    let names: Vec<String> = (0..10).map(|digit| digit.to_string()).collect();
    let loss = SoftmaxCrossEntropy::mean();
    let mut network = Network::new(64, (Dense::new(24, Relu), Dense::linear(10)), 0)?;

    let trainer = Trainer::new(Sgd::new()).batch_size(32);
    let rates =
        LearningRateFinder::new().steps(300).start(1e-3).run(&trainer, &network, &loss, train.view())?;
    LearningRatePlot::new(&rates)
        .title("Digits: the learning rate finder")
        .save(path("learning_rate.png"))?;

    let mut trainer = trainer.learning_rate(0.2).epochs(60);
    let report = trainer.fit(&mut network, &loss, train.view(), Some(test.view()))?;
    let curve = LossCurve::new(&report.history).title("Digits, 64-24-10 relu");
    curve.save(path("loss.svg"))?;
    println!("{}", curve.to_terminal(Terminal::new(80))?);
    MetricCurve::accuracy(&report.history).title("Digits: accuracy").save(path("accuracy.png"))?;

    let matrix = ConfusionMatrix::new(test.y(), &network.predict_classes(test.x())?, 10)?;
    let matrix = matrix.with_class_names(names.clone())?;
    ConfusionHeatmap::new(&matrix)
        .title("Digits: which is taken for which")
        .save(path("confusion_digits.png"))?;
    let probabilities = network.predict_proba(test.x())?;
    ReliabilityDiagram::new(test.y(), probabilities.view())
        .title("Digits: how sure, and how often right")
        .save(path("reliability.png"))?;
    WeightImages::of_first_layer(&network, 8, 8)?
        .title("Digits: what 24 units look for")
        .save(path("weight_images.png"))?;
    Ok(())
}

/// The penguins whose columns are all known, by species.
fn table() -> Result<(Classification<f64>, Vec<String>), Box<dyn Error>> {
    let text = std::fs::read_to_string(format!("{DATA}/penguins.csv"))?;
    let options = TableOptions {
        target: Some(TargetColumn::Name("species".into())),
        leave_out: ["year", "island", "sex"].map(Into::into).to_vec(),
        missing: Missing::Mean,
        scaling: Scaling::Off,
        ..TableOptions::default()
    };
    let encoder = TableEncoder::fit_reader(text.as_bytes(), &options)?;
    let names = encoder.classes().to_vec();
    Ok((encoder.classification_from_reader(text.as_bytes())?, names))
}

fn penguins() -> Result<(), Box<dyn Error>> {
    let (data, names) = table()?;
    let (train, test) = data.stratified_split(0.4, 0)?;
    let layers = (Normalize::fit(train.x().view())?, Dense::new(12, Tanh), Dense::linear(3));
    let mut network = Network::new(train.features(), layers, 0)?;
    let mut trainer = Trainer::new(Adam::new()).learning_rate(0.01).epochs(20);
    trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), train.view(), None)?;

    let regions = DecisionRegions::new(&train, |x| network.predict_proba(x));
    let regions = regions.features(0, 1).title("Penguins by their bills, the rest at its mean");
    regions.save(path("regions.png"))?;
    println!("{}", regions.to_terminal(Terminal::new(80))?);

    let predicted = network.predict_classes(test.x())?;
    let matrix = ConfusionMatrix::new(test.y(), &predicted, 3)?.with_class_names(names.clone())?;
    let heatmap = ConfusionHeatmap::new(&matrix).title("Penguins");
    heatmap.save(path("confusion.svg"))?;
    println!("{}", heatmap.to_terminal(Terminal::new(80))?);
    RocCurves::new(test.y(), network.predict_proba(test.x())?.view())
        .class_names(names)
        .title("Penguins: each species against the others")
        .save(path("roc.png"))?;
    WeightHeatmap::of_first_layer(&network)?
        .input_names(data.feature_names())
        .title("Penguins: the weights of the first layer")
        .save(path("weights.png"))?;

    // What the accuracy loses when a column is shuffled: the mean of ten shuffles, and their standard deviation.
    let accuracy = accuracy_score(test.y(), &predicted)?;
    let (mut means, mut deviations) = (Vec::new(), Vec::new());
    for feature in 0..test.features() {
        let mut losses = Vec::new();
        for shift in 1..=10 {
            let mut x = test.x().to_owned();
            let column = test.x().column(feature).to_vec();
            let by = shift * column.len() / 11;
            let turned: Array1<f64> = column[by..].iter().chain(&column[..by]).copied().collect();
            x.column_mut(feature).assign(&turned);
            losses.push(accuracy - accuracy_score(test.y(), &network.predict_classes(x.view())?)?);
        }
        let losses = Array1::from(losses);
        means.push(losses.sum() / 10.0);
        deviations.push(losses.std(0.0));
    }
    let bars = BarChart::new(test.feature_names(), &means).errors(&deviations);
    let bars = bars.title("Penguins: what each feature is worth").label("accuracy lost without it");
    bars.save(path("importance.svg"))?;
    println!("{}", bars.to_terminal(Terminal::new(80))?);
    Ok(())
}

/// How heavy a penguin is, by its bill and flippers.
fn body_mass() -> Result<(), Box<dyn Error>> {
    let (data, _) = table()?;
    let mass = data.feature_names().iter().position(|name| name.contains("mass")).ok_or("there is a mass")?;
    let others: Vec<usize> = (0..data.features()).filter(|feature| *feature != mass).collect();
    let x = data.x().select(Axis(1), &others);
    let y = data.x().column(mass).mapv(|grams| grams / 1000.0).insert_axis(Axis(1));
    let (train, test) = Regression::new(x, y)?.split(0.4, 0)?;
    let layers = (Normalize::fit(train.x().view())?, Dense::new(12, Tanh), Dense::linear(1));
    let mut network = Network::new(others.len(), layers, 0)?;
    let mut trainer = Trainer::new(Adam::new()).learning_rate(0.01).epochs(200);
    trainer.fit(&mut network, &MeanSquaredError::mean(), train.view(), None)?;
    let (truth, predicted) = (test.y().column(0).to_vec(), network.predict(test.x())?.column(0).to_vec());
    PredictedVsTrue::new(&truth, &predicted)
        .title("Penguins: body mass")
        .label("kg")
        .save(path("predicted.png"))?;
    Residuals::new(&truth, &predicted)
        .title("Penguins: what is left of the body mass")
        .label("kg")
        .save(path("residuals.png"))?;
    Ok(())
}

fn spirals() -> Result<(), Box<dyn Error>> {
    let spirals = RotatedSpirals::default().generate::<f64>(1)?;
    let loss = SoftmaxCrossEntropy::mean();
    let mut network = Network::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
    let mut animation = Animation::new().frame_time(Duration::from_millis(300));
    let watch = |epoch: &mut Epoch<'_, f64>| {
        if FRAMES.contains(&epoch.number()) {
            let regions = DecisionRegions::new(&spirals, |x| epoch.predict_proba(x));
            let regions = regions.title(format!("Epoch {}", epoch.number())).size(320, 280);
            if let Err(error) = animation.push(&regions) {
                epoch.warn(error.to_string());
            }
        }
        ControlFlow::<StopReason>::Continue(())
    };
    let mut trainer =
        Trainer::new(Adam::new()).learning_rate(0.02).batch_size(32).epochs(300).callback(watch);
    println!("{}", trainer.fit(&mut network, &loss, spirals.view(), None)?);
    drop(trainer);
    animation.save(path("regions_over_epochs.png"))?;
    LossLandscape::new(&network, &loss, spirals.view())
        .title("Spirals: the loss around the weights found")
        .save(path("landscape.png"))?;
    Ok(())
}
