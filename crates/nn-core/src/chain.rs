//! Layers one after the other: a chain of layers is a layer.

use rand::Rng;

use crate::layer::{join, visit_layers_of, visit_params_of, visit_state_of};
use crate::memory::{batch_view, batch_view_mut};
use crate::{
    Architecture, Backward, Forward, ForwardRow, Init, Layer, LayerInfo, LayerSpec, ParamSpec, Scalar,
    ShapeError, StateUpdate,
};

/// Two layers, the second on the outputs of the first: y = b(a(x)).
///
/// Tuples of up to 16 layers are chains too, and numbered from 0 to 15; `Chain` is for code that composes layers of
/// unknown type. All are compiled for their layer types, without dynamic calls; for layers chosen at run time see
/// [`Sequential`](crate::Sequential).
///
/// # Example
/// ```
/// use nn_core::{Architecture, Chain, Dense, Tanh};
///
/// let chain = Chain(Dense::new(7, Tanh), Dense::linear(2));
/// let tuple = (Dense::new(7, Tanh), Dense::linear(2));
/// assert_eq!(chain.out_dim(3)?, 2);
/// assert_eq!(chain.param_len(3), tuple.param_len(3));
/// # Ok::<(), nn_core::ShapeError>(())
/// ```
///
/// # Workspace
/// The outputs of `a`, their gradient, then the scalars of `a` and of `b`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Chain<A, B>(pub A, pub B);

impl<A: Architecture, B: Architecture> Chain<A, B> {
    /// Outputs of the first layer. Called after the network was built, when every size is known to fit.
    fn hidden(&self, in_dim: usize) -> usize {
        self.0.out_dim(in_dim).expect("checked when the network was built")
    }
}

impl<A: Architecture, B: Architecture> Architecture for Chain<A, B> {
    fn name(&self) -> &'static str {
        "Chain"
    }

    fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
        let hidden = self.0.out_dim(in_dim).map_err(|e| e.at(0))?;
        self.1.out_dim(hidden).map_err(|e| e.at(1))
    }

    fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit_params_of(&self.0, "0", in_dim, visit);
        visit_params_of(&self.1, "1", self.hidden(in_dim), visit);
    }

    fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
        visit_state_of(&self.0, "0", in_dim, visit);
        visit_state_of(&self.1, "1", self.hidden(in_dim), visit);
    }

    fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
        visit_layers_of(&self.0, "0", in_dim, visit);
        visit_layers_of(&self.1, "1", self.hidden(in_dim), visit);
    }

    fn param_len(&self, in_dim: usize) -> usize {
        // Saturates, so that a size beyond all memory is refused and does not wrap around.
        self.0.param_len(in_dim).saturating_add(self.1.param_len(self.hidden(in_dim)))
    }

    fn state_len(&self, in_dim: usize) -> usize {
        self.0.state_len(in_dim).saturating_add(self.1.state_len(self.hidden(in_dim)))
    }

    fn work_len(&self, batch: usize, in_dim: usize) -> usize {
        let hidden = self.hidden(in_dim);
        2 * batch * hidden + self.0.work_len(batch, in_dim) + self.1.work_len(batch, hidden)
    }

    fn mixes_samples(&self) -> bool {
        self.0.mixes_samples() || self.1.mixes_samples()
    }

    fn spec(&self) -> Option<LayerSpec> {
        Some(LayerSpec::Chain(vec![self.0.spec()?, self.1.spec()?]))
    }
}

impl<T: Scalar, A: Layer<T>, B: Layer<T>> Layer<T> for Chain<A, B> {
    fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
        let (a, b) = params.split_at_mut(self.0.param_len(in_dim));
        self.0.init(in_dim, a, init, rng);
        self.1.init(self.hidden(in_dim), b, init, rng);
    }

    fn init_state(&self, in_dim: usize, state: &mut [T]) {
        let (a, b) = state.split_at_mut(self.0.state_len(in_dim));
        self.0.init_state(in_dim, a);
        self.1.init_state(self.hidden(in_dim), b);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        let Forward { params, state, x, y, work, mode } = pass;
        let (batch, in_dim) = x.dim();
        let hidden = self.hidden(in_dim);
        let (pa, pb) = params.split_at(self.0.param_len(in_dim));
        let (sa, sb) = state.split_at(self.0.state_len(in_dim));
        let (h, work) = work.split_at_mut(batch * hidden);
        let (wa, wb) = work[batch * hidden..].split_at_mut(self.0.work_len(batch, in_dim));
        let (mode_a, mode_b) = mode.split();
        let ya = batch_view_mut(h, batch, hidden);
        self.0.forward(Forward { params: pa, state: sa, x, y: ya, work: wa, mode: mode_a });
        let xb = batch_view(h, batch, hidden);
        self.1.forward(Forward { params: pb, state: sb, x: xb, y, work: wb, mode: mode_b });
    }

    fn forward_row(&self, row: ForwardRow<'_, T>) {
        let ForwardRow { params, state, x, y, work } = row;
        let hidden = self.hidden(x.len());
        let (pa, pb) = params.split_at(self.0.param_len(x.len()));
        let (sa, sb) = state.split_at(self.0.state_len(x.len()));
        let (h, work) = work.split_at_mut(hidden);
        let (wa, wb) = work[hidden..].split_at_mut(self.0.work_len(1, x.len()));
        self.0.forward_row(ForwardRow { params: pa, state: sa, x, y: h, work: wa });
        self.1.forward_row(ForwardRow { params: pb, state: sb, x: h, y, work: wb });
    }

    fn packed_len(&self, in_dim: usize) -> usize {
        let first = self.0.packed_len(in_dim).next_multiple_of(T::LINE);
        first.saturating_add(self.1.packed_len(self.hidden(in_dim)))
    }

    fn pack(&self, in_dim: usize, params: &[T], packed: &mut [T]) {
        let (pa, pb) = params.split_at(self.0.param_len(in_dim));
        let len = self.0.packed_len(in_dim);
        let (a, b) = packed.split_at_mut(len.next_multiple_of(T::LINE));
        self.0.pack(in_dim, pa, &mut a[..len]);
        self.1.pack(self.hidden(in_dim), pb, b);
    }

    fn forward_packed(&self, row: ForwardRow<'_, T>) {
        let ForwardRow { params, state, x, y, work } = row;
        let hidden = self.hidden(x.len());
        let len = self.0.packed_len(x.len());
        let (pa, pb) = params.split_at(len.next_multiple_of(T::LINE));
        let (sa, sb) = state.split_at(self.0.state_len(x.len()));
        let (h, work) = work.split_at_mut(hidden);
        let (wa, wb) = work[hidden..].split_at_mut(self.0.work_len(1, x.len()));
        self.0.forward_packed(ForwardRow { params: &pa[..len], state: sa, x, y: h, work: wa });
        self.1.forward_packed(ForwardRow { params: pb, state: sb, x: h, y, work: wb });
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let Backward { params, state, x, y, work, mode, dy, dparams, dx } = pass;
        let (batch, in_dim) = x.dim();
        let hidden = self.hidden(in_dim);
        let len_a = self.0.param_len(in_dim);
        let (pa, pb) = params.split_at(len_a);
        let (da, db) = dparams.split_at_mut(len_a);
        let (sa, sb) = state.split_at(self.0.state_len(in_dim));
        let (h, work) = work.split_at_mut(batch * hidden);
        let (dh, work) = work.split_at_mut(batch * hidden);
        let (wa, wb) = work.split_at_mut(self.0.work_len(batch, in_dim));
        let h = batch_view(h, batch, hidden);
        let (mode_a, mode_b) = mode.split();
        self.1.backward(Backward {
            params: pb,
            state: sb,
            x: h,
            y,
            work: wb,
            mode: mode_b,
            dy,
            dparams: db,
            dx: Some(batch_view_mut(dh, batch, hidden)),
        });
        self.0.backward(Backward {
            params: pa,
            state: sa,
            x,
            y: h,
            work: wa,
            mode: mode_a,
            dy: batch_view_mut(dh, batch, hidden),
            dparams: da,
            dx,
        });
    }

    fn update_state(&self, update: StateUpdate<'_, T>) {
        let StateUpdate { batch, in_dim, work, state } = update;
        let hidden = self.hidden(in_dim);
        let (sa, sb) = state.split_at_mut(self.0.state_len(in_dim));
        let (wa, wb) = work[2 * batch * hidden..].split_at(self.0.work_len(batch, in_dim));
        self.0.update_state(StateUpdate { batch, in_dim, work: wa, state: sa });
        self.1.update_state(StateUpdate { batch, in_dim: hidden, work: wb, state: sb });
    }

    fn first_not_finite(&self, batch: usize, in_dim: usize, work: &[T]) -> String {
        let hidden = self.hidden(in_dim);
        let (h, work) = work.split_at(batch * hidden);
        let (wa, wb) = work[batch * hidden..].split_at(self.0.work_len(batch, in_dim));
        if h.iter().all(|h| h.is_finite()) {
            return join("1", &self.1.first_not_finite(batch, hidden, wb));
        }
        join("0", &self.0.first_not_finite(batch, in_dim, wa))
    }
}

/// `chain!(a, b, c)` nests to `Chain(a, Chain(b, c))`.
macro_rules! chain {
    ($last:expr) => { $last };
    ($first:expr, $($rest:expr),+) => { Chain($first, chain!($($rest),+)) };
}

/// The path within a tuple of `last + 1` layers, from that within the nested chain, which calls the third of four layers
/// 1.1.0 and the fourth 1.1.1.
fn unnested(path: &str, last: usize) -> String {
    let (mut index, mut rest) = (0, path);
    while index < last {
        let (step, inner) = rest.split_once('.').unwrap_or((rest, ""));
        rest = inner;
        if step == "0" {
            break;
        }
        index += 1;
    }
    join(&index.to_string(), rest)
}

/// A tuple is the nested [`Chain`] of its layers, but for the numbering of the layers.
macro_rules! tuple_is_a_chain {
    ($($layer:ident $index:tt),+) => {
        impl<$($layer: Architecture),+> Architecture for ($($layer,)+) {
            fn name(&self) -> &'static str {
                "Chain"
            }
            fn out_dim(&self, in_dim: usize) -> Result<usize, ShapeError> {
                $(let in_dim = self.$index.out_dim(in_dim).map_err(|e| e.at($index))?;)+
                Ok(in_dim)
            }
            fn visit_params(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
                let mut dim = in_dim;
                $(
                    visit_params_of(&self.$index, stringify!($index), dim, visit);
                    dim = self.$index.out_dim(dim).unwrap_or(0);
                )+
                let _ = dim;
            }
            fn visit_state(&self, in_dim: usize, visit: &mut dyn FnMut(ParamSpec<'_>)) {
                let mut dim = in_dim;
                $(
                    visit_state_of(&self.$index, stringify!($index), dim, visit);
                    dim = self.$index.out_dim(dim).unwrap_or(0);
                )+
                let _ = dim;
            }
            fn visit_layers(&self, in_dim: usize, visit: &mut dyn FnMut(LayerInfo<'_>)) {
                let mut dim = in_dim;
                $(
                    visit_layers_of(&self.$index, stringify!($index), dim, visit);
                    dim = self.$index.out_dim(dim).unwrap_or(0);
                )+
                let _ = dim;
            }
            fn param_len(&self, in_dim: usize) -> usize {
                chain!($(&self.$index),+).param_len(in_dim)
            }
            fn state_len(&self, in_dim: usize) -> usize {
                chain!($(&self.$index),+).state_len(in_dim)
            }
            fn work_len(&self, batch: usize, in_dim: usize) -> usize {
                chain!($(&self.$index),+).work_len(batch, in_dim)
            }
            fn mixes_samples(&self) -> bool {
                $(self.$index.mixes_samples())||+
            }
            fn spec(&self) -> Option<LayerSpec> {
                Some(LayerSpec::Chain(vec![$(self.$index.spec()?),+]))
            }
        }

        impl<T: Scalar, $($layer: Layer<T>),+> Layer<T> for ($($layer,)+) {
            fn init(&self, in_dim: usize, params: &mut [T], init: Init, rng: &mut dyn Rng) {
                chain!($(&self.$index),+).init(in_dim, params, init, rng);
            }
            fn init_state(&self, in_dim: usize, state: &mut [T]) {
                chain!($(&self.$index),+).init_state(in_dim, state);
            }
            #[inline]
            fn forward(&self, pass: Forward<'_, T>) {
                chain!($(&self.$index),+).forward(pass);
            }
            #[inline]
            fn forward_row(&self, row: ForwardRow<'_, T>) {
                chain!($(&self.$index),+).forward_row(row);
            }
            fn packed_len(&self, in_dim: usize) -> usize {
                Layer::<T>::packed_len(&chain!($(&self.$index),+), in_dim)
            }
            fn pack(&self, in_dim: usize, params: &[T], packed: &mut [T]) {
                chain!($(&self.$index),+).pack(in_dim, params, packed);
            }
            #[inline]
            fn forward_packed(&self, row: ForwardRow<'_, T>) {
                chain!($(&self.$index),+).forward_packed(row);
            }
            #[inline]
            fn backward(&self, pass: Backward<'_, T>) {
                chain!($(&self.$index),+).backward(pass);
            }
            fn update_state(&self, update: StateUpdate<'_, T>) {
                chain!($(&self.$index),+).update_state(update);
            }
            fn first_not_finite(&self, batch: usize, in_dim: usize, work: &[T]) -> String {
                let path = chain!($(&self.$index),+).first_not_finite(batch, in_dim, work);
                let last = [$($index),+].len() - 1;
                unnested(&path, last)
            }
        }
    };
}

tuple_is_a_chain!(A 0);
tuple_is_a_chain!(A 0, B 1);
tuple_is_a_chain!(A 0, B 1, C 2);
tuple_is_a_chain!(A 0, B 1, C 2, D 3);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14);
tuple_is_a_chain!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_a_tuple_are_numbered_from_0() {
        // Two layers: 0, 1. Four layers: 0, 1.0, 1.1.0, 1.1.1; what follows lies within the layer.
        let cases = [
            ("", 0, "0"),
            ("inner", 0, "0.inner"),
            ("0", 1, "0"),
            ("1", 1, "1"),
            ("1.0", 1, "1.0"),
            ("0.1", 3, "0.1"),
            ("1.0", 3, "1"),
            ("1.1.0", 3, "2"),
            ("1.1.1", 3, "3"),
            ("1.1.1.inner.0", 3, "3.inner.0"),
        ];
        for (nested, last, expected) in cases {
            assert_eq!(unnested(nested, last), expected, "{nested} of {} layers", last + 1);
        }
    }
}
