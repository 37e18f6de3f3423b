use std::path::Path;
use std::time::Duration;

use crate::picture::{extension, write_file};
use crate::png_file::{self, Pixels};
use crate::{Picture, PlotError};

/// Pictures one after the other, again and again: an animated PNG, such as the decision regions over the epochs.
///
/// Browsers and the renderers of README files show it move; whatever does not know animated PNG shows its first frame.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | [`frame_time`](Self::frame_time) | 0.2 s | from 1 ms to a minute |
///
/// # Errors
/// [`PlotError::Empty`] without frames, [`PlotError::Parameter`] for a frame of another size than the first, or a time out
/// of range, [`PlotError::Extension`] for a file name that does not end in `.png`.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_data::Moons;
/// use nn_plot::{Animation, DecisionRegions};
/// use nn_train::{Adam, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("moons.png");
/// let moons = Moons::default().generate::<f64>(0)?;
/// let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
/// let mut trainer = Trainer::new(Adam::new()).epochs(5).warm_start(true);
/// let mut animation = Animation::new();
/// for frame in 0..3 {
///     trainer.fit(&mut network, &SoftmaxCrossEntropy::mean(), moons.view(), None)?;
///     let title = format!("Epoch {}", 5 * (frame + 1));
///     animation.push(&DecisionRegions::new(&moons, |x| network.predict_proba(x)).title(title).size(400, 300))?;
/// }
/// animation.save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Animation {
    frames: Vec<Pixels>,
    frame_time: Duration,
}

impl Default for Animation {
    fn default() -> Self {
        Self { frames: Vec::new(), frame_time: Duration::from_millis(200) }
    }
}

impl Animation {
    /// Without a frame yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long each frame is shown.
    pub fn frame_time(mut self, frame_time: Duration) -> Self {
        self.frame_time = frame_time;
        self
    }

    /// Draws a picture, and adds it as the next frame.
    ///
    /// # Errors
    /// Those of the picture; [`PlotError::Parameter`] if it has another size than the first.
    pub fn push(&mut self, picture: &impl Picture) -> Result<(), PlotError> {
        let frame = picture.draw()?.pixels()?;
        if let Some(first) = self.frames.first() {
            let (expected, found) = ((first.width, first.height), (frame.width, frame.height));
            if found != expected {
                let expected = format!("that of the first frame, {} x {}", expected.0, expected.1);
                let found = format!("{} x {}", found.0, found.1);
                return Err(PlotError::parameter("the size of a frame", expected, found));
            }
        }
        self.frames.push(frame);
        Ok(())
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is no frame yet.
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Writes the file, whole or not at all; its folder is made if need be.
    ///
    /// # Errors
    /// Those above; [`PlotError::Io`] when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        if extension(path).as_deref() != Some("png") {
            return Err(PlotError::Extension { path: path.to_owned(), expected: ".png" });
        }
        if !(1..=60_000).contains(&self.frame_time.as_millis()) {
            let found = format!("{:?}", self.frame_time);
            return Err(PlotError::parameter("the time of a frame", "from 1 ms to 60 s", found));
        }
        write_file(path, &png_file::encode(&self.frames, self.frame_time)?)
    }
}
