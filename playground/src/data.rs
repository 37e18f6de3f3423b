//! Samples as a network sees them, those to train on and those to test with.

use ndarray::{Array2, ArrayView2, Axis};
use nn_core::Normalize;
use nn_data::{Classification, Regression, Scaler, StandardScaler};

use crate::loss::Code;
use crate::problem::{Feature, Problem, Samples, Target};
use crate::{Result, Settings, words};

/// What a picture shows: from and to, across and up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Across.
    pub x: [f64; 2],
    /// Up: the second coordinate, or the values of a curve.
    pub y: [f64; 2],
}

/// Some samples.
#[derive(Debug, Clone)]
pub struct Part {
    /// As they lie in the picture: x, and y or the value.
    pub places: Vec<[f64; 2]>,
    /// What the network sees, and what is to come out.
    pub(crate) x: Array2<f64>,
    pub(crate) y: Array2<f64>,
    /// The class of each, or its value.
    pub targets: Vec<f64>,
}

/// The samples of a run.
#[derive(Debug, Clone)]
pub struct Data {
    /// What is trained on.
    pub train: Part,
    /// What is not.
    pub test: Option<Part>,
    /// How many classes there are; 0 for values.
    pub classes: usize,
    /// The names of the network's inputs, and of the classes or the value.
    pub inputs: Vec<String>,
    /// The names of the classes, or of the value.
    pub targets: Vec<String>,
    /// The names of the picture's axes.
    pub axes: [String; 2],
    /// What a picture shows.
    pub view: View,
    /// A table's numbers are brought to mean 0 and variance 1: the features by the network's first layer, values beforehand.
    pub(crate) normalize: Option<Normalize>,
    pub(crate) scaler: Option<StandardScaler>,
    pub(crate) eyes: Eyes,
}

/// How a place in the picture becomes inputs.
#[derive(Debug, Clone)]
pub(crate) enum Eyes {
    /// Functions of a point in the plane.
    Plane(Vec<Feature>),
    /// Functions of a point on a line.
    Line(Vec<Feature>),
    /// Features of a table, of which the first one or two vary, and the others are at these, their means.
    Table(Vec<f64>),
}

impl Eyes {
    /// The inputs at a place.
    pub(crate) fn see(&self, [x, y]: [f64; 2]) -> Vec<f64> {
        match self {
            Self::Plane(features) => features.iter().map(|feature| feature.value(x, y)).collect(),
            Self::Line(features) => features.iter().map(|feature| feature.value(x, 0.0)).collect(),
            Self::Table(means) => {
                means.iter().enumerate().map(|(j, mean)| *[x, y].get(j).unwrap_or(mean)).collect()
            }
        }
    }

    /// Whether a picture is a curve.
    pub(crate) fn is_line(&self) -> bool {
        match self {
            Self::Plane(_) => false,
            Self::Line(_) => true,
            Self::Table(means) => means.len() == 1,
        }
    }
}

impl Data {
    /// The samples that the settings ask for, with targets as a loss takes them.
    pub(crate) fn of(settings: &Settings, samples: Samples, code: Code) -> Result<Self> {
        let Samples { points, target, columns, targets } = samples;
        let dims = points.ncols();
        let classes = if let Target::Classes(_, classes) = target { classes } else { 0 };
        let (mut train, mut test) = split(&points, target, settings)?;
        let table = settings.problem == Problem::Table;
        let normalize = table.then(|| Normalize::fit(train.0.view())).transpose().map_err(words)?;
        let scaler = if table && classes == 0 { Some(scaled(&mut train.1, test.as_mut())?) } else { None };
        let eyes = eyes(settings, dims, normalize.as_ref())?;
        let inputs = match &eyes {
            Eyes::Table(_) => columns.clone(),
            Eyes::Plane(features) | Eyes::Line(features) => {
                features.iter().map(|feature| feature.label().to_owned()).collect()
            }
        };
        let part = |points: &Array2<f64>, values: Vec<f64>| {
            let place = |n: usize| [points[[n, 0]], if eyes.is_line() { values[n] } else { points[[n, 1]] }];
            let places: Vec<_> = (0..points.nrows()).map(place).collect();
            let x = match &eyes {
                Eyes::Table(_) => points.clone(),
                eyes => {
                    let rows: Vec<f64> =
                        points.axis_iter(Axis(0)).flat_map(|p| eyes.see([p[0], p[dims - 1]])).collect();
                    Array2::from_shape_vec((points.nrows(), inputs.len()), rows).map_err(words)?
                }
            };
            let y = coded(&values, classes, code);
            Ok::<_, String>(Part { places, x, y, targets: values })
        };
        let train = part(&train.0, train.1)?;
        let test = test.map(|test| part(&test.0, test.1)).transpose()?;
        let across = columns[0].clone();
        let up = if eyes.is_line() { targets[0].clone() } else { columns[1].clone() };
        let view = view(settings.problem, &train, test.as_ref());
        Ok(Self { train, test, classes, inputs, targets, axes: [across, up], view, normalize, scaler, eyes })
    }
}

fn eyes(settings: &Settings, dims: usize, table: Option<&Normalize>) -> Result<Eyes> {
    let features = settings.features.clone();
    Ok(match (table, dims) {
        (Some(normalize), _) => Eyes::Table(normalize.mean().to_vec()),
        (None, 1) => {
            let features: Vec<_> = features.into_iter().filter(|feature| !feature.needs_plane()).collect();
            if features.is_empty() {
                return Err("features: a curve has no y; choose x, x² or sin 2x".to_owned());
            }
            Eyes::Line(features)
        }
        _ => Eyes::Plane(features),
    })
}

/// Values at mean 0 and variance 1 of those to train on.
fn scaled(train: &mut [f64], test: Option<&mut Rows>) -> Result<StandardScaler> {
    let column = ArrayView2::from_shape((train.len(), 1), &*train).map_err(words)?;
    let scaler = StandardScaler::fit(column).map_err(words)?;
    let values = train.iter_mut().chain(test.into_iter().flat_map(|(_, values)| values));
    values.for_each(|value| *value = scaler.scale(0, *value));
    Ok(scaler)
}

type Rows = (Array2<f64>, Vec<f64>);

/// Training samples and test samples, at random by the seed, classes in proportion.
fn split(points: &Array2<f64>, target: Target, settings: &Settings) -> Result<(Rows, Option<Rows>)> {
    let (share, seed) = (settings.test, settings.seed);
    match target {
        Target::Classes(labels, classes) => {
            let rows = |data: &Classification<f64>| {
                (data.x().to_owned(), data.y().iter().map(|&label| label as f64).collect())
            };
            let data = Classification::new(points.clone(), labels, classes).map_err(words)?;
            if share == 0.0 {
                return Ok((rows(&data), None));
            }
            let (train, test) = data.stratified_split(share, seed).map_err(words)?;
            Ok((rows(&train), Some(rows(&test))))
        }
        Target::Values(values) => {
            let rows = |data: &Regression<f64>| (data.x().to_owned(), data.y().iter().copied().collect());
            let y = Array2::from_shape_vec((values.len(), 1), values).map_err(words)?;
            let data = Regression::new(points.clone(), y).map_err(words)?;
            if share == 0.0 {
                return Ok((rows(&data), None));
            }
            let (train, test) = data.split(share, seed).map_err(words)?;
            Ok((rows(&train), Some(rows(&test))))
        }
    }
}

/// Classes as the values that a loss takes; values as they are.
fn coded(values: &[f64], classes: usize, code: Code) -> Array2<f64> {
    let columns = match (classes, code) {
        (0, _) => return Array2::from_shape_fn((values.len(), 1), |(n, _)| values[n]),
        (2, Code::Bits | Code::Signs) => 1,
        _ => classes,
    };
    let no = if code == Code::Signs { -1.0 } else { 0.0 };
    Array2::from_shape_fn((values.len(), columns), |(n, k)| {
        let class = if columns == 1 { 1 } else { k };
        if values[n] == class as f64 { 1.0 } else { no }
    })
}

/// All places with a margin; a fixed square for planes, so that pictures can be compared.
fn view(problem: Problem, train: &Part, test: Option<&Part>) -> View {
    let square = [-2.5, 2.5];
    let plane = !matches!(problem, Problem::Table | Problem::Sines | Problem::Step);
    if plane {
        return View { x: square, y: square };
    }
    let range = |axis: usize| {
        let places = train.places.iter().chain(test.iter().flat_map(|test| &test.places));
        let (least, largest) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, largest), place| {
            (least.min(place[axis]), largest.max(place[axis]))
        });
        let margin = 0.1 * (largest - least).max(0.1);
        [least - margin, largest + margin]
    };
    View { x: range(0), y: range(1) }
}
