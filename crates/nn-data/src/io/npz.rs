//! Arrays from and to NumPy's NPZ files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{Read, Write},
    path::Path,
};

use flate2::read::DeflateDecoder;
use ndarray::{ArrayD, ArrayViewD};
use nn_core::Scalar;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use super::npy::{bytes, decode, encode, unwritable};
use crate::DataError;

/// Reads the arrays that NumPy saved together, by their names; compressed or not.
///
/// All of them must be of numbers, which become the nearest `T`.
///
/// # Errors
/// [`DataError::Open`] when the file cannot be read, [`DataError::Format`] for a file that is not of this format, and those
/// of [`read_npy`](crate::read_npy) for each array.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::{Classification, read_npz, write_npz};
///
/// let path = std::env::temp_dir().join("nn_data_read_npz.npz");
/// let (x, y) = (array![[0.5_f32], [1.5]].into_dyn(), array![1.0_f32, 0.0].into_dyn());
/// write_npz(&path, [("x", x.view()), ("y", y.view())])?;
///
/// let mut arrays = read_npz::<f32>(&path)?;
/// assert_eq!(arrays.keys().collect::<Vec<_>>(), ["x", "y"]);
/// let (x, y) = (arrays.remove("x").expect("written"), arrays.remove("y").expect("written"));
/// assert_eq!(Classification::from_arrays(x, y, 2)?.y(), [1, 0]);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// NumPy's `np.load`, without pickled objects.
pub fn read_npz<T: Scalar>(path: impl AsRef<Path>) -> Result<BTreeMap<String, ArrayD<T>>, DataError> {
    unpack(&bytes(path.as_ref())?)
}

/// Writes arrays and their names so that NumPy loads them: `f32` as `float32`, every other `T` as `float64`.
///
/// # Errors
/// [`DataError::Write`] when the file cannot be written, [`DataError::Parameter`] for a name that was used already.
///
/// # Example
/// ```
/// use ndarray::array;
/// use nn_data::write_npz;
///
/// let path = std::env::temp_dir().join("nn_data_write_npz.npz");
/// let x = array![1.0, 2.0].into_dyn();
/// let error = write_npz(&path, [("x", x.view()), ("x", x.view())]).unwrap_err();
/// assert_eq!(error.to_string(), "name of an array is x; expected a name that no other array has");
/// # Ok::<(), nn_data::DataError>(())
/// ```
///
/// NumPy's `np.savez`.
pub fn write_npz<'a, T: Scalar>(
    path: impl AsRef<Path>,
    arrays: impl IntoIterator<Item = (&'a str, ArrayViewD<'a, T>)>,
) -> Result<(), DataError> {
    let path = path.as_ref();
    let packed = pack(path, arrays)?;
    fs::write(path, packed).map_err(|error| unwritable(path, &error))
}

fn pack<'a, T: Scalar>(
    path: &Path,
    arrays: impl IntoIterator<Item = (&'a str, ArrayViewD<'a, T>)>,
) -> Result<Vec<u8>, DataError> {
    let mut names = BTreeSet::new();
    let mut writer = ZipArchiveWriter::new(Vec::new());
    for (name, array) in arrays {
        if !names.insert(name) {
            return Err(DataError::parameter("name of an array", "a name that no other array has", name));
        }
        add(&mut writer, &format!("{name}.npy"), &encode(array)).map_err(|error| unwritable(path, &error))?;
    }
    writer.finish().map_err(|error| unwritable(path, &std::io::Error::other(error)))
}

fn add(archive: &mut ZipArchiveWriter<Vec<u8>>, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let file = archive.new_file(name).compression_method(CompressionMethod::STORE);
    let (mut entry, config) = file.start().map_err(std::io::Error::other)?;
    let mut writer = config.wrap(&mut entry);
    writer.write_all(bytes)?;
    let (_, descriptor) = writer.finish().map_err(std::io::Error::other)?;
    entry.finish(descriptor).map_err(std::io::Error::other)?;
    Ok(())
}

fn unpack<T: Scalar>(bytes: &[u8]) -> Result<BTreeMap<String, ArrayD<T>>, DataError> {
    let broken = |error: &dyn std::error::Error| DataError::format("NPZ", "a zip archive of arrays", error);
    let archive = ZipArchive::from_slice(bytes).map_err(|error| broken(&error))?;
    let (mut files, mut arrays) = (archive.entries(), BTreeMap::new());
    while let Some(file) = files.next_entry().map_err(|error| broken(&error))? {
        let name = std::str::from_utf8(file.file_path().as_bytes()).map_err(|error| broken(&error))?;
        let name = name.strip_suffix(".npy").unwrap_or(name).to_owned();
        let entry = archive.get_entry(file.wayfinder()).map_err(|error| broken(&error))?;
        let mut npy = Vec::new();
        // The size and the checksum are held against what is read.
        let read = match file.compression_method() {
            CompressionMethod::STORE => entry.verifying_reader(entry.data()).read_to_end(&mut npy),
            CompressionMethod::DEFLATE => {
                entry.verifying_reader(DeflateDecoder::new(entry.data())).read_to_end(&mut npy)
            }
            other => return Err(DataError::format("NPZ", "arrays stored or deflated", format!("{other:?}"))),
        };
        read.map_err(|error| broken(&error))?;
        arrays.insert(name, decode(&npy)?);
    }
    Ok(arrays)
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn packed() -> Vec<u8> {
        let (x, y) = (array![[1.0, 2.0], [3.0, 4.0]].into_dyn(), array![0.5].into_dyn());
        pack(Path::new("test.npz"), [("x", x.view()), ("a/y", y.view())]).unwrap()
    }

    #[test]
    fn what_was_packed_is_unpacked() {
        let arrays = unpack::<f64>(&packed()).unwrap();
        assert_eq!(arrays.len(), 2);
        assert_eq!(arrays["x"], array![[1.0, 2.0], [3.0, 4.0]].into_dyn());
        assert_eq!(arrays["a/y"], array![0.5].into_dyn());
    }

    #[test]
    fn what_is_no_such_file_is_refused() {
        let message = |bytes: &[u8]| unpack::<f64>(bytes).unwrap_err().to_string();
        let expected = "not a readable NPZ file: expected a zip archive of arrays, found ";
        assert!(message(b"").starts_with(expected));
        assert!(message(b"a,b\n1,2\n").starts_with(expected));
        let mut bytes = packed();
        let data = bytes.windows(8).position(|window| window == 3.0_f64.to_le_bytes()).unwrap();
        bytes[data] ^= 1;
        assert!(message(&bytes).starts_with(expected), "the checksum tells");
        assert!(matches!(read_npz::<f64>("no/such.npz"), Err(DataError::Open { .. })));
        let x = array![1.0].into_dyn();
        assert!(matches!(write_npz("no/such.npz", [("x", x.view())]), Err(DataError::Write { .. })));
        let twice = pack(Path::new("test.npz"), [("x", x.view()), ("x", x.view())]);
        assert!(matches!(twice, Err(DataError::Parameter { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
            let mut bytes = packed();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = unpack::<f64>(&bytes);
        }
    }
}
