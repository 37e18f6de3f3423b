//! Features and labels brought into a form that suits a network.

mod label_encoder;
mod min_max_scaler;
mod one_hot;
mod robust_scaler;
mod scaler;
mod standard_scaler;

pub use label_encoder::LabelEncoder;
pub use min_max_scaler::MinMaxScaler;
pub use one_hot::one_hot;
pub use robust_scaler::RobustScaler;
pub use scaler::Scaler;
#[cfg(feature = "csv")]
pub(crate) use scaler::divisor;
pub use standard_scaler::StandardScaler;
