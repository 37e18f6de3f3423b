//! A graph as it grows: a node at a time, each with one output.

use super::proto::{AttributeProto, AttributeType, DataType, GraphProto, NodeProto, TensorProto};
use super::{INPUT, OUTPUT};
use crate::export::Precision;

pub(super) struct Graph {
    pub(super) precision: Precision,
    nodes: Vec<NodeProto>,
    initializers: Vec<TensorProto>,
    /// The layer that nodes are being added for.
    pub(super) layer: String,
}

impl Graph {
    pub(super) fn new(precision: Precision) -> Self {
        Self { precision, nodes: Vec::new(), initializers: Vec::new(), layer: String::new() }
    }

    pub(super) fn is_double(&self) -> bool {
        self.precision == Precision::F64
    }

    pub(super) fn data_type(&self) -> i32 {
        (if self.is_double() { DataType::Double } else { DataType::Float }).into()
    }

    /// Adds a node; gives the name of its output.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str]) -> String {
        self.node_with(operator, inputs, Vec::new())
    }

    pub(super) fn node_with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        let index = self.nodes.len();
        let output = format!("y{index}");
        self.nodes.push(NodeProto {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.clone()],
            name: format!("{operator}_{index}"),
            op_type: operator.to_owned(),
            attribute,
            doc_string: self.layer.clone(),
        });
        output
    }

    /// Adds a node of which one input is a number, the same for all features.
    pub(super) fn with_number(&mut self, operator: &str, x: &str, number: f64) -> String {
        let number = self.constant(&[number], &[]);
        self.node(operator, &[x, &number])
    }

    /// Adds constants; gives their name.
    pub(super) fn constant(&mut self, values: &[f64], dims: &[usize]) -> String {
        let name = format!("c{}", self.initializers.len());
        #[allow(clippy::cast_possible_truncation, reason = "numbers of an f32 network are f32")]
        let raw_data = match self.precision {
            Precision::F32 => values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
            Precision::F64 => values.iter().flat_map(|&value| value.to_le_bytes()).collect(),
        };
        let dims = dims.iter().map(|&dim| integer(dim)).collect();
        let tensor = TensorProto { dims, data_type: self.data_type(), name: name.clone(), raw_data };
        self.initializers.push(tensor);
        name
    }

    /// The graph whose output is the value `last`, which no node takes.
    pub(super) fn finish(mut self, name: String, last: &str) -> GraphProto {
        // An input is no output: without nodes it is copied.
        if last == INPUT {
            self.node("Identity", &[INPUT]);
        }
        if let Some(node) = self.nodes.last_mut() {
            node.output = vec![OUTPUT.to_owned()];
        }
        GraphProto { node: self.nodes, name, initializer: self.initializers, ..GraphProto::default() }
    }
}

#[allow(clippy::cast_possible_wrap, reason = "the size of something in memory")]
pub(super) fn integer(size: usize) -> i64 {
    size as i64
}

/// An attribute that is a number, of single precision in ONNX.
#[allow(clippy::cast_possible_truncation, reason = "there is no other type for it")]
pub(super) fn float(name: &str, value: f64) -> AttributeProto {
    let r#type = AttributeType::Float.into();
    AttributeProto { name: name.to_owned(), r#type, f: Some(value as f32), ..AttributeProto::default() }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    let r#type = AttributeType::Int.into();
    AttributeProto { name: name.to_owned(), r#type, i: Some(value), ..AttributeProto::default() }
}

pub(super) fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    let r#type = AttributeType::Ints.into();
    AttributeProto { name: name.to_owned(), r#type, ints: values, ..AttributeProto::default() }
}
