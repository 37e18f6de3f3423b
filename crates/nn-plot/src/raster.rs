//! Scenes as pixels, by tiny-skia, which smooths every edge.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    Stroke as Pen, StrokeDash, Transform,
};
use ttf_parser::{Face, OutlineBuilder};

use crate::PlotError;
use crate::colour::Colour;
use crate::font;
use crate::png_file::Pixels;
use crate::scene::{Anchor, Point, Rect, Scene, Shape, Stroke};

pub(crate) fn draw(scene: &Scene) -> Result<Pixels, PlotError> {
    let (width, height) = (scene.width, scene.height);
    let too_large =
        || PlotError::parameter("the size", "one that fits in memory", format!("{width} x {height}"));
    let mut canvas = Pixmap::new(width, height).ok_or_else(too_large)?;
    canvas.fill(Color::WHITE);
    let face = Face::parse(font::HACK, 0)
        .map_err(|error| std::io::Error::other(format!("the bundled font cannot be read: {error}")))?;
    for shape in &scene.shapes {
        draw_shape(&mut canvas, &face, shape);
    }
    // Everything lies on white, so no pixel is transparent.
    let rgb = canvas.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(Pixels { width, height, rgb })
}

fn draw_shape(canvas: &mut Pixmap, face: &Face<'_>, shape: &Shape) {
    match shape {
        Shape::Line { points, stroke } => {
            if let Some(path) = path_of(points, false) {
                draw_stroke(canvas, &path, *stroke);
            }
        }
        Shape::Polygon { points, fill, outline } => {
            if let Some(path) = path_of(points, true) {
                draw_filled(canvas, &path, *fill, *outline);
            }
        }
        Shape::Circle { at, radius, fill, outline } => {
            let (x, y) = place(*at);
            if let Some(path) = PathBuilder::from_circle(x, y, single(*radius)) {
                draw_filled(canvas, &path, *fill, *outline);
            }
        }
        Shape::Text { text, at, size, anchor, turned, colour } => {
            let Some(path) = letters(face, text) else { return };
            let length = font::width(text, *size);
            let shift = match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle => length / 2.0,
                Anchor::End => length,
            };
            let scale = single(*size) / f32::from(face.units_per_em());
            let (x, y) = place(*at);
            let turn = if *turned { -90.0 } else { 0.0 };
            // The font's y grows upwards.
            let transform = Transform::from_scale(scale, -scale)
                .post_translate(-single(shift), 0.0)
                .post_rotate(turn)
                .post_translate(x, y);
            canvas.fill_path(&path, &paint(*colour), FillRule::Winding, transform, None);
        }
        Shape::Cells { area, columns, colours } => draw_cells(canvas, *area, *columns, colours),
    }
}

fn draw_filled(canvas: &mut Pixmap, path: &Path, fill: Colour, outline: Option<Stroke>) {
    canvas.fill_path(path, &paint(fill), FillRule::Winding, Transform::identity(), None);
    if let Some(stroke) = outline {
        draw_stroke(canvas, path, stroke);
    }
}

fn draw_stroke(canvas: &mut Pixmap, path: &Path, Stroke { colour, width, dash }: Stroke) {
    let pen = Pen {
        width: single(width),
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        dash: StrokeDash::new(dash.iter().map(|&length| single(length)).collect(), 0.0),
        ..Pen::default()
    };
    canvas.stroke_path(path, &paint(colour), &pen, Transform::identity(), None);
}

fn draw_cells(canvas: &mut Pixmap, area: Rect, columns: usize, colours: &[Colour]) {
    let size = |n: usize| u32::try_from(n).unwrap_or(0);
    let Some(mut cells) = Pixmap::new(size(columns), size(colours.len() / columns.max(1))) else { return };
    let (width, height) =
        (single(area.width) / cells.width() as f32, single(area.height) / cells.height() as f32);
    for (pixel, colour) in cells.pixels_mut().iter_mut().zip(colours) {
        *pixel = tiny_skia::ColorU8::from_rgba(colour.r, colour.g, colour.b, 255).premultiply();
    }
    let nearest = PixmapPaint { quality: FilterQuality::Nearest, ..PixmapPaint::default() };
    let transform = Transform::from_row(width, 0.0, 0.0, height, single(area.x), single(area.y));
    canvas.draw_pixmap(0, 0, cells.as_ref(), &nearest, transform, None);
}

fn paint(Colour { r, g, b, a }: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color_rgba8(r, g, b, a);
    paint
}

#[allow(clippy::cast_possible_truncation, reason = "pixels")]
fn single(value: f64) -> f32 {
    value as f32
}

fn place(point: Point) -> (f32, f32) {
    (single(point.0), single(point.1))
}

fn path_of(points: &[Point], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for (index, &point) in points.iter().enumerate() {
        let (x, y) = place(point);
        if index == 0 { builder.move_to(x, y) } else { builder.line_to(x, y) }
    }
    if closed {
        builder.close();
    }
    builder.finish()
}

/// The outlines of a text, in the units of the font.
fn letters(face: &Face<'_>, text: &str) -> Option<Path> {
    let mut outlines = Outlines { path: PathBuilder::new(), x: 0.0 };
    for letter in text.chars() {
        let glyph = face.glyph_index(letter).unwrap_or_default();
        face.outline_glyph(glyph, &mut outlines);
        let mut text = [0; 4];
        outlines.x += single(font::width(letter.encode_utf8(&mut text), f64::from(face.units_per_em())));
    }
    outlines.path.finish()
}

/// Letters side by side.
struct Outlines {
    path: PathBuilder,
    /// Where the next one begins.
    x: f32,
}

impl OutlineBuilder for Outlines {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + x1, y1, self.x + x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.path.cubic_to(self.x + x1, y1, self.x + x2, y2, self.x + x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
