//! Shares that are read from files: each rank has its own rows in memory, and no others.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mpi::traits::Equivalence;
use ndarray::{Array2, ArrayD, ArrayRef2, Axis, Ix2, Slice};
use nn_core::Scalar;
use nn_data::{DataError, NpyFile, TableEncoder, TablePart};
use nn_model::{Checkpoints, Saved};

use crate::{Error, Ranks, Share};

/// Rows of a table that are read at a time.
const ROWS: usize = 4096;

/// What has gone wrong on this rank.
type Failed = Box<dyn std::error::Error>;

impl<T: Scalar + Equivalence> Share<'static, T, [usize]> {
    /// This rank's rows of two files of NumPy: features, (rows, features) or with more axes, and the class of each row. The other rows
    /// stay in the files, which need not fit into the memory of one machine.
    ///
    /// # Errors
    /// [`Error::OnRank`] with what is wrong with the files; those of [`Share::new`].
    pub fn read_npy(ranks: &Ranks, x: impl AsRef<Path>, y: impl AsRef<Path>) -> Result<Self, Error> {
        let read = || -> Result<_, Failed> {
            let (x, y) = npy_rows::<T>(ranks, x.as_ref(), y.as_ref())?;
            let label = |label: &f64| -> Result<usize, Failed> {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked by the way back"
                )]
                let class = *label as usize;
                if class as f64 == *label {
                    return Ok(class);
                }
                Err(format!("the class {label}; expected a whole number, at least 0").into())
            };
            Ok((x, y.iter().map(label).collect::<Result<Vec<_>, _>>()?))
        };
        let (x, y) = ranks.agree("reading rows", read())?;
        Self::new(ranks, x, y, None)
    }

    /// This rank's rows of a table of classes, in one file or several: the first rank those of the first files, and so on; with fewer
    /// files than ranks, a range of their rows. The order of all rows, and so every bit of a run, is that of the files.
    ///
    /// # Errors
    /// [`Error::OnRank`] with what is wrong with the files; those of [`Share::new`].
    pub fn read_csv(ranks: &Ranks, encoder: &TableEncoder, files: &[PathBuf]) -> Result<Self, Error> {
        let Rows { x, labels, .. } = csv_rows(ranks, encoder, files)?;
        Self::new(ranks, x, labels, None)
    }
}

impl<T: Scalar + Equivalence> Share<'static, T, ArrayRef2<T>> {
    /// This rank's rows of two files of NumPy: features and the values of each row, both (rows, ..). The other rows stay in the files.
    ///
    /// # Errors
    /// [`Error::OnRank`] with what is wrong with the files; those of [`Share::new`].
    pub fn read_npy(ranks: &Ranks, x: impl AsRef<Path>, y: impl AsRef<Path>) -> Result<Self, Error> {
        let (x, y) = ranks.agree("reading rows", npy_rows::<T>(ranks, x.as_ref(), y.as_ref()))?;
        Self::new(ranks, x, y.mapv(T::of), None)
    }

    /// This rank's rows of a table of values, as [`read_csv`](Share::read_csv) of classes.
    ///
    /// # Errors
    /// [`Error::OnRank`] with what is wrong with the files; those of [`Share::new`].
    pub fn read_csv(ranks: &Ranks, encoder: &TableEncoder, files: &[PathBuf]) -> Result<Self, Error> {
        let Rows { x, values, .. } = csv_rows(ranks, encoder, files)?;
        let y = Array2::from_shape_vec((values.len(), 1), values).expect("a value a row");
        Self::new(ranks, x, y, None)
    }
}

/// Rows of a table; labels or values.
struct Rows<T> {
    x: Array2<T>,
    labels: Vec<usize>,
    values: Vec<T>,
}

/// This rank's rows of features and targets.
fn npy_rows<T: Scalar>(ranks: &Ranks, x: &Path, y: &Path) -> Result<(Array2<T>, Array2<f64>), Failed> {
    let open = |path: &Path| NpyFile::open(path).map_err(|error| at(path, &error));
    let (mut of_x, mut of_y) = (open(x)?, open(y)?);
    let (rows, targets) = (of_x.shape()[0], of_y.shape()[0]);
    if rows != targets {
        return Err(
            format!("{} has {rows} rows, {} {targets}; expected as many", x.display(), y.display()).into()
        );
    }
    let own = Share::<f64, [usize]>::rows(rows, ranks);
    let x = of_x.read_rows(own.clone()).map_err(|error| at(x, &error))?;
    let y = of_y.read_rows(own).map_err(|error| at(y, &error))?;
    Ok((flat(x)?, flat(y)?))
}

/// Rows, whatever axes they have.
fn flat<T: Scalar>(array: ArrayD<T>) -> Result<Array2<T>, Failed> {
    let rows = array.shape()[0];
    let columns = array.len().checked_div(rows).unwrap_or(0);
    Ok(array.into_shape_with_order((rows, columns))?.into_dimensionality::<Ix2>()?)
}

fn at(path: &Path, error: &DataError) -> Failed {
    let text = error.to_string();
    let name = path.display().to_string();
    if text.contains(&name) { text.into() } else { format!("{name}: {text}").into() }
}

/// Fits an encoder on rank 0, and gives it to all: what the columns are is the same everywhere.
///
/// # Errors
/// [`Error::OnRank`] with what `fit` says.
pub fn shared_encoder<E: std::fmt::Display>(
    ranks: &Ranks,
    fit: impl FnOnce() -> Result<TableEncoder, E>,
) -> Result<TableEncoder, Error> {
    let fitted = if ranks.is_first() { fit().map(Some).map_err(|error| error.to_string()) } else { Ok(None) };
    let fitted = ranks.agree("looking at the columns", fitted)?;
    let text =
        ranks.from_first("looking at the columns", || serde_json::to_string(&fitted).expect("a value"));
    Ok(serde_json::from_str(&text).expect("it was written by the same program"))
}

/// This rank's rows of some files.
fn csv_rows<T: Scalar>(ranks: &Ranks, encoder: &TableEncoder, files: &[PathBuf]) -> Result<Rows<T>, Error> {
    let (rank, size) = (ranks.rank(), ranks.size());
    if files.len() >= size {
        let own = &files[files.len() * rank / size..files.len() * (rank + 1) / size];
        return ranks.agree("reading rows", some_of(encoder, own, 0..usize::MAX));
    }
    let count = || -> Result<usize, Failed> {
        let mut rows = 0;
        scan::<T>(encoder, files, |part| {
            rows += part.x.nrows();
            Ok(())
        })?;
        Ok(rows)
    };
    let rows = if ranks.is_first() { count() } else { Ok(0) };
    let rows = ranks.agree("counting rows", rows)?;
    let rows: usize = ranks.from_first("counting rows", || rows.to_string()).parse().expect("a number");
    let own = Share::<f64, [usize]>::rows(rows, ranks);
    ranks.agree("reading rows", some_of(encoder, files, own))
}

/// Calls `take` with the parts of all files, one after the other.
fn scan<T: Scalar>(
    encoder: &TableEncoder,
    files: &[PathBuf],
    mut take: impl FnMut(TablePart<T>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    for path in files {
        let file = File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
        for part in encoder.parts::<T, _>(file, ROWS).map_err(|error| at(path, &error))? {
            take(part.map_err(|error| at(path, &error))?)?;
        }
    }
    Ok(())
}

/// Some of the rows of these files.
fn some_of<T: Scalar>(
    encoder: &TableEncoder,
    files: &[PathBuf],
    own: Range<usize>,
) -> Result<Rows<T>, Failed> {
    let (mut next, mut x) = (0, Vec::new());
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    scan::<T>(encoder, files, |part| {
        let first = next;
        next += part.x.nrows();
        let rows = own.start.clamp(first, next) - first..own.end.clamp(first, next) - first;
        x.extend(part.x.slice_axis(Axis(0), Slice::from(rows.clone())).iter());
        // One of the two is empty.
        labels.extend(part.labels.get(rows.clone()).unwrap_or_default());
        values.extend(part.values.get(rows).unwrap_or_default());
        Ok(())
    })?;
    let features = encoder.features();
    let x = Array2::from_shape_vec((x.len() / features, features), x)?;
    Ok(Rows { x, labels, values })
}

/// The newest checkpoint that is whole, which rank 0 finds and all read; `None` if there is none. The folder must be one that all ranks
/// see. A run goes on from it on any number of ranks, to the bits that it would have had.
///
/// # Errors
/// [`Error::OnRank`] when it cannot be read.
pub fn newest<T: Scalar, O: serde::de::DeserializeOwned>(
    ranks: &Ranks,
    checkpoints: &Checkpoints<T>,
) -> Result<Option<Saved<T, O>>, Error> {
    let doing = "reading the checkpoint";
    let found = if ranks.is_first() { checkpoints.newest::<O>() } else { Ok(None) };
    let found = ranks.agree(doing, found)?;
    let path = ranks.from_first(doing, || {
        let path = found.as_ref().map(|saved| saved.path.to_string_lossy().into_owned());
        path.unwrap_or_default()
    });
    if path.is_empty() {
        return Ok(None);
    }
    let read = || {
        match found {
        Some(saved) => Ok(saved),
        None => Saved::load(&path).map_err(|error| {
            format!("it cannot read the checkpoint that rank 0 goes on from: {error}; give a folder that all machines see")
        }),
    }
    };
    ranks.agree(doing, read()).map(Some)
}
