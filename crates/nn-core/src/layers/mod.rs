//! The layers. Each is one file; to write one, copy a neighbour.

mod activate;
mod dense;
mod residual;
mod sequential;
mod softmax;
mod spec;

pub use activate::Activate;
pub use dense::Dense;
pub use residual::Residual;
pub use sequential::Sequential;
pub use softmax::Softmax;
pub(crate) use softmax::softmax_rows;
pub use spec::LayerSpec;
