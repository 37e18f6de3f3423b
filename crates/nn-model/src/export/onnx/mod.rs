//! A network as an ONNX file.

mod activations;
mod graph;
mod proto;
mod steps;

use std::path::Path;

use nn_core::Link;
use prost::Message;

use self::graph::{Graph, integer};
use self::proto::{
    Dimension, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorShapeProto, TensorType,
    TypeProto, ValueInfoProto,
};
use super::{ExportError, Plan, file};

/// The version of the file format: that of ONNX 1.10, in 2021.
const IR_VERSION: i64 = 8;
/// The version of the operators: that of ONNX 1.12 and ONNX Runtime 1.12, in 2022. From 18 on `ReduceMean` takes its axes
/// as an input.
const OPSET: i64 = 17;
const INPUT: &str = "input";
const OUTPUT: &str = "output";
/// What Protocol Buffers allow.
const LARGEST: usize = i32::MAX as usize;

impl Plan {
    /// The network as an ONNX model: operators of opset 17, format version 8, for ONNX Runtime 1.12 and later and
    /// whatever else reads ONNX.
    ///
    /// `input` is (batch, N), `output` (batch, M), in the network's number type; `batch` is any number. The model computes
    /// what [`Network::predict_proba`](nn_core::Network::predict_proba) does, from raw features if the plan has a scaler,
    /// but not to the bit: sums are in the runtime's order, and its functions are its own. Where a function is tiny, as
    /// ln(1 + e^x) far below 0, the digits after the decimal point are right, not all of the number's own.
    ///
    /// Nodes say in `doc_string` which layer they come from. The model's metadata has `link` (`identity`, `softmax` or
    /// `logistic`), `parameters`, `fingerprint` and, in JSON, `classes` and `notes`.
    ///
    /// # Operators
    /// ONNX Runtime computes few activations in double precision; the others are composed of what it has. Other programs, as
    /// tract, may have products in single precision alone: train in `f32` for them.
    ///
    /// | | `f32` | `f64` |
    /// |---|---|---|
    /// | `Dense` | Gemm | Gemm |
    /// | `Normalize`, `BatchNorm`, scalers | Sub, Div, Mul, Add | the same |
    /// | `LayerNorm`, `RmsNorm` | ReduceMean, Sqrt and arithmetic | the same |
    /// | `Softmax`, `LogSoftmax` | Softmax, LogSoftmax | the same |
    /// | `Residual`, `Parallel` | Add, Concat | the same |
    /// | `Relu`, `Sigmoid`, `Tanh`, `Sine` | Relu, Sigmoid, Tanh, Sin | the same |
    /// | `HardTanh`, `Relu6` | Clip | Clip |
    /// | `Silu`, `GeluTanh` | of Sigmoid | of Sigmoid |
    /// | `TanhShrink` | of Tanh | of Tanh |
    /// | `Gaussian`, `Mish`, `Celu` | of Exp | of Exp |
    /// | `Softplus`, `LogSigmoid` | Softplus | of Exp, Log |
    /// | `Elu`, `Selu` | Elu, Selu | of Exp |
    /// | `LeakyRelu`, `PRelu` | LeakyRelu, PRelu | of Relu, Min |
    /// | `HardSigmoid`, `HardSwish` | HardSigmoid, HardSwish | of Clip |
    /// | `Softsign` | Softsign | of Abs |
    /// | `Gelu` | of Erf | of Exp, by a rational function that is right to 1e-15 |
    ///
    /// # Errors
    /// [`ExportError::TooLarge`] beyond 2 GiB.
    ///
    /// # Example
    /// ```
    /// use nn_core::{Dense, Link, Network, Relu};
    /// use nn_model::export::Plan;
    ///
    /// let mut network = Network::<f32, _>::new(2, (Dense::new(7, Relu), Dense::linear(2)), 0)?;
    /// network.set_link(Link::Softmax);
    /// let bytes = Plan::new(&network)?.named("xor").classes(&["same", "different"])?.to_onnx()?;
    /// assert!(bytes.len() < 1500);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The format: <https://onnx.ai/onnx/repo-docs/IR.html>; the operators: <https://onnx.ai/onnx/operators>.
    pub fn to_onnx(&self) -> Result<Vec<u8>, ExportError> {
        let mut graph = Graph::new(self.precision);
        let data_type = graph.data_type();
        let last = graph.steps(&self.steps, INPUT)?;
        let name = if self.name.is_empty() { "network" } else { &self.name };
        let mut graph = graph.finish(name.to_owned(), &last);
        graph.input = vec![value(INPUT, data_type, self.inputs)];
        graph.output = vec![value(OUTPUT, data_type, self.outputs)];
        let model = ModelProto {
            ir_version: IR_VERSION,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
            producer_name: "nn-model".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: self.header().join("\n"),
            graph: Some(graph),
            metadata_props: self.metadata(),
        };
        check_size(model.encoded_len())?;
        Ok(model.encode_to_vec())
    }

    /// Writes [`to_onnx`](Plan::to_onnx) to a file, whole or not at all.
    ///
    /// # Errors
    /// Those of `to_onnx`, and [`ExportError::Io`].
    pub fn write_onnx(&self, path: impl AsRef<Path>) -> Result<(), ExportError> {
        file::write(path.as_ref(), &self.to_onnx()?)
    }

    fn metadata(&self) -> Vec<StringStringEntryProto> {
        let link = match self.link {
            Link::Softmax => "softmax",
            Link::Logistic => "logistic",
            _ => "identity",
        };
        let mut entries = vec![
            ("link", link.to_owned()),
            ("parameters", self.params.to_string()),
            ("fingerprint", format!("{:016x}", self.fingerprint)),
        ];
        let lists = [("classes", &self.classes), ("notes", &self.notes)];
        entries.extend(
            lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, json(list))),
        );
        let entry = |(key, value): (&str, String)| StringStringEntryProto { key: key.to_owned(), value };
        entries.into_iter().map(entry).collect()
    }
}

fn check_size(size: usize) -> Result<(), ExportError> {
    if size > LARGEST {
        return Err(ExportError::TooLarge { format: "ONNX", limit: LARGEST, size });
    }
    Ok(())
}

/// (batch, features).
fn value(name: &str, elem_type: i32, features: usize) -> ValueInfoProto {
    let batch = Dimension { dim_param: Some("batch".to_owned()), dim_value: None };
    let features = Dimension { dim_value: Some(integer(features)), dim_param: None };
    let shape = Some(TensorShapeProto { dim: vec![batch, features] });
    let r#type = Some(TypeProto { tensor_type: Some(TensorType { elem_type, shape }) });
    ValueInfoProto { name: name.to_owned(), r#type }
}

/// A list of texts in JSON.
fn json(texts: &[String]) -> String {
    let sign = |sign: char| match sign {
        '"' | '\\' => format!("\\{sign}"),
        '\0'..='\u{1f}' => format!("\\u{:04x}", u32::from(sign)),
        _ => sign.to_string(),
    };
    let text = |text: &String| format!("\"{}\"", text.chars().map(sign).collect::<String>());
    format!("[{}]", texts.iter().map(text).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_no_sign_that_ends_a_text() {
        let texts = ["a", "", "\"b\\\n\u{1}é"].map(str::to_owned);
        assert_eq!(json(&texts), r#"["a", "", "\"b\\\u000a\u0001é"]"#);
    }

    #[test]
    fn what_protocol_buffers_refuse_is_not_written() {
        check_size(LARGEST).unwrap();
        let error = check_size(LARGEST + 1).unwrap_err().to_string();
        assert!(error.starts_with("expected at most 2147483647 bytes of ONNX, found 2147483648"), "{error}");
    }
}
