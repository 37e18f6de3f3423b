//! Rows from files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ndarray::ArrayRef2;
use nn_core::{Batch, Dense, Layer, Loss, MeanSquaredError, Network, SoftmaxCrossEntropy, Tanh};
use nn_data::{Classification, Regression, TableEncoder, TableOptions, read_npy};
use nn_mpi::{DistributedTrainer, Error, Ranks, Share, SharedTargets, shared_encoder};
use nn_train::{Adam, Report, Trainer};

type Failed = Box<dyn std::error::Error>;

fn layers(outputs: usize) -> impl Layer<f32> {
    (Dense::new(12, Tanh), Dense::linear(outputs))
}

fn trainer() -> Trainer<'static, f32, Adam<f32>> {
    Trainer::new(Adam::new()).batch_size(256).epochs(2)
}

fn parts(folder: &Path) -> Vec<PathBuf> {
    (0..4).map(|part| folder.join(format!("part-{part}.csv"))).collect()
}

fn say(name: &str, report: &Report) -> String {
    format!("{name}: {:016x} {:?} {}", report.fingerprint, report.train.accuracy, report.train.loss)
}

/// All of them in one process, by the functions of nn-data.
pub(crate) fn local(folder: &str) -> ExitCode {
    let folder = Path::new(folder);
    let all = || -> Result<Vec<String>, Failed> {
        let fit = |name: &str, outputs, loss: &dyn Loss<f32, [usize]>, data: Batch<'_, f32, [usize]>| {
            let mut network = Network::new(data.x().ncols(), layers(outputs), 0)?;
            Ok::<_, Failed>(say(name, &trainer().fit(&mut network, loss, data, None)?))
        };
        let classes = Classification::from_arrays(
            read_npy(folder.join("x.npy"))?,
            read_npy(folder.join("labels.npy"))?,
            3,
        )?;
        let values: Regression<f32> =
            Regression::from_arrays(read_npy(folder.join("x.npy"))?, read_npy(folder.join("y.npy"))?)?;
        let mut network = Network::new(values.features(), layers(2), 0)?;
        let of_values = trainer().fit(&mut network, &MeanSquaredError::mean(), values.view(), None)?;
        let encoder = TableEncoder::fit(folder.join("whole.csv"), &TableOptions::default())?;
        let table = encoder.read_classification(folder.join("whole.csv"))?;
        let loss = SoftmaxCrossEntropy::mean();
        Ok(vec![
            fit("npy", 3, &loss, classes.view())?,
            say("values", &of_values),
            fit("one table", 3, &loss, table.view())?,
            fit("parts", 3, &loss, table.view())?,
        ])
    };
    all().expect("it trains").iter().for_each(|line| println!("{line}"));
    ExitCode::SUCCESS
}

pub(crate) fn shared(folder: &str) -> ExitCode {
    let folder = Path::new(folder);
    Ranks::run(|ranks| {
        let x = folder.join("x.npy");
        let classes = Share::<f32, [usize]>::read_npy(ranks, &x, folder.join("labels.npy"))?;
        assert!(classes.len() * ranks.size() <= classes.total() + ranks.size(), "a share, not all");
        let values = Share::<f32, ArrayRef2<f32>>::read_npy(ranks, &x, folder.join("y.npy"))?;
        let whole = folder.join("whole.csv");
        let encoder = shared_encoder(ranks, || TableEncoder::fit(&whole, &TableOptions::default()))?;
        let table = Share::<f32, [usize]>::read_csv(ranks, &encoder, &[whole])?;
        let of_parts = Share::<f32, [usize]>::read_csv(ranks, &encoder, &parts(folder))?;
        let loss = SoftmaxCrossEntropy::mean();
        let lines = [
            fit(ranks, "npy", 3, &loss, &classes)?,
            fit(ranks, "values", 2, &MeanSquaredError::mean(), &values)?,
            fit(ranks, "one table", 3, &loss, &table)?,
            fit(ranks, "parts", 3, &loss, &of_parts)?,
        ];
        if ranks.is_first() {
            lines.iter().for_each(|line| println!("{line}"));
        }
        Ok::<(), Error>(())
    })
}

fn fit<P, Y>(
    ranks: &Ranks,
    name: &str,
    outputs: usize,
    loss: &P,
    share: &Share<'_, f32, Y>,
) -> Result<String, Error>
where
    P: Loss<f32, Y>,
    Y: SharedTargets<f32> + ?Sized,
{
    let mut network = Network::new(share.features(), layers(outputs), 0).expect("it fits");
    Ok(say(name, &DistributedTrainer::new(ranks, trainer()).fit(&mut network, loss, share, None)?))
}
