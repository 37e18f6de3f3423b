//! Scenes as SVG files.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::colour::Colour;
use crate::font::FAMILY;
use crate::png_file;
use crate::scene::{Anchor, Point, Scene, Shape, Stroke};

/// The whole file.
pub(crate) fn write(scene: &Scene) -> String {
    let Scene { width, height, name, shapes } = scene;
    let name = escaped(name);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FAMILY}\">\n<title>{name}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for shape in shapes {
        // Writing to a `String` does not fail.
        let _ = write_shape(&mut out, shape);
        out.push('\n');
    }
    out + "</svg>\n"
}

fn write_shape(out: &mut String, shape: &Shape) -> std::fmt::Result {
    match shape {
        Shape::Line { points, stroke } => {
            write!(out, "<polyline points=\"{}\" fill=\"none\"{}/>", list(points), stroked(Some(*stroke)))
        }
        Shape::Polygon { points, fill, outline } => {
            write!(out, "<polygon points=\"{}\"{}{}/>", list(points), filled(*fill), stroked(*outline))
        }
        Shape::Circle { at, radius, fill, outline } => {
            let (x, y, r) = (number(at.0), number(at.1), number(*radius));
            write!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"{}{}/>", filled(*fill), stroked(*outline))
        }
        Shape::Text { text, at, size, anchor, turned, colour } => {
            let (x, y) = (number(at.0), number(at.1));
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turn = if *turned { format!(" transform=\"rotate(-90 {x} {y})\"") } else { String::new() };
            let (size, text) = (number(*size), escaped(text));
            write!(
                out,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\"{}{turn} \
                 xml:space=\"preserve\">{text}</text>",
                filled(*colour)
            )
        }
        Shape::Cells { area, columns, colours } => {
            let (x, y, w, h) = (number(area.x), number(area.y), number(area.width), number(area.height));
            let data = STANDARD.encode(png_file::of_cells(*columns, colours));
            write!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>"
            )
        }
    }
}

/// Two decimals at most.
fn number(value: f64) -> f64 {
    (value * 100.0).round() / 100.0 + 0.0
}

fn list(points: &[Point]) -> String {
    let pairs: Vec<String> = points.iter().map(|p| format!("{},{}", number(p.0), number(p.1))).collect();
    pairs.join(" ")
}

fn hex(Colour { r, g, b, .. }: Colour) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn opacity(attribute: &str, colour: Colour) -> String {
    if colour.a == 255 {
        return String::new();
    }
    format!(" {attribute}-opacity=\"{}\"", number(f64::from(colour.a) / 255.0))
}

fn filled(colour: Colour) -> String {
    format!(" fill=\"{}\"{}", hex(colour), opacity("fill", colour))
}

fn stroked(stroke: Option<Stroke>) -> String {
    let Some(Stroke { colour, width, dash }) = stroke else { return String::new() };
    let dash = match dash {
        [] => String::new(),
        lengths => {
            let lengths: Vec<String> = lengths.iter().map(f64::to_string).collect();
            format!(" stroke-dasharray=\"{}\"", lengths.join(" "))
        }
    };
    let (colour, opacity, width) = (hex(colour), opacity("stroke", colour), number(width));
    format!(" stroke=\"{colour}\"{opacity} stroke-width=\"{width}\" stroke-linejoin=\"round\"{dash}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
