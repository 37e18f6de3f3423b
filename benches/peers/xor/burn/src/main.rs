use burn::module::Module;
use burn::optim::{GradientsParams, SgdConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, activation};

#[derive(Module, Debug)]
struct Mlp {
    hidden: Linear,
    output: Linear,
}

impl Mlp {
    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.output.forward(activation::tanh(self.hidden.forward(x)))
    }
}

fn main() {
    let device = Device::flex().autodiff();
    device.seed(0);
    let x = Tensor::<2>::from_data([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], &device);
    let labels = [0_i64, 1, 1, 0];
    let y = Tensor::<1, Int>::from_data(labels, &device);
    let hidden = LinearConfig::new(2, 7).init(&device);
    let mut network = Mlp { hidden, output: LinearConfig::new(7, 2).init(&device) };
    let mut optimizer = SgdConfig::new().init();
    let loss = CrossEntropyLossConfig::new().init(&device);
    for _ in 0..2000 {
        let value = loss.forward(network.forward(x.clone()), y.clone());
        let gradients = GradientsParams::from_grads(value.backward(), &network);
        // The mean over four samples, so four times the rate of a sum.
        network = optimizer.step(0.4, network, gradients);
    }
    let classes: Vec<i64> =
        network.forward(x).argmax(1).into_data().convert::<i64>().into_vec().expect("i64");
    println!("{classes:?}");
    assert_eq!(classes, labels);
}
