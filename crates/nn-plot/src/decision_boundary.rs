use ndarray::{Array2, ArrayView2};
use nn_data::Classification;
use plotters::prelude::*;

use crate::Outcome;
use crate::canvas::{COLOURS, SIZE, picture, short};

/// Cells along each axis.
const CELLS: usize = 240;

/// The samples over the regions of the classes that `classes` names.
///
/// # Errors
/// That of `classes`, and a file that cannot be written.
pub fn decision_boundary(
    path: &str,
    title: &str,
    data: &Classification<f64>,
    classes: &dyn Fn(ArrayView2<'_, f64>) -> Outcome<Vec<usize>>,
) -> Outcome<String> {
    let range = |column: usize| {
        let values = data.x();
        let (low, high) = values
            .column(column)
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
        let margin = 0.08 * (high - low);
        (low - margin, high + margin)
    };
    let ((x0, x1), (y0, y1)) = (range(0), range(1));
    let (width, height) = ((x1 - x0) / CELLS as f64, (y1 - y0) / CELLS as f64);
    let corner = |cell: usize| (x0 + (cell % CELLS) as f64 * width, y0 + (cell / CELLS) as f64 * height);
    let middles = Array2::from_shape_fn((CELLS * CELLS, 2), |(cell, axis)| match axis {
        0 => corner(cell).0 + width / 2.0,
        _ => corner(cell).1 + height / 2.0,
    });
    let regions = classes(middles.view())?;

    picture(path, SIZE, |root| {
        // The legend stands beside the chart, where it hides no sample.
        let (area, margin) = root.split_horizontally(SIZE.0 - 84);
        let mut chart = ChartBuilder::on(&area)
            .caption(title, ("sans-serif", 22))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(42)
            .y_label_area_size(54)
            .build_cartesian_2d(x0..x1, y0..y1)?;
        chart.draw_series(regions.iter().enumerate().map(|(cell, &class)| {
            let (x, y) = corner(cell);
            Rectangle::new([(x, y), (x + width, y + height)], tint(COLOURS[class % COLOURS.len()]).filled())
        }))?;
        chart
            .configure_mesh()
            .x_desc(&data.feature_names()[0])
            .y_desc(&data.feature_names()[1])
            .label_style(("sans-serif", 14))
            .x_label_formatter(&|x| short(*x))
            .y_label_formatter(&|y| short(*y))
            .bold_line_style(BLACK.mix(0.18))
            .light_line_style(TRANSPARENT)
            .draw()?;
        for ((class, name), y) in data.class_names().iter().enumerate().zip((56..).step_by(22)) {
            let colour = COLOURS[class % COLOURS.len()];
            let x = data.x();
            let of_class = x.rows().into_iter().zip(data.y()).filter(|(_, label)| **label == class);
            chart.draw_series(of_class.map(|(x, _)| {
                let rim = Circle::new((0, 0), 4, WHITE.filled());
                EmptyElement::at((x[0], x[1])) + rim + Circle::new((0, 0), 3, colour.filled())
            }))?;
            margin.draw(&Circle::new((6, y), 4, colour.filled()))?;
            margin.draw(&Text::new(name.clone(), (16, y - 7), ("sans-serif", 14)))?;
        }
        Ok(())
    })
}

/// A third of the colour on white.
fn tint(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let pale = |c: u8| 255 - (255 - c) / 3;
    RGBColor(pale(r), pale(g), pale(b))
}
