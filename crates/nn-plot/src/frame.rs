//! What every picture has: a title and a size.

use crate::PlotError;
use crate::colour::Colour;
use crate::font::{self, LINE, TITLE};
use crate::scene::{Anchor, Rect, Scene};

/// Around everything.
const MARGIN: f64 = 14.0;

/// The least and the largest size.
const SIZES: std::ops::RangeInclusive<u32> = 160..=8192;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) title: Option<String>,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Default for Frame {
    fn default() -> Self {
        Self { title: None, width: 640, height: 480 }
    }
}

impl Frame {
    /// An empty picture with its title, and the room that is left; `name` is what it is called without a title.
    pub(crate) fn scene(&self, name: &str) -> Result<(Scene, Rect), PlotError> {
        let Self { title, width, height } = self;
        if !SIZES.contains(width) || !SIZES.contains(height) {
            let expected = format!("from {0} x {0} to {1} x {1} pixels", SIZES.start(), SIZES.end());
            return Err(PlotError::parameter("the size", expected, format!("{width} x {height}")));
        }
        let name = font::clean(title.as_deref().unwrap_or(name));
        let mut scene = Scene { width: *width, height: *height, name, shapes: Vec::new() };
        let (width, height) = (f64::from(*width), f64::from(*height));
        let mut top = MARGIN;
        for line in font::wrap(title.as_deref().unwrap_or(""), font::letters(width - 2.0 * MARGIN, TITLE), 3)
        {
            let middle = (width / 2.0, top + TITLE / 2.0);
            scene.text(&line, middle, TITLE, Anchor::Middle, Colour::INK);
            top += LINE * TITLE;
        }
        if top > MARGIN {
            top += MARGIN / 2.0;
        }
        let room = Rect { x: MARGIN, y: top, width: width - 2.0 * MARGIN, height: height - top - MARGIN };
        Ok((scene, room))
    }
}

/// The builder methods of every picture, whose field `frame` is a [`Frame`].
macro_rules! frame_settings {
    () => {
        /// A title over the picture; there is none unless it is given. A long one is broken into lines.
        pub fn title(mut self, title: impl Into<String>) -> Self {
            self.frame.title = Some(title.into());
            self
        }

        /// The size in pixels, from 160 to 8192 each; 640 x 480 unless it is given.
        pub fn size(mut self, width: u32, height: u32) -> Self {
            (self.frame.width, self.frame.height) = (width, height);
            self
        }
    };
}

pub(crate) use frame_settings;
