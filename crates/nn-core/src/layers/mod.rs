//! The layers. Each is one file; to write one, copy a neighbour.

mod activate;
mod affine;
mod batch_norm;
mod dense;
mod layer_norm;
mod prelu;
mod residual;
mod rms_norm;
mod sequential;
mod softmax;
mod spec;

pub use activate::Activate;
pub use batch_norm::BatchNorm;
pub use dense::Dense;
pub use layer_norm::LayerNorm;
pub use prelu::PRelu;
pub use residual::Residual;
pub use rms_norm::RmsNorm;
pub use sequential::Sequential;
pub use softmax::Softmax;
pub(crate) use softmax::softmax_rows;
pub use spec::LayerSpec;
