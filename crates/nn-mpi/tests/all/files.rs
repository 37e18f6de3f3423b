//! Each rank reads its rows.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use ndarray::{Array1, Array2, Array3};
use nn_data::write_npy;

use crate::mpirun::{SIZES, on, said};

#[test]
fn shares_are_the_rows_of_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let x = Array3::from_shape_fn((1003, 2, 3), |(n, i, j)| ((n * (2 * i + j + 3)) % 101) as f32 / 101.0);
    write_npy(path("x.npy"), x.view()).expect("written");
    write_npy(path("labels.npy"), Array1::from_shape_fn(1003, |n| (n * n % 3) as f64).view())
        .expect("written");
    write_npy(path("y.npy"), Array2::from_shape_fn((1003, 2), |(n, j)| (n % (7 + j)) as f64).view())
        .expect("written");
    let header = "a,kind,class\n";
    let row = |n: usize| {
        format!("{},{},{}\n", n * 37 % 101, ["x", "y", "z"][n * n % 3], ["no", "yes", "maybe"][n % 3])
    };
    let rows = |from: usize, to: usize| {
        (from..to).fold(header.to_owned(), |mut text, n| {
            write!(text, "{}", row(n)).expect("a text");
            text
        })
    };
    fs::write(path("whole.csv"), rows(0, 900)).expect("written");
    for (part, bounds) in [0, 100, 350, 360, 900].windows(2).enumerate() {
        fs::write(path(&format!("part-{part}.csv")), rows(bounds[0], bounds[1])).expect("written");
    }
    let folder = folder.path().display().to_string();
    let local = Command::new(env!("CARGO_BIN_EXE_scenarios")).args(["read", "local", &folder]).output();
    let expected = said(local.expect("it runs"));
    for size in SIZES {
        assert_eq!(said(on(size, ["read", &folder])), expected, "{size} ranks");
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error_on_all() {
    let output = on(3, ["read", "no/such/folder"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    let lines: Vec<_> = error.lines().filter(|line| line.starts_with("nn-mpi: ")).collect();
    assert_eq!(lines.len(), 1, "{error}");
    assert!(lines[0].starts_with("nn-mpi: rank 0 of 3: cannot open no/such/folder/x.npy"), "{}", lines[0]);
}
