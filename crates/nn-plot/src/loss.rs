use nn_train::History;
use plotters::prelude::*;

use crate::canvas::{COLOURS, SIZE, key, legend, picture};
use crate::{Curve, Outcome};

/// The loss against the epoch, on a logarithmic axis; the validation loss too if it was recorded.
///
/// # Errors
/// A file that cannot be written.
pub fn loss_curve(path: &str, title: &str, history: &History) -> Outcome<String> {
    let records = history.records();
    let train = records.iter().map(|r| (r.epoch as f64, r.train_loss)).collect();
    let mut curves = vec![Curve { name: "training loss", points: train }];
    let validation: Vec<_> =
        records.iter().filter_map(|r| Some((r.epoch as f64, r.validation_loss?))).collect();
    if !validation.is_empty() {
        curves.push(Curve { name: "validation loss", points: validation });
    }
    loss_curves(path, title, &curves)
}

/// Several losses against the epoch.
///
/// # Errors
/// A file that cannot be written.
pub fn loss_curves(path: &str, title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let epochs = all().fold(1.0, |max: f64, p| max.max(p.0));
    let (low, high) =
        all().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), p| (low.min(p.1), high.max(p.1)));
    picture(path, SIZE, |root| {
        let mut chart = ChartBuilder::on(root)
            .caption(title, ("sans-serif", 22))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(42)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..epochs, (0.9 * low..1.1 * high).log_scale())?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_desc("loss")
            .label_style(("sans-serif", 14))
            .bold_line_style(BLACK.mix(0.2))
            .light_line_style(TRANSPARENT)
            .y_max_light_lines(1)
            .x_labels(6)
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_label_formatter(&|loss| one_digit(*loss))
            .draw()?;
        for (curve, colour) in curves.iter().zip(COLOURS) {
            let line = LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2));
            chart.draw_series(line)?.label(curve.name).legend(move |(x, y)| key(x, y, colour));
        }
        legend(&mut chart, SeriesLabelPosition::UpperRight)?;
        Ok(())
    })
}

/// One significant digit, as the marks of a logarithmic axis have.
fn one_digit(value: f64) -> String {
    let decimals =
        [1.0, 10.0, 100.0, 1e3, 1e4, 1e5].iter().position(|scale| value * scale > 0.95).unwrap_or(6);
    format!("{value:.decimals$}")
}
