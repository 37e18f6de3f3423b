use plotters::prelude::*;

use crate::canvas::{COLOURS, SIZE, key, legend, picture, short};
use crate::{Curve, Outcome};

/// Functions of one number.
///
/// # Errors
/// A file that cannot be written.
pub fn functions(path: &str, title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let bounds = |value: fn(&(f64, f64)) -> f64| {
        let (low, high) = all()
            .map(value)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let margin = 0.06 * (high - low);
        low - margin..high + margin
    };
    picture(path, SIZE, |root| {
        let mut chart = ChartBuilder::on(root)
            .caption(title, ("sans-serif", 22))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(42)
            .y_label_area_size(54)
            .build_cartesian_2d(bounds(|p| p.0), bounds(|p| p.1))?;
        chart
            .configure_mesh()
            .bold_line_style(BLACK.mix(0.2))
            .light_line_style(TRANSPARENT)
            .x_desc("z")
            .label_style(("sans-serif", 14))
            .x_label_formatter(&|x| short(*x))
            .y_label_formatter(&|y| short(*y))
            .draw()?;
        for (curve, colour) in curves.iter().zip(COLOURS) {
            let line = LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2));
            chart.draw_series(line)?.label(curve.name).legend(move |(x, y)| key(x, y, colour));
        }
        legend(&mut chart, SeriesLabelPosition::LowerRight)?;
        Ok(())
    })
}
