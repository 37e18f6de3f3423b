//! Arrays from IDX files.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use ndarray::{ArrayD, IxDyn};
use nn_core::Scalar;

use super::open::open;
use crate::DataError;

/// Reads an IDX file, the format of MNIST, compressed by gzip or not.
///
/// Bytes, whole numbers and floating-point numbers become the nearest `T`.
///
/// # Errors
/// [`DataError::Open`] when the file cannot be opened, and those of [`idx_from_reader`].
///
/// # Example
/// ```no_run
/// use nn_data::{Classification, read_idx};
///
/// let images = read_idx::<f32>("train-images-idx3-ubyte.gz")?;
/// let labels = read_idx::<f32>("train-labels-idx1-ubyte.gz")?;
/// let digits = Classification::from_arrays(images, labels, 10)?.map_features(|_, grey| grey / 255.0)?;
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// LeCun, Cortes and Burges, "The MNIST database of handwritten digits", which describes the format.
pub fn read_idx<T: Scalar>(path: impl AsRef<Path>) -> Result<ArrayD<T>, DataError> {
    idx_from_reader(open(path.as_ref())?)
}

/// Reads the bytes of an IDX file; see [`read_idx`].
///
/// # Errors
/// [`DataError::Format`] for bytes that are no such file: of another format, too short or too long, or without a value.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::idx_from_reader;
///
/// // Unsigned bytes in two axes of 2 and 3.
/// let bytes = [0, 0, 0x08, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];
/// assert_eq!(idx_from_reader::<f64, _>(&bytes[..])?, array![[1.0, 2.0, 3.0], [4.0, 5.0, 255.0]].into_dyn());
/// # Ok::<(), nn_data::DataError>(())
/// ```
pub fn idx_from_reader<T: Scalar, R: Read>(reader: R) -> Result<ArrayD<T>, DataError> {
    let mut reader = BufReader::new(reader);
    let begin = reader.fill_buf().map_err(|error| unreadable(&error))?;
    if begin.starts_with(&[0x1f, 0x8b]) { decode(MultiGzDecoder::new(reader)) } else { decode(reader) }
}

fn unreadable(error: &std::io::Error) -> DataError {
    DataError::format("IDX", "all of its bytes", error)
}

fn decode<T: Scalar>(mut reader: impl Read) -> Result<ArrayD<T>, DataError> {
    let mut word = || -> Result<[u8; 4], DataError> {
        let mut word = [0; 4];
        reader.read_exact(&mut word).map_err(|error| unreadable(&error))?;
        Ok(word)
    };
    let [0, 0, code, axes] = word()? else {
        return Err(DataError::format("IDX", "two bytes of 0 at the beginning", "others"));
    };
    let (size, convert) = element::<T>(code)?;
    let shape: Result<Vec<u32>, DataError> = (0..axes).map(|_| word().map(u32::from_be_bytes)).collect();
    let shape = shape?;
    let product = shape.iter().try_fold(size as u64, |bytes, &n| bytes.checked_mul(n.into()));
    let bytes = product.ok_or(DataError::TooLarge { what: "the values" })?;
    if axes == 0 || bytes == 0 {
        return Err(DataError::format("IDX", "at least one value", format!("the shape {shape:?}")));
    }
    // The shape may promise more than there is: memory is taken for what is there.
    let mut data = Vec::new();
    reader.take(bytes.saturating_add(1)).read_to_end(&mut data).map_err(|error| unreadable(&error))?;
    if data.len() as u64 != bytes {
        let found = if data.len() as u64 > bytes { "more".to_owned() } else { data.len().to_string() };
        let expected = format!("{bytes} bytes of data for the shape {shape:?}");
        return Err(DataError::format("IDX", expected, found));
    }
    let shape: Vec<usize> = shape.into_iter().map(|n| n as usize).collect();
    let values = data.chunks_exact(size).map(convert).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|_| DataError::TooLarge { what: "the values" })
}

/// Bytes that an element takes, and what makes a number of them.
type Element<T> = (usize, fn(&[u8]) -> T);

fn element<T: Scalar>(code: u8) -> Result<Element<T>, DataError> {
    macro_rules! big_endian {
        ($number:ty) => {
            (size_of::<$number>(), |bytes| {
                T::of(<$number>::from_be_bytes(bytes.try_into().expect("as many bytes")).into())
            })
        };
    }
    Ok(match code {
        0x08 => big_endian!(u8),
        0x09 => big_endian!(i8),
        0x0B => big_endian!(i16),
        0x0C => big_endian!(i32),
        0x0D => big_endian!(f32),
        0x0E => big_endian!(f64),
        _ => {
            let expected = "a type of number, 8, 9 or 11 to 14, as the third byte";
            return Err(DataError::format("IDX", expected, code));
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use ndarray::array;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// A file of these axes.
    fn file(code: u8, shape: &[u32], data: &[u8]) -> Vec<u8> {
        let axes = u8::try_from(shape.len()).unwrap();
        let sizes = shape.iter().flat_map(|n| n.to_be_bytes());
        [0, 0, code, axes].into_iter().chain(sizes).chain(data.iter().copied()).collect()
    }

    fn zipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<ArrayD<f64>, DataError> {
        idx_from_reader(bytes)
    }

    #[test]
    fn every_type_of_number_is_read() {
        let expected = array![-2.0, 100.0].into_dyn();
        assert_eq!(read(&file(0x09, &[2], &[254, 100])).unwrap(), expected);
        assert_eq!(read(&file(0x0B, &[2], &[255, 254, 0, 100])).unwrap(), expected);
        assert_eq!(read(&file(0x0C, &[2], &[255, 255, 255, 254, 0, 0, 0, 100])).unwrap(), expected);
        let floats = [-2.0_f32, 100.0].map(f32::to_be_bytes).concat();
        assert_eq!(read(&file(0x0D, &[2], &floats)).unwrap(), expected);
        let doubles = [-2.0_f64, 100.0].map(f64::to_be_bytes).concat();
        assert_eq!(read(&file(0x0E, &[2], &doubles)).unwrap(), expected);
        assert_eq!(read(&file(0x08, &[2], &[254, 100])).unwrap(), array![254.0, 100.0].into_dyn());
    }

    #[test]
    fn images_and_labels_become_a_data_set() {
        let images = read(&zipped(&file(0x08, &[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]))).unwrap();
        let labels = read(&file(0x08, &[2], &[9, 0])).unwrap();
        let data = crate::Classification::from_arrays(images, labels, 10).unwrap();
        assert_eq!(data.x(), array![[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]);
        assert_eq!(data.y(), [9, 0]);
    }

    #[test]
    fn files_are_read() {
        let mut file_on_disk = tempfile::NamedTempFile::new().unwrap();
        file_on_disk.write_all(&zipped(&file(0x08, &[3], &[3, 2, 1]))).unwrap();
        assert_eq!(read_idx::<f32>(file_on_disk.path()).unwrap(), array![3.0, 2.0, 1.0].into_dyn());
        assert!(matches!(read_idx::<f32>("no/such.idx"), Err(DataError::Open { .. })));
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let message = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        let not = "not a readable IDX file: expected";
        assert!(message(b"").starts_with(&format!("{not} all of its bytes, found ")));
        assert!(message(&[0, 0, 8]).starts_with(&format!("{not} all of its bytes, found ")));
        assert_eq!(message(b"a,b\n1,2\n"), format!("{not} two bytes of 0 at the beginning, found others"));
        assert_eq!(
            message(&file(0x0A, &[1], &[1])),
            format!("{not} a type of number, 8, 9 or 11 to 14, as the third byte, found 10")
        );
        assert_eq!(
            message(&file(0x08, &[2, 2], &[1, 2, 3])),
            format!("{not} 4 bytes of data for the shape [2, 2], found 3")
        );
        assert_eq!(
            message(&file(0x0B, &[1], &[1, 2, 3])),
            format!("{not} 2 bytes of data for the shape [1], found more")
        );
        assert_eq!(message(&file(0x08, &[], &[1])), format!("{not} at least one value, found the shape []"));
        assert_eq!(
            message(&file(0x08, &[2, 0], &[])),
            format!("{not} at least one value, found the shape [2, 0]")
        );
    }

    #[test]
    fn a_shape_that_promises_too_much_takes_no_memory() {
        let error = read(&file(0x08, &[u32::MAX, 1 << 20], &[1, 2, 3])).unwrap_err();
        assert!(error.to_string().ends_with("found 3"), "{error}");
        let error = read(&file(0x0E, &[u32::MAX, u32::MAX, u32::MAX], &[1, 2, 3])).unwrap_err();
        assert_eq!(error, DataError::TooLarge { what: "the values" });
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..40), begin in 0_usize..4) {
            let valid = file(0x08, &[2, 2], &[1, 2, 3, 4]);
            let _ = read(&bytes);
            let _ = read(&[&valid[..begin], &bytes].concat());
            let packed = zipped(&valid);
            let _ = read(&[&packed[..begin + 8], &bytes].concat());
        }
    }
}
