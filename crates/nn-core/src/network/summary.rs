use std::fmt;

use crate::Architecture;
use crate::layer::visit_layers_of;

/// A table of a network's layers, for printing.
///
/// Made by [`Network::summary`](crate::Network::summary).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The header, a row a layer, the total.
    rows: Vec<[String; 5]>,
    /// Whether the last column says anything.
    has_state: bool,
}

impl Summary {
    pub(super) fn of<L: Architecture>(layers: &L, in_dim: usize, params: usize, state: usize) -> Self {
        let mut rows = vec![["layer", "type", "outputs", "parameters", "state"].map(str::to_owned)];
        visit_layers_of(layers, "layers", in_dim, &mut |layer| {
            let [outputs, params, state] =
                [layer.out_dim, layer.params, layer.state].map(|number| number.to_string());
            rows.push([layer.path.to_owned(), layer.name.to_owned(), outputs, params, state]);
        });
        rows.push(["total".to_owned(), String::new(), String::new(), params.to_string(), state.to_string()]);
        Self { rows, has_state: state > 0 }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [w0, w1, w2, w3, w4] =
            [0, 1, 2, 3, 4].map(|column| self.rows.iter().map(|row| row[column].len()).max().unwrap_or(0));
        for [layer, kind, outputs, params, state] in &self.rows {
            write!(f, "{layer:<w0$}  {kind:<w1$}  {outputs:>w2$}  {params:>w3$}")?;
            if self.has_state {
                write!(f, "  {state:>w4$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
