//! Every unit that the CPU has, and the scalar one, against products of the rounded
//! operands in f64.

use super::pack::{Operand, Part, Tile};
use super::scalar::{Scalar, bf16, widen};
use super::*;

type Product = fn(&mut [f32], usize, Matrix, Matrix, Into, bool);

fn scalar(out: &mut [f32], stride: usize, a: Matrix, b: Matrix, into: Into, parallel: bool) {
    let target = Target::new(out, stride, &a, &b);
    // SAFETY: every CPU has the scalar unit, and the target is a slice.
    unsafe { blocks::product::<Scalar>(target, a, b, into, parallel) };
}

fn on(
    unit: Unit,
    out: &mut [f32],
    stride: usize,
    a: Matrix,
    b: Matrix,
    into: Into,
    parallel: bool,
) {
    let target = Target::new(out, stride, &a, &b);
    // SAFETY: the target is a slice.
    unsafe { product(unit, target, a, b, into, parallel) };
}

fn units() -> Vec<(&'static str, Product)> {
    let amx: Product = |o, s, a, b, i, p| on(Unit::Amx, o, s, a, b, i, p);
    let avx512: Product = |o, s, a, b, i, p| on(Unit::Avx512Bf16, o, s, a, b, i, p);
    let mut units: Vec<(&'static str, Product)> = vec![("scalar", scalar)];
    if unit().is_some() {
        units.push(("AVX-512", avx512));
    }
    if unit() == Some(Unit::Amx) {
        units.push(("AMX", amx));
    }
    if unit() != Some(Unit::Amx) {
        eprintln!("skipped: a unit that this CPU lacks; it has {:?}", unit());
    }
    units
}

fn names(units: &[(&'static str, Product)]) -> Vec<&'static str> {
    units.iter().map(|unit| unit.0).collect()
}

/// Values from -1 to 1.
fn noise(length: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A matrix's values with `gap` NaN after each of its rows, or columns if transposed.
struct Values {
    data: Vec<f32>,
    rows: usize,
    columns: usize,
    stride: usize,
    transposed: bool,
}

impl Values {
    fn new(rows: usize, columns: usize, gap: usize, transposed: bool) -> Self {
        let (outer, inner) = if transposed { (columns, rows) } else { (rows, columns) };
        let stride = inner + gap;
        let mut data = noise(outer * stride, (rows * 31 + columns) as u64);
        data.chunks_mut(stride).for_each(|row| row[inner..].fill(f32::NAN));
        Self { data, rows, columns, stride, transposed }
    }

    fn matrix(&self) -> Matrix<'_> {
        if self.transposed {
            Matrix::strided(&self.data, self.columns, self.rows, self.stride).t()
        } else {
            Matrix::strided(&self.data, self.rows, self.columns, self.stride)
        }
    }
}

/// The rounded values in rows.
fn rounded(x: Matrix) -> Vec<f64> {
    let at = |i| {
        let (row, column) = (i / x.columns, i % x.columns);
        let value = x.data[row * x.row_stride + column * x.column_stride];
        f64::from(widen(bf16(value)))
    };
    (0..x.rows * x.columns).map(at).collect()
}

/// The product in f64 and what the sizes of its terms add up to, in rows.
fn expected(a: Matrix, b: Matrix) -> Vec<(f64, f64)> {
    let (n, k) = (b.columns, a.columns);
    let (a, b) = (rounded(a), rounded(b.t()));
    let dot = |i: usize| {
        let (a, b) = (&a[i / n * k..][..k], &b[i % n * k..][..k]);
        let add = |(sum, size): (f64, f64), (a, b)| (sum + a * b, size + f64::abs(a * b));
        a.iter().zip(b).fold((0.0, 0.0), add)
    };
    (0..a.len() / k * n).map(dot).collect()
}

#[derive(Clone, Copy)]
struct Case {
    sizes: (usize, usize, usize),
    gap: usize,
    transposed: (bool, bool),
    into: Into,
    parallel: bool,
}

fn check(units: &[(&'static str, Product)], case: Case) {
    let (m, n, k) = case.sizes;
    let a = Values::new(m, k, case.gap, case.transposed.0);
    let b = Values::new(k, n, case.gap, case.transposed.1);
    let expected = expected(a.matrix(), b.matrix());
    let stride = n + case.gap;
    let before = noise((m - 1) * stride + n, 7);
    for (name, product) in units {
        let mut out = before.clone();
        product(&mut out, stride, a.matrix(), b.matrix(), case.into, case.parallel);
        for (i, (&out, &before)) in out.iter().zip(&before).enumerate() {
            let (row, column) = (i / stride, i % stride);
            if column >= n {
                assert_eq!(out, before, "{name} {:?}: between rows", case.sizes);
                continue;
            }
            let (mut sum, mut size) = expected[row * n + column];
            if case.into == Into::Add {
                sum += f64::from(before);
                size += f64::from(before.abs());
            }
            let error = (f64::from(out) - sum).abs();
            assert!(error <= 1e-6 * size, "{name} {:?} ({row}, {column}): {error}", case.sizes);
        }
    }
}

/// All transposes, gaps and ways to write, on one thread.
fn check_all(units: &[(&'static str, Product)], sizes: (usize, usize, usize)) {
    for i in 0..8 {
        let transposed = (i & 1 != 0, i & 2 != 0);
        let (gap, into) = if i & 4 == 0 { (0, Into::Replace) } else { (3, Into::Add) };
        check(units, Case { sizes, gap, transposed, into, parallel: false });
    }
}

#[test]
fn products_of_small_sizes() {
    let units = units();
    for m in [1, 2, 15, 16, 17, 33] {
        for n in [1, 16, 31, 32, 65] {
            for k in [1, 2, 31, 32, 33, 65] {
                check_all(&units, (m, n, k));
            }
        }
    }
    eprintln!("PASS small sizes on {:?}", names(&units));
}

#[test]
fn products_of_larger_sizes() {
    let units = units();
    let sizes = [(97, 97, 97), (64, 200, 32), (64, 64, 320), (64, 97, 321), (225, 33, 350)];
    for sizes in sizes {
        check_all(&units, sizes);
        check_all(&units, (sizes.1, sizes.0, sizes.2));
    }
    eprintln!("PASS larger sizes on {:?}", names(&units));
}

#[test]
fn long_sums() {
    let units = units();
    check_all(&units, (5, 18, 12288));
    check_all(&units, (35, 3, 4111));
    eprintln!("PASS long sums on {:?}", names(&units));
}

#[test]
fn many_lanes_in_several_parts() {
    let units = units();
    let sizes = (1601, 1570, 3);
    let (transposed, parallel) = ((true, true), true);
    check(&units, Case { sizes, gap: 0, transposed, into: Into::Replace, parallel });
    eprintln!("PASS many lanes on {:?}", names(&units));
}

#[test]
fn threads_do_not_change_the_result() {
    let units = units();
    for (m, n, k) in [(161, 200, 150), (700, 17, 400), (17, 700, 400), (40, 37, 3001)] {
        let (a, b) = (Values::new(m, k, 0, false), Values::new(k, n, 0, true));
        for (name, product) in &units {
            let run = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                let mut out = noise(m * n, 1);
                pool.expect("a thread pool").install(|| {
                    product(&mut out, n, a.matrix(), b.matrix(), Into::Add, threads > 1);
                });
                out
            };
            let one = run(1);
            assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one), "{name}");
        }
        let (transposed, into) = ((false, true), Into::Add);
        check(&units, Case { sizes: (m, n, k), gap: 1, transposed, into, parallel: true });
    }
    eprintln!("PASS threads on {:?}", names(&units));
}

#[test]
fn products_inside_of_parallel_work() {
    use rayon::prelude::*;
    let units = units();
    (0..24_usize).into_par_iter().for_each(|i| {
        let (sizes, into) = ((64, 200 - i, 32 + i), Into::Replace);
        let transposed = (i % 2 == 0, i % 3 == 0);
        check(&units, Case { sizes, gap: i % 4, transposed, into, parallel: false });
    });
    eprintln!("PASS inside of parallel work on {:?}", names(&units));
}

#[test]
fn empty_products() {
    let units = units();
    for (name, product) in &units {
        let empty = Matrix::new(&[], 2, 0);
        let mut out = [1.0, 2.0, 3.0, 4.0, 5.0];
        product(&mut out, 3, empty, empty.t(), Into::Add, true);
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0, 5.0], "{name}");
        product(&mut out, 3, empty, empty.t(), Into::Replace, true);
        assert_eq!(out, [0.0, 0.0, 3.0, 0.0, 0.0], "{name}");
        product(&mut out, 3, empty.t(), empty, Into::Replace, true);
        assert_eq!(out, [0.0, 0.0, 3.0, 0.0, 0.0], "{name}");
    }
}

#[test]
fn rounding_is_to_nearest_and_to_even() {
    let cases = [
        (0x3f80_0000, 0x3f80), // 1
        (0x3f80_8000, 0x3f80), // half way, down to even
        (0x3f81_8000, 0x3f82), // half way, up to even
        (0x3f80_8001, 0x3f81),
        (0xbf80_8001, 0xbf81),
        (0x3fff_ffff, 0x4000), // carries into the exponent
        (0x7f7f_ffff, 0x7f80), // and into infinity
        (0x7f80_0000, 0x7f80),
        (0xff80_0000, 0xff80),
        (0x0000_0000, 0x0000),
        (0x8000_0000, 0x8000),
        (0x0080_0000, 0x0080), // the smallest normal number
    ];
    for (bits, rounded) in cases {
        assert_eq!(bf16(f32::from_bits(bits)), rounded, "{bits:x}");
    }
    assert!(widen(bf16(f32::from_bits(0x7f80_0001))).is_nan());
    assert!(widen(bf16(f32::from_bits(0xffff_ffff))).is_nan());
}

#[test]
fn infinities_and_nan_stay() {
    let values =
        [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::from_bits(0x7f80_0001), f32::MAX];
    let b = [1.0];
    let units = units();
    for (name, product) in &units {
        let mut out = [0.0; 5];
        let a = Matrix::new(&values, 5, 1);
        product(&mut out, 1, a, Matrix::new(&b, 1, 1), Into::Replace, false);
        assert_eq!(out[..2], values[..2], "{name}");
        assert!(out[2].is_nan() && out[3].is_nan(), "{name}");
        // The largest value lies nearer to infinity than to the largest bf16.
        assert_eq!(out[4], f32::INFINITY, "{name}");
    }
    eprintln!("PASS infinities and NaN on {:?}", names(&units));
}

type Pack = unsafe fn(&Operand, Part, &mut [Tile]);

fn packers() -> Vec<(&'static str, Pack)> {
    use blocks::Kernel;
    let all: &[(&'static str, Pack)] = &[
        ("scalar", Scalar::pack),
        #[cfg(target_arch = "x86_64")]
        ("AVX-512", avx512::Avx512::pack),
    ];
    all[..if unit().is_some() { all.len() } else { 1 }].to_vec()
}

/// The bf16 at a lane and a depth of a packed part.
fn packed(tiles: &[Tile], part: Part, left: bool, lane: usize, depth: usize) -> u16 {
    let tile = &tiles[(lane / 32 * part.steps + depth / 32) * 2 + lane % 32 / 16].0;
    let (lane, pair) = (lane % 16, depth % 32 / 2);
    let word = if left { tile[lane][pair] } else { tile[pair][lane] };
    (word >> (depth % 2 * 16)) as u16
}

/// Values that are hard to round.
fn specials(length: usize) -> Vec<f32> {
    let mut values = noise(length, 3);
    let bits = [0, 0x8000_0000, 0x3f80_8000, 0x3f81_8000, 0x7f7f_ffff, 0x7f80_0000, 0xff80_0000];
    for (i, value) in values.iter_mut().enumerate().filter(|x| x.0 % 3 == 0) {
        *value = f32::from_bits(bits[i / 3 % bits.len()]);
    }
    values
}

fn check_packing(operand: Matrix, left: bool, part: Part) {
    let source = if left { Operand::left(operand) } else { Operand::right(operand) };
    let lanes = if left { operand } else { operand.t() };
    for (name, pack) in packers() {
        let mut tiles = vec![Tile([[!0; 16]; 16]); 2 * part.panels * part.steps];
        // SAFETY: the CPU has the packers' units.
        unsafe { pack(&source, part, &mut tiles) };
        for lane in 0..32 * part.panels {
            for depth in 0..32 * part.steps {
                let (i, j) = (part.panel * 32 + lane, part.step * 32 + depth);
                let inside = i < lanes.rows && j < lanes.columns;
                let at = || lanes.data[i * lanes.row_stride + j * lanes.column_stride];
                let expected = if inside { bf16(at()) } else { 0 };
                let found = packed(&tiles, part, left, lane, depth);
                assert_eq!(found, expected, "{name}, lane {i}, depth {j}");
            }
        }
    }
}

#[test]
fn packed_layout() {
    let values = specials(100 * 100);
    let parts = [
        Part { panel: 0, panels: 1, step: 0, steps: 1 },
        Part { panel: 1, panels: 3, step: 1, steps: 3 },
    ];
    for (rows, columns) in [(64, 64), (100, 77), (49, 100), (33, 65)] {
        for part in parts {
            let x = Matrix::strided(&values, rows, columns, 100);
            for left in [true, false] {
                check_packing(x, left, part);
                check_packing(x.t(), left, part);
            }
        }
    }
    let names: Vec<_> = packers().iter().map(|packer| packer.0).collect();
    eprintln!("PASS packed layout on {names:?}");
}
