//! What every picture has: a size, colours, a font, a legend, and the way into its file.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::Ranged;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::Outcome;

pub(crate) const SIZE: (u32, u32) = (640, 480);
pub(crate) const COLOURS: [RGBColor; 4] =
    [RGBColor(31, 119, 180), RGBColor(214, 39, 40), RGBColor(44, 160, 44), RGBColor(255, 127, 14)];

pub(crate) type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

/// Draws on white, and writes what was drawn.
pub(crate) fn picture(
    path: &str,
    size: (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Outcome,
) -> Outcome<String> {
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::HACK_REGULAR)
        .map_err(|_| "the font cannot be read")?;
    let mut pixels = vec![0; 3 * size.0 as usize * size.1 as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        area.fill(&WHITE)?;
        draw(&area)?;
        area.present()?;
    }
    if let Some(folder) = Path::new(path).parent() {
        fs::create_dir_all(folder)?;
    }
    let mut png = png::Encoder::new(BufWriter::new(File::create(path)?), size.0, size.1);
    png.set_color(png::ColorType::Rgb);
    let mut png = png.write_header()?;
    png.write_image_data(&pixels)?;
    png.finish()?;
    Ok(path.to_owned())
}

pub(crate) fn legend<'a, 'b: 'a, X, Y>(
    chart: &mut ChartContext<'a, BitMapBackend<'b>, Cartesian2d<X, Y>>,
    position: SeriesLabelPosition,
) -> Outcome
where
    X: Ranged<ValueType = f64> + 'a,
    Y: Ranged<ValueType = f64> + 'a,
{
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.4))
        .label_font(("sans-serif", 14))
        .draw()?;
    Ok(())
}

/// Two decimals at most, and no minus before a zero.
pub(crate) fn short(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0 + 0.0)
}

/// The line before a name in the legend.
pub(crate) fn key(x: i32, y: i32, colour: RGBColor) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_back_as_it_was_drawn() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/dot.png");
        let path = path.to_str().expect("text");
        let red = RGBColor(214, 39, 40);
        let dot = |area: &Area<'_>| {
            area.draw_pixel((2, 1), &red)?;
            Ok(area.draw(&Text::new("1", (20, 20), ("sans-serif", 14)))?)
        };
        assert_eq!(picture(path, (40, 40), dot).expect("a picture"), path);
        let file = std::io::BufReader::new(File::open(path).expect("a file"));
        let mut reader = png::Decoder::new(file).read_info().expect("a PNG file");
        let mut pixels = vec![0; 3 * 40 * 40];
        reader.next_frame(&mut pixels).expect("its pixels");
        let pixel = |x: usize, y: usize| &pixels[3 * (40 * y + x)..][..3];
        assert_eq!((pixel(1, 1), pixel(2, 1)), (&[255; 3][..], &[214, 39, 40][..]));
        let dark =
            (20..40).flat_map(|y| (20..40).map(move |x| (x, y))).filter(|&(x, y)| pixel(x, y)[0] < 128);
        assert!(dark.count() > 10, "the text is not there");
    }
}
