//! Pictures for the examples, drawn by `plotters`.

// Each example uses some of these functions only.
#![allow(dead_code, unreachable_pub, reason = "shared by examples that each draw some of the pictures")]

use std::error::Error;
use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use smallnet::{Classification, History};

const SIZE: (u32, u32) = (640, 480);
const COLOURS: [RGBColor; 4] =
    [RGBColor(31, 119, 180), RGBColor(214, 39, 40), RGBColor(44, 160, 44), RGBColor(255, 127, 14)];
/// Cells of the decision boundary along each axis.
const CELLS: usize = 240;

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One named curve.
pub struct Curve<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// The loss against the epoch, on a logarithmic axis; the validation loss too if it was recorded.
pub fn loss_curve(file: &str, title: &str, history: &History) -> Outcome<String> {
    let records = history.records();
    let train = records.iter().map(|r| (r.epoch as f64, r.train_loss)).collect();
    let mut curves = vec![Curve { name: "training loss", points: train }];
    let validation: Vec<_> =
        records.iter().filter_map(|r| Some((r.epoch as f64, r.validation_loss?))).collect();
    if !validation.is_empty() {
        curves.push(Curve { name: "validation loss", points: validation });
    }
    loss_curves(file, title, &curves)
}

/// Several losses against the epoch.
pub fn loss_curves(file: &str, title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let path = prepare(file)?;
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let epochs = all().fold(1.0, |max: f64, p| max.max(p.0));
    let (low, high) =
        all().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), p| (low.min(p.1), high.max(p.1)));
    let root = BitMapBackend::new(&path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
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
    root.present()?;
    Ok(path.display().to_string())
}

/// The samples over the regions of the classes that `classes` names.
pub fn decision_boundary(
    file: &str,
    title: &str,
    data: &Classification<f64>,
    classes: impl Fn(ArrayView2<'_, f64>) -> Outcome<Vec<usize>>,
) -> Outcome<String> {
    let path = prepare(file)?;
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

    let root = BitMapBackend::new(&path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
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
    root.present()?;
    Ok(path.display().to_string())
}

/// Functions of one number.
pub fn functions(file: &str, title: &str, curves: &[Curve<'_>]) -> Outcome<String> {
    let path = prepare(file)?;
    let all = || curves.iter().flat_map(|curve| &curve.points);
    let bounds = |value: fn(&(f64, f64)) -> f64| {
        let (low, high) = all()
            .map(value)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let margin = 0.06 * (high - low);
        low - margin..high + margin
    };
    let root = BitMapBackend::new(&path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
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
    root.present()?;
    Ok(path.display().to_string())
}

type Chart<'a, X, Y> = ChartContext<'a, BitMapBackend<'a>, Cartesian2d<X, Y>>;

fn legend<'a, X, Y>(chart: &mut Chart<'a, X, Y>, position: SeriesLabelPosition) -> Outcome
where
    X: plotters::coord::ranged1d::Ranged<ValueType = f64> + 'a,
    Y: plotters::coord::ranged1d::Ranged<ValueType = f64> + 'a,
{
    chart
        .configure_series_labels()
        .position(position)
        .background_style(WHITE.mix(0.85))
        .border_style(BLACK.mix(0.4))
        .label_font(("sans-serif", 14))
        .draw()?;
    Ok(())
}

/// Two decimals at most, and no minus before a zero.
fn short(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0 + 0.0)
}

/// One significant digit, as the marks of a logarithmic axis have.
fn one_digit(value: f64) -> String {
    let decimals =
        [1.0, 10.0, 100.0, 1e3, 1e4, 1e5].iter().position(|scale| value * scale > 0.95).unwrap_or(6);
    format!("{value:.decimals$}")
}

/// The line before a name in the legend.
fn key(x: i32, y: i32, colour: RGBColor) -> PathElement<(i32, i32)> {
    PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
}

/// A third of the colour on white.
fn tint(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let pale = |c: u8| 255 - (255 - c) / 3;
    RGBColor(pale(r), pale(g), pale(b))
}

/// The path of a picture in the folder `out`, which is made if need be; and a font to write with.
fn prepare(file: &str) -> Outcome<PathBuf> {
    register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::HACK_REGULAR)
        .map_err(|_| "the font cannot be read")?;
    let folder = Path::new("out");
    std::fs::create_dir_all(folder)?;
    Ok(folder.join(file))
}
