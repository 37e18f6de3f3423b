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
//! | set rows of a table aside before anything is fitted to them | `Table`, `TableEncoder::split_rows`, `TableEncoder::refit` (feature `csv`) |
//! | read rows of text in any dialect | `TableReader`, `Dialect`, `NumberFormat`, `TextEncoding` (feature `csv`) |
//! | see what a CSV file holds | `CsvOptions::read_schema`, `CsvSchema`, `CsvColumn`, `ColumnKind` (feature `csv`) |
//! | read MNIST's IDX files | `read_idx` (feature `idx`) |
//! | read and write NumPy's files | `read_npy`, `read_npz`, `write_npy`, `write_npz` (feature `npy`) |
//! | make a data set of arrays | [`Classification::from_arrays`], [`Regression::from_arrays`] |
//! | learn what was wrong with the data | [`DataError`] |
//!
//! A data set is checked once, when it is made: it has samples and features, every number is finite, every label is a
//! class. What it hands on needs no further checks.
//!
//! # Example
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
#[cfg(feature = "idx")]
pub use io::{idx_from_reader, read_idx};
#[cfg(feature = "npy")]
pub use io::{read_npy, read_npz, write_npy, write_npz};
pub use preprocessing::{LabelEncoder, MinMaxScaler, RobustScaler, Scaler, StandardScaler, one_hot};
pub use synthetic::{
    Blobs, Checkerboard, Circles, GaussianQuantiles, Moons, NoisyParity, NoisySines, NoisyXor,
    RotatedSpirals, XorNoise,
};
#[cfg(feature = "csv")]
pub use table::{
    DecimalMark, Delimiter, Dialect, DuplicateNames, FieldKind, Labels, Missing, NumberFormat, Scaling,
    SetAside, SetAsideReason, Table, TableColumn, TableEncoder, TableError, TableOptions, TablePart,
    TableParts, TableReader, TableTarget, TableWarning, Task, TextEncoding, Unseen,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
