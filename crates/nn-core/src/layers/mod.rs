//! The layers. Each is one file; to write one, copy a neighbour.

mod activate;
mod affine;
mod alpha_dropout;
mod batch_norm;
mod branches;
mod dense;
mod dropout;
mod gaussian_noise;
mod layer_norm;
mod log_softmax;
mod mask;
mod normalize;
mod parallel;
mod residual;
mod rms_norm;
mod sequential;
mod softmax;
mod spec;

pub use activate::Activate;
pub use alpha_dropout::AlphaDropout;
pub use batch_norm::BatchNorm;
pub use branches::{Branches, LayerBranches};
pub use dense::Dense;
pub use dropout::Dropout;
pub use gaussian_noise::GaussianNoise;
pub use layer_norm::LayerNorm;
pub use log_softmax::LogSoftmax;
pub use normalize::Normalize;
pub use parallel::Parallel;
pub use residual::Residual;
pub use rms_norm::RmsNorm;
pub use sequential::Sequential;
pub use softmax::Softmax;
pub(crate) use softmax::softmax_rows;
pub use spec::LayerSpec;
