//! Checkpoints that malice has changed, with the right checksum: refused, or gone on with, but never a panic.

use std::fs;
use std::path::Path;

use nn_core::{Scalar, SoftmaxCrossEntropy};
use nn_model::{Checkpoints, FileError, Model, Saved};
use nn_train::schedule::ReduceOnPlateau;
use nn_train::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, EarlyStopping, Ema, Group, Groups, Lbfgs, LevenbergMarquardt,
    Lion, MaxNorm, NAdam, Optimizer, RAdam, RmsProp, Rprop, Sgd, Trainer,
};
use rand::RngExt;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::checkpoints::{Data, network};

fn fit<T: Scalar, O: Optimizer<T>>(trainer: Trainer<'_, T, O>) -> Trainer<'_, T, O> {
    let trainer =
        trainer.schedule(ReduceOnPlateau::new()).callback(EarlyStopping::new(3).minimize("train_loss"));
    trainer.epochs(3)
}

/// The file's header as a value, and the tensors behind it.
fn apart(bytes: &[u8]) -> (Value, Value, &[u8]) {
    let length = u64::from_le_bytes(*bytes.first_chunk().expect("a length"));
    let end = 8 + usize::try_from(length).expect("small");
    let header: Value = serde_json::from_slice(&bytes[8..end]).expect("a header");
    let text = header["__metadata__"]["smallnet"].as_str().expect("a description");
    let description = serde_json::from_str(text).expect("JSON");
    (header, description, &bytes[end..])
}

/// The file of a description, with the checksum that it should have.
pub(super) fn together(mut header: Value, mut description: Value, data: &[u8]) -> Vec<u8> {
    description["checksum"] = "0".repeat(16).into();
    header["__metadata__"]["smallnet"] = description.to_string().into();
    let text = header.to_string();
    let mut bytes = [&(text.len() as u64).to_le_bytes(), text.as_bytes(), data].concat();
    // The refusal says what it should be.
    if let Err(FileError::Checksum { found, .. }) = Model::<f32>::from_bytes(&bytes) {
        let mark = br#"\"checksum\":\""#;
        let place =
            bytes.windows(mark.len()).position(|window| window == mark).expect("a checksum") + mark.len();
        bytes[place..place + 16].copy_from_slice(found.as_bytes());
    }
    bytes
}

/// The pointers of all values within one.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(list) => {
            // The first few of a list are as good as all.
            list.iter().take(3).enumerate().for_each(|(n, value)| places(value, &format!("{at}/{n}"), found));
        }
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(key, value)| places(value, &format!("{at}/{}", key.replace('/', "~1")), found));
        }
        _ => {}
    }
}

fn strange(rng: &mut impl rand::Rng) -> Value {
    let values = [
        Value::Null,
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(1e308),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("relu"),
        json!([]),
        json!([1.0, 2.0]),
        json!({}),
        json!({"tensor": "training.optimizer.m"}),
        json!(true),
    ];
    values[rng.random_range(0..values.len())].clone()
}

fn survives<O>(folder: &Path, optimizer: O, full: bool) -> [usize; 3]
where
    O: Optimizer<f32> + Serialize + DeserializeOwned,
{
    let data = Data::<f32>::new();
    let loss = SoftmaxCrossEntropy::mean();
    let size = if full { usize::MAX } else { 16 };
    let mut trained = network::<f32>(!full);
    let checkpoints = Checkpoints::<f32>::new(folder).keep(1);
    let mut trainer = fit(Trainer::new(optimizer)).batch_size(size).checkpointer(checkpoints).epochs(2);
    trainer.fit(&mut trained, &loss, data.train(), None).expect("it trains");
    let path = Checkpoints::<f32>::new(folder).newest::<O>().expect("whole").expect("one").path;
    let bytes = fs::read(&path).expect("a file");
    let (header, description, tensors) = apart(&bytes);
    let mut all = Vec::new();
    places(&description, "", &mut all);
    let mut rng = nn_core::rng(3);
    let [mut refused, mut stopped, mut went_on] = [0; 3];
    for _ in 0..60 {
        let mut changed = description.clone();
        let place = &all[rng.random_range(0..all.len())];
        *changed.pointer_mut(place).expect("it is there") = strange(&mut rng);
        if !changed.is_object() {
            continue;
        }
        fs::write(&path, together(header.clone(), changed, tensors)).expect("a file");
        let Ok(saved) = Saved::<f32, O>::load(&path) else {
            refused += 1;
            continue;
        };
        let mut network = saved.model.into_network();
        if network.in_dim() != 2 || network.out_dim() != 2 {
            continue;
        }
        let mut trainer = fit(Trainer::new(saved.optimizer)).batch_size(size).resume(saved.state);
        match trainer.fit(&mut network, &loss, data.train(), None) {
            Ok(_) => went_on += 1,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                stopped += 1;
            }
        }
    }
    [refused, stopped, went_on]
}

#[test]
fn a_forged_checkpoint_is_refused_or_gone_on_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut counts = [0; 3];
    let mut add = |found: [usize; 3]| counts.iter_mut().zip(found).for_each(|(count, found)| *count += found);
    macro_rules! with {
        ($full:literal: $($optimizer:expr),* $(,)?) => { $(add(survives(folder.path(), $optimizer, $full));)* };
    }
    with!(
        false: Adam::new().amsgrad(),
        Adadelta::new(),
        Adagrad::new(),
        AdamW::new(),
        Adamax::new(),
        Ema::new(Adam::new(), 0.9),
        Groups::new(Adam::new()).group(Group::named("layers.0")),
        Lion::new(),
        MaxNorm::new(Adam::new(), 3.0),
        NAdam::new(),
        RAdam::new(),
        RmsProp::new().momentum(0.9).centered(),
        Rprop::new(),
        Sgd::new().momentum(0.9),
    );
    with!(true: Lbfgs::new(), LevenbergMarquardt::new());
    // All three come to pass: in files, in what an optimizer or a run accepts, and in what does no harm.
    assert!(counts.iter().all(|&count| count > 30), "{counts:?}");
}
