use std::fs;
use std::io::Write;
use std::path::Path;

use nn_train::write_whole;

use crate::png_file::{self, Pixels};
use crate::scene::Scene;
use crate::{PlotError, raster, svg};

/// What can be drawn and saved: every picture of this crate.
///
/// # Example
/// ```
/// use nn_plot::{LineChart, Picture};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = |name: &str| folder.path().join(name);
/// let chart = LineChart::new().line("x²", (0..=20).map(|x| (f64::from(x), f64::from(x * x)))).title("A parabola");
/// chart.save(path("new/parabola.png"))?;
/// chart.save(path("new/parabola.svg"))?;
/// assert!(std::fs::read_to_string(path("new/parabola.svg"))?.contains("A parabola"));
/// # Ok::<(), nn_plot::PlotError>(())
/// ```
pub trait Picture {
    /// Draws it.
    ///
    /// # Errors
    /// What there is wrong with the data or the settings, such as [`PlotError::Empty`] where there is nothing to draw.
    fn draw(&self) -> Result<Drawing, PlotError>;

    /// Draws it into a file, as a PNG or an SVG by the ending of its name. Its folder is made if need be; the file is
    /// written whole or not at all.
    ///
    /// # Errors
    /// Those of [`draw`](Picture::draw); [`PlotError::Extension`] for another ending; [`PlotError::Io`] when the file cannot
    /// be written.
    fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError>
    where
        Self: Sized,
    {
        let path = path.as_ref();
        let bytes = match extension(path).as_deref() {
            Some("png") => self.draw()?.to_png()?,
            Some("svg") => self.draw()?.to_svg().into_bytes(),
            _ => return Err(PlotError::Extension { path: path.to_owned(), expected: ".png or .svg" }),
        };
        write_file(path, &bytes)
    }
}

/// A picture that was drawn, to be had in any format; it is a [`Picture`] itself.
#[derive(Debug, Clone)]
pub struct Drawing {
    scene: Scene,
}

impl Drawing {
    pub(crate) fn new(scene: Scene) -> Self {
        Self { scene }
    }

    /// The width and the height in pixels.
    pub fn dim(&self) -> (u32, u32) {
        (self.scene.width, self.scene.height)
    }

    /// The bytes of a PNG file.
    ///
    /// # Errors
    /// [`PlotError::Parameter`] for a size that does not fit in memory.
    pub fn to_png(&self) -> Result<Vec<u8>, PlotError> {
        png_file::still(&self.pixels()?)
    }

    /// The text of an SVG file.
    pub fn to_svg(&self) -> String {
        svg::write(&self.scene)
    }

    pub(crate) fn pixels(&self) -> Result<Pixels, PlotError> {
        raster::draw(&self.scene)
    }
}

impl Picture for Drawing {
    fn draw(&self) -> Result<Drawing, PlotError> {
        Ok(self.clone())
    }
}

/// In small letters.
pub(crate) fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            std::io::Error::new(
                error.kind(),
                format!("{}: the folder cannot be made: {error}", folder.display()),
            )
        })?;
    }
    Ok(write_whole(path, |out| out.write_all(bytes))?)
}
