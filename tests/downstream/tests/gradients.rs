//! The proof of every gradient in the crate, and the layer at work in a network.

use nn_core::deps::ndarray::Array2;
use nn_core::{Batch, Dense, Error, HalfSquaredError, Network, Tanh, Workspace, gradcheck};
use rbf::{Gaussian, Rbf};

#[test]
fn the_gradient_of_the_activation_is_right() -> Result<(), gradcheck::Failure> {
    gradcheck::activation(&Gaussian).map(drop)
}

#[test]
fn the_gradient_of_the_layer_is_right() -> Result<(), gradcheck::Failure> {
    gradcheck::layer(&Rbf::new(4), 3).map(drop)
}

#[test]
fn the_gradient_of_a_chain_is_right() -> Result<(), gradcheck::Failure> {
    gradcheck::layer(&(Dense::new(3, Gaussian), Rbf::new(4), Dense::new(2, Tanh)), 2).map(drop)
}

#[test]
fn a_network_of_both_learns_two_bumps() -> Result<(), Box<dyn std::error::Error>> {
    // A hill and a hollow: two centres suffice, and no straight line does.
    let x = Array2::from_shape_fn((40, 2), |(n, j)| [n % 8, n / 8][j] as f64 / 2.0 - [1.75, 1.0][j]);
    let bump = |x: f64, y: f64| (-2.0 * ((x - 1.0).powi(2) + y * y)).exp();
    let y = Array2::from_shape_fn((40, 1), |(n, _)| bump(x[[n, 0]], x[[n, 1]]) - bump(-x[[n, 0]], x[[n, 1]]));
    let (batch, loss) = (Batch::new(x.view(), &*y)?, HalfSquaredError::mean());

    let layers = (Rbf::new(6), Dense::new(4, Gaussian), Dense::linear(1));
    let mut network = Network::new(2, layers, 0)?;
    gradcheck::network(&network, &loss, batch)?;

    let mut workspace = Workspace::new();
    let mut gradient = vec![0.0; network.params().len()];
    let mut losses = Vec::new();
    for _ in 0..200 {
        let pass = network.forward(batch.x(), &mut workspace)?;
        losses.push(pass.backward(&loss, batch.y(), batch.weights(), &mut gradient)?);
        for (param, gradient) in network.params_mut().iter_mut().zip(&gradient) {
            *param -= 0.2 * gradient;
        }
    }
    assert!(losses[199] < 0.3 * losses[0], "from {} to {}", losses[0], losses[199]);
    Ok(())
}

#[test]
fn a_layer_without_units_is_refused() {
    let error = Network::<f64, _>::new(2, (Rbf::new(3), Rbf::new(0)), 0).unwrap_err();
    assert!(matches!(error, Error::Shape(_)));
    assert_eq!(error.to_string(), "layer 1 (Rbf): expected at least 1 unit, found 0");
}
