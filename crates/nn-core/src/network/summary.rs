use std::fmt;

use crate::Architecture;
use crate::layer::visit_layers_of;

/// A table of a network's layers, for printing.
///
/// Made by [`Network::summary`](crate::Network::summary).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The header, a row a layer, the total.
    rows: Vec<[String; 4]>,
}

impl Summary {
    pub(super) fn of<L: Architecture>(layers: &L, in_dim: usize, total: usize) -> Self {
        let mut rows = vec![["layer", "type", "outputs", "parameters"].map(str::to_owned)];
        visit_layers_of(layers, "layers", in_dim, &mut |layer| {
            let numbers = (layer.out_dim.to_string(), layer.params.to_string());
            rows.push([layer.path.to_owned(), layer.name.to_owned(), numbers.0, numbers.1]);
        });
        rows.push(["total".to_owned(), String::new(), String::new(), total.to_string()]);
        Self { rows }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [w0, w1, w2, w3] =
            [0, 1, 2, 3].map(|column| self.rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
        for [layer, kind, outputs, params] in &self.rows {
            writeln!(f, "{layer:<w0$}  {kind:<w1$}  {outputs:>w2$}  {params:>w3$}")?;
        }
        Ok(())
    }
}
