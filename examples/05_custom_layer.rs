//! A layer of one's own: its sizes and parameters, forward, backward; proven alone and in a chain, then trained.
//!
//! `cargo run --release --example 05_custom_layer`

use smallnet::{
    Adam, Architecture, Backward, Dense, Forward, Layer, Network, ParamKind, ParamSpec, RotatedSpirals,
    Scalar, ShapeError, SoftmaxCrossEntropy, Tanh, Trainer, gradcheck,
};

/// The inputs, their squares and their products, so that the next layer sees conic sections as straight lines:
/// y = (x_0, .., x_d, s_00 x_0 x_0, s_01 x_0 x_1, .., s_dd x_d x_d), with a learned gain s for each product.
#[derive(Debug, Clone, Copy)]
struct Quadratic;

/// The pairs (i, j) with i <= j, in the order of the outputs.
fn pairs(in_dim: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..in_dim).flat_map(move |i| (i..in_dim).map(move |j| (i, j)))
}

impl Architecture for Quadratic {
    fn name(&self) -> &'static str {
        "Quadratic"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        Ok(in_dim + pairs(in_dim).count())
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit(ParamSpec::new("gain", &[pairs(in_dim).count()], ParamKind::Gain));
    }
}

impl<T: Scalar> Layer<T> for Quadratic {
    fn init(&self, _in_dim: usize, gains: &mut [T], _init: smallnet::Init, _rng: &mut dyn rand::Rng) {
        gains.fill(T::one());
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params: gains, x, mut y, .. } = pass;
        for (x, mut y) in x.rows().into_iter().zip(y.rows_mut()) {
            let d = x.len();
            for i in 0..d {
                y[i] = x[i];
            }
            for (k, (i, j)) in pairs(d).enumerate() {
                y[d + k] = gains[k] * x[i] * x[j];
            }
        }
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params: gains, x, dy, dparams: dgains, mut dx, .. } = pass;
        dgains.fill(T::zero());
        for (n, (x, dy)) in x.rows().into_iter().zip(dy.rows()).enumerate() {
            let d = x.len();
            for (k, (i, j)) in pairs(d).enumerate() {
                dgains[k] += x[i] * x[j] * dy[d + k];
            }
            if let Some(dx) = &mut dx {
                for i in 0..d {
                    dx[[n, i]] = dy[i];
                }
                for (k, (i, j)) in pairs(d).enumerate() {
                    dx[[n, i]] += gains[k] * x[j] * dy[d + k];
                    dx[[n, j]] += gains[k] * x[i] * dy[d + k];
                }
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("alone: {}", gradcheck::layer(&Quadratic, 3)?);
    let layers = (Quadratic, Dense::new(15, Tanh), Dense::linear(4));
    println!("in a chain: {}", gradcheck::layer(&layers, 2)?);

    let train = RotatedSpirals::default().generate::<f64>(1)?;
    let test = RotatedSpirals::default().generate::<f64>(2)?;
    let mut network = Network::new(2, layers, 0)?;
    println!("{}", network.summary());
    let mut trainer =
        Trainer::new(Adam::new()).learning_rate(0.01).l2(1e-3).full_batch().epochs(2000).record_every(100);
    let report = trainer.fit(&mut network, &SoftmaxCrossEntropy::sum(), train.view(), Some(test.view()))?;
    println!("{report}");
    Ok(())
}
