//! Pictures of training as PNG files, drawn by `plotters` with a font of their own: nothing of the system's is needed.
//!
//! Each function writes one picture, makes its folder if need be, and gives the path back, to be printed.

mod canvas;
mod costs;
mod decision_boundary;
mod functions;
mod loss;
mod speedups;

pub use costs::{costs, costs_of};
pub use decision_boundary::decision_boundary;
pub use functions::functions;
pub use loss::{loss_curve, loss_curves};
pub use speedups::speedups;

/// What drawing comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// One named curve.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// Its name in the legend.
    pub name: &'a str,
    /// (x, y).
    pub points: Vec<(f64, f64)>,
}
