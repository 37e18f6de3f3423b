use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Start;
use crate::{StopReason, TrainError};

/// What a log is written to, a line at a time.
pub(super) struct Log<'w> {
    /// The callback.
    name: &'static str,
    /// `None` for a writer.
    path: Option<PathBuf>,
    /// Whether a file that is there is gone on with by a run that begins.
    append: bool,
    out: Option<Box<dyn Write + Send + 'w>>,
}

impl<'w> Log<'w> {
    pub(super) fn to_writer(name: &'static str, writer: impl Write + Send + 'w) -> Self {
        Self { name, path: None, append: true, out: Some(Box::new(writer)) }
    }

    pub(super) fn to_file(name: &'static str, path: impl AsRef<Path>, append: bool) -> Self {
        Self { name, path: Some(path.as_ref().to_owned()), append, out: None }
    }

    /// Opens the file of a run that begins, and gives its first line, empty in a new file; `None` for a writer.
    pub(super) fn start(&mut self, start: &Start) -> Result<Option<String>, TrainError> {
        let Some(path) = &self.path else { return Ok(None) };
        let (file, line) = open(path, self.append || start.first > 1).map_err(|error| {
            TrainError::failed(self.name, format!("cannot open {}: {error}", path.display()))
        })?;
        self.out = Some(Box::new(file));
        Ok(Some(line))
    }

    /// Ends the run.
    pub(super) fn cannot_write(&self, epoch: usize, why: impl std::fmt::Display) -> ControlFlow<StopReason> {
        let place = self.path.as_ref().map_or(String::new(), |path| format!(" to {}", path.display()));
        ControlFlow::Break(StopReason::failed(self.name, format!("cannot write epoch {epoch}{place}: {why}")))
    }

    /// Writes the lines of an epoch at once, so that they are there whatever becomes of the process.
    pub(super) fn write(&mut self, epoch: usize, lines: &[u8]) -> ControlFlow<StopReason> {
        let Some(out) = &mut self.out else { return ControlFlow::Continue(()) };
        match out.write_all(lines).and_then(|()| out.flush()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.cannot_write(epoch, error),
        }
    }
}

impl std::fmt::Debug for Log<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, append, .. } = self;
        f.debug_struct("Log").field("path", path).field("append", append).finish_non_exhaustive()
    }
}

/// The file, and its first line if it is gone on with.
fn open(path: &Path, append: bool) -> io::Result<(File, String)> {
    if !append {
        return Ok((File::create(path)?, String::new()));
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let mut line = String::new();
    BufReader::new(&file).read_line(&mut line)?;
    if !line.is_empty() {
        // A process that was killed may have left half a line.
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok((file, line))
}
