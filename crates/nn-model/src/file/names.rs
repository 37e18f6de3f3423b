//! The names of tensors in files: those of PyTorch's `nn.Sequential`.

use nn_core::{ActivationSpec, LayerSpec};

/// The name in PyTorch of the tensor that the layout calls `name`, `layers.1.bias`.
///
/// An activation is a module of its own there, so a dense layer with one takes two places. A gain, and the slopes of
/// [`PRelu`](nn_core::PRelu), are called `weight`.
pub(super) fn torch_name(name: &str, layers: &[LayerSpec]) -> String {
    name.strip_prefix("layers.").and_then(|name| in_chain(name, layers)).unwrap_or_else(|| name.to_owned())
}

fn in_chain(name: &str, layers: &[LayerSpec]) -> Option<String> {
    let (index, rest) = name.split_once('.')?;
    let index: usize = index.parse().ok()?;
    let place: usize = layers.get(..index)?.iter().map(modules).sum();
    Some(format!("{place}.{}", in_layer(rest, layers.get(index)?)?))
}

fn in_layer(name: &str, layer: &LayerSpec) -> Option<String> {
    match layer {
        LayerSpec::Chain(layers) => in_chain(name, layers),
        LayerSpec::Residual(layers) => {
            Some(format!("inner.{}", in_chain(name.strip_prefix("inner.")?, layers)?))
        }
        LayerSpec::Parallel(branches) => {
            let (branch, rest) = name.split_once('.')?;
            let layers = branches.get(branch.parse::<usize>().ok()?)?;
            Some(format!("{branch}.{}", in_chain(rest, layers)?))
        }
        _ => Some(match name {
            "gain" | "slope" => "weight".to_owned(),
            other => other.to_owned(),
        }),
    }
}

/// How many modules PyTorch has for a layer.
fn modules(layer: &LayerSpec) -> usize {
    match layer {
        LayerSpec::Dense { activation: Some(activation), .. } if *activation != ActivationSpec::Identity => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use nn_core::{
        Activate, BatchNorm, Dense, Dropout, Identity, LayerNorm, Network, PRelu, Parallel, Relu, Residual,
        Sequential, Tanh,
    };

    use super::*;

    #[test]
    fn names_are_those_of_a_sequential_of_pytorch() {
        let inner = Sequential::new().then(Dense::new(5, Relu)).then(Dense::linear(5));
        let layers = Sequential::new()
            .then(BatchNorm::new())
            .then(Dense::new(5, Tanh))
            .then(Dropout::new(0.5))
            .then(Residual(inner.clone()))
            .then(Dense::new(5, Identity))
            .then(PRelu::new())
            .then(LayerNorm::new())
            .then(Parallel(vec![inner, Sequential::new().then(Activate(Tanh)).then(Dense::linear(1))]))
            .then(Sequential::new().then(Activate(Relu)).then(Dense::linear(1).without_bias()));
        let network = Network::<f64, _>::new(2, layers, 0).expect("it fits").to_sequential().expect("known");
        let specs = network.layers().specs().expect("known");
        let (layout, state) = (network.layout(), network.state_layout());
        let names: Vec<_> = layout.tensors().iter().map(|tensor| torch_name(&tensor.name, &specs)).collect();
        let expected = "0.weight 0.bias 1.weight 1.bias 4.inner.0.weight 4.inner.0.bias 4.inner.2.weight 4.inner.2.bias \
            5.weight 5.bias 6.weight 7.weight 7.bias 8.0.0.weight 8.0.0.bias 8.0.2.weight 8.0.2.bias \
            8.1.1.weight 8.1.1.bias 9.1.weight";
        assert_eq!(names.join(" "), expected);
        let names: Vec<_> = state.tensors().iter().map(|tensor| torch_name(&tensor.name, &specs)).collect();
        assert_eq!(names, ["0.running_mean", "0.running_var"]);
    }
}
