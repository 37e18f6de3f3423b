//! What the network answers all over the picture.

use ndarray::Array2;
use nn_core::Link;

use crate::session::class_of;
use crate::{Result, Session, words};

/// What is answered at each place of a grid, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surface {
    /// The class; of values 1 for those above the middle, else 0.
    pub class: Vec<u8>,
    /// How sure that is, from 0 to 255; of values the distance from the middle.
    pub sure: Vec<u8>,
}

impl Session {
    /// The inputs at the middles of `across` times `up` cells; a line has one row.
    fn grid(&self, across: usize, up: usize) -> Result<Array2<f64>> {
        let view = self.data.view;
        let middle = |[from, to]: [f64; 2], cell: usize, cells: usize| {
            from + (to - from) * (cell as f64 + 0.5) / cells as f64
        };
        let rows = if self.is_line() { 1 } else { up };
        let cells = (0..rows * across).flat_map(|cell| {
            let x = middle(view.x, cell % across, across);
            let y = middle(view.y, rows - 1 - cell / across, rows);
            self.data.eyes.see([x, y])
        });
        Array2::from_shape_vec((rows * across, self.network.in_dim()), cells.collect()).map_err(words)
    }

    /// Whether there is one input, so that answers are a curve.
    pub fn is_line(&self) -> bool {
        self.data.eyes.is_line()
    }

    /// The response of every neuron: of the inputs, of each hidden layer, of the outputs; each a grid of `size` times `size`,
    /// row by row from the top, or `size` numbers along a line.
    pub fn neurons(&self, size: usize) -> Result<Vec<f32>> {
        let outputs = self.outputs(self.grid(size, size)?)?;
        let columns = outputs.iter().flat_map(|layer| layer.columns());
        #[expect(clippy::cast_possible_truncation, reason = "for a picture")]
        Ok(columns.flat_map(|column| column.into_iter().map(|&a| a as f32)).collect())
    }

    /// What the network answers on a grid of `size` times `size`.
    pub fn surface(&self, size: usize) -> Result<Surface> {
        let outputs = self.network.predict_proba(self.grid(size, size)?.view()).map_err(words)?;
        let of_row = |row: ndarray::ArrayView1<'_, f64>| {
            if self.data.classes == 0 {
                // Values over a plane have mean 0 and variance 1.
                let [low, high] = if self.is_line() { self.data.view.y } else { [-2.0, 2.0] };
                let distance = (row[0] - f64::midpoint(low, high)) / ((high - low) / 2.0);
                return (usize::from(distance > 0.0), distance.abs());
            }
            match (self.network.link(), row.len()) {
                (Some(Link::Logistic), 1) => (usize::from(row[0] > 0.5), (2.0 * row[0] - 1.0).abs()),
                (_, 1) => (usize::from(row[0] > 0.0), row[0].abs()),
                (link, classes) => {
                    let class = class_of(row);
                    let chance = if link == Some(Link::Softmax) { 1.0 / classes as f64 } else { 0.0 };
                    (class, (row[class] - chance) / (1.0 - chance))
                }
            }
        };
        let answers: Vec<_> = outputs.outer_iter().map(of_row).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
        let byte = |share: f64| (255.0 * share.clamp(0.0, 1.0)) as u8;
        Ok(Surface {
            class: answers.iter().map(|(class, _)| u8::try_from(*class).unwrap_or(u8::MAX)).collect(),
            sure: answers.iter().map(|(_, sure)| byte(*sure)).collect(),
        })
    }
}
