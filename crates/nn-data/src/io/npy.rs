//! Arrays from and to NumPy's NPY files.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{any::TypeId, iter};

use ndarray::{ArrayD, ArrayView, Dimension, IxDyn, ShapeBuilder};
use nn_core::Scalar;

use crate::DataError;

/// Reads an array that NumPy saved.
///
/// Booleans, whole numbers and floating-point numbers of 32 and 64 bits, in either byte order, become the nearest `T`.
///
/// # Errors
/// [`DataError::Open`] when the file cannot be read, [`DataError::Format`] for a file that is not of this format, that is
/// too short or too long, that holds other things than numbers, or nothing.
///
/// # Example
/// ```no_run
/// use nn_data::{Regression, read_npy};
///
/// let data = Regression::from_arrays(read_npy::<f64>("x.npy")?, read_npy("y.npy")?)?;
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// NumPy's `np.load`, without pickled objects.
pub fn read_npy<T: Scalar>(path: impl AsRef<Path>) -> Result<ArrayD<T>, DataError> {
    decode(&bytes(path.as_ref())?)
}

/// Writes an array so that NumPy loads it: `f32` as `float32`, every other `T` as `float64`.
///
/// # Errors
/// [`DataError::Write`] when the file cannot be written.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{read_npy, write_npy};
///
/// let path = std::env::temp_dir().join("nn_data_write_npy.npy");
/// let x = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
/// write_npy(&path, x.view())?;
/// assert_eq!(read_npy::<f64>(&path)?, x.into_dyn());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// NumPy's `np.save`.
pub fn write_npy<T: Scalar, D: Dimension>(
    path: impl AsRef<Path>,
    array: ArrayView<'_, T, D>,
) -> Result<(), DataError> {
    let path = path.as_ref();
    fs::write(path, encode(array)).map_err(|error| unwritable(path, &error))
}

/// An array that NumPy saved, of which some rows are read and the others stay in the file: for files that are larger than the
/// memory, or shared by several processes.
///
/// # Example
/// ```
/// use ndarray::{Array2, array};
/// use nn_data::{NpyFile, write_npy};
///
/// let path = std::env::temp_dir().join("nn_data_npy_file.npy");
/// write_npy(&path, array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].view())?;
/// let mut file = NpyFile::open(&path)?;
/// assert_eq!(file.shape(), [3, 2]);
/// assert_eq!(file.read_rows::<f32>(1..3)?, array![[3.0, 4.0], [5.0, 6.0]].into_dyn());
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// NumPy's `np.load(path, mmap_mode="r")[1:3]`.
#[derive(Debug)]
pub struct NpyFile {
    path: PathBuf,
    file: File,
    descr: String,
    shape: Vec<usize>,
    /// Where the numbers begin.
    begin: usize,
}

impl NpyFile {
    /// Opens a file and reads what it says of its numbers.
    ///
    /// # Errors
    /// As [`read_npy`]; [`DataError::Format`] for one number without axes, and for an array whose first axis runs fastest (Fortran's
    /// order), whose rows do not lie together.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let len = file.metadata().map_err(|error| unreadable(path, &error))?.len();
        let mut first = Vec::new();
        file.by_ref()
            .take(2 * LONGEST as u64)
            .read_to_end(&mut first)
            .map_err(|error| unreadable(path, &error))?;
        let Header { descr, fortran_order, shape, data } = Header::read(&first, len)?;
        let begin = first.len() - data.len();
        if shape.is_empty() || (fortran_order && shape.len() > 1) {
            let expected = "rows that lie one after the other, as `np.ascontiguousarray` makes them";
            return Err(DataError::format("NPY", expected, format!("the shape {shape:?}, in another order")));
        }
        let found = len - begin as u64;
        let size = numbers::<f64>(&descr, &[])?.1;
        let elements = shape.iter().product::<usize>();
        if elements.checked_mul(size).and_then(|bytes| u64::try_from(bytes).ok()) != Some(found) {
            return Err(wrong_length(elements, size, found));
        }
        Ok(Self { path: path.to_owned(), file, descr, shape, begin })
    }

    /// Of the whole array, its rows first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Reads some of the rows.
    ///
    /// # Errors
    /// [`DataError::Parameter`] when there are not as many rows; [`DataError::Open`] when the file cannot be read.
    pub fn read_rows<T: Scalar>(&mut self, rows: Range<usize>) -> Result<ArrayD<T>, DataError> {
        if rows.start > rows.end || rows.end > self.shape[0] {
            let found = format!("{rows:?} of {}", self.shape[0]);
            return Err(DataError::parameter("rows", "some of those that the array has", found));
        }
        let size = numbers::<T>(&self.descr, &[])?.1;
        let row = self.shape[1..].iter().product::<usize>() * size;
        let mut bytes = vec![0; rows.len() * row];
        let begin = (self.begin + rows.start * row) as u64;
        let read = self.file.seek(SeekFrom::Start(begin)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| unreadable(&self.path, &error))?;
        let shape: Vec<usize> = iter::once(rows.len()).chain(self.shape[1..].iter().copied()).collect();
        let values = numbers(&self.descr, &bytes)?.0;
        ArrayD::from_shape_vec(shape, values).map_err(|error| DataError::format("NPY", "an array", error))
    }
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Open { path: path.to_owned(), kind: error.kind(), reason: error.to_string() }
}

fn wrong_length(elements: usize, size: usize, found: u64) -> DataError {
    let expected = format!("an array of {elements} numbers of {size} bytes");
    DataError::format("NPY", expected, format!("{found} bytes"))
}

pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Write { path: path.to_owned(), kind: error.kind(), reason: error.to_string() }
}

/// A header of version 1, and the numbers in C's order, little-endian.
pub(super) fn encode<T: Scalar, D: Dimension>(array: ArrayView<'_, T, D>) -> Vec<u8> {
    let single = TypeId::of::<T>() == TypeId::of::<f32>();
    let descr = if single { "<f4" } else { "<f8" };
    // A tuple, with a comma after a single axis.
    let axes = array.shape().iter().map(|axis| format!("{axis}, ")).collect::<Vec<_>>().concat();
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
    // NumPy aligns the numbers to 64 bytes; at most 32 axes of 22 characters fit in a `u16`.
    let padding = 63 - (10 + header.len()) % 64;
    header.extend(iter::repeat_n(' ', padding).chain(['\n']));
    let length = u16::try_from(header.len()).expect("a shape is short");
    let mut bytes = [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..], header.as_bytes()].concat();
    for &x in array {
        if single {
            bytes.extend(f32::of(x.as_f64()).to_le_bytes());
        } else {
            bytes.extend(x.as_f64().to_le_bytes());
        }
    }
    bytes
}

pub(super) fn decode<T: Scalar>(bytes: &[u8]) -> Result<ArrayD<T>, DataError> {
    let Header { descr, fortran_order, shape, data } = Header::read(bytes, bytes.len() as u64)?;
    let elements = shape.iter().product::<usize>();
    let (values, size) = numbers(&descr, data)?;
    if elements.checked_mul(size) != Some(data.len()) {
        return Err(wrong_length(elements, size, data.len() as u64));
    }
    let shape = IxDyn(&shape).set_f(fortran_order);
    ArrayD::from_shape_vec(shape, values).map_err(|error| DataError::format("NPY", "an array", error))
}

/// The numbers that the bytes stand for, and how many bytes each has.
fn numbers<T: Scalar>(descr: &str, data: &[u8]) -> Result<(Vec<T>, usize), DataError> {
    let (order, kind) = descr.split_at_checked(1).unwrap_or_default();
    macro_rules! read_as {
        ($($name:literal: $number:ty, $to_f64:expr;)*) => {
            match kind {
                $($name => {
                    const SIZE: usize = size_of::<$number>();
                    let number = |bytes: &[u8]| -> f64 {
                        let bytes = bytes.try_into().expect("its size");
                        let number = if order == ">" { <$number>::from_be_bytes(bytes) } else { <$number>::from_le_bytes(bytes) };
                        $to_f64(number)
                    };
                    (data.chunks_exact(SIZE).map(|bytes| T::of(number(bytes))).collect::<Vec<_>>(), SIZE)
                })*
                _ => return Err(DataError::format(
                    "NPY",
                    "booleans, whole numbers, or floating-point numbers of 32 or 64 bits",
                    format!("a `dtype` of {descr}"),
                )),
            }
        };
    }
    Ok(read_as! {
        "f8": f64, |x| x;
        "f4": f32, f64::from;
        "i8": i64, |x| x as f64;
        "u8": u64, |x| x as f64;
        "i4": i32, f64::from;
        "u4": u32, f64::from;
        "i2": i16, f64::from;
        "u2": u16, f64::from;
        "i1": i8, f64::from;
        "u1": u8, f64::from;
        "b1": u8, |x| f64::from(u8::from(x != 0));
    })
}

/// Bytes of a header at most: NumPy's own limit.
const LONGEST: usize = 10_000;

/// What a file says of its numbers, and their bytes: at least one for each of them, which are one at least.
struct Header<'a> {
    /// The byte order, then the type and its size in bytes: `<f8`.
    descr: String,
    /// Whether the first axis runs fastest.
    fortran_order: bool,
    shape: Vec<usize>,
    data: &'a [u8],
}

impl<'a> Header<'a> {
    /// Of a plain array. The header is a Python dictionary, of which nothing else is understood: no list, no second tuple,
    /// no text with a bracket. The bytes are those that a file of so many begins with.
    fn read(bytes: &'a [u8], file_len: u64) -> Result<Self, DataError> {
        let broken = |expected: &str, found: &str| Err(DataError::format("NPY", expected, found));
        let (length, begin) = match bytes {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => {
                (u32::from(u16::from_le_bytes([*a, *b])), 10)
            }
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]), 12)
            }
            _ => return broken("a beginning of `\\x93NUMPY` and a version from 1 to 3", "another"),
        };
        let rest = &bytes[begin..];
        let Some((header, data)) =
            rest.split_at_checked(length as usize).filter(|(header, _)| header.len() <= LONGEST)
        else {
            return broken("a header of at most 10000 bytes", "more, or the end of the file");
        };
        let header = String::from_utf8_lossy(header);
        // A plain array has one pair of braces and one tuple, which is its shape.
        let shape = header.split_once('(').and_then(|(before, after)| {
            let (shape, after) = after.split_once(')')?;
            let plain = before.matches(['[', '{']).count() == 1 && !after.contains(['(', '[', '{']);
            let axes = shape.split(',').map(str::trim).filter(|axis| !axis.is_empty());
            plain.then(|| axes.map(|axis| axis.parse::<usize>().ok()).collect::<Option<Vec<_>>>())?
        });
        let Some(shape) = shape else {
            return broken("a header with the shape of a plain array", &header);
        };
        // What follows a key, up to the next comma.
        let value = |key: &str| {
            let (_, after) = header.split_once(&format!("'{key}':"))?;
            after.split(',').next().map(str::trim)
        };
        let descr = value("descr").and_then(|text| text.strip_prefix('\'')?.strip_suffix('\''));
        let fortran_order = match value("fortran_order") {
            Some("False") => Some(false),
            Some("True") => Some(true),
            _ => None,
        };
        let (Some(descr), Some(fortran_order)) = (descr, fortran_order) else {
            return broken("a header with `descr` and `fortran_order`", &header);
        };
        // Every element takes a byte at least.
        let elements = shape.iter().try_fold(1_usize, |product, &axis| product.checked_mul(axis));
        let found = file_len - (bytes.len() - data.len()) as u64;
        if !elements.is_some_and(|elements| (1..=found).contains(&(elements as u64))) {
            let expected = format!("at least one element, and the data of the shape {shape:?}");
            return broken(&expected, &format!("{found} bytes"));
        }
        Ok(Self { descr: descr.to_owned(), fortran_order, shape, data })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Array3, ArrayView1, ShapeBuilder, array};
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// A file of version 1 with this header.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(header.len() + 1).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), b"\n", data].concat()
    }

    fn of_shape(shape: &str, data: &[u8]) -> Vec<u8> {
        file(&format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"), data)
    }

    fn message(bytes: &[u8]) -> String {
        decode::<f64>(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let x = Array3::from_shape_fn((2, 3, 4).f(), |(i, j, k)| (12 * i + 4 * j + k) as f32 / 7.0);
        assert_eq!(decode::<f32>(&encode(x.view())).unwrap(), x.into_dyn());
        let bytes = encode(array![1.0_f32, 2.0].view());
        assert_eq!(bytes.len() % 64, 8, "two numbers of four bytes after the header");
        assert!(matches!(write_npy("no/such.npy", array![1.0].view()), Err(DataError::Write { .. })));
        assert!(matches!(read_npy::<f64>("no/such.npy"), Err(DataError::Open { .. })));
    }

    #[test]
    fn rows_of_a_file_are_those_of_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        let x = Array3::from_shape_fn((50, 3, 2), |(i, j, k)| (6 * i + 2 * j + k) as f64 / 7.0);
        write_npy(&path, x.view()).unwrap();
        let mut file = NpyFile::open(&path).unwrap();
        assert_eq!(file.shape(), [50, 3, 2]);
        for rows in [0..50, 7..8, 13..49, 50..50] {
            let part = file.read_rows::<f32>(rows.clone()).unwrap();
            let whole = read_npy::<f32>(&path).unwrap();
            assert_eq!(part, whole.slice_axis(ndarray::Axis(0), rows.into()));
        }
        let error = file.read_rows::<f32>(49..51).unwrap_err().to_string();
        assert_eq!(error, "rows is 49..51 of 50; expected some of those that the array has");
        // Cut, of Fortran's order, without an axis, or not there.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let error = NpyFile::open(&path).unwrap_err().to_string();
        assert!(error.contains("expected an array of 300 numbers of 8 bytes, found 2399 bytes"), "{error}");
        fs::write(&path, file_of_order("True", "(2, 3)")).unwrap();
        let error = NpyFile::open(&path).unwrap_err().to_string();
        assert!(error.contains("np.ascontiguousarray"), "{error}");
        fs::write(&path, file_of_order("False", "()")).unwrap();
        assert!(NpyFile::open(&path).is_err());
        assert!(matches!(NpyFile::open("no/such.npy"), Err(DataError::Open { .. })));
    }

    fn file_of_order(fortran: &str, shape: &str) -> Vec<u8> {
        file(
            &format!("{{'descr': '|u1', 'fortran_order': {fortran}, 'shape': {shape}, }}"),
            &[1, 2, 3, 4, 5, 6],
        )
    }

    #[test]
    fn arrays_of_no_axes_and_of_fortran_order_are_read() {
        assert_eq!(decode::<f64>(&of_shape("()", &[7])).unwrap(), ndarray::arr0(7.0).into_dyn());
        let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }";
        let expected = array![[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]];
        assert_eq!(decode::<f64>(&file(header, &[1, 2, 3, 4, 5, 6])).unwrap(), expected.into_dyn());
    }

    #[test]
    fn shapes_that_promise_too_much_or_nothing_are_refused() {
        for shape in [
            "(4,)",
            "(2, 2)",
            "(9999999999999,)",
            "(9999999999, 9999999999)",
            "(0,)",
            "(0, 9223372036854775808)",
        ] {
            let message = message(&of_shape(shape, &[1, 2, 3]));
            assert!(
                message.starts_with("not a readable NPY file: expected at least one element"),
                "{message}"
            );
            assert!(message.ends_with("found 3 bytes"), "{message}");
        }
        assert!(
            message(&of_shape("(2,)", &[1, 2, 3])).starts_with("not a readable NPY file: expected an array")
        );
    }

    #[test]
    fn headers_that_are_not_of_a_plain_array_are_refused() {
        let plain = "not a readable NPY file: expected a header with the shape of a plain array";
        for header in [
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'shape': (9,), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (0x1,), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",
            "{'descr': '|u1', 'fortran_order': False, 'shape': 1, }",
            &"(".repeat(9_000),
            &format!("{}(1,)", "{".repeat(9_000)),
            &format!("{{(1,){}", "[".repeat(9_000)),
        ] {
            assert!(message(&file(header, &[1, 2, 3])).starts_with(plain), "{header}");
        }
        let long = message(&file(&" ".repeat(10_001), &[]));
        assert!(
            long.starts_with("not a readable NPY file: expected a header of at most 10000 bytes"),
            "{long}"
        );
        let endless = message(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}");
        assert!(endless.starts_with("not a readable NPY file: expected a header of at most"), "{endless}");
        let other = message(b"PK\x03\x04");
        assert!(other.starts_with("not a readable NPY file: expected a beginning of"), "{other}");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for descr in ["<U1", "<c8", "|O", "<f2", "<M8[s]"] {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}");
            assert!(
                message(&file(&header, &[0; 16])).starts_with("not a readable NPY file: expected "),
                "{descr}"
            );
        }
    }

    proptest! {
        #[test]
        fn values_come_back_to_the_bit(values in vec(any::<f64>(), 1..30), columns in 1_usize..4) {
            let rows = values.len() / columns;
            prop_assume!(rows > 0);
            let x = Array2::from_shape_vec((rows, columns), values[..rows * columns].to_vec()).unwrap();
            let back = decode::<f64>(&encode(x.view())).unwrap();
            prop_assert_eq!(back.shape(), x.shape());
            prop_assert!(back.iter().zip(&x).all(|(a, b)| a.to_bits() == b.to_bits()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..40), at in 0_usize..140) {
            let mut valid = encode(ArrayView1::from(&[1.0, 2.0]));
            let _ = decode::<f64>(&bytes);
            let _ = decode::<f64>(&[&valid[..at], &bytes].concat());
            if let Some(&byte) = bytes.first() {
                valid[at] = byte;
                let _ = decode::<f64>(&valid);
            }
        }
    }
}
