//! What is measured, and the model of what it costs.

use nn_core::{Dense, Identity, Network, Relu};

/// A network of one or two hidden layers.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// As it is written in tables.
    pub name: &'static str,
    /// Features, hidden units, hidden units, outputs.
    pub sizes: [usize; 4],
}

/// The networks that are measured.
pub const SHAPES: [Shape; 3] = [
    Shape { name: "20-64-32-2", sizes: [20, 64, 32, 2] },
    Shape { name: "784-128-64-10", sizes: [784, 128, 64, 10] },
    Shape { name: "784-512-512-10", sizes: [784, 512, 512, 10] },
];

/// The batches that are measured.
pub const BATCHES: [usize; 4] = [256, 1024, 4096, 16384];

/// The layers of a shape.
pub type Layers = (Dense<Relu>, Dense<Relu>, Dense<Identity>);

impl Shape {
    /// A network with the weights of seed 0.
    ///
    /// # Panics
    /// Never: the sizes are those above.
    pub fn network(&self) -> Network<f32, Layers> {
        let [inputs, first, second, outputs] = self.sizes;
        let layers = (Dense::new(first, Relu), Dense::new(second, Relu), Dense::linear(outputs));
        Network::new(inputs, layers, 0).expect("sizes above 0")
    }
}

/// What a network between ranks does: a meeting takes `latency` log₂ n seconds and its bytes over `bandwidth`.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    /// Seconds.
    pub latency: f64,
    /// Bytes a second, into each rank and out of it.
    pub bandwidth: f64,
}

impl Wire {
    /// Seconds of a sum of `parts` gradients of `params` numbers of four bytes on `ranks` ranks: a meeting to bring the pieces together
    /// and one to hand the sums out.
    pub fn sum(&self, params: usize, parts: usize, ranks: usize) -> f64 {
        if ranks == 1 {
            return 0.0;
        }
        let n = ranks as f64;
        let own = parts.div_ceil(ranks) as f64;
        let bytes = 4.0 * params as f64 * (n - 1.0) / n * (own + 1.0);
        2.0 * self.latency * n.log2() + bytes / self.bandwidth
    }

    /// Seconds of a step that takes `alone` seconds on one rank: the work of the rank with most shards, the rows that come to it, and the
    /// sum.
    pub fn step(&self, alone: f64, shape: &Shape, batch: usize, ranks: usize) -> f64 {
        if ranks == 1 {
            return alone;
        }
        let network = shape.network();
        let shards = network.shard_rows(batch).len();
        let most = shards.div_ceil(ranks) as f64 / shards as f64;
        // Features and a label; what was there already does not travel.
        let row = 4.0 * (shape.sizes[0] + 1) as f64;
        let rows = batch as f64 * most * row * (ranks - 1) as f64 / ranks as f64 / self.bandwidth;
        alone * most + rows + self.sum(network.params().len(), shards, ranks)
    }
}
