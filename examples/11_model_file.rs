//! A run that is cut off goes on to the same bits, and the trained network becomes one file that PyTorch opens, too.
//!
//! `cargo run --release --features files --example 11_model_file` writes `out/digits.safetensors`, and checkpoints into `out/digits_run`.

use std::ops::ControlFlow;

use ndarray::{Axis, Slice};
use smallnet::{
    Adam, Checkpoints, CsvOptions, Dense, Epoch, Init, Model, Network, Relu, Sequential, SoftmaxCrossEntropy,
    StopReason, Trainer, evaluate, rng,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/digits.csv");
    let digits = CsvOptions::default().read_classes::<f32>(file)?.map_features(|_, grey| grey / 16.0)?;
    let (train, test) = digits.stratified_split(0.2, 0)?;
    let loss = SoftmaxCrossEntropy::mean();
    let new = || {
        let layers = Sequential::new().then(Dense::new(32, Relu)).then(Dense::linear(10));
        Network::with_init(64, layers, Init::HeNormal, &mut rng(0))
    };
    let trainer = |adam| Trainer::new(adam).learning_rate(0.003).epochs(40);

    // What the run comes to if nothing happens.
    let mut whole = new()?;
    trainer(Adam::new()).fit(&mut whole, &loss, train.view(), None)?;

    // The same run, but the power fails in epoch 17.
    let folder = "out/digits_run";
    let _ = std::fs::remove_dir_all(folder);
    let checkpoints = || Checkpoints::<f32>::new(folder).every_epochs(5).every_steps(100);
    let power_fails = |epoch: &mut Epoch<'_, f32>| match epoch.number() {
        17 => ControlFlow::Break(StopReason::Callback("the power fails".into())),
        _ => ControlFlow::Continue(()),
    };
    let mut cut_off = trainer(Adam::new()).callback(power_fails).checkpointer(checkpoints());
    println!("{}", cut_off.fit(&mut new()?, &loss, train.view(), None)?);

    // A program that begins so can be begun again whenever it was killed: it goes on from the newest checkpoint.
    let (mut network, mut trainer) = match checkpoints().newest::<Adam<f32>>()? {
        Some(saved) => {
            println!("going on from {}, after {:?}", saved.path.display(), saved.state.progress());
            (saved.model.into_network(), trainer(saved.optimizer).resume(saved.state))
        }
        None => (new()?, trainer(Adam::new())),
    };
    trainer = trainer.checkpointer(checkpoints());
    let report = trainer.fit(&mut network, &loss, train.view(), None)?;
    println!("{report}");
    println!("the same weights as without the break, to the bit: {}", network.params() == whole.params());

    // One file with all that a prediction needs. In Python, safetensors.torch.load_file("out/digits.safetensors") has the
    // tensors of nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).
    let accuracy = evaluate(&network, &loss, test.view())?.accuracy.unwrap_or(f64::NAN);
    let model = Model::new(&network)?
        .class_names((0..10).map(|digit| digit.to_string()))?
        .fingerprint(report.fingerprint)
        .note(format!(
            "handwritten digits, grey from 0 to 1; accuracy {accuracy:.4} on {} others",
            test.samples()
        ));
    model.save("out/digits.safetensors")?;

    let model = Model::<f32>::load("out/digits.safetensors")?;
    println!("{}", model.notes()[0]);
    let seen = model.predict_names(test.x().slice_axis(Axis(0), Slice::from(..8)))?;
    let truth: Vec<String> = test.y()[..8].iter().map(ToString::to_string).collect();
    println!("the first eight of them are {}, read as {}", truth.join(" "), seen.join(" "));
    Ok(())
}
