use plotters::prelude::*;

use crate::Outcome;
use crate::canvas::picture;

/// The measured points, and the line of the last point's cost a piece.
///
/// x is a size, y microseconds; both axes are logarithmic.
///
/// # Errors
/// A file that cannot be written, and no points.
pub fn costs(path: &str, title: &str, points: &[(f64, f64)]) -> Outcome<String> {
    let (&first, &last) =
        points.first().zip(points.last()).ok_or("expected at least one point, found none")?;
    let line = |x: f64| last.1 * x / last.0;
    let low = points.iter().map(|point| point.1).fold(line(first.0), f64::min);
    picture(path, (640, 420), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((first.0..last.0).log_scale(), (low * 0.8..last.1 * 1.25).log_scale())?;
        let label = |x: &f64| if *x >= 1000.0 { format!("{}k", x / 1000.0) } else { format!("{x}") };
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_label_formatter(&label)
            .y_desc("microseconds")
            .label_style(("sans-serif", 13))
            .draw()?;
        chart.draw_series(LineSeries::new([first.0, last.0].map(|x| (x, line(x))), BLACK.mix(0.4)))?;
        chart.draw_series(LineSeries::new(points.iter().copied(), BLUE.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, BLUE.filled())))?;
        Ok(())
    })
}
