//! A file a picture.

mod activation;
mod bar_chart;
mod confusion;
mod decision_regions;
mod history;
mod learning_rate;
mod line_chart;
mod loss_landscape;
mod reliability;
mod roc;
mod values;
mod weights;

pub use activation::ActivationCurve;
pub use bar_chart::BarChart;
pub(crate) use bar_chart::{Bar, figure};
pub use confusion::ConfusionHeatmap;
pub(crate) use confusion::shares;
pub use decision_regions::DecisionRegions;
pub(crate) use decision_regions::{Regions, tint};
pub use history::{LossCurve, MetricCurve};
pub use learning_rate::LearningRatePlot;
pub use line_chart::LineChart;
pub use loss_landscape::LossLandscape;
pub use reliability::ReliabilityDiagram;
pub use roc::RocCurves;
pub use values::{PredictedVsTrue, Residuals};
pub use weights::{WeightHeatmap, WeightImages};
