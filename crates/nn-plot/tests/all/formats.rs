//! What is in the files.

use ndarray::{Array2, ArrayView2, array};
use nn_data::Classification;
use nn_plot::{
    BarChart, ConfusionHeatmap, DecisionRegions, Drawing, LineChart, LossCurve, MetricCurve, Picture,
    PlotError, PredictedVsTrue, Residuals,
};
use nn_train::ConfusionMatrix;

use crate::history;

/// The pixels of a PNG file.
pub(crate) struct Pixels {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Pixels {
    pub(crate) fn of(drawing: &Drawing) -> Self {
        let bytes = drawing.to_png().expect("a PNG file");
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a header");
        let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut rgb).expect("pixels");
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Self { width: info.width as usize, height: info.height as usize, rgb }
    }

    pub(crate) fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    pub(crate) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let start = 3 * (y * self.width + x);
        [self.rgb[start], self.rgb[start + 1], self.rgb[start + 2]]
    }

    /// Where a colour is.
    pub(crate) fn places(&self, colour: [u8; 3]) -> Vec<(usize, usize)> {
        let all = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        all.filter(|&(x, y)| self.at(x, y) == colour).collect()
    }

    /// The middle of what is neither white nor grey, as the plots of the middle of a heat map are.
    pub(crate) fn middle_of_plot(&self) -> (usize, usize) {
        let coloured = |x: usize, y: usize| {
            let [r, g, b] = self.at(x, y);
            r.max(g).max(b) - r.min(g).min(b) > 40
        };
        let all = (0..self.height).flat_map(|y| (0..self.width * 3 / 4).map(move |x| (x, y)));
        let places: Vec<_> = all.filter(|&(x, y)| coloured(x, y)).collect();
        let middle = |of: fn(&(usize, usize)) -> usize| {
            let span = (places.iter().map(of).min(), places.iter().map(of).max());
            usize::midpoint(span.0.expect("a plot"), span.1.expect("a plot"))
        };
        (middle(|p| p.0), middle(|p| p.1))
    }

    /// Whether something reaches the edge of the picture, where it would be cut.
    pub(crate) fn is_cut(&self) -> bool {
        let (right, bottom) = (self.width - 1, self.height - 1);
        (0..self.width).any(|x| self.at(x, 0) != [255; 3] || self.at(x, bottom) != [255; 3])
            || (0..self.height).any(|y| self.at(0, y) != [255; 3] || self.at(right, y) != [255; 3])
    }
}

const BLUE: [u8; 3] = [0x00, 0x72, 0xB2];

/// The texts of an SVG file, which is well-formed, whose elements are known and whose numbers are finite.
pub(crate) fn texts(drawing: &Drawing) -> Vec<String> {
    let svg = drawing.to_svg();
    let document = roxmltree::Document::parse(&svg).expect("well-formed");
    let attributes = document.descendants().flat_map(|node| node.attributes());
    for attribute in attributes.filter(|attribute| attribute.name() != "href") {
        assert!(!attribute.value().contains("NaN") && !attribute.value().contains("inf"), "{attribute:?}");
    }
    let root = document.root_element();
    let (width, height) = drawing.dim();
    assert_eq!(root.attribute("viewBox"), Some(&format!("0 0 {width} {height}")[..]));
    let texts =
        document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    texts.map(|node| node.text().unwrap_or("").to_owned()).collect()
}

fn three() -> Classification<f64> {
    let x = array![[0.0, 0.0, 5.0], [1.0, 0.0, 5.0], [0.0, 1.0, 5.0], [1.0, 1.0, 5.0]];
    let data = Classification::new(x, vec![0, 1, 0, 1], 2).expect("samples");
    data.with_class_names(["left", "right"])
        .expect("names")
        .with_feature_names(["a", "b", "c"])
        .expect("names")
}

/// Class 1 where the first feature is above a half.
#[allow(clippy::unnecessary_wraps, reason = "as `predict_proba`")]
fn right(x: ArrayView2<'_, f64>) -> Result<Array2<f64>, nn_core::Error> {
    assert!(x.column(2).iter().all(|&c| c == 5.0), "the third feature is held at its mean");
    Ok(x.column(0).mapv(|x| if x > 0.5 { 1.0 } else { 0.0 }).insert_axis(ndarray::Axis(1)))
}

#[test]
fn the_ending_chooses_the_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let chart = LineChart::new().title("Two lines").line("a", [(0.0, 1.0), (1.0, 2.0)]).size(300, 200);
    let path = |name: &str| folder.path().join(name);
    chart.save(path("new/folder/a.PNG")).expect("saved");
    chart.save(path("a.svg")).expect("saved");
    let bytes = std::fs::read(path("new/folder/a.PNG")).expect("a file");
    assert_eq!(bytes, chart.draw().expect("drawn").to_png().expect("a file"));
    assert_eq!(
        std::fs::read_to_string(path("a.svg")).expect("a file"),
        chart.draw().expect("drawn").to_svg()
    );
    for name in ["a.jpg", "a", ".svg"] {
        let error = chart.save(path(name)).expect_err("no format");
        assert!(matches!(error, PlotError::Extension { .. }), "{error}");
        assert!(error.to_string().ends_with("expected a file name that ends in .png or .svg"), "{error}");
    }
    std::fs::write(path("file"), "").expect("written");
    let error = chart.save(path("file/a.png")).expect_err("no folder").to_string();
    assert!(error.contains("the folder cannot be made"), "{error}");
}

#[test]
fn a_curve_lies_where_its_numbers_say() {
    let chart = LineChart::new().line("", [(0.0, 0.0), (10.0, 10.0)]).size(400, 300);
    let pixels = Pixels::of(&chart.draw().expect("drawn"));
    assert_eq!((pixels.width, pixels.height), (400, 300));
    let line = pixels.places(BLUE);
    let (first, last) = (line.iter().min().expect("a line"), line.iter().max().expect("a line"));
    // From the left at the bottom to the right at the top, straight.
    assert!(last.0 > first.0 + 250 && first.1 > last.1 + 180, "{first:?}, {last:?}");
    let slope = (first.1 - last.1) as f64 / (last.0 - first.0) as f64;
    for &(x, y) in &line {
        let expected = first.1 as f64 - slope * (x - first.0) as f64;
        assert!((y as f64 - expected).abs() < 3.0, "({x}, {y}) is off the line");
    }
}

#[test]
fn regions_have_the_colours_of_their_classes() {
    let data = three();
    let regions = DecisionRegions::new(&data, right).samples(false).draw().expect("drawn");
    let pixels = Pixels::of(&regions);
    // 45 of 100 of the colours on white.
    let (left, right_half) = (pixels.places([140, 192, 220]), pixels.places([236, 183, 140]));
    assert!(left.len() > 50_000 && right_half.len() > 50_000, "{} {}", left.len(), right_half.len());
    let border = left.iter().map(|p| p.0).max().expect("pixels");
    assert!(right_half.iter().all(|p| p.0 >= border), "class 1 is on the right");
    let text = texts(&regions);
    for label in ["left", "right", "a", "b", "0.5"] {
        assert!(text.iter().any(|t| t == label), "{label} is not among {text:?}");
    }
    // The axes are those that were asked for, and the others are where they are held.
    let other = |x: ArrayView2<'_, f64>| {
        assert!(x.column(0).iter().all(|&a| a == 0.25));
        Ok::<_, nn_core::Error>(Array2::from_elem((x.nrows(), 2), 0.5))
    };
    let text = texts(
        &DecisionRegions::new(&data, other).features(1, 2).others(&[0.25, 9.0, 9.0]).draw().expect("drawn"),
    );
    assert!(text.contains(&"b".to_owned()) && text.contains(&"c".to_owned()), "{text:?}");
}

#[test]
fn a_matrix_is_as_dark_as_its_shares() {
    let matrix = ConfusionMatrix::new(&[0, 0, 0, 0, 1, 1], &[0, 0, 0, 1, 1, 1], 2).expect("a matrix");
    let matrix = matrix.with_class_names(["cat", "<dog> & \"co\""]).expect("names");
    let drawing = ConfusionHeatmap::new(&matrix).title("Pets").draw().expect("drawn");
    let text = texts(&drawing);
    for label in ["Pets", "cat", "<dog> & \"co\"", "3", "75%", "1", "25%", "2", "100%", "true class"] {
        assert!(text.iter().any(|t| t == label), "{label} is not among {text:?}");
    }
    assert!(!text.iter().any(|t| t == "0%"), "a cell without samples is empty");
    // The colours of shares 1 and 0 fill a quarter of the chart each.
    let pixels = Pixels::of(&drawing);
    let (full, none) = (pixels.places([8, 48, 107]), pixels.places([247, 251, 255]));
    assert!(full.len() > 10_000 && none.len() > 10_000, "{} {}", full.len(), none.len());
    let middle = |places: &[(usize, usize)]| places.iter().map(|p| p.0).sum::<usize>() / places.len();
    assert!(middle(&none) < middle(&full), "class 1 is never taken for class 0");
}

#[test]
fn the_best_epoch_is_marked() {
    let history = history(30, |epoch| (epoch as f64 - 12.0).abs());
    let text = texts(&MetricCurve::new(&history, "metric").draw().expect("drawn"));
    assert!(text.contains(&"best: 0 in epoch 12".to_owned()), "{text:?}");
    let most = texts(&MetricCurve::new(&history, "metric").maximize(true).draw().expect("drawn"));
    assert!(most.contains(&"best: 18 in epoch 30".to_owned()), "{most:?}");
    let text = texts(&LossCurve::new(&history).draw().expect("drawn"));
    for label in ["training loss", "validation loss", "epoch", "loss"] {
        assert!(text.iter().any(|t| t == label), "{label} is not among {text:?}");
    }
}

#[test]
fn values_and_bars_have_their_figures() {
    let (truth, predicted) = ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 3.0, 3.5]);
    let text = texts(&PredictedVsTrue::new(&truth, &predicted).label("kg").draw().expect("drawn"));
    assert!(
        text.contains(&"samples, R² = 0.9".to_owned()) && text.contains(&"true, kg".to_owned()),
        "{text:?}"
    );
    let text = texts(&Residuals::new(&truth, &predicted).draw().expect("drawn"));
    assert!(text.contains(&"true - predicted".to_owned()), "{text:?}");
    let bars = BarChart::new(["small", "large", "none"], &[1.0, 4.0, 0.0]).errors(&[0.5, 0.1, 0.0]);
    let drawing = bars.draw().expect("drawn");
    let text = texts(&drawing);
    let place = |name: &str| text.iter().position(|t| t == name).expect("a name");
    assert!(place("large") < place("small") && place("small") < place("none"), "{text:?}");
    let blue = Pixels::of(&drawing).places(BLUE);
    // The lengths of the rows are as 4 to 1.
    let longest = |y: usize| blue.iter().filter(|p| p.1 == y).count();
    let top = blue.iter().map(|p| p.1).min().expect("a bar") + 2;
    let bottom = blue.iter().map(|p| p.1).max().expect("a bar") - 2;
    let ratio = longest(top) as f64 / longest(bottom) as f64;
    assert!((ratio - 4.0).abs() < 0.1, "{ratio}");
}
