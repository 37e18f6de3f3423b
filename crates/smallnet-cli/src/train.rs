//! Learning a table.

use nn_core::{
    Batch, Dense, Init, Loss, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy, Targets, rng,
};
use nn_data::{TableEncoder, TableTarget};
use nn_model::Model;
use nn_train::{Adam, EarlyStopping, ProgressBar, Report, Trainer};

use crate::arguments::Train;
use crate::{Failure, ask, report};

pub(crate) fn run(arguments: &Train) -> Result<(), Failure> {
    if arguments.out.exists() && !arguments.force {
        return Err(format!(
            "{} is there already; give another --out, or --force to overwrite it",
            arguments.out.display()
        )
        .into());
    }
    let encoder = TableEncoder::fit(&arguments.data, &arguments.table())?;
    let say = |text: &str| {
        if !arguments.quiet {
            println!("{text}");
        }
    };
    say(&ask::columns(&encoder));
    let (model, worth) = match encoder.target() {
        Some(TableTarget::Classes { .. }) => {
            let data = encoder.read_classification::<f32>(&arguments.data)?;
            let (train, held) = data.stratified_split(arguments.validation, arguments.seed)?;
            let loss = SoftmaxCrossEntropy::mean();
            let (network, run) =
                fit(arguments, &encoder, encoder.classes().len(), &loss, train.view(), held.view())?;
            let predicted = network.predict_classes(held.x())?;
            (
                Model::new(&network)?.fingerprint(run.fingerprint),
                (run, report::of_classes(encoder.classes(), held.y(), &predicted)?),
            )
        }
        Some(TableTarget::Values { name, .. }) => {
            let data = encoder.read_regression::<f32>(&arguments.data)?;
            let (train, held) = data.split(arguments.validation, arguments.seed)?;
            let loss = MeanSquaredError::mean();
            let (network, run) = fit(arguments, &encoder, 1, &loss, train.view(), held.view())?;
            let (truth, predicted) = (
                ask::values(&encoder, held.y().view())?,
                ask::values(&encoder, network.predict(held.x())?.view())?,
            );
            (
                Model::new(&network)?.fingerprint(run.fingerprint),
                (run, report::of_values(name, truth.view(), predicted.view())?),
            )
        }
        _ => return Err("there is no column to learn".into()),
    };
    let (run, worth) = worth;
    say(&format!("{} epochs: {}\n\nOn the rows that were set aside:\n{worth}", run.epochs, run.reason));
    let file = arguments.data.file_name().unwrap_or_default().to_string_lossy();
    let note = format!("learned from {file}; {}", worth.lines().next().unwrap_or_default());
    model.encoder(encoder)?.note(note).save(&arguments.out)?;
    say(&format!("written: {}", arguments.out.display()));
    Ok(())
}

/// A network of the asked layers, trained until it gets no better on the rows that were set aside.
fn fit<P, Y>(
    arguments: &Train,
    encoder: &TableEncoder,
    outputs: usize,
    loss: &P,
    train: Batch<'_, f32, Y>,
    held: Batch<'_, f32, Y>,
) -> Result<(Network<f32, Sequential<f32>>, Report), Failure>
where
    P: Loss<f32, Y>,
    Y: Targets<f32> + ?Sized,
{
    let mut layers = Sequential::new();
    for &units in &arguments.hidden {
        layers = layers.then(Dense::new(units, arguments.activation));
    }
    let layers = layers.then(Dense::linear(outputs));
    let mut network =
        Network::with_init(encoder.features(), layers, Init::default(), &mut rng(arguments.seed))?;
    let mut trainer = Trainer::new(Adam::new())
        .learning_rate(arguments.learning_rate)
        .l2(arguments.l2)
        .batch_size(arguments.batch_size)
        .epochs(arguments.epochs)
        .seed(arguments.seed)
        .callback(EarlyStopping::new(arguments.patience));
    if !arguments.quiet {
        trainer = trainer.callback(ProgressBar::new());
    }
    let report = trainer.fit(&mut network, loss, train, Some(held))?;
    Ok((network, report))
}
