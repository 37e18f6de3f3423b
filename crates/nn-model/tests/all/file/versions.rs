//! Files of every version are read by every later one, to the same predictions.
//!
//! `NN_FIXTURES=write cargo test -p nn-model-tests versions` writes those of a new format; the old ones stay.

use std::fs;
use std::path::PathBuf;

use nn_core::Scalar;
use nn_data::{read_npz, write_npz};
use nn_model::Model;

use crate::export::networks;

/// The form of file that is written today.
const FORMAT: u32 = 1;

fn folder(format: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/format-{format}"))
}

fn number<T>() -> &'static str {
    if size_of::<T>() == 4 { "f32" } else { "f64" }
}

/// A model of every layer and activation, and what each predicts.
fn write<T: Scalar>() {
    fs::create_dir_all(folder(FORMAT)).expect("a folder");
    let mut outputs = Vec::new();
    for (index, (name, network)) in networks::all::<T>().into_iter().enumerate() {
        let model = Model::new(&network).expect("known").note(name);
        model
            .save(folder(FORMAT).join(format!("{}-{index:02}.safetensors", number::<T>())))
            .expect("written");
        let x = networks::samples::<T>(network.in_dim(), 3);
        outputs.push((format!("{index:02}"), networks::predictions(&network, &x).into_dyn()));
    }
    let outputs = outputs.iter().map(|(name, array)| (name.as_str(), array.view()));
    write_npz(folder(FORMAT).join(format!("{}-outputs.npz", number::<T>())), outputs).expect("written");
}

fn reads<T: Scalar>(format: u32) {
    let outputs =
        read_npz::<T>(folder(format).join(format!("{}-outputs.npz", number::<T>()))).expect("arrays");
    assert!(outputs.len() >= 42, "{}", outputs.len());
    for (index, expected) in outputs {
        let path = folder(format).join(format!("{}-{index}.safetensors", number::<T>()));
        let model = Model::<T>::load(&path).unwrap_or_else(|error| panic!("{error}"));
        let x = networks::samples::<T>(model.network().in_dim(), 3);
        let found = networks::predictions(model.network(), &x);
        // To the bit where it was written; CPUs without fused operations have last bits of their own.
        let near = if size_of::<T>() == 4 { 1e-5 } else { 1e-13 };
        for (&found, &expected) in found.iter().zip(&expected) {
            let (found, expected) = (found.as_f64(), expected.as_f64());
            assert!(
                (found - expected).abs() <= near * (1.0 + expected.abs()),
                "{:?}: {found}, {expected}",
                model.notes()
            );
        }
    }
}

#[test]
fn every_format_is_read() {
    if std::env::var_os("NN_FIXTURES").is_some_and(|what| what == "write") {
        write::<f32>();
        write::<f64>();
    }
    for format in 1..=FORMAT {
        reads::<f32>(format);
        reads::<f64>(format);
    }
}

/// The bytes of a model do not depend on anything but the model, so those of today are the ones in the folder.
#[test]
fn what_is_written_today_is_of_this_format() {
    fn same<T: Scalar>() {
        for (index, (name, network)) in networks::all::<T>().into_iter().enumerate() {
            let path = folder(FORMAT).join(format!("{}-{index:02}.safetensors", number::<T>()));
            let model = Model::new(&network).expect("known").note(&name).to_bytes().expect("written");
            assert!(
                fs::read(path).expect("a file") == model,
                "{name}: the format has changed; give it a new number"
            );
        }
    }
    same::<f32>();
    same::<f64>();
}
