//! Pixels as PNG files, still and animated.

use std::time::Duration;

use crate::PlotError;
use crate::colour::Colour;

/// Pixels, three bytes each, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgb: Vec<u8>,
}

/// One picture.
pub(crate) fn still(pixels: &Pixels) -> Result<Vec<u8>, PlotError> {
    encode(std::slice::from_ref(pixels), Duration::ZERO)
}

/// Cells as squares of some pixels, where they are few: viewers that smooth what they enlarge would blur them.
pub(crate) fn of_cells(columns: usize, colours: &[Colour]) -> Vec<u8> {
    let rows = colours.len() / columns.max(1);
    let side = 512_usize.checked_div(columns.max(rows)).unwrap_or(1).clamp(1, 64);
    let row = |cells: &[Colour]| -> Vec<u8> {
        cells.iter().flat_map(|c| [c.r, c.g, c.b].repeat(side)).collect::<Vec<_>>().repeat(side)
    };
    let rgb = colours.chunks(columns.max(1)).flat_map(row).collect();
    let size = |n: usize| u32::try_from(n * side).unwrap_or(u32::MAX);
    // Drawn pictures are some hundred cells wide, and a list of bytes does not fail.
    still(&Pixels { width: size(columns), height: size(rows), rgb }).unwrap_or_default()
}

/// Pictures of one size, one after the other and from the first again: APNG, whose first picture is an ordinary PNG file.
pub(crate) fn encode(frames: &[Pixels], each: Duration) -> Result<Vec<u8>, PlotError> {
    let first = frames.first().ok_or(PlotError::Empty { what: "frame" })?;
    let mut file = Vec::new();
    let mut png = png::Encoder::new(&mut file, first.width, first.height);
    png.set_color(png::ColorType::Rgb);
    png.set_compression(png::Compression::High);
    if frames.len() > 1 {
        let count = u32::try_from(frames.len()).unwrap_or(u32::MAX);
        let milliseconds = u16::try_from(each.as_millis()).unwrap_or(u16::MAX);
        png.set_animated(count, 0).map_err(failed)?;
        png.set_frame_delay(milliseconds, 1000).map_err(failed)?;
    }
    let mut png = png.write_header().map_err(failed)?;
    for frame in frames {
        png.write_image_data(&frame.rgb).map_err(failed)?;
    }
    png.finish().map_err(failed)?;
    Ok(file)
}

fn failed(error: png::EncodingError) -> PlotError {
    PlotError::Io(error.into())
}
