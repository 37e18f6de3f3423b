use smallnet::deps::ndarray::array;
use smallnet::{Batch, Dense, Network, Sgd, SoftmaxCrossEntropy, Tanh, Trainer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let labels = [0, 1, 1, 0];
    let mut network = Network::<f32, _>::new(2, (Dense::new(7, Tanh), Dense::linear(2)), 0)?;
    let mut trainer = Trainer::new(Sgd::new()).learning_rate(0.1).full_batch().epochs(2000);
    let train = Batch::new(x.view(), &labels[..])?;
    trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train, None)?;
    let classes = network.predict_classes(x.view())?;
    println!("{classes:?}");
    assert_eq!(classes, labels);
    Ok(())
}
