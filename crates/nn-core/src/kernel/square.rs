//! Squares of numbers, rows for columns.

/// One number at a time.
#[inline(always)]
pub(super) fn turn<T: Copy, const SIDE: usize>(rows: [[T; SIDE]; SIDE]) -> [[T; SIDE]; SIDE] {
    let mut columns = rows;
    for (c, column) in columns.iter_mut().enumerate() {
        for (number, row) in column.iter_mut().zip(&rows) {
            *number = row[c];
        }
    }
    columns
}

/// In registers, where the compiler would copy one number at a time: pairs, then fours, then halves change places.
#[cfg(target_arch = "x86_64")]
pub(super) mod avx2 {
    use std::arch::x86_64 as arch;

    use bytemuck::must_cast;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::kernel) fn turn_f32(rows: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
        let mut rows: [arch::__m256; 8] = must_cast(rows);
        for two in rows.as_chunks_mut::<2>().0 {
            let [a, b] = *two;
            *two = [arch::_mm256_unpacklo_ps(a, b), arch::_mm256_unpackhi_ps(a, b)];
        }
        for four in rows.as_chunks_mut::<4>().0 {
            let [a, b, c, d] = *four;
            *four = [
                arch::_mm256_shuffle_ps::<0x44>(a, c),
                arch::_mm256_shuffle_ps::<0xEE>(a, c),
                arch::_mm256_shuffle_ps::<0x44>(b, d),
                arch::_mm256_shuffle_ps::<0xEE>(b, d),
            ];
        }
        for row in 0..4 {
            let (a, b) = (rows[row], rows[row + 4]);
            rows[row] = arch::_mm256_permute2f128_ps::<0x20>(a, b);
            rows[row + 4] = arch::_mm256_permute2f128_ps::<0x31>(a, b);
        }
        must_cast(rows)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(in crate::kernel) fn turn_f64(rows: [[f64; 4]; 4]) -> [[f64; 4]; 4] {
        let mut rows: [arch::__m256d; 4] = must_cast(rows);
        for two in rows.as_chunks_mut::<2>().0 {
            let [a, b] = *two;
            *two = [arch::_mm256_unpacklo_pd(a, b), arch::_mm256_unpackhi_pd(a, b)];
        }
        for row in 0..2 {
            let (a, b) = (rows[row], rows[row + 2]);
            rows[row] = arch::_mm256_permute2f128_pd::<0x20>(a, b);
            rows[row + 2] = arch::_mm256_permute2f128_pd::<0x31>(a, b);
        }
        must_cast(rows)
    }
}
