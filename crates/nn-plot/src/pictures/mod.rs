//! A file a picture.

mod bar_chart;
mod confusion;
mod decision_regions;
mod history;
mod line_chart;
mod values;

pub use bar_chart::BarChart;
pub(crate) use bar_chart::{Bar, figure};
pub use confusion::ConfusionHeatmap;
pub(crate) use confusion::shares;
pub use decision_regions::DecisionRegions;
pub(crate) use decision_regions::{Regions, tint};
pub use history::{LossCurve, MetricCurve};
pub use line_chart::LineChart;
pub use values::{PredictedVsTrue, Residuals};
