//! Checked data sets for small feed-forward networks: made, read from CSV, split, and dealt out in batches.
//!
//! | To | see |
//! |---|---|
//! | hold samples with their classes | [`Classification`] |
//! | hold samples with their values | [`Regression`] |
//! | select, rescale, batch samples | [`Dataset`] |
//! | set samples aside for testing | [`Dataset::split`], [`Classification::stratified_split`] |
//! | validate by turns on every sample | [`Dataset::k_fold`], [`Classification::stratified_k_fold`] |
//! | scale features, and back | [`StandardScaler`], [`MinMaxScaler`], [`RobustScaler`], [`Scaler`], [`Dataset::scaled`] |
//! | turn names into labels, labels into rows | [`LabelEncoder`], [`one_hot`] |
//! | weigh classes | [`ClassBalance`], [`Classification::balanced_class_weights`], [`Classification::balanced_sample_weights`] |
//! | make a noisy exclusive or | [`NoisyXor`], [`NoisyParity`], [`XorNoise`] |
//! | make spirals of any number of arms | [`RotatedSpirals`] |
//! | make classes of other shapes | [`Moons`], [`Circles`], [`Blobs`], [`GaussianQuantiles`], [`Checkerboard`] |
//! | make values of a curve | [`NoisySines`] |
//! | read a CSV file | `CsvOptions`, `TargetColumn` (feature `csv`) |
//! | read a table with categories and gaps, and rows like it later | `TableEncoder`, `TableOptions` (feature `csv`) |
//! | set rows of a table aside before anything is fitted to them | `Table`, or `TableFile` for one that is larger than memory; `TableEncoder::split_rows`, `TableEncoder::refit` (feature `csv`) |
//! | read rows of text in any dialect | `TableReader`, `Dialect`, `NumberFormat`, `TextEncoding` (feature `csv`) |
//! | see what a CSV file holds | `CsvOptions::read_schema`, `CsvSchema`, `CsvColumn`, `ColumnKind` (feature `csv`) |
//! | read MNIST's IDX files | `read_idx` (feature `idx`) |
//! | read and write NumPy's files | `read_npy`, `read_npz`, `write_npy`, `write_npz`, or some rows of one: `NpyFile` (feature `npy`) |
//! | make a data set of arrays | [`Classification::from_arrays`], [`Regression::from_arrays`] |
//! | learn what was wrong with the data | [`DataError`] |
//!
//! A data set is checked once, when it is made: it has samples and features, every number is finite, every label is a
//! class. What it hands on needs no further checks.
//!
//! # From data to a trainer
//! A [`Classification`] is a matrix of features, a row a sample, with a class for each, counted from 0; a [`Regression`] has one
//! value or more for each. Both are made of arrays, of a file, or by a formula:
//! ```
//! use nn_data::RotatedSpirals;
//!
//! let spirals = RotatedSpirals { arms: 3, ..RotatedSpirals::default() }.generate::<f32>(0)?;
//! let (train, test) = spirals.stratified_split(0.2, 1)?;
//! assert_eq!((train.samples(), test.samples()), (240, 60));
//! assert_eq!(test.class_counts(), [20, 20, 20]);
//!
//! let batch = train.view(); // what a trainer takes
//! assert_eq!(batch.x().dim(), (240, 2));
//! # Ok::<(), nn_data::DataError>(())
//! ```
//! Features of different sizes are brought to one before a network sees them. Means and deviations are those of the training
//! samples alone, or the others would have a say in them:
//! ```
//! use nn_data::{Regression, Scaler, StandardScaler};
//! use ndarray::{Array2, Axis};
//!
//! // Weight in kg by height in cm and age in years.
//! let x = Array2::from_shape_fn((50, 2), |(n, j)| [150.0 + (n % 40) as f64, 20.0 + n as f64][j]);
//! let y = Array2::from_shape_fn((50, 1), |(n, _)| x[[n, 0]] - 100.0 + 0.1 * x[[n, 1]]);
//! let (train, test) = Regression::new(x, y)?.split(0.2, 0)?;
//! let scaler = StandardScaler::fit(train.x())?;
//! let (train, test) = (train.scaled(&scaler)?, test.scaled(&scaler)?);
//! assert!(train.x().mean_axis(Axis(0)).unwrap().iter().all(|mean| mean.abs() < 1e-12));
//! assert_eq!((train.samples(), test.samples()), (40, 10));
//! # Ok::<(), nn_data::DataError>(())
//! ```
//! A CSV file with numbers only is read by `CsvOptions`; one with words and gaps by `TableEncoder`, which scales, too, and does the
//! same to the rows that come later. Both need the feature `csv`.
//!
//! # Features
//! - `csv`: CSV files, by the `csv` crate. Off by default.
//! - `serde`: scalers, encoders and problems as values of the `serde` crate. Off by default.
//! - `idx`: IDX files, MNIST's format, compressed or not; by the `flate2` crate. Off by default.
//! - `npy`: NumPy's NPY and NPZ files, the latter by the crates `rawzip` and `flate2`. Off by default.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

mod dataset;
mod error;
mod io;
mod k_fold;
mod preprocessing;
mod split;
mod synthetic;
#[cfg(feature = "csv")]
mod table;

pub use dataset::{ClassBalance, Classification, Dataset, Regression};
pub use error::DataError;
#[cfg(feature = "csv")]
pub use io::{ColumnKind, CsvColumn, CsvOptions, CsvSchema, TargetColumn};
#[cfg(feature = "npy")]
pub use io::{NpyFile, read_npy, read_npz, write_npy, write_npz};
#[cfg(feature = "idx")]
pub use io::{idx_from_reader, read_idx};
pub use preprocessing::{LabelEncoder, MinMaxScaler, RobustScaler, Scaler, StandardScaler, one_hot};
pub use synthetic::{
    Blobs, Checkerboard, Circles, GaussianQuantiles, Moons, NoisyParity, NoisySines, NoisyXor,
    RotatedSpirals, XorNoise,
};
#[cfg(feature = "csv")]
pub use table::{
    DecimalMark, Delimiter, Dialect, DuplicateNames, FieldKind, Labels, Missing, NumberFormat, Scaling,
    SetAside, SetAsideReason, Table, TableColumn, TableEncoder, TableError, TableFile, TableOptions,
    TablePart, TableParts, TableReader, TableRow, TableRows, TableTarget, TableWarning, Task, TextEncoding,
    Unseen,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
