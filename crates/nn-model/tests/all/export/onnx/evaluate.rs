//! ONNX's operators by their definitions, for one sample, in double precision.

use std::collections::HashMap;

use super::wire::Message;

/// Numbers of a sample, or one for all features.
type Values = Vec<f64>;

/// A tensor of a file: its name, its sizes and its numbers.
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dims: Vec<usize>,
    pub(super) values: Values,
}

pub(super) fn tensor(message: &Message<'_>) -> Tensor {
    let bytes = message.bytes(9).next().expect("raw data");
    let values: Values = match message.integers(2)[..] {
        [1] => bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()).into()).collect(),
        [11] => bytes.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect(),
        ref other => panic!("data type {other:?}"),
    };
    let dims = message.integers(1);
    assert_eq!(values.len(), dims.iter().product::<usize>());
    Tensor { name: message.text(8), dims, values }
}

/// The output of a graph for a sample.
pub(super) fn evaluate(graph: &Message<'_>, x: &[f64]) -> Values {
    let mut values: HashMap<String, Values> =
        graph.messages(5).iter().map(tensor).map(|tensor| (tensor.name, tensor.values)).collect();
    values.insert("input".to_owned(), x.to_vec());
    for node in graph.messages(1) {
        // What a node takes is there before it, and no name is given twice.
        let inputs: Vec<&Values> = node.texts(1).iter().map(|name| &values[name]).collect();
        let output = operator(&node, &inputs);
        assert!(values.insert(node.text(2), output).is_none());
    }
    values.remove("output").expect("a node gives it")
}

fn operator(node: &Message<'_>, inputs: &[&Values]) -> Values {
    let x = inputs[0];
    let each = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).collect();
    let pairs = |f: &dyn Fn(f64, f64) -> f64| {
        let c = inputs[1];
        assert!(c.len() == x.len() || c.len() == 1);
        x.iter().zip(c.iter().cycle()).map(|(&x, &c)| f(x, c)).collect()
    };
    let total = |f: &dyn Fn(f64) -> f64| x.iter().map(|&x| f(x)).sum::<f64>();
    let largest = || x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let hard_sigmoid = |alpha: f64, beta: f64| move |x: f64| (alpha * x + beta).clamp(0.0, 1.0);
    let setting = |name| float(node, name);
    let with_axis = |name, attribute| assert_eq!(integers(node, name), attribute, "{name}");
    match node.text(4).as_str() {
        "Abs" => each(&f64::abs),
        // A constant may stand on either side; here it stands on the right.
        "Add" if inputs[1].len() > x.len() => panic!("a sum with too few terms"),
        "Add" => pairs(&|x, c| x + c),
        "Clip" => each(&|x| x.max(inputs[1][0]).min(inputs[2][0])),
        "Concat" => {
            with_axis("axis", vec![1]);
            inputs.iter().flat_map(|x| x.iter().copied()).collect()
        }
        "Div" => pairs(&|x, c| x / c),
        "Elu" => {
            let alpha = setting("alpha");
            each(&|x| if x < 0.0 { alpha * (x.exp() - 1.0) } else { x })
        }
        "Erf" => each(&libm::erf),
        "Exp" => each(&f64::exp),
        "Gemm" => {
            with_axis("transB", vec![1]);
            let rows = inputs[1].chunks_exact(x.len());
            rows.zip(inputs[2])
                .map(|(row, b)| b + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>())
                .collect()
        }
        "HardSigmoid" => each(&hard_sigmoid(setting("alpha"), setting("beta"))),
        "HardSwish" => each(&|x| x * hard_sigmoid(1.0 / 6.0, 0.5)(x)),
        "Identity" => x.clone(),
        "LeakyRelu" => {
            let alpha = setting("alpha");
            each(&|x| if x < 0.0 { alpha * x } else { x })
        }
        "Log" => each(&f64::ln),
        "LogSoftmax" => {
            with_axis("axis", vec![1]);
            let log_sum = total(&|x| (x - largest()).exp()).ln() + largest();
            each(&|x| x - log_sum)
        }
        "Min" => pairs(&f64::min),
        "Mul" => pairs(&|x, c| x * c),
        "Neg" => each(&|x| -x),
        "PRelu" => pairs(&|x, slope| if x < 0.0 { slope * x } else { x }),
        "ReduceMean" => {
            with_axis("axes", vec![1]);
            with_axis("keepdims", vec![1]);
            vec![total(&|x| x) / x.len() as f64]
        }
        "Relu" => each(&|x| x.max(0.0)),
        "Selu" => {
            let (alpha, gamma) = (setting("alpha"), setting("gamma"));
            each(&|x| gamma * if x <= 0.0 { alpha * x.exp() - alpha } else { x })
        }
        "Sigmoid" => each(&|x| 1.0 / (1.0 + (-x).exp())),
        "Sin" => each(&f64::sin),
        "Softmax" => {
            with_axis("axis", vec![1]);
            let sum = total(&|x| (x - largest()).exp());
            each(&|x| (x - largest()).exp() / sum)
        }
        "Softplus" => each(&|x| if x > 30.0 { x } else { x.exp().ln_1p() }),
        "Softsign" => each(&|x| x / (1.0 + x.abs())),
        "Sqrt" => each(&f64::sqrt),
        "Sub" => pairs(&|x, c| x - c),
        "Tanh" => each(&f64::tanh),
        other => panic!("{other} has no definition here"),
    }
}

fn attribute<'a>(node: &Message<'a>, name: &str) -> Message<'a> {
    let found = node.messages(5).into_iter().find(|attribute| attribute.text(1) == name);
    found.unwrap_or_else(|| panic!("{} has no {name}", node.text(4)))
}

/// A setting that is a number: field 2, of type 1.
fn float(node: &Message<'_>, name: &str) -> f64 {
    let attribute = attribute(node, name);
    assert_eq!(attribute.integers(20), [1]);
    attribute.float(2).expect("written even if 0").into()
}

/// A setting that is an integer, field 3 of type 2, or several, field 8 of type 7.
fn integers(node: &Message<'_>, name: &str) -> Vec<usize> {
    let attribute = attribute(node, name);
    match attribute.integers(20)[..] {
        [2] => attribute.integers(3),
        [7] => attribute.integers(8),
        ref other => panic!("attribute of type {other:?}"),
    }
}
