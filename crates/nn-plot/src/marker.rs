//! Markers and dashes, by which classes and lines are told apart without colours.

use crate::colour::Colour;
use crate::scene::{Point, Scene, Shape, Stroke};

/// The marker of a class. There are seven shapes and eight colours, so 56 classes differ.
const SHAPES: usize = 7;

/// The dashes of lines. There are five and eight colours, so 40 lines differ.
const DASHES: [&[f64]; 5] = [&[], &[7.0, 4.0], &[2.0, 3.0], &[10.0, 3.0, 2.0, 3.0], &[14.0, 5.0]];

pub(crate) fn dash(index: usize) -> &'static [f64] {
    DASHES[index % DASHES.len()]
}

/// Puts the marker of a class at a place; `radius` is that of a circle which looks as large.
pub(crate) fn mark(
    scene: &mut Scene,
    class: usize,
    at: Point,
    radius: f64,
    fill: Colour,
    rim: Option<Stroke>,
) {
    let polygon = |corners: &[(f64, f64)], size: f64| {
        corners.iter().map(|(x, y)| (at.0 + size * radius * x, at.1 + size * radius * y)).collect()
    };
    let points = match class % SHAPES {
        0 => return scene.shapes.push(Shape::Circle { at, radius, fill, outline: rim }),
        1 => polygon(&[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)], 0.9),
        2 => polygon(&[(0.0, -1.1), (1.0, 0.7), (-1.0, 0.7)], 1.2),
        3 => polygon(&[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)], 1.3),
        4 => polygon(&[(0.0, 1.1), (-1.0, -0.7), (1.0, -0.7)], 1.2),
        5 => polygon(&CROSS.map(|(x, y)| ((x - y) * TURN, (x + y) * TURN)), 1.4),
        _ => polygon(&CROSS, 1.3),
    };
    scene.shapes.push(Shape::Polygon { points, fill, outline: rim });
}

/// The sine of 45 degrees.
const TURN: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// A plus with thick arms.
const CROSS: [(f64, f64); 12] = [
    (-0.35, -1.0),
    (0.35, -1.0),
    (0.35, -0.35),
    (1.0, -0.35),
    (1.0, 0.35),
    (0.35, 0.35),
    (0.35, 1.0),
    (-0.35, 1.0),
    (-0.35, 0.35),
    (-1.0, 0.35),
    (-1.0, -0.35),
    (-0.35, -0.35),
];
