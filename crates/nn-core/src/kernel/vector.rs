//! Register-blocked kernels, written once and compiled for each instruction set.
//!
//! A tile of C, some rows by some vectors, stays in registers while k runs: each vector of B that is loaded serves all
//! its rows, each number of A all its vectors. Every output is one sum over k in order, so its bits depend neither on
//! the tile nor on the width of a vector, and the last tile of a row may overlap the one before.
//!
//! Left to itself, the compiler keeps tiles of this size in memory, twenty times slower. So tiles are arrays of vector
//! types, and their products are intrinsics, which are safe inside a function that has the instruction set.

/// Rows of B at most that stay in the first-level cache in their whole length.
pub(super) const SHALLOW: usize = 64;

/// Numbers of B that fit a panel of a small network.
pub(super) const SMALL_PANEL: usize = 1024;

/// Rows of C, and of B, that are copied at a time if they are hardly longer than a vector.
pub(super) const SHORT_ROWS: usize = 24;
pub(super) const SHORT_DEPTH: usize = 64;

/// Some rows and columns of B, for as many columns of C.
#[derive(Clone, Copy)]
pub(super) struct Panel<'a, T> {
    /// `b[k * b_inner + column]`, from its first row and column on.
    pub(super) b: &'a [T],
    pub(super) b_inner: usize,
    /// Its first row of B: the number of terms that the sums have already.
    pub(super) from: usize,
    /// Its rows of B.
    pub(super) depth: usize,
    /// Its first column of C.
    pub(super) column: usize,
    /// How many tiles lie in it side by side.
    pub(super) tiles: usize,
}

/// Makes a module of kernels for one scalar type and one instruction set.
///
/// `lanes`: numbers in a vector. `rows` by `vectors`: the largest tile, which with its operands fills the registers.
/// `depth`: rows of B that are packed at a time, no more than fit the first-level cache with a panel's width.
/// `side`: that of the squares which `turn` transposes.
/// `dot_lanes`: lanes of a scalar product, the same for every instruction set. `dot_rows` by `dot_columns`: scalar products
/// side by side.
macro_rules! vector_kernels {
    (
        $(#[$target:meta])* mod $name:ident, $T:ty, $V:ty, lanes $W:literal,
        rows $ROWS:literal, vectors $VECTORS:literal, depth $DEPTH:literal,
        dot_lanes $LANES:literal, dot_rows $DOT_ROWS:literal, dot_columns $DOT_COLUMNS:literal, fused $FUSED:expr,
        splat $splat:path, multiply_add $multiply_add:path, add $add:path, total $total:path,
        side $SIDE:literal, turn $turn:path
    ) => {
        pub(super) mod $name {
            use super::*;
            use crate::kernel::vector::{Panel, SHALLOW, SHORT_DEPTH, SHORT_ROWS, SMALL_PANEL};
            use crate::kernel::{Product, plain};

            /// Vectors in the lanes of a scalar product.
            const PARTS: usize = $LANES / $W;

            #[inline(always)]
            fn load(from: &[$T]) -> $V {
                let numbers: &[$T; $W] = from.first_chunk().expect("a whole vector");
                bytemuck::must_cast(*numbers)
            }

            #[inline(always)]
            fn store(vector: $V, to: &mut [$T]) {
                *to.first_chunk_mut::<$W>().expect("room for a vector") = bytemuck::must_cast(vector);
            }

            /// C = A B + bias.
            $(#[$target])*
            pub(in crate::kernel) fn product(p: &Product<'_, $T>, c: &mut [$T]) {
                if p.columns < $W {
                    let (b, wide) = (&mut [0.0; SHORT_DEPTH * $W], &mut [0.0; SHORT_ROWS * $W]);
                    short::<1>(p, b, wide, c);
                } else if p.columns > $W && p.columns < 2 * $W {
                    let (b, wide) = (&mut [0.0; SHORT_DEPTH * 2 * $W], &mut [0.0; SHORT_ROWS * 2 * $W]);
                    short::<2>(p, b, wide, c);
                } else if p.b_column != 1 || p.worth_packing(c.len() / p.columns) {
                    packed(p, c);
                } else {
                    direct(p, c);
                }
            }

            /// Fewer columns than `C` vectors have numbers: B, and some rows of C at a time, with columns beside them that
            /// nobody reads. `b` and `wide` are memory for the two.
            $(#[$target])*
            fn short<const C: usize>(p: &Product<'_, $T>, b: &mut [$T], wide: &mut [$T], c: &mut [$T]) {
                let width = C * $W;
                let mut from = 0;
                while from < p.inner {
                    let depth = SHORT_DEPTH.min(p.inner - from);
                    let b = &mut b[..depth * width];
                    for (k, to) in b.chunks_exact_mut(width).enumerate() {
                        let row = &p.b[(from + k) * p.b_inner..];
                        if p.b_column == 1 {
                            copy::<C>(row, to, p.columns);
                        } else {
                            for column in 0..p.columns {
                                to[column] = row[column * p.b_column];
                            }
                        }
                    }
                    let last = from + depth == p.inner;
                    let part = Panel { b, b_inner: width, from, depth, column: 0, tiles: 1 };
                    for (block, c) in c.chunks_mut(SHORT_ROWS * p.columns).enumerate() {
                        let p_block = Product { columns: width, ..p.skip_rows(block * SHORT_ROWS) };
                        let wide = &mut wide[..c.len() / p.columns * width];
                        if from > 0 {
                            for (wide, c) in wide.chunks_exact_mut(width).zip(c.chunks_exact(p.columns)) {
                                wide[..p.columns].copy_from_slice(c);
                            }
                        }
                        panel::<C>(&p_block, part, wide);
                        for (row, wide) in wide.chunks_exact(width).enumerate() {
                            let c = &mut c[row * p.columns..];
                            if last {
                                copy::<C>(wide, c, p.columns);
                            } else {
                                c[..p.columns].copy_from_slice(&wide[..p.columns]);
                            }
                        }
                    }
                    from += depth;
                }
            }

            /// Copies some numbers, fewer than `C` vectors have: where there is room for all of them whole vectors, since
            /// what lies behind is not read, or overwritten next.
            #[inline(always)]
            fn copy<const C: usize>(from: &[$T], to: &mut [$T], numbers: usize) {
                if from.len() >= C * $W && to.len() >= C * $W {
                    for v in 0..C {
                        store(load(&from[v * $W..]), &mut to[v * $W..]);
                    }
                } else {
                    to[..numbers].copy_from_slice(&from[..numbers]);
                }
            }

            /// Columns `first..` of the next tile and its number of vectors, given that those before `column` are done.
            #[inline(always)]
            fn next_panel(columns: usize, column: usize) -> (usize, usize) {
                let left = columns - column;
                // Four are two and two: a tile of one vector has too few sums to keep the multipliers busy.
                let four = $VECTORS == 3 && left > 3 * $W && left <= 4 * $W;
                let vectors = if left > 2 * $W && columns >= $VECTORS * $W && !four {
                    $VECTORS
                } else if left > $W && columns >= 2 * $W {
                    2
                } else {
                    1
                };
                (column.min(columns - vectors * $W), vectors)
            }

            /// B as it lies: if it is not deep, all of it for some rows of C, then for the next.
            $(#[$target])*
            #[inline]
            fn direct(p: &Product<'_, $T>, c: &mut [$T]) {
                let mut column = 0;
                while column < p.columns {
                    let (first, vectors) = next_panel(p.columns, column);
                    let width = vectors * $W;
                    let mut end = first + width;
                    while p.inner <= SHALLOW && next_panel(p.columns, end) == (end, vectors) {
                        end += width;
                    }
                    let tiles = (end - first) / width;
                    let (b, b_inner, depth) = (&p.b[first..], p.b_inner, p.inner);
                    let part = Panel { b, b_inner, from: 0, depth, column: first, tiles };
                    match vectors {
                        1 => panel::<1>(p, part, c),
                        2 => panel::<2>(p, part, c),
                        _ => panel::<$VECTORS>(p, part, c),
                    }
                    column = end;
                }
            }

            /// Each panel of B copied first, so that its numbers lie side by side, into a buffer no larger than need be,
            /// since making it takes time.
            $(#[$target])*
            fn packed(p: &Product<'_, $T>, c: &mut [$T]) {
                if p.inner * p.columns.next_multiple_of($W) <= SMALL_PANEL {
                    packed_in(&mut [0.0; SMALL_PANEL], p, c);
                } else {
                    #[allow(clippy::large_stack_arrays, reason = "32 KiB at most: part of a first-level cache")]
                    packed_in(&mut [0.0; $DEPTH * $VECTORS * $W], p, c);
                }
            }

            $(#[$target])*
            #[inline]
            fn packed_in(buffer: &mut [$T], p: &Product<'_, $T>, c: &mut [$T]) {
                let mut column = 0;
                while column < p.columns {
                    let (first, vectors) = next_panel(p.columns, column);
                    let width = vectors * $W;
                    let mut from = 0;
                    while from < p.inner {
                        let depth = $DEPTH.min(p.inner - from);
                        let buffer = &mut buffer[..depth * width];
                        let b = &p.b[from * p.b_inner + first * p.b_column..];
                        if p.b_column == 1 {
                            for (to, b) in buffer.chunks_exact_mut(width).zip(b.chunks(p.b_inner)) {
                                to.copy_from_slice(&b[..width]);
                            }
                        } else {
                            debug_assert_eq!(p.b_inner, 1, "the rows or the columns of B lie side by side");
                            transpose(|column| &b[column * p.b_column..], width, buffer);
                        }
                        let part = Panel { b: buffer, b_inner: width, from, depth, column: first, tiles: 1 };
                        match vectors {
                            1 => panel::<1>(p, part, c),
                            2 => panel::<2>(p, part, c),
                            _ => panel::<$VECTORS>(p, part, c),
                        }
                        from += depth;
                    }
                    column = first + width;
                }
            }

            /// `to[k * width + n] = row(n)[k]`.
            $(#[$target])*
            #[inline]
            pub(in crate::kernel) fn transpose<'a>(row: impl Fn(usize) -> &'a [$T], width: usize, to: &mut [$T]) {
                let depth = to.len() / width;
                let (whole, squares) = (depth / $SIDE * $SIDE, width / $SIDE * $SIDE);
                for n in (0..squares).step_by($SIDE) {
                    let mut rows = [&[][..]; $SIDE];
                    for r in 0..$SIDE {
                        rows[r] = &row(n + r)[..depth];
                    }
                    for k in (0..whole).step_by($SIDE) {
                        let mut square = [[0.0; $SIDE]; $SIDE];
                        for r in 0..$SIDE {
                            square[r] = *rows[r][k..].first_chunk().expect("a whole row of the square");
                        }
                        for (k, numbers) in (k..).zip($turn(square)) {
                            *to[k * width + n..].first_chunk_mut().expect("as many") = numbers;
                        }
                    }
                    for k in whole..depth {
                        for r in 0..$SIDE {
                            to[k * width + n + r] = rows[r][k];
                        }
                    }
                }
                for n in squares..width {
                    for (k, &number) in row(n)[..depth].iter().enumerate() {
                        to[k * width + n] = number;
                    }
                }
            }

            /// The columns of C that a panel gives, `C` vectors of them.
            $(#[$target])*
            #[inline]
            fn panel<const C: usize>(p: &Product<'_, $T>, panel: Panel<'_, $T>, c: &mut [$T]) {
                let rows = c.len() / p.columns;
                let mut row = 0;
                while row + $ROWS <= rows {
                    tile::<$ROWS, C>(p, panel, row, c);
                    row += $ROWS;
                }
                if $ROWS > 4 && row + 4 <= rows {
                    tile::<4, C>(p, panel, row, c);
                    row += 4;
                }
                if row + 2 <= rows {
                    tile::<2, C>(p, panel, row, c);
                    row += 2;
                }
                if row < rows {
                    tile::<1, C>(p, panel, row, c);
                }
            }

            /// `R` rows by `C` vectors of C, and as many beside them as the panel has tiles.
            $(#[$target])*
            #[inline]
            fn tile<const R: usize, const C: usize>(
                p: &Product<'_, $T>,
                panel: Panel<'_, $T>,
                row: usize,
                c: &mut [$T],
            ) {
                let mut start = [$splat(0.0); R];
                if let Some(bias) = p.bias {
                    for r in 0..R {
                        start[r] = $splat(bias[row + r]);
                    }
                }
                // Rows of A that lie side by side are slices of one length, known to be so, which need no checks.
                let mut rows = [&[][..]; R];
                if p.a_inner == 1 {
                    for r in 0..R {
                        rows[r] = &p.a[(row + r) * p.a_row + panel.from..][..panel.depth];
                    }
                }
                for tile in 0..panel.tiles {
                    let (b, column) = (&panel.b[tile * C * $W..], panel.column + tile * C * $W);
                    let mut sums = [[$splat(0.0); C]; R];
                    for r in 0..R {
                        sums[r] = [start[r]; C];
                        if panel.from > 0 {
                            sums[r] = load_all(&c[(row + r) * p.columns + column..]);
                        }
                    }
                    if p.a_inner == 1 {
                        for k in 0..panel.depth {
                            let vectors = load_all::<C>(&b[k * panel.b_inner..]);
                            for r in 0..R {
                                add_products(rows[r][k], vectors, &mut sums[r]);
                            }
                        }
                    } else {
                        let a = &p.a[row + panel.from * p.a_inner..];
                        for k in 0..panel.depth {
                            let vectors = load_all::<C>(&b[k * panel.b_inner..]);
                            let a = &a[k * p.a_inner..][..R];
                            for r in 0..R {
                                add_products(a[r], vectors, &mut sums[r]);
                            }
                        }
                    }
                    for r in 0..R {
                        let c = &mut c[(row + r) * p.columns + column..][..C * $W];
                        for v in 0..C {
                            store(sums[r][v], &mut c[v * $W..]);
                        }
                    }
                }
            }

            /// sums ← a b + sums.
            $(#[$target])*
            #[inline]
            fn add_products<const C: usize>(a: $T, b: [$V; C], sums: &mut [$V; C]) {
                let a = $splat(a);
                for v in 0..C {
                    sums[v] = $multiply_add(a, b[v], sums[v]);
                }
            }

            /// The first numbers, `C` vectors of them.
            $(#[$target])*
            #[inline]
            fn load_all<const C: usize>(from: &[$T]) -> [$V; C] {
                let from = &from[..C * $W];
                let mut vectors = [$splat(0.0); C];
                for v in 0..C {
                    vectors[v] = load(&from[v * $W..]);
                }
                vectors
            }

            /// C = A Bᵀ: the scalar products of the rows of A and of B, which have `inner` numbers each.
            $(#[$target])*
            pub(in crate::kernel) fn dots(a: &[$T], b: &[$T], inner: usize, c: &mut [$T]) {
                let columns = b.len() / inner;
                if c.is_empty() {
                    return;
                }
                let (a_tiles, c_tiles) = (a.chunks($DOT_ROWS * inner), c.chunks_mut($DOT_ROWS * columns));
                for (a, c) in a_tiles.zip(c_tiles) {
                    if a.len() == $DOT_ROWS * inner {
                        dot_rows::<$DOT_ROWS>(a, b, inner, c, columns);
                        continue;
                    }
                    for (a, c) in a.chunks_exact(inner).zip(c.chunks_exact_mut(columns)) {
                        dot_rows::<1>(a, b, inner, c, columns);
                    }
                }
            }

            $(#[$target])*
            #[inline]
            fn dot_rows<const R: usize>(a: &[$T], b: &[$T], inner: usize, c: &mut [$T], columns: usize) {
                let mut column = 0;
                while column < columns {
                    let (b, c) = (&b[column * inner..], &mut c[column..]);
                    // Four are two and two: a tile of one has too few sums to keep the multipliers busy.
                    let width = match columns - column {
                        4 => 2,
                        left => left.min($DOT_COLUMNS),
                    };
                    match width {
                        1 => dot_tile::<R, 1>(a, b, inner, c, columns),
                        2 => dot_tile::<R, 2>(a, b, inner, c, columns),
                        _ => dot_tile::<R, $DOT_COLUMNS>(a, b, inner, c, columns),
                    }
                    column += width;
                }
            }

            $(#[$target])*
            #[inline]
            fn dot_tile<const R: usize, const C: usize>(
                a: &[$T],
                b: &[$T],
                inner: usize,
                c: &mut [$T],
                columns: usize,
            ) {
                // Slices of one length, known to be so, need no checks in the loop.
                let (whole, rest) = (inner / $LANES, inner % $LANES);
                let mut a_rows = [&[][..]; R];
                for r in 0..R {
                    a_rows[r] = &a[r * inner..][..inner].as_chunks::<$LANES>().0[..whole];
                }
                let mut b_rows = [&[][..]; C];
                for v in 0..C {
                    b_rows[v] = &b[v * inner..][..inner].as_chunks::<$LANES>().0[..whole];
                }
                let mut sums = [[[$splat(0.0); PARTS]; C]; R];
                for k in 0..whole {
                    for part in 0..PARTS {
                        let mut vectors = [$splat(0.0); C];
                        for v in 0..C {
                            vectors[v] = load(&b_rows[v][k][part * $W..]);
                        }
                        for r in 0..R {
                            let a = load(&a_rows[r][k][part * $W..]);
                            for v in 0..C {
                                sums[r][v][part] = $multiply_add(a, vectors[v], sums[r][v][part]);
                            }
                        }
                    }
                }
                if rest > 0 {
                    // The last few numbers, and zeros beside them, which change no sum.
                    let (mut a_last, mut b_last) = ([[0.0; $LANES]; R], [[0.0; $LANES]; C]);
                    for r in 0..R {
                        a_last[r][..rest].copy_from_slice(&a[(r + 1) * inner - rest..][..rest]);
                    }
                    for v in 0..C {
                        b_last[v][..rest].copy_from_slice(&b[(v + 1) * inner - rest..][..rest]);
                    }
                    for part in 0..PARTS {
                        let lanes = part * $W;
                        for r in 0..R {
                            let a = load(&a_last[r][lanes..]);
                            for v in 0..C {
                                sums[r][v][part] =
                                    $multiply_add(a, load(&b_last[v][lanes..]), sums[r][v][part]);
                            }
                        }
                    }
                }
                for r in 0..R {
                    for v in 0..C {
                        c[r * columns + v] = $total(sums[r][v]);
                    }
                }
            }

            /// The sum of each row of A.
            $(#[$target])*
            pub(in crate::kernel) fn sums(a: &[$T], inner: usize, sums: &mut [$T]) {
                if inner < $LANES {
                    for (row, sum) in a.chunks_exact(inner).zip(sums) {
                        *sum = plain::sum::<$T, $LANES>(row);
                    }
                    return;
                }
                for (row, sum) in a.chunks_exact(inner).zip(sums) {
                    let (whole, rest) = row.as_chunks::<$LANES>();
                    let mut parts = [$splat(0.0); PARTS];
                    for numbers in whole {
                        for part in 0..PARTS {
                            parts[part] = $add(parts[part], load(&numbers[part * $W..]));
                        }
                    }
                    if !rest.is_empty() {
                        let mut last = [0.0; $LANES];
                        last[..rest.len()].copy_from_slice(rest);
                        for part in 0..PARTS {
                            parts[part] = $add(parts[part], load(&last[part * $W..]));
                        }
                    }
                    *sum = $total(parts);
                }
            }
        }
    };
}
pub(super) use vector_kernels;
