mod c;
mod int8;
pub(crate) mod networks;
mod onnx;
mod plan;
mod rust;
mod scalers;
