mod c;
pub(crate) mod networks;
mod onnx;
mod plan;
mod rust;
mod scalers;
