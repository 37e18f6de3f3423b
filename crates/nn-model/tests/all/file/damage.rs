//! Damaged and hostile files are refused with a reason, in little memory, and never panic.

use std::fmt::Write as _;

use allocation_counter::measure;
use nn_core::{BatchNorm, Dense, Link, Network, Relu};
use nn_model::{FileError, Model};
use serde_json::{Value, json};

fn model() -> Vec<u8> {
    let mut network = Network::<f32, _>::new(3, (Dense::new(4, Relu), BatchNorm::new(), Dense::linear(2)), 0)
        .expect("it fits");
    network.set_link(Link::Softmax);
    // Names that look like the file's own words.
    let names = ["\"checksum\":\"", "a\\\"checksum\\\":\\\"0", "\u{e9}"];
    let model = Model::new(&network).expect("known").feature_names(names).expect("three").note("{}[]");
    model.to_bytes().expect("it is written")
}

fn refused(bytes: &[u8], what: &str) -> FileError {
    let error = Model::<f32>::from_bytes(bytes).expect_err(what);
    assert!(Model::<f64>::from_bytes(bytes).is_err());
    error
}

#[test]
fn every_truncation_is_refused() {
    let bytes = model();
    Model::<f32>::from_bytes(&bytes).expect("it is whole");
    for length in 0..bytes.len() {
        let error = refused(&bytes[..length], "a part");
        assert!(matches!(error, FileError::Container(_) | FileError::Checksum { .. }), "{length}: {error}");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    refused(&longer, "one byte too many");
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut bytes = model();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            refused(&bytes, &format!("bit {bit} of byte {place}"));
            bytes[place] ^= 1 << bit;
        }
    }
    Model::<f32>::from_bytes(&bytes).expect("it is whole again");
}

/// A file of this header, with the checksum that it should have.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

#[test]
fn hostile_headers_are_refused() {
    let tensor = |shape: Value, offsets: Value| {
        json!({"w": {"dtype": "F32", "shape": shape, "data_offsets": offsets}}).to_string()
    };
    let overlap = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
    let hole = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#;
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let headers = [
        String::new(),
        "[]".into(),
        "{".into(),
        "{}".into(),
        "null".into(),
        "{\"__metadata__\":{\"smallnet\":\"{}\"}}".into(),
        "{\"__metadata__\":{\"smallnet\":\"{\\\"checksum\\\":\\\"0000".into(),
        tensor(json!([3]), json!([0, 12])),
        tensor(json!([u64::MAX]), json!([0, 12])),
        tensor(json!([u64::MAX, u64::MAX]), json!([0, 12])),
        tensor(json!([1_u64 << 62, 4]), json!([0, 12])),
        tensor(json!([3]), json!([0, u64::MAX])),
        tensor(json!([3]), json!([12, 0])),
        tensor(json!([3]), json!([u64::MAX - 3, 8])),
        overlap.into(),
        hole.into(),
        nested,
        objects,
    ];
    for header in headers {
        let error = refused(&file(&header, &[0; 12]), &header);
        assert!(!error.to_string().is_empty());
    }
    for length in [0, 1, 7, 1 << 31, u64::MAX - 8, u64::MAX - 7, u64::MAX] {
        let bytes = [&length.to_le_bytes()[..], &[b' '; 40]].concat();
        let error = refused(&bytes, "a length");
        assert!(matches!(error, FileError::Container(_)), "{length}: {error}");
    }
    for length in 0..9 {
        refused(&vec![b'{'; length], "a few bytes");
    }
}

#[test]
fn a_million_tensors_take_no_memory() {
    let mut header = String::from("{");
    for n in 0..1_000_000 {
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(header, "{comma}\"t{n}\":{{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
    }
    let bytes = file(&(header + "}"), &[]);
    let mut error = None;
    let memory = measure(|| error = Some(refused(&bytes, "a million tensors")));
    assert!(matches!(error, Some(FileError::TooLarge { .. })), "{error:?}");
    assert!(memory.bytes_max < 1 << 16, "{} bytes", memory.bytes_max);
}

/// The description with this change and the right checksum, as nothing but malice could have it.
fn forged(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let bytes = model();
    let length = u64::from_le_bytes(*bytes.first_chunk().expect("a length"));
    let end = 8 + usize::try_from(length).expect("small");
    let mut header: Value = serde_json::from_slice(&bytes[8..end]).expect("a header");
    let text = header["__metadata__"]["smallnet"].as_str().expect("a description");
    let mut description: Value = serde_json::from_str(text).expect("JSON");
    change(&mut description);
    description["checksum"] = "0".repeat(16).into();
    header["__metadata__"]["smallnet"] = description.to_string().into();
    let header = header.to_string();
    let mut bytes = file(&header, &bytes[end..]);
    // The refusal says what it should be.
    if let FileError::Checksum { found, .. } = refused(&bytes, "zeros") {
        let mark = br#"\"checksum\":\""#;
        let place =
            bytes.windows(mark.len()).position(|window| window == mark).expect("a checksum") + mark.len();
        bytes[place..place + 16].copy_from_slice(found.as_bytes());
    }
    bytes
}

#[test]
fn forged_descriptions_are_refused_in_little_memory() {
    Model::<f32>::from_bytes(&forged(|_| ())).expect("nothing is changed");
    let forgeries: Vec<(&str, Vec<u8>)> = vec![
        ("from a later version", forged(|d| d["format"] = 2.into())),
        ("unknown field", forged(|d| d["extra"] = 2.into())),
        ("parameters and", forged(|d| d["layers"][0]["dense"]["units"] = (1_u64 << 40).into())),
        ("fits in memory", forged(|d| d["inputs"] = u64::MAX.into())),
        ("expected at least 1 input", forged(|d| d["inputs"] = 0.into())),
        ("unknown variant", forged(|d| d["layers"][1] = json!("danse"))),
        ("has shape", forged(|d| d["layers"][2]["dense"]["units"] = 1.into())),
        ("belongs to no layer", forged(|d| drop(d["layers"].as_array_mut().expect("layers").pop()))),
        ("found 1", forged(|d| d["about"]["class_names"] = json!(["one"]))),
        (
            "recursion limit",
            forged(|d| {
                // A value may be deeper than what is read.
                let layers = d["layers"].take();
                d["layers"] = (0..100).fold(layers, |inner, _| json!([{"chain": inner}]));
            }),
        ),
        ("names and numbers in the description", forged(|d| d["about"]["notes"] = vec![""; 1 << 18].into())),
        ("words in the layers", forged(|d| d["layers"] = vec![json!("softmax"); 10_001].into())),
        ("the file has", forged(|d| d["layers"] = vec![json!({"dense": {"units": 1000}}); 2_000].into())),
    ];
    for (expected, bytes) in forgeries {
        let mut message = String::new();
        let memory = measure(|| message = refused(&bytes, expected).to_string());
        assert!(message.contains(expected), "expected {expected}: {message}");
        let allowed = 2 * bytes.len() as u64 + (1 << 21);
        assert!(memory.bytes_max < allowed, "{expected}: {} bytes for {}", memory.bytes_max, bytes.len());
    }
}
