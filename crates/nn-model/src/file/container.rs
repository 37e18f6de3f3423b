//! The bytes of a file: tensors by the crate `safetensors`, a description, and a checksum over all of it.

use std::borrow::Cow;
use std::fmt;

use nn_core::{Fingerprint, Scalar};
use safetensors::tensor::{self, Dtype, Metadata, TensorInfo};
use safetensors::{SafeTensors, serialize};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::FileError;

/// The key of the description in the file's metadata.
const KEY: &str = "smallnet";
/// Tensors of a file at most: more than any small network and its optimizer have.
const TENSORS: usize = 10_000;
/// Digits of a checksum.
const DIGITS: usize = 16;
/// What stands before the checksum in the header: JSON within JSON. Within a text it would have more backslashes.
const MARK: &[u8] = br#"\"checksum\":\""#;

/// A tensor to be written.
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

impl Tensor {
    pub(super) fn new<T: Scalar>(name: String, shape: Vec<usize>, values: &[T]) -> Self {
        let numbers = values.iter().map(|value| value.as_f64());
        let bytes = match dtype::<T>() {
            #[allow(clippy::cast_possible_truncation, reason = "an f32 there and back")]
            Dtype::F32 => numbers.flat_map(|value| (value as f32).to_le_bytes()).collect(),
            _ => numbers.flat_map(f64::to_le_bytes).collect(),
        };
        Self { name, dtype: dtype::<T>(), shape, bytes }
    }
}

impl tensor::View for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// How numbers of this type are written: `f32` as such, all others as `f64`.
pub(super) fn dtype<T>() -> Dtype {
    if size_of::<T>() == size_of::<f32>() { Dtype::F32 } else { Dtype::F64 }
}

/// A description without its checksum, which is written in its place.
pub(super) fn no_checksum() -> String {
    "0".repeat(DIGITS)
}

/// The file of a description, which has a field `checksum` of [`no_checksum`], and tensors.
pub(super) fn to_bytes(description: String, tensors: &[Tensor]) -> Result<Vec<u8>, FileError> {
    let damaged = |error: safetensors::SafeTensorError| FileError::Container(error.to_string());
    let named = tensors.iter().map(|tensor| (&tensor.name, tensor));
    let mut bytes =
        serialize(named, Some([(KEY.to_owned(), description)].into_iter().collect())).map_err(damaged)?;
    let place = checksum_place(&bytes).ok_or_else(|| FileError::Description("it has no checksum".into()))?;
    let digits = checksum(&bytes, place);
    bytes[place..place + DIGITS].copy_from_slice(digits.as_bytes());
    Ok(bytes)
}

/// A file that is whole: every tensor within it, and without holes.
pub(super) struct File<'a> {
    metadata: Metadata,
    data: &'a [u8],
}

impl<'a> File<'a> {
    /// Reads one. The checksum of a description, if there is one, is right.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, FileError> {
        check_size(bytes)?;
        let place = checksum_place(bytes);
        if let Some(place) = place {
            let written = bytes.get(place..place + DIGITS).unwrap_or_default();
            let found = checksum(bytes, place);
            if written != found.as_bytes() {
                let expected = String::from_utf8_lossy(written).into_owned();
                return Err(FileError::Checksum { expected, found });
            }
        }
        let (header, metadata) =
            SafeTensors::read_metadata(bytes).map_err(|error| FileError::Container(error.to_string()))?;
        let file = Self { metadata, data: &bytes[size_of::<u64>() + header..] };
        match (place, file.description()) {
            (None, Some(_)) => Err(FileError::Description("it has no checksum".into())),
            _ => Ok(file),
        }
    }

    pub(super) fn description(&self) -> Option<&str> {
        self.metadata.metadata().as_ref()?.get(KEY).map(String::as_str)
    }

    /// The names of all tensors, in the order of the file.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// Type, shape and numbers of a tensor.
    pub(super) fn tensor(&self, name: &str) -> Option<View<'_>> {
        let TensorInfo { dtype, shape, data_offsets: (start, end) } = self.metadata.info(name)?;
        Some(View { dtype: *dtype, shape, bytes: self.data.get(*start..*end)? })
    }
}

/// A tensor of a file.
pub(super) struct View<'a> {
    pub(super) dtype: Dtype,
    pub(super) shape: &'a [usize],
    bytes: &'a [u8],
}

impl View<'_> {
    /// Its numbers; `None` where they are neither `F32` nor `F64`.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        match self.dtype {
            Dtype::F32 => {
                Some(self.bytes.as_chunks().0.iter().map(|&word| f32::from_le_bytes(word).into()).collect())
            }
            Dtype::F64 => {
                Some(self.bytes.as_chunks().0.iter().map(|&word| f64::from_le_bytes(word)).collect())
            }
            _ => None,
        }
    }
}

/// The header of a file that is as long as it says.
fn header(bytes: &[u8]) -> Result<&[u8], FileError> {
    let damaged = |what: String| FileError::Container(what);
    let (length, rest) = bytes.split_first_chunk().ok_or_else(|| {
        damaged(format!("it has {} bytes, and 8 at least tell the length of its header", bytes.len()))
    })?;
    let length = u64::from_le_bytes(*length);
    let there = usize::try_from(length).ok().and_then(|length| rest.get(..length));
    there.ok_or_else(|| {
        damaged(format!("its header should have {length} bytes, and {} are there", rest.len()))
    })
}

/// Refuses a header of more tensors than a model has, before memory is reserved for them.
fn check_size(bytes: &[u8]) -> Result<(), FileError> {
    struct Count;
    impl<'de> Visitor<'de> for Count {
        type Value = usize;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object with a tensor a key")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
            let mut count = 0;
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }
    let mut json = serde_json::Deserializer::from_slice(header(bytes)?);
    match json.deserialize_map(Count) {
        Ok(count) if count > TENSORS => Err(FileError::TooLarge { what: "tensors", limit: TENSORS }),
        Ok(_) => Ok(()),
        Err(error) => Err(FileError::Container(format!("its header is no JSON: {error}"))),
    }
}

/// Where the digits of the checksum are.
fn checksum_place(bytes: &[u8]) -> Option<usize> {
    let header = header(bytes).ok()?;
    let place = header.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    (place + DIGITS <= header.len()).then_some(size_of::<u64>() + place)
}

/// Of every byte but the digits of the checksum itself.
fn checksum(bytes: &[u8], place: usize) -> String {
    let mut hash = Fingerprint::new();
    let mut add = |bytes: &[u8]| {
        let (words, rest) = bytes.as_chunks();
        words.iter().for_each(|&word| hash.integer(u64::from_le_bytes(word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash.integer(u64::from_le_bytes(last));
    };
    add(&bytes[..place]);
    add(&bytes[place + DIGITS..]);
    hash.integer(bytes.len() as u64);
    format!("{:016x}", hash.finish())
}
