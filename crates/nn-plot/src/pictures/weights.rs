use ndarray::{Array2, ArrayView2, Axis as NdAxis};
use nn_core::{Layer, Network, ParamKind, Scalar};

use crate::axis::{Axis, rounded};
use crate::chart::{Chart, ColourBar, Layout};
use crate::colour::{Colour, Ramp};
use crate::error::{check_finite, check_length};
use crate::font::{self, LINE, SMALL};
use crate::frame::{Frame, frame_settings};
use crate::scene::{Anchor, Rect, Shape};
use crate::{Drawing, Picture, PlotError};

/// The most weights along a side, and the most images.
const MOST: usize = 2048;
const MOST_IMAGES: usize = 400;

/// The weights of a layer as a heat map: a row for each unit, a column for each input. Its colours lie evenly around 0.
///
/// | Name | Default | |
/// |---|---|---|
/// | [`input_names`](Self::input_names) | numbers from 0 | |
/// | [`title`](Self::title), [`size`](Self::size) | none, 640 x 480 | |
///
/// # Errors
/// [`PlotError::Empty`] without weights, or for a network without a matrix of them; [`PlotError::NotFinite`] for one that
/// is NaN or infinite; [`PlotError::Length`] when there is not a name for each input; [`PlotError::Parameter`] for more
/// than 2048 units or inputs.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Tanh};
/// use nn_plot::{Picture, WeightHeatmap};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("weights.png");
/// let network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
/// WeightHeatmap::of_first_layer(&network)?.input_names(["x", "y"]).save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightHeatmap {
    frame: Frame,
    weights: Array2<f64>,
    names: Option<Vec<String>>,
}

/// The weights of each unit as an image, for inputs that are the pixels of one: what it looks for. The colours are those
/// of [`WeightHeatmap`], the same for all units.
///
/// # Errors
/// As of [`WeightHeatmap`]; [`PlotError::Length`] when an image has not as many pixels as there are inputs;
/// [`PlotError::Parameter`] for more than 400 units.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, Relu};
/// use nn_plot::{Picture, WeightImages};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("units.png");
/// let network = Network::<f32, _>::new(64, (Dense::new(32, Relu), Dense::linear(10)), 0)?;
/// WeightImages::of_first_layer(&network, 8, 8)?.title("What 32 units look for").save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightImages {
    frame: Frame,
    weights: Array2<f64>,
    rows: usize,
    columns: usize,
}

/// The first matrix of weights of a network.
fn first_layer<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Result<Array2<f64>, PlotError> {
    let layout = network.layout();
    let matrix = |tensor: &&nn_core::Tensor| tensor.kind == ParamKind::Weight && tensor.shape.len() == 2;
    let none = PlotError::Empty { what: "matrix of weights" };
    let Some(tensor) = layout.tensors().iter().find(matrix) else { return Err(none) };
    let weights = network.params()[tensor.range.clone()].iter().map(|weight| weight.as_f64()).collect();
    Array2::from_shape_vec((tensor.shape[0], tensor.shape[1]), weights).map_err(|_| none)
}

/// The size of the largest weight; 1 if all are 0.
fn largest(weights: &Array2<f64>) -> Result<f64, PlotError> {
    if weights.is_empty() {
        return Err(PlotError::Empty { what: "weight" });
    }
    check_finite("weights", weights.iter().copied())?;
    let largest = weights.iter().map(|weight| weight.abs()).fold(0.0, f64::max);
    Ok(if largest > 0.0 { largest } else { 1.0 })
}

/// The colour of a weight.
fn colour(weight: f64, largest: f64) -> Colour {
    Ramp::Cividis.at(0.5 + 0.5 * (weight / largest))
}

impl WeightHeatmap {
    /// Of any weights.
    ///
    /// # Shapes
    /// `weights`: (units, inputs).
    pub fn new<T: Scalar>(weights: ArrayView2<'_, T>) -> Self {
        Self { frame: Frame::default(), weights: weights.mapv(Scalar::as_f64), names: None }
    }

    /// Of the first layer of a network that has a matrix of weights.
    ///
    /// # Errors
    /// [`PlotError::Empty`] when there is none.
    pub fn of_first_layer<T: Scalar, L: Layer<T>>(network: &Network<T, L>) -> Result<Self, PlotError> {
        Ok(Self { frame: Frame::default(), weights: first_layer(network)?, names: None })
    }

    frame_settings!();

    /// The names of the inputs.
    pub fn input_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }
}

impl Picture for WeightHeatmap {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let (largest, (units, inputs)) = (largest(&self.weights)?, self.weights.dim());
        if units.max(inputs) > MOST {
            let found = format!("{units} x {inputs}");
            return Err(PlotError::parameter(
                "the number of weights",
                format!("at most {MOST} x {MOST}"),
                found,
            ));
        }
        let names: Vec<String> = match &self.names {
            Some(names) => {
                check_length("input names", inputs, names.len())?;
                names.iter().map(|name| font::shorten(name, 18)).collect()
            }
            None => (0..inputs).map(|input| input.to_string()).collect(),
        };
        let longest = names.iter().map(|name| font::width(name, SMALL)).fold(0.0, f64::max);
        // Beside the cells there are some 150 pixels.
        let cell = (f64::from(self.frame.width) - 150.0) / inputs as f64;
        let turned = longest + SMALL > cell && self.names.is_some();
        let before = font::width(&(units - 1).to_string(), SMALL);
        let layout = Layout {
            name: "Weights",
            x: Axis::linear(0.0, inputs as f64),
            y: Axis::linear(0.0, units as f64),
            x_label: "input",
            y_label: "unit",
            legend: &[],
            square: false,
            grid: false,
            names: Some(before),
            columns: Some(if turned { longest } else { SMALL }),
            bar: Some(ColourBar {
                label: "weight",
                axis: Axis::linear(-largest, largest),
                ramp: Ramp::Cividis,
            }),
        };
        let mut chart = Chart::new(&self.frame, &layout)?;
        let area = chart.area;
        let colours = self.weights.iter().map(|&weight| colour(weight, largest)).collect();
        chart.scene.shapes.push(Shape::Cells { area, columns: inputs, colours });
        let (width, height) = (area.width / inputs as f64, area.height / units as f64);
        for unit in (0..units).step_by(stride(height, LINE * SMALL)) {
            let at = (area.x - 7.0, area.y + (unit as f64 + 0.5) * height);
            chart.scene.text(&unit.to_string(), at, SMALL, Anchor::End, Colour::INK);
        }
        let room = if turned { LINE * SMALL } else { longest + SMALL };
        for (input, name) in names.iter().enumerate().step_by(stride(width, room)) {
            let (x, y) = (area.x + (input as f64 + 0.5) * width, area.bottom() + 7.0);
            if turned {
                chart.scene.turned_text(name, (x, y), SMALL, Anchor::End, Colour::INK);
            } else {
                chart.scene.text(name, (x, y + SMALL / 2.0), SMALL, Anchor::Middle, Colour::INK);
            }
        }
        Ok(chart.finish())
    }
}

/// Every how many-th has a name, where each has so much room and needs so much.
fn stride(room: f64, needed: f64) -> usize {
    [1, 2, 5, 10, 20, 50, 100, 200, 500].into_iter().find(|&n| n as f64 * room >= needed).unwrap_or(1000)
}

impl WeightImages {
    /// Of any weights, the images having so many rows and columns.
    ///
    /// # Shapes
    /// `weights`: (units, `rows` · `columns`), the pixels row after row.
    pub fn new<T: Scalar>(weights: ArrayView2<'_, T>, rows: usize, columns: usize) -> Self {
        Self { frame: Frame::default(), weights: weights.mapv(Scalar::as_f64), rows, columns }
    }

    /// Of the first layer of a network that has a matrix of weights.
    ///
    /// # Errors
    /// [`PlotError::Empty`] when there is none.
    pub fn of_first_layer<T: Scalar, L: Layer<T>>(
        network: &Network<T, L>,
        rows: usize,
        columns: usize,
    ) -> Result<Self, PlotError> {
        Ok(Self { frame: Frame::default(), weights: first_layer(network)?, rows, columns })
    }

    frame_settings!();
}

impl Picture for WeightImages {
    fn draw(&self) -> Result<Drawing, PlotError> {
        let (largest, (units, inputs)) = (largest(&self.weights)?, self.weights.dim());
        check_length("pixels of an image", inputs, self.rows.saturating_mul(self.columns))?;
        if units > MOST_IMAGES {
            return Err(PlotError::parameter("the number of units", format!("at most {MOST_IMAGES}"), units));
        }
        let (mut scene, mut room) = self.frame.scene("Weights as images")?;
        let scale = format!("from {} (dark) to {} (light)", rounded(-largest, 3), rounded(largest, 3));
        let text = font::cut(&scale, font::letters(room.width, SMALL));
        let at = (room.x + room.width / 2.0, room.bottom() - SMALL / 2.0);
        scene.text(&text, at, SMALL, Anchor::Middle, Colour::INK);
        room.height -= 2.0 * SMALL;
        // As many side by side as make the images largest.
        let shape = (self.columns as f64, self.rows as f64);
        let scale_of = |across: usize| {
            let down = units.div_ceil(across);
            ((room.width / across as f64 - 4.0) / shape.0).min((room.height / down as f64 - 4.0) / shape.1)
        };
        let across = (1..=units).max_by(|&a, &b| scale_of(a).total_cmp(&scale_of(b))).unwrap_or(1);
        let pixel = scale_of(across);
        if pixel <= 0.0 {
            let found = format!("{} x {}", self.frame.width, self.frame.height);
            return Err(PlotError::parameter("the size", format!("one with room for {units} images"), found));
        }
        let (width, height) = (pixel * shape.0 + 4.0, pixel * shape.1 + 4.0);
        let left = room.x + (room.width - across as f64 * width) / 2.0;
        for (unit, weights) in self.weights.axis_iter(NdAxis(0)).enumerate() {
            let (x, y) = (left + (unit % across) as f64 * width, room.y + (unit / across) as f64 * height);
            let area = Rect { x: x + 2.0, y: y + 2.0, width: width - 4.0, height: height - 4.0 };
            let colours = weights.iter().map(|&weight| colour(weight, largest)).collect();
            scene.shapes.push(Shape::Cells { area, columns: self.columns, colours });
        }
        Ok(Drawing::new(scene))
    }
}
