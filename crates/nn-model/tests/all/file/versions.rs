//! Files of every version are read by every later one, to the same predictions.
//!
//! `NN_FIXTURES=write cargo test -p nn-model-tests versions` writes those of today's format anew: when a layer or an
//! activation is new. Those of earlier formats stay.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use ndarray::{ArrayD, Ix2};
use nn_core::{Network, Scalar, Sequential};
use nn_data::{read_npz, write_npz};
use nn_model::Model;

use crate::export::networks;

/// The form of file that is written today.
const FORMAT: u32 = 1;

fn folder<T>(format: u32) -> PathBuf {
    let number = if size_of::<T>() == 4 { "f32" } else { "f64" };
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/format-{format}/{number}"))
}

/// A model of every layer and activation, what it is asked, and what it predicts.
fn write<T: Scalar>() {
    let folder = folder::<T>(FORMAT);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    let mut arrays = Vec::new();
    for (index, (name, network)) in networks::all::<T>().into_iter().enumerate() {
        let model = Model::new(&network).expect("known").note(name);
        model.save(folder.join(format!("{index:02}.safetensors"))).expect("written");
        let x = networks::samples::<T>(network.in_dim(), 3);
        arrays.push((format!("y{index:02}"), networks::predictions(&network, &x).into_dyn()));
        arrays.push((format!("x{index:02}"), x.into_dyn()));
    }
    let arrays = arrays.iter().map(|(name, array)| (name.as_str(), array.view()));
    write_npz(folder.join("arrays.npz"), arrays).expect("written");
}

/// A model with its file, what it is asked, and what it predicted.
struct Kept<T: Scalar> {
    bytes: Vec<u8>,
    model: Model<T>,
    x: ArrayD<T>,
    y: ArrayD<T>,
}

fn kept<T: Scalar>(format: u32) -> Vec<Kept<T>> {
    let folder = folder::<T>(format);
    let mut arrays: BTreeMap<String, ArrayD<T>> = read_npz(folder.join("arrays.npz")).expect("arrays");
    let count = arrays.len() / 2;
    let model = |index| {
        let path = folder.join(format!("{index:02}.safetensors"));
        let mut array = |name| arrays.remove(&format!("{name}{index:02}")).expect("an array");
        let model = Model::<T>::load(&path).unwrap_or_else(|error| panic!("{error}"));
        Kept { bytes: fs::read(&path).expect("a file"), model, x: array("x"), y: array("y") }
    };
    (0..count).map(model).collect()
}

/// The names of layers and activations.
fn words<T: Scalar>(network: &Network<T, Sequential<T>>) -> BTreeSet<String> {
    let text = format!("{:?}", network.layers().specs().expect("known"));
    let words = text.split(|sign: char| !sign.is_ascii_alphanumeric());
    words
        .filter(|word| word.starts_with(|first: char| first.is_ascii_uppercase()))
        .map(str::to_owned)
        .collect()
}

fn reads<T: Scalar>(format: u32) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for Kept { bytes, model, x, y: expected } in kept::<T>(format) {
        let (x, name) = (x.into_dimensionality::<Ix2>().expect("rows"), model.notes());
        let found = networks::predictions(model.network(), &x);
        // CPUs without fused operations have last bits of their own.
        let near = if size_of::<T>() == 4 { 1e-5 } else { 1e-13 };
        for (&found, &expected) in found.iter().zip(&expected) {
            let (found, expected) = (found.as_f64(), expected.as_f64());
            assert!(
                (found - expected).abs() <= near * (1.0 + expected.abs()),
                "{name:?}: {found}, {expected}"
            );
        }
        seen.extend(words(model.network()));
        // The library's version is in the file, too.
        let version = format!("\\\"version\\\":\\\"{}\\\"", env!("CARGO_PKG_VERSION"));
        if format == FORMAT && bytes.windows(version.len()).any(|window| window == version.as_bytes()) {
            let again = model.to_bytes().expect("it was written");
            assert!(again == bytes, "{name:?}: the form of files has changed; give it a new number");
        }
    }
    seen
}

fn all_are_read<T: Scalar>() {
    if std::env::var_os("NN_FIXTURES").is_some_and(|what| what == "write") {
        write::<T>();
    }
    let mut seen = BTreeSet::new();
    for format in 1..=FORMAT {
        seen.extend(reads::<T>(format));
    }
    let all: BTreeSet<String> = networks::all::<T>().iter().flat_map(|(_, network)| words(network)).collect();
    assert_eq!(
        all.difference(&seen).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "without a file: write it as above"
    );
    assert!(seen.len() > 35, "{seen:?}");
}

#[test]
fn files_of_every_format_are_read() {
    all_are_read::<f32>();
    all_are_read::<f64>();
}
