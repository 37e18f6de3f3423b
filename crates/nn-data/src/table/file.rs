use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nn_core::Fingerprint;

use super::table_rows::{Detected, check_rows};
use super::{Dialect, TableReader, TableRow, TableRows};
use crate::DataError;
use crate::io::open;

/// A table that stays in its file, and is read anew each time its rows are asked for: it may be larger than memory.
///
/// What is learned of it is what is learned of the same [`Table`](super::Table) in memory, to the bit. In memory are the rows that are encoded; while an
/// encoder is fitted with [`Missing::Median`](super::Missing::Median), every number of every column, too.
///
/// # Example
/// ```
/// use nn_data::{Dialect, TableEncoder, TableFile, TableOptions, TableRows};
///
/// let path = std::env::temp_dir().join("nn_data_table_file.csv");
/// std::fs::write(&path, "size,class\n1,no\n3,no\n2,yes\n100,no\n7,yes\n6,no\n")?;
/// let table = TableFile::open(&path, &Dialect::default())?;
/// assert_eq!(table.rows(), 6);
/// let whole = TableEncoder::fit_table(&table, &TableOptions::default())?;
/// let (train, test) = whole.split_rows(&table, 0.5, 0)?;
/// let encoder = whole.refit(&table, &train)?;
/// // Only these rows are in memory.
/// let test = encoder.classification_from_table::<f32>(&table, &test)?;
/// assert_eq!(test.class_counts(), [2, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    path: PathBuf,
    dialect: Dialect,
    is_mark_detected: bool,
    names: Vec<String>,
    rows: usize,
    /// How long the file was, and when it was written.
    stamp: (u64, Option<SystemTime>),
    fingerprint: u64,
}

impl TableFile {
    /// Reads a file once, to see that it can be read and how many rows it has.
    ///
    /// # Errors
    /// [`DataError::Open`], also for what is no file and can be read but once; those of [`TableReader`]; [`DataError::NoRows`] without a row.
    ///
    /// # Example
    /// ```
    /// use nn_data::{Dialect, TableFile};
    ///
    /// let error = TableFile::open("no/such.csv", &Dialect::default()).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot open no/such.csv: "));
    /// ```
    pub fn open(path: impl AsRef<Path>, dialect: &Dialect) -> Result<Self, DataError> {
        let path = path.as_ref();
        let cannot = |kind, reason| DataError::Open { path: path.to_owned(), kind, reason };
        // Before it is opened, for which a pipe would wait.
        let metadata = path.metadata().map_err(|error| cannot(error.kind(), error.to_string()))?;
        if !metadata.is_file() {
            let reason = "it is no regular file, which could be read again; save the table in one".to_owned();
            return Err(cannot(ErrorKind::InvalidInput, reason));
        }
        let mut reader = TableReader::new(open(path)?, dialect)?;
        let mut fingerprint = Fingerprint::new();
        reader.names().iter().for_each(|name| fingerprint.text(name));
        let mut rows = 0;
        reader.each(|row| {
            row.fields().for_each(|field| fingerprint.text(field));
            rows += 1;
        })?;
        if rows == 0 {
            return Err(DataError::NoRows { expected: "at least one row of data", found: "nothing" });
        }
        Ok(Self {
            path: path.to_owned(),
            dialect: Dialect { numbers: reader.numbers(), ..dialect.clone() },
            is_mark_detected: reader.detected,
            names: reader.names().to_vec(),
            rows,
            stamp: stamp(&metadata),
            fingerprint: fingerprint.finish(),
        })
    }

    /// A hash of its names and fields as they were when it was opened, the same on every machine.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The rows from the first on.
    fn reader(&self) -> Result<TableReader<File>, DataError> {
        let file = open(&self.path)?;
        if file.metadata().is_ok_and(|metadata| stamp(&metadata) != self.stamp) {
            return Err(self.changed());
        }
        TableReader::new(file, &self.dialect)
    }

    fn changed(&self) -> DataError {
        let reason = format!(
            "{} was written to after it had been opened; leave it alone while it is read, and begin anew",
            self.path.display()
        );
        DataError::Read { kind: ErrorKind::InvalidData, reason }
    }
}

/// What changes when a file is written.
fn stamp(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

impl Detected for TableFile {
    fn is_mark_detected(&self) -> bool {
        self.is_mark_detected
    }
}

impl TableRows for TableFile {
    fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    fn names(&self) -> &[String] {
        &self.names
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn visit_all(&self, visit: &mut dyn FnMut(TableRow<'_>)) -> Result<(), DataError> {
        let mut reader = self.reader()?;
        let mut rows = 0;
        while reader.advance()? {
            rows += 1;
            // Whoever counts on so many is not given more.
            if rows > self.rows {
                return Err(self.changed());
            }
            visit(reader.row());
        }
        if rows < self.rows { Err(self.changed()) } else { Ok(()) }
    }

    fn visit(&self, rows: &[usize], visit: &mut dyn FnMut(usize, TableRow<'_>)) -> Result<(), DataError> {
        check_rows(rows, self.rows)?;
        let mut reader = self.reader()?;
        let mut read = 0;
        for place in in_order(rows) {
            while read <= rows[place] {
                if !reader.advance()? {
                    return Err(self.changed());
                }
                read += 1;
            }
            visit(place, reader.row());
        }
        Ok(())
    }
}

/// The places of some rows in the order of the table.
fn in_order(rows: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let places: Option<Vec<usize>> = (!rows.is_sorted()).then(|| {
        let mut places: Vec<usize> = (0..rows.len()).collect();
        places.sort_by_key(|&place| rows[place]);
        places
    });
    (0..rows.len()).map(move |n| places.as_ref().map_or(n, |places| places[n]))
}
