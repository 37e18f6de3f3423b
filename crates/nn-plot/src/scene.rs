//! A picture as a list of shapes, from which every format is made.

use crate::colour::Colour;
use crate::font;

/// In pixels, from the upper left corner.
pub(crate) type Point = (f64, f64);

/// An upright rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    pub(crate) fn middle(self) -> Point {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) colour: Colour,
    pub(crate) width: f64,
    /// Lengths of dashes and gaps by turns; none for a solid line.
    pub(crate) dash: &'static [f64],
}

impl Stroke {
    pub(crate) fn new(colour: Colour, width: f64) -> Self {
        Self { colour, width, dash: &[] }
    }

    pub(crate) fn dashed(self, dash: &'static [f64]) -> Self {
        Self { dash, ..self }
    }
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Line {
        points: Vec<Point>,
        stroke: Stroke,
    },
    Polygon {
        points: Vec<Point>,
        fill: Colour,
        outline: Option<Stroke>,
    },
    Circle {
        at: Point,
        radius: f64,
        fill: Colour,
        outline: Option<Stroke>,
    },
    /// On its baseline; turned, it runs upwards.
    Text {
        text: String,
        at: Point,
        size: f64,
        anchor: Anchor,
        turned: bool,
        colour: Colour,
    },
    /// Cells of one colour each, row after row from the top.
    Cells {
        area: Rect,
        columns: usize,
        colours: Vec<Colour>,
    },
}

/// A picture: its size, what it is called, and its shapes, the later over the earlier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) name: String,
    pub(crate) shapes: Vec<Shape>,
}

impl Scene {
    pub(crate) fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line { points, stroke });
        }
    }

    pub(crate) fn rect(&mut self, area: Rect, fill: Colour, outline: Option<Stroke>) {
        let (right, bottom) = (area.right(), area.bottom());
        let points = vec![(area.x, area.y), (right, area.y), (right, bottom), (area.x, bottom)];
        self.shapes.push(Shape::Polygon { points, fill, outline });
    }

    /// A text whose middle, in height, is at the place.
    pub(crate) fn text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, colour: Colour) {
        let at = (at.0, at.1 + font::MIDDLE * size);
        let text = font::clean(text);
        self.shapes.push(Shape::Text { text, at, size, anchor, turned: false, colour });
    }

    /// A text that runs upwards, whose middle, across, is at the place.
    pub(crate) fn turned_text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, colour: Colour) {
        let at = (at.0 + font::MIDDLE * size, at.1);
        let text = font::clean(text);
        self.shapes.push(Shape::Text { text, at, size, anchor, turned: true, colour });
    }
}
