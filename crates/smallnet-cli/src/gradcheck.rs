//! Proving the gradient of a model: every derivative beside two oracles.

use std::fmt::Write as _;
use std::path::Path;

use ndarray::Array2;
use nn_core::gradcheck::{self, GradCheck};
use nn_core::{
    Batch, BinaryCrossEntropy, Link, MeanSquaredError, Network, Sequential, SoftmaxCrossEntropy, rng,
    standard_normal,
};

use crate::Failure;
use crate::arguments::Prove;
use crate::read;
use crate::say::say;

/// All derivatives of more weights than this take minutes or more.
const LONG: usize = 20_000;
/// So many of each tensor then do.
const SOME: usize = 100;

/// Every derivative of the model's loss, tensor by tensor.
pub(crate) fn run(arguments: &Prove) -> Result<(), Failure> {
    let network = in_f64(&arguments.model)?;
    let weights = network.params().len();
    let derivatives = match arguments.derivatives {
        Some(derivatives) => derivatives.get(),
        None if weights > LONG => {
            eprintln!(
                "smallnet: of {weights} weights {SOME} of each tensor are proven, evenly spaced, since all would take long; `--derivatives {weights}` proves them"
            );
            SOME
        }
        None => usize::MAX,
    };
    let check = GradCheck { seed: arguments.seed, derivatives, ..GradCheck::default() };
    let (loss, report) = prove(&network, arguments, check)?;
    if arguments.json {
        let tensor = |t: &gradcheck::TensorReport| serde_json::json!({ "name": t.name, "derivatives": t.derivatives, "worst": t.worst_numeric });
        let json = serde_json::json!({
            "loss": loss,
            "parameters": weights,
            "derivatives": report.numeric,
            "worst_numeric": report.worst_numeric,
            "worst_exact": report.worst_exact,
            "moved": report.moved,
            "tensors": report.tensors.iter().map(tensor).collect::<Vec<_>>(),
        });
        say(&format!("{json:#}"));
        return Ok(());
    }
    let width = report.tensors.iter().map(|tensor| tensor.name.chars().count()).max().unwrap_or(0);
    let mut text = format!(
        "{loss}, {} samples, in training and in use\n\n{:width$}  derivatives  largest error\n",
        arguments.rows, "with respect to"
    );
    for tensor in &report.tensors {
        let _ = writeln!(
            text,
            "{:width$}  {:11}  {:13.1e}",
            tensor.name, tensor.derivatives, tensor.worst_numeric
        );
    }
    say(&format!("{text}\n{report}"));
    Ok(())
}

/// The loss by name, and what came of it.
fn prove(
    network: &Network<f64, Sequential<f64>>,
    arguments: &Prove,
    check: GradCheck,
) -> Result<(&'static str, gradcheck::Report), Failure> {
    let (rows, outputs) = (arguments.rows.get(), network.out_dim());
    let mut rng = rng(arguments.seed);
    let x = Array2::from_shape_simple_fn((rows, network.in_dim()), || standard_normal(&mut rng));
    Ok(match network.link() {
        Some(Link::Softmax) => {
            let classes: Vec<usize> = (0..rows).map(|row| row % outputs).collect();
            let batch = Batch::new(x.view(), &classes[..])?;
            ("SoftmaxCrossEntropy", check.sequential(network, &SoftmaxCrossEntropy::mean(), batch)?)
        }
        Some(Link::Logistic) => {
            let y = Array2::from_shape_fn((rows, outputs), |(row, output)| ((row + output) % 2) as f64);
            let batch = Batch::new(x.view(), &*y)?;
            ("BinaryCrossEntropy", check.sequential(network, &BinaryCrossEntropy::mean(), batch)?)
        }
        _ => {
            let y = Array2::from_shape_simple_fn((rows, outputs), || standard_normal(&mut rng));
            let batch = Batch::new(x.view(), &*y)?;
            ("MeanSquaredError", check.sequential(network, &MeanSquaredError::mean(), batch)?)
        }
    })
}

/// The same layers and weights in the precision that differences need.
fn in_f64(path: &Path) -> Result<Network<f64, Sequential<f64>>, Failure> {
    let network = read::model(path)?.into_network();
    let layers = Sequential::from_specs(&network.layers().specs()?);
    let params = network.params().iter().map(|&weight| f64::from(weight)).collect();
    let state = network.state().iter().map(|&value| f64::from(value)).collect();
    let mut wide = Network::from_params(network.in_dim(), layers, params)?.with_state(state)?;
    if let Some(link) = network.link() {
        wide.set_link(link);
    }
    Ok(wide)
}
