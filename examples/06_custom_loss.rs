//! A loss of one's own: the value and its gradient; proven, then trained on data with outliers.
//!
//! `cargo run --release --example 06_custom_loss`

use ndarray::{Array2, ArrayRef2, ArrayView2, ArrayViewMut2, array};
use smallnet::{
    Dense, Error, HalfSquaredError, Loss, Network, Reduction, Regression, Scalar, Scale, Sgd, Tanh, Trainer,
    check_values, gradcheck,
};

/// l = Σ_k ln(1 + (p_k - y_k)²), the negative log-likelihood of a Cauchy distribution: its gradient forgets outliers.
#[derive(Debug, Clone, Copy)]
struct Cauchy;

impl<T: Scalar> Loss<T, ArrayRef2<T>> for Cauchy {
    fn reduction(&self) -> Reduction {
        Reduction::Mean
    }

    fn check(&self, outputs: usize, target: &ArrayRef2<T>) -> Result<(), Error> {
        check_values(outputs, target)
    }

    fn value_and_grad(
        &self,
        prediction: ArrayView2<'_, T>,
        target: &ArrayRef2<T>,
        scale: Scale<'_, T>,
        mut dprediction: Option<ArrayViewMut2<'_, T>>,
    ) -> T {
        let mut value = T::zero();
        for ((n, k), &p) in prediction.indexed_iter() {
            let error = p - target[[n, k]];
            value += scale.of(n) * (error * error).ln_1p();
            if let Some(dp) = &mut dprediction {
                dp[[n, k]] = scale.of(n) * (error + error) / (T::one() + error * error);
            }
        }
        value
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = array![[0.5, -1.0], [2.0, 0.0], [-3.0, 0.25]];
    println!("proof: {}", gradcheck::loss(&Cauchy, 2, &*target)?);

    // sin x, and every tenth sample is off by 5.
    let x = Array2::from_shape_fn((200, 1), |(n, _)| (n as f64 - 100.0) / 32.0);
    let mut y = x.mapv(f64::sin);
    let truth = y.clone();
    y.iter_mut().step_by(10).for_each(|y| *y += 5.0);
    let data = Regression::new(x.clone(), y)?;

    println!("squared error: off by {:.3} on average", mean_error(&HalfSquaredError::mean(), &data, &truth)?);
    println!("Cauchy:        off by {:.3} on average", mean_error(&Cauchy, &data, &truth)?);
    Ok(())
}

/// Trains a network of 1-15-1 and gives its mean distance from the truth.
fn mean_error<P: Loss<f64, ArrayRef2<f64>>>(
    loss: &P,
    data: &Regression<f64>,
    truth: &Array2<f64>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let mut network = Network::new(1, (Dense::new(15, Tanh), Dense::linear(1)), 0)?;
    let mut trainer =
        Trainer::new(Sgd::new()).learning_rate(0.05).full_batch().epochs(5000).record_every(5000);
    trainer.fit(&mut network, loss, data.view(), None)?;
    let errors = (network.predict(data.x())? - truth).mapv(f64::abs);
    Ok(errors.mean().unwrap_or(f64::NAN))
}
