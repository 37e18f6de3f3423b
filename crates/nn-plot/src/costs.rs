use plotters::prelude::*;

use crate::canvas::picture;
use crate::{Curve, Outcome};

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

/// What several things cost, in microseconds, against a batch; both axes are logarithmic.
///
/// # Errors
/// A file that cannot be written, and no points.
pub fn costs_of(path: &str, title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let points = || curves.iter().flat_map(|curve| curve.points.iter().copied());
    let range = |of: fn((f64, f64)) -> f64, above: f64| {
        let (low, high) = points().map(of).fold((f64::INFINITY, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
        (low * 0.8..high * above).log_scale()
    };
    if points().next().is_none() {
        return Err("expected at least one point, found none".into());
    }
    picture(path, (640, 480), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 18))
            .margin(12)
            .x_label_area_size(40)
            .y_label_area_size(60)
            // Above the curves there is room for the legend.
            .build_cartesian_2d(range(|point| point.0, 1.25), range(|point| point.1, 20.0))?;
        chart
            .configure_mesh()
            .light_line_style(WHITE)
            .x_desc("samples of a batch")
            .y_desc("microseconds")
            .label_style(("sans-serif", 13))
            .draw()?;
        for (index, curve) in curves.iter().enumerate() {
            let colour = Palette99::pick(index).to_rgba();
            chart
                .draw_series(LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2)))?
                .label(curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
            chart.draw_series(curve.points.iter().map(|&point| Circle::new(point, 3, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .label_font(("sans-serif", 13))
            .draw()?;
        Ok(())
    })
}
