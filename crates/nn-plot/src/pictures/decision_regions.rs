use std::error::Error;

use ndarray::{Array1, Array2, ArrayView2, Axis as NdAxis};
use nn_core::Scalar;
use nn_data::Classification;

use crate::axis::Axis;
use crate::chart::{Chart, Layout};
use crate::colour::{self, Colour};
use crate::error::{check_finite, check_length};
use crate::frame::{Frame, frame_settings};
use crate::legend::{Entry, Mark};
use crate::marker::mark;
use crate::scene::{Shape, Stroke};
use crate::terminal::{self, Terminal};
use crate::{Drawing, Picture, PlotError};

/// Cells along each axis of the picture.
const CELLS: usize = 200;

/// The regions of two features in which a network sees each class, the stronger the surer it is, and the samples in them.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`features`](Self::features) | 0 and 1 | the columns along x and along y |
/// | [`others`](Self::others) | the means of the data | what the features that are not shown are held at |
/// | [`samples`](Self::samples) | `true` | whether the samples are drawn |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// `probabilities` is given rows of all features and gives back a row of probabilities for each: one for each class, or for
/// two classes that of class 1, as `predict_proba` does. A network that was trained on scaled features needs a
/// function that scales. A cell is of its likeliest class; its colour is pale where that has hardly more than
/// its share, and full where it is certain.
///
/// # Errors
/// [`PlotError::Parameter`] for features that are not there or twice the same, and for what is no probability;
/// [`PlotError::Length`] for values of other features, or probabilities, in another number; [`PlotError::NotFinite`] for
/// features out of all reason; [`PlotError::Predict`] for what the function comes to.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_data::Moons;
/// use nn_plot::{DecisionRegions, Picture, Terminal};
/// use nn_train::{Adam, Trainer};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("regions.png");
/// let moons = Moons::default().generate::<f64>(0)?;
/// let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
/// Trainer::new(Adam::new()).epochs(20).fit(&mut network, &SoftmaxCrossEntropy::mean(), moons.view(), None)?;
///
/// let regions = DecisionRegions::new(&moons, |x| network.predict_proba(x)).title("Two moons");
/// regions.save(path)?;
/// println!("{}", regions.to_terminal(Terminal::new(60).colour(true))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DecisionRegions<'a, T, F> {
    frame: Frame,
    data: &'a Classification<T>,
    probabilities: F,
    features: [usize; 2],
    others: Option<Vec<T>>,
    samples: bool,
}

/// A grid of cells, row after row from the top.
pub(crate) struct Regions {
    pub(crate) columns: usize,
    /// The class of each cell, and how sure it is: from 0, no surer than by chance, to 1.
    pub(crate) cells: Vec<(usize, f64)>,
}

impl<'a, T, F, E> DecisionRegions<'a, T, F>
where
    T: Scalar,
    F: Fn(ArrayView2<'_, T>) -> Result<Array2<T>, E>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    /// The samples of `data` in the regions of `probabilities`.
    pub fn new(data: &'a Classification<T>, probabilities: F) -> Self {
        Self { frame: Frame::default(), data, probabilities, features: [0, 1], others: None, samples: true }
    }

    frame_settings!();

    /// The columns of the features along x and along y, counted from 0.
    pub fn features(mut self, x: usize, y: usize) -> Self {
        self.features = [x, y];
        self
    }

    /// A value for each feature, at which those are held that are not shown.
    pub fn others(mut self, values: &[T]) -> Self {
        self.others = Some(values.to_vec());
        self
    }

    /// Whether the samples are drawn.
    pub fn samples(mut self, samples: bool) -> Self {
        self.samples = samples;
        self
    }

    /// The regions as text, a letter a sample: with colours, or else with a sign for each region.
    ///
    /// # Errors
    /// As of the picture; [`PlotError::Parameter`] for a width below 20.
    pub fn to_terminal(&self, terminal: Terminal) -> Result<String, PlotError> {
        let axes = self.axes()?;
        let (columns, rows) = terminal::regions_size(terminal)?;
        let regions = self.regions(axes, columns, rows)?;
        let samples: Vec<_> = if self.samples { self.points().collect() } else { Vec::new() };
        let (title, names) = (self.frame.title.as_deref(), self.data.class_names());
        Ok(terminal::regions(terminal, title, names, self.labels(), axes, &regions, &samples))
    }

    fn labels(&self) -> [&str; 2] {
        self.features.map(|feature| self.data.feature_names()[feature].as_str())
    }

    /// Where each sample is, and its class.
    fn points(&self) -> impl Iterator<Item = ((f64, f64), usize)> {
        let [x, y] = self.features;
        let samples = self.data.y().iter().enumerate();
        let value = |row: usize, column: usize| self.data.x()[[row, column]].as_f64();
        samples.map(move |(row, &class)| ((value(row, x), value(row, y)), class))
    }

    fn axes(&self) -> Result<[Axis; 2], PlotError> {
        let features = self.data.features();
        for feature in self.features {
            if feature >= features {
                let expected = format!("a column from 0 to {}", features - 1);
                return Err(PlotError::parameter("a feature", expected, feature));
            }
        }
        let [x, y] = self.features;
        if x == y {
            return Err(PlotError::parameter("the second feature", "another than the first", y));
        }
        let axis = |feature: usize| {
            let column = self.data.x().column(feature).mapv(Scalar::as_f64);
            check_finite("features", column.iter().copied())?;
            Axis::around(column, false)
        };
        Ok([axis(x)?, axis(y)?])
    }

    fn regions(&self, [x, y]: [Axis; 2], columns: usize, rows: usize) -> Result<Regions, PlotError> {
        let held = match &self.others {
            Some(values) => {
                check_length("values of features", self.data.features(), values.len())?;
                Array1::from(values.clone())
            }
            None => self.data.x().map_axis(NdAxis(0), |column| {
                let sum: f64 = column.iter().map(|x| x.as_f64()).sum();
                T::of(sum / column.len() as f64)
            }),
        };
        let mut grid = Array2::zeros((columns * rows, held.len()));
        for (cell, mut row) in grid.rows_mut().into_iter().enumerate() {
            row.assign(&held);
            let middle = |index: usize, count: usize| (index as f64 + 0.5) / count as f64;
            row[self.features[0]] = T::of(x.value(middle(cell % columns, columns)));
            row[self.features[1]] = T::of(y.value(1.0 - middle(cell / columns, rows)));
        }
        let probabilities =
            (self.probabilities)(grid.view()).map_err(|error| PlotError::Predict(error.into()))?;
        check_length("rows of probabilities", grid.nrows(), probabilities.nrows())?;
        let (classes, found) = (self.data.classes(), probabilities.ncols());
        if found != classes && !(found == 1 && classes == 2) {
            return Err(PlotError::Length { what: "columns of probabilities", expected: classes, found });
        }
        let outside = |p: &&T| !(T::zero()..=T::one()).contains(p);
        if let Some(p) = probabilities.iter().find(outside) {
            let expected = "a number from 0 to 1: use `predict_proba`";
            return Err(PlotError::parameter("a probability", expected, p.as_f64()));
        }
        let cells = probabilities.rows().into_iter().map(|row| {
            let row: Vec<f64> = row.iter().map(|p| p.as_f64()).collect();
            let row = if let [p] = row[..] { vec![1.0 - p, p] } else { row };
            // Of equals the first.
            let best =
                (1..row.len()).fold(0, |best, class| if row[class] > row[best] { class } else { best });
            let chance = 1.0 / row.len() as f64;
            let sure = if row.len() > 1 { (row[best] - chance) / (1.0 - chance) } else { 1.0 };
            (best, sure.clamp(0.0, 1.0))
        });
        Ok(Regions { columns, cells: cells.collect() })
    }
}

/// The colour of a region: a tint, so that samples stand out, in twenty steps, which files are much smaller by.
pub(crate) fn tint(class: usize, sure: f64) -> Colour {
    let sure = (20.0 * sure).round() / 20.0;
    colour::of(class).over(Colour::WHITE, 0.12 + 0.33 * sure)
}

impl<T, F, E> Picture for DecisionRegions<'_, T, F>
where
    T: Scalar,
    F: Fn(ArrayView2<'_, T>) -> Result<Array2<T>, E>,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn draw(&self) -> Result<Drawing, PlotError> {
        let axes = self.axes()?;
        let regions = self.regions(axes, CELLS, CELLS)?;
        let names = self.data.class_names().iter().enumerate();
        let legend: Vec<Entry> =
            names.map(|(class, name)| Entry::new(name, Mark::Point(class, colour::of(class)))).collect();
        let [x_label, y_label] = self.labels();
        let layout = Layout {
            name: "Decision regions",
            x: axes[0],
            y: axes[1],
            x_label,
            y_label,
            legend: &legend,
            square: false,
            grid: false,
            names: None,
            columns: None,
            bar: None,
        };
        let mut chart = Chart::new(&self.frame, &layout)?;
        let (area, columns) = (chart.area, regions.columns);
        let colours = regions.cells.iter().map(|&(class, sure)| tint(class, sure)).collect();
        chart.scene.shapes.push(Shape::Cells { area, columns, colours });
        draw_borders(&mut chart, &regions);
        if self.samples {
            let radius = if self.data.samples() > 600 { 2.5 } else { 3.5 };
            let rim = Stroke::new(Colour::WHITE, 0.9);
            for (point, class) in self.points() {
                let at = chart.place(point);
                mark(&mut chart.scene, class, at, radius, colour::of(class), Some(rim));
            }
        }
        Ok(chart.finish())
    }
}

/// Lines between regions, which are seen without colours, too.
pub(super) fn draw_borders(chart: &mut Chart, Regions { columns, cells }: &Regions) {
    let (area, rows) = (chart.area, cells.len() / columns);
    let (width, height) = (area.width / *columns as f64, area.height / rows as f64);
    let class = |column: usize, row: usize| cells[row * columns + column].0;
    let stroke = Stroke::new(Colour::INK.opacity(150), 1.0);
    let corner = |column: usize, row: usize| (area.x + column as f64 * width, area.y + row as f64 * height);
    for row in 1..rows {
        let differs = |column: &usize| class(*column, row) != class(*column, row - 1);
        for (from, to) in runs(*columns, differs) {
            chart.scene.line(vec![corner(from, row), corner(to, row)], stroke);
        }
    }
    for column in 1..*columns {
        let differs = |row: &usize| class(column, *row) != class(column - 1, *row);
        for (from, to) in runs(rows, differs) {
            chart.scene.line(vec![corner(column, from), corner(column, to)], stroke);
        }
    }
}

/// Where something holds, from where to where, below `count`.
fn runs(count: usize, holds: impl Fn(&usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for index in (0..count).filter(holds) {
        match runs.last_mut() {
            Some((_, end)) if *end == index => *end = index + 1,
            _ => runs.push((index, index + 1)),
        }
    }
    runs
}
