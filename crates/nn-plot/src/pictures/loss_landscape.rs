use nn_core::{Batch, Layer, Loss, Network, Scalar, Targets, standard_normal, stream};
use nn_train::evaluate;

use super::decision_regions::{Regions, draw_borders};
use crate::axis::{Axis, span};
use crate::chart::{Chart, ColourBar, Layout};
use crate::colour::{Colour, Ramp};
use crate::frame::{Frame, frame_settings};
use crate::marker::mark;
use crate::scene::{Shape, Stroke};
use crate::{Drawing, Picture, PlotError};

/// Cells along each axis of the picture, between which the losses are interpolated, and steps of colour.
const CELLS: usize = 240;
const LEVELS: usize = 14;

/// The loss around the weights of a network, in the plane of two random directions: L(w + a d + b e).
///
/// Each direction is drawn from N(0, 1) and scaled, tensor by tensor, to the norm of the weights there, so that a step of
/// 1 means as much in every layer. Lines connect equal losses; colours are logarithmic where every loss is above 0. Where the loss
/// is not finite it has the colour of the highest.
///
/// | Name | Default | Range |
/// |---|---|---|
/// | [`seed`](Self::seed) | 0 | of the directions |
/// | [`radius`](Self::radius) | 1 | above 0: the furthest a and b |
/// | [`points`](Self::points) | 31 | from 3 to 201: evaluations along each axis, so 961 in all |
/// | [`title`](Self::title), [`size`](Self::size) | none, 560 x 480 | |
///
/// # Errors
/// [`PlotError::Network`] for data that does not fit the network; [`PlotError::Parameter`] for a setting out of range;
/// [`PlotError::Empty`] if the loss is nowhere finite.
///
/// # Example
/// ```
/// use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
/// use nn_data::Moons;
/// use nn_plot::{LossLandscape, Picture};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("landscape.png");
/// let moons = Moons::default().generate::<f32>(0)?;
/// let network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
/// LossLandscape::new(&network, &SoftmaxCrossEntropy::mean(), moons.view()).points(11).save(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Li et al., "Visualizing the loss landscape of neural nets" (2018), normalised by layers.
#[derive(Debug)]
pub struct LossLandscape<'a, T, L, P, Y: ?Sized> {
    frame: Frame,
    network: &'a Network<T, L>,
    loss: &'a P,
    data: Batch<'a, T, Y>,
    seed: u64,
    radius: f64,
    points: usize,
}

impl<'a, T, L, P, Y> LossLandscape<'a, T, L, P, Y>
where
    T: Scalar,
    L: Layer<T> + Clone,
    P: Loss<T, Y>,
    Y: Targets<T> + ?Sized,
{
    /// Around the weights of `network`, on `data`.
    pub fn new(network: &'a Network<T, L>, loss: &'a P, data: Batch<'a, T, Y>) -> Self {
        let frame = Frame { width: 560, ..Frame::default() };
        Self { frame, network, loss, data, seed: 0, radius: 1.0, points: 31 }
    }

    frame_settings!();

    /// The seed of the directions.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How far the picture goes.
    pub fn radius(mut self, radius: f64) -> Self {
        self.radius = radius;
        self
    }

    /// How often the loss is evaluated along each axis.
    pub fn points(mut self, points: usize) -> Self {
        self.points = points;
        self
    }

    /// A random direction, as long as the weights in each tensor.
    fn direction(&self, purpose: &str) -> Vec<f64> {
        let mut rng = stream(self.seed, purpose);
        let mut direction: Vec<f64> =
            self.network.params().iter().map(|_| standard_normal(&mut rng)).collect();
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
        for tensor in self.network.layout().tensors() {
            let weights = norm(&mut self.network.params()[tensor.range.clone()].iter().map(|w| w.as_f64()));
            let part = &mut direction[tensor.range.clone()];
            let scale = weights / norm(&mut part.iter().copied()).max(f64::MIN_POSITIVE);
            part.iter_mut().for_each(|value| *value *= scale);
        }
        direction
    }

    /// The losses on the grid, row after row from the bottom; NaN where there is none.
    fn losses(&self) -> Result<Vec<f64>, PlotError> {
        // Whatever does not fit shows here.
        evaluate(self.network, self.loss, self.data)?;
        let (d, e) = (self.direction("direction along x"), self.direction("direction along y"));
        let mut network = self.network.clone();
        let step = |index: usize| self.radius * (2.0 * index as f64 / (self.points - 1) as f64 - 1.0);
        let mut losses = Vec::new();
        for row in 0..self.points {
            for column in 0..self.points {
                let (a, b) = (step(column), step(row));
                let weights = network.params_mut().iter_mut().zip(self.network.params());
                for ((weight, middle), (d, e)) in weights.zip(d.iter().zip(&e)) {
                    *weight = T::of(middle.as_f64() + a * d + b * e);
                }
                // So far out that it is too large.
                losses.push(evaluate(&network, self.loss, self.data).map_or(f64::NAN, |score| score.loss));
            }
        }
        Ok(losses)
    }
}

impl<T, L, P, Y> Picture for LossLandscape<'_, T, L, P, Y>
where
    T: Scalar,
    L: Layer<T> + Clone,
    P: Loss<T, Y>,
    Y: Targets<T> + ?Sized,
{
    fn draw(&self) -> Result<Drawing, PlotError> {
        if !(3..=201).contains(&self.points) {
            return Err(PlotError::parameter("the number of points", "from 3 to 201", self.points));
        }
        if !(self.radius > 0.0 && self.radius < 1e6) {
            return Err(PlotError::parameter("the radius", "above 0 and below a million", self.radius));
        }
        let losses = self.losses()?;
        let (low, high) = span(losses.iter().copied()).ok_or(PlotError::Empty { what: "finite loss" })?;
        let log = low > 0.0;
        let levels = Axis { low, high, log }.widened();
        let place = |loss: f64| if loss.is_finite() { levels.place(loss).clamp(0.0, 1.0) } else { 1.0 };
        let heights: Vec<f64> = losses.into_iter().map(place).collect();
        let axis = Axis::linear(-self.radius, self.radius);
        let layout = Layout {
            name: "Loss landscape",
            x: axis,
            y: axis,
            x_label: "steps along one direction",
            y_label: "along another",
            legend: &[],
            square: true,
            grid: false,
            names: None,
            columns: None,
            bar: Some(ColourBar { label: "loss", axis: levels, ramp: Ramp::Viridis }),
        };
        let mut chart = Chart::new(&self.frame, &layout)?;
        let fine = interpolated(&heights, self.points);
        let colours = fine.iter().map(|&height| Ramp::Viridis.at(height)).collect();
        let area = chart.area;
        chart.scene.shapes.push(Shape::Cells { area, columns: CELLS, colours });
        let level = |height: f64| (0..LEVELS).filter(|&level| height * LEVELS as f64 >= level as f64).count();
        let cells = fine.iter().map(|&height| (level(height), 1.0)).collect();
        draw_borders(&mut chart, &Regions { columns: CELLS, cells });
        let rim = Stroke::new(Colour::INK, 1.5);
        let at = chart.place((0.0, 0.0));
        mark(&mut chart.scene, 6, at, 5.0, Colour::WHITE, Some(rim));
        Ok(chart.finish())
    }
}

/// Cells from the top, between points from the bottom.
fn interpolated(heights: &[f64], points: usize) -> Vec<f64> {
    // The point before a cell, and how far it is from there to the next.
    let before = |cell: usize| {
        let at = (cell as f64 + 0.5) / CELLS as f64 * (points - 1) as f64;
        let point = (0..points - 1).rev().find(|&point| point as f64 <= at).unwrap_or(0);
        (point, at - point as f64)
    };
    let mut fine = Vec::with_capacity(CELLS * CELLS);
    for row in (0..CELLS).rev() {
        let (y, up) = before(row);
        for column in 0..CELLS {
            let (x, right) = before(column);
            let height = |row: usize| {
                let row = &heights[row * points..];
                row[x] * (1.0 - right) + row[x + 1] * right
            };
            fine.push(height(y) * (1.0 - up) + height(y + 1) * up);
        }
    }
    fine
}
