//! Files that NumPy wrote; `tests/fixtures/README.md` says what each holds.

use ndarray::{ArrayD, array};
use nn_data::{Classification, read_npy, read_npz};

fn path(file: &str) -> String {
    format!("{}/fixtures/{file}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_type_of_number_is_read() {
    let mut arrays = read_npz::<f64>(path("types.npz")).expect("NumPy wrote it");
    let flags = arrays.remove("bool").expect("it is there");
    assert_eq!(flags, array![[0.0, 1.0, 1.0], [1.0, 1.0, 1.0]].into_dyn());
    assert_eq!(arrays.len(), 13);
    for (name, found) in arrays {
        assert_eq!(found, array![[0.0, 1.0, 2.0], [3.0, 4.0, 100.0]].into_dyn(), "{name}");
    }
}

#[test]
fn compressed_arrays_become_a_data_set() {
    let mut arrays = read_npz::<f64>(path("compressed.npz")).expect("NumPy wrote it");
    let (x, y) = (arrays.remove("x").expect("there"), arrays.remove("y").expect("there"));
    let data = Classification::from_arrays(x, y, 3).expect("samples and classes");
    assert_eq!((data.samples(), data.features()), (100, 2));
    assert_eq!((data.x()[[0, 0]], data.x()[[99, 1]]), (-1.0, 1.0));
    assert!((data.x()[[37, 1]] - (-1.0 + 2.0 * 75.0 / 199.0)).abs() < 1e-15);
    assert!(data.y().iter().enumerate().all(|(row, &label)| label == row % 3));
}

#[test]
fn values_are_read_to_the_bit() {
    let found: ArrayD<f32> = read_npy(path("float32.npy")).expect("NumPy wrote it");
    let bits: Vec<u32> = found.iter().map(|x| x.to_bits()).collect();
    assert_eq!(found.shape(), [2, 2]);
    assert_eq!(bits, [0.1_f32, -2.5, 1e30, f32::NAN].map(f32::to_bits));
}
