use plotters::prelude::*;

use crate::Outcome;
use crate::canvas::picture;

/// How many times as fast steps are with `most` threads, against the microseconds that they take on one.
///
/// # Errors
/// A file that cannot be written.
pub fn speedups(path: &str, most: usize, points: &[(f64, f64)]) -> Outcome<String> {
    picture(path, (640, 420), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(format!("{most} threads beside one, by the time of a step"), ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((1.0..1e5).log_scale(), 0.8..most as f64 + 0.2)?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc("microseconds of a step on one thread")
            .y_desc("times as fast")
            .label_style(("sans-serif", 13))
            .draw()?;
        chart.draw_series(LineSeries::new([(1.0, 1.0), (1e5, 1.0)], BLACK.mix(0.4)))?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, BLUE.filled())))?;
        Ok(())
    })
}
