//! A single sample: y = W x + b with vectors along the outputs, whose sums run over the inputs in order, as in a batch.
//!
//! The numbers of a row of W lie side by side, those of an output's neighbours do not. So squares of W are turned in
//! registers on the way.

/// Makes a module of this kernel for one scalar type and one instruction set; squares are as wide as a vector.
macro_rules! row_kernel {
    (
        $(#[$target:meta])* mod $name:ident, $T:ty, $V:ty, lanes $W:literal, fused $FUSED:expr,
        splat $splat:path, multiply_add $multiply_add:path, turn $turn:path
    ) => {
        pub(in crate::kernel) mod $name {
            use super::*;
            use crate::kernel::plain;

            /// y = W x + b.
            $(#[$target])*
            pub(in crate::kernel) fn affine(weight: &[$T], bias: Option<&[$T]>, x: &[$T], y: &mut [$T]) {
                let mut row = 0;
                while row + 4 * $W <= y.len() {
                    rows::<4>(weight, bias, x, y, row);
                    row += 4 * $W;
                }
                while row + $W <= y.len() {
                    rows::<1>(weight, bias, x, y, row);
                    row += $W;
                }
                for row in row..y.len() {
                    let start = bias.map_or(0.0, |bias| bias[row]);
                    y[row] = with_rest(start, &weight[row * x.len()..][..x.len()], x);
                }
            }

            /// The sum, once these products are in.
            $(#[$target])*
            #[inline]
            fn with_rest(start: $T, weight: &[$T], x: &[$T]) -> $T {
                let add = |sum, (&w, &x)| plain::multiply_add::<$T, { $FUSED }>(w, x, sum);
                weight.iter().zip(x).fold(start, add)
            }

            /// `G` vectors of outputs, from `first` on: one alone would wait for each of its sums.
            $(#[$target])*
            #[inline]
            fn rows<const G: usize>(weight: &[$T], bias: Option<&[$T]>, x: &[$T], y: &mut [$T], first: usize) {
                let weight = &weight[first * x.len()..];
                let mut sums: [$V; G] = [$splat(0.0); G];
                if let Some(bias) = bias {
                    let (vectors, _) = bias[first..].as_chunks::<$W>();
                    for g in 0..G {
                        sums[g] = bytemuck::must_cast(vectors[g]);
                    }
                }
                let (inner, whole) = (x.len(), x.len() / $W * $W);
                for k in (0..whole).step_by($W) {
                    for g in 0..G {
                        let mut square = [[0.0; $W]; $W];
                        for r in 0..$W {
                            let row = &weight[(g * $W + r) * inner..];
                            square[r] = *row[k..].first_chunk().expect("a whole row of the square");
                        }
                        let columns = $turn(square);
                        for i in 0..$W {
                            sums[g] = $multiply_add($splat(x[k + i]), bytemuck::must_cast(columns[i]), sums[g]);
                        }
                    }
                }
                let sums: [[$T; $W]; G] = sums.map(|vector| bytemuck::must_cast(vector));
                let sums = sums.as_flattened();
                for (row, (y, &sum)) in y[first..].iter_mut().zip(sums).enumerate() {
                    *y = with_rest(sum, &weight[row * inner + whole..][..inner - whole], &x[whole..]);
                }
            }
        }
    };
}
pub(super) use row_kernel;
