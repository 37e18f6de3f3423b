//! Pictures of data, training and networks: PNG, SVG, and text for a terminal.
//!
//! | To see | draw | in a terminal |
//! |---|---|---|
//! | how the loss fell, or any other figure of a run | [`LossCurve`], [`MetricCurve`] | yes |
//! | what a network makes of two features | [`DecisionRegions`] | yes |
//! | which classes are taken for which | [`ConfusionHeatmap`] | yes |
//! | whether values are predicted well | [`PredictedVsTrue`], [`Residuals`] | |
//! | what features, or anything with a name, are worth | [`BarChart`] | yes |
//! | whether probabilities are as good as they say | [`ReliabilityDiagram`] | |
//! | what every threshold of a probability gives | [`RocCurves`] | |
//! | what the first layer looks for | [`WeightHeatmap`], [`WeightImages`] | |
//! | how flat the loss is around the weights | [`LossLandscape`] | |
//! | which learning rate to take | [`LearningRatePlot`] | |
//! | an activation and its derivative | [`ActivationCurve`] | |
//! | any of these as it changes | [`Animation`] | |
//! | lines and points of your own | [`LineChart`] | yes |
//!
//! Each is made from data, has builder methods, and is a [`Picture`]: `save` writes a `.png` or an `.svg`.
//!
//! ```
//! use nn_core::{Dense, Network, SoftmaxCrossEntropy, Tanh};
//! use nn_data::Moons;
//! use nn_plot::{DecisionRegions, LossCurve, Picture, Terminal};
//! use nn_train::{Adam, Trainer};
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = |name: &str| folder.path().join(name);
//! let moons = Moons::default().generate::<f64>(0)?;
//! let mut network = Network::new(2, (Dense::new(8, Tanh), Dense::linear(2)), 0)?;
//! let report = Trainer::new(Adam::new()).epochs(20).fit(&mut network, &SoftmaxCrossEntropy::mean(), moons.view(), None)?;
//!
//! LossCurve::new(&report.history).title("Two moons").save(path("loss.svg"))?;
//! DecisionRegions::new(&moons, |x| network.predict_proba(x)).save(path("regions.png"))?;
//! println!("{}", LossCurve::new(&report.history).to_terminal(Terminal::new(80))?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Colours are those of Okabe and Ito, which the colour-blind tell apart; lines and classes have dashes and markers
//! of their own too, and the colours of heat maps, viridis and cividis, grow lighter throughout, so that a picture can be read in
//! greyscale. Nothing of the system is needed: the font of PNG files is built in, and SVG files ask for one of the same width.
//!
//! What is not finite is left out of a curve, which says so; elsewhere it is an error. No data is too odd to be drawn: a
//! single point, equal numbers, one class and fifty have sensible pictures.

mod animation;
mod axis;
mod chart;
mod colour;
mod error;
mod font;
mod frame;
mod legend;
mod marker;
mod picture;
mod pictures;
mod png_file;
mod raster;
mod scene;
mod svg;
mod terminal;

pub use animation::Animation;
pub use error::PlotError;
pub use picture::{Drawing, Picture};
pub use pictures::{
    ActivationCurve, BarChart, ConfusionHeatmap, DecisionRegions, LearningRatePlot, LineChart, LossCurve,
    LossLandscape, MetricCurve, PredictedVsTrue, ReliabilityDiagram, Residuals, RocCurves, WeightHeatmap,
    WeightImages,
};
pub use terminal::Terminal;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
