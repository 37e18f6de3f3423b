use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file: the whole file or nothing.
///
/// It is written to a file beside, synced to the disk, and renamed, and then the folder is synced; so a file that is there
/// stays as it is until the new one is whole, whatever becomes of the process or the power. After an error the file beside
/// is removed. (A process that is killed in between may leave it; its name ends in `.partial`, and it can be deleted.)
///
/// # Errors
/// What failed, with the path, and the [kind](io::Error::kind) of the error below.
///
/// # Example
/// ```
/// use std::io::Write;
///
/// use nn_train::write_whole;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("note.txt");
/// write_whole(&path, |out| out.write_all(b"whole"))?;
/// assert_eq!(std::fs::read(&path)?, b"whole");
///
/// let lost = folder.path().join("none").join("note.txt");
/// let error = write_whole(&lost, |out| out.write_all(b"whole")).unwrap_err();
/// assert!(error.to_string().contains("there is no folder"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_whole(
    path: impl AsRef<Path>,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let path = path.as_ref();
    replace(path, write).map_err(|error| {
        let folder = folder_of(path);
        let why = if error.kind() == io::ErrorKind::NotFound && !folder.exists() {
            format!("there is no folder {}; create it first", folder.display())
        } else if path.is_dir() {
            format!("expected the path of a file, found a folder ({error})")
        } else {
            error.to_string()
        };
        io::Error::new(error.kind(), format!("{}: {why}", path.display()))
    })
}

/// Writes a value to a file as JSON, the whole file or nothing: see [`write_whole`]. With the feature `json`.
///
/// # Errors
/// When the value or the file cannot be written.
///
/// # Example
/// ```
/// use nn_core::{Dense, Identity, Network, Tanh};
/// use nn_train::save_json;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("network.json");
/// let network = Network::<f64, _>::new(2, (Dense::new(15, Tanh), Dense::linear(4)), 0)?;
/// save_json(&path, &network)?;
/// let again: Network<f64, (Dense<Tanh>, Dense<Identity>)> =
///     serde_json::from_reader(std::fs::File::open(&path)?)?;
/// assert_eq!(again.params(), network.params());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "json")]
pub fn save_json<V: serde::Serialize + ?Sized>(path: impl AsRef<Path>, value: &V) -> io::Result<()> {
    write_whole(path, |out| serde_json::to_writer(out, value).map_err(io::Error::from))
}

fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let beside = beside(path)?;
    let result = write_synced(&beside, write).and_then(|()| fs::rename(&beside, path));
    if result.is_err() {
        // The first error says why.
        let _ = fs::remove_file(&beside);
    }
    result?;
    // Where folders are files, a name lasts when its folder is on the disk.
    if cfg!(unix) { File::open(folder_of(path))?.sync_all() } else { Ok(()) }
}

/// A path that no other call has, in the same folder.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "expected the path of a file");
    let mut name = path.file_name().ok_or_else(no_name)?.to_owned();
    name.push(format!(".{}-{}.partial", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(name))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_synced(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use serde::ser::{Error, SerializeSeq};
    use serde::{Serialize, Serializer};

    use super::*;

    /// Fails when much of it is written.
    struct Fails;

    impl Serialize for Fails {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            (0..10_000).try_for_each(|n| list.serialize_element(&n))?;
            Err(Error::custom("in the middle"))
        }
    }

    #[test]
    fn an_error_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("value.json");
        save_json(&path, &[1, 2]).expect("it is written");
        let error = save_json(&path, &Fails).expect_err("it fails").to_string();
        assert_eq!(error, format!("{}: in the middle", path.display()));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "[1,2]");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing beside it");
        // A folder in the place of the file: the rename fails.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).expect("a folder");
        let error = save_json(&taken, &[1, 2]).expect_err("a folder").to_string();
        assert!(error.contains("found a folder"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing beside it");
        assert!(save_json("..", &[1]).is_err());
    }

    #[test]
    fn a_value_replaces_the_one_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("value.json");
        for value in [vec![1.5, 0.1 + 0.2], vec![2.0]] {
            save_json(&path, &value).expect("it is written");
            let text = fs::read_to_string(&path).expect("it is there");
            assert_eq!(serde_json::from_str::<Vec<f64>>(&text).expect("a list"), value);
        }
    }
}
