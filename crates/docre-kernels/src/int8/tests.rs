//! Every unit that the CPU has against sums of the rounded operands, written out plainly. All bits
//! must be equal, whatever the unit and the number of threads.

use rayon::ThreadPoolBuilder;

use super::{
    bilinear::{Int8Bilinear, logits},
    linear::Int8Linear,
    matrix::Int8Matrix,
    product::maps,
    units::Int8Unit,
};
use crate::{linear::Activation, math, matmul::Matrix};

fn units() -> Vec<Int8Unit> {
    let all =
        [Int8Unit::Plain, Int8Unit::Avx2, Int8Unit::AvxVnni, Int8Unit::Avx512Vnni, Int8Unit::Amx];
    let (here, lacking): (Vec<_>, Vec<_>) = all.into_iter().partition(|unit| unit.is_here());
    if !lacking.is_empty() {
        eprintln!("skipped: units that this CPU lacks, {lacking:?}");
    }
    here
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

/// A row rounded to bytes, and its scale.
fn rounded(row: &[f32]) -> (Vec<i64>, f32) {
    let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    if row.iter().any(|x| !x.is_finite()) {
        return (vec![0; row.len()], f32::NAN);
    }
    if most < 1e-30 {
        return (vec![0; row.len()], 0.0);
    }
    let factor = 127.0 / most;
    let byte = |x: &f32| (f64::from(*x) * f64::from(factor)).round_ties_even() as i64;
    (row.iter().map(byte).collect(), most / 127.0)
}

/// What a map in eight bits is, by its definition.
fn expected(x: &[f32], weight: &Int8Matrix, bias: &[f32], activation: Activation) -> Vec<f32> {
    let inputs = weight.dims()[1];
    let mut out = Vec::new();
    for row in x.chunks(inputs) {
        let (row, scale) = rounded(row);
        for (output, bias) in bias.iter().enumerate() {
            let bytes = &weight.values()[output * inputs..][..inputs];
            let sum: i64 = row.iter().zip(bytes).map(|(a, b)| a * i64::from(*b)).sum();
            let value = (sum as f32).mul_add(scale * weight.scales()[output], *bias);
            out.push(match activation {
                Activation::None => value,
                Activation::Gelu => math::gelu(value),
                Activation::GeluTanh => math::gelu_tanh(value),
                Activation::Tanh => math::tanh(value),
            });
        }
    }
    out
}

fn bits(values: &[f32]) -> Vec<u32> {
    // What isn't a number has many forms, of which a sum may have any.
    values.iter().map(|x| if x.is_nan() { 0x7fc0_0000 } else { x.to_bits() }).collect()
}

fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

/// Compares all units and numbers of threads.
fn check(x: &[f32], rows: usize, weight: &Int8Matrix, activation: Activation) {
    let [outputs, inputs] = weight.dims();
    let bias = noise(outputs, 7);
    let packed = Int8Linear::new(weight);
    let want = bits(&expected(x, weight, &bias, activation));
    for unit in units() {
        for threads in [1, 2, 3, 8] {
            let matrix = Matrix::new(x, rows, inputs);
            let [got] = on_threads(threads, || maps(unit, matrix, [packed.map(&bias, activation)]));
            let sizes = [rows, inputs, outputs];
            assert!(bits(&got) == want, "{unit:?} on {threads} threads, {sizes:?}");
        }
    }
}

#[test]
fn all_shapes_agree_with_plain_sums() {
    let sizes = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65];
    for rows in sizes {
        for (inputs, outputs) in
            [(1, 1), (3, 97), (63, 31), (64, 32), (65, 33), (384, 16), (130, 1)]
        {
            let x = noise(rows * inputs, (rows * inputs) as u64);
            let weight = Int8Matrix::quantise(&noise(inputs * outputs, 3), outputs, inputs);
            check(&x, rows, &weight, Activation::None);
        }
    }
}

#[test]
fn large_products_agree_with_plain_sums_on_any_number_of_threads() {
    for (rows, inputs, outputs) in [(300, 384, 200), (5, 768, 3000), (257, 1536, 100)] {
        let x = noise(rows * inputs, 5);
        let weight = Int8Matrix::quantise(&noise(inputs * outputs, 6), outputs, inputs);
        check(&x, rows, &weight, Activation::None);
    }
}

#[test]
fn activations_follow() {
    let (rows, inputs, outputs) = (20, 70, 40);
    let x: Vec<f32> = noise(rows * inputs, 5).iter().map(|x| 3.0 * x).collect();
    let weight = Int8Matrix::quantise(&noise(inputs * outputs, 6), outputs, inputs);
    for activation in [Activation::Gelu, Activation::GeluTanh, Activation::Tanh] {
        check(&x, rows, &weight, activation);
    }
}

#[test]
fn zeros_and_extremes_are_exact() {
    // The greatest depth: the greatest sums.
    let (rows, inputs, outputs) = (3, 65_536, 33);
    let cases = [(0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (-3.0, 3.0), (-1e-35, 1.0), (1e30, -1e-5)];
    for (x, weight) in cases {
        let weight = Int8Matrix::quantise(&vec![weight; inputs * outputs], outputs, inputs);
        check(&vec![x; rows * inputs], rows, &weight, Activation::None);
    }
}

#[test]
fn a_row_that_is_not_finite_spoils_itself_alone() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (rows, inputs, outputs) = (5, 100, 40);
        let mut x = noise(rows * inputs, 2);
        x[2 * inputs + 70] = value;
        let weight = Int8Matrix::quantise(&noise(inputs * outputs, 6), outputs, inputs);
        check(&x, rows, &weight, Activation::None);
        let want = expected(&x, &weight, &vec![0.0; outputs], Activation::None);
        let spoilt = |row: usize| want[row * outputs..][..outputs].iter().all(|x| x.is_nan());
        assert_eq!([0, 1, 2, 3, 4].map(spoilt), [false, false, true, false, false]);
    }
}

#[test]
fn some_of_the_inputs_are_packed_alone() {
    let (rows, inputs, outputs) = (4, 90, 35);
    let weight = Int8Matrix::quantise(&noise(inputs * outputs, 6), outputs, inputs);
    let part = |range: std::ops::Range<usize>| {
        let rows = weight.values().chunks(inputs);
        let values = rows.flat_map(|row| row[range.clone()].to_vec()).collect();
        Int8Matrix::new(values, weight.scales().to_vec(), range.len()).expect("it fits")
    };
    for range in [0..20, 20..90] {
        let x = noise(rows * range.len(), 4);
        let want = expected(&x, &part(range.clone()), &vec![0.0; outputs], Activation::None);
        let packed = Int8Linear::of_inputs(&weight, range.clone());
        let (zeros, x) = (vec![0.0; outputs], Matrix::new(&x, rows, range.len()));
        for unit in units() {
            let [got] = maps(unit, x, [packed.map(&zeros, Activation::None)]);
            assert_eq!(bits(&got), bits(&want), "{unit:?} {range:?}");
        }
    }
}

#[test]
fn rounding_twice_changes_nothing() {
    for (rows, columns) in [(1, 1), (7, 100), (300, 33)] {
        let mut values = noise(rows * columns, 9);
        values[0] = 0.0;
        let once = Int8Matrix::quantise(&values, rows, columns);
        let twice = Int8Matrix::quantise(&once.dequantise(), rows, columns);
        assert_eq!(once, twice);
        let scales = once.scales();
        for (i, (got, want)) in once.dequantise().iter().zip(&values).enumerate() {
            assert!((got - want).abs() <= 0.5001 * scales[i / columns], "{got} {want}");
        }
    }
}

#[test]
fn matrices_that_do_not_fit_are_refused() {
    assert!(Int8Matrix::new(vec![0; 6], vec![1.0; 2], 3).is_ok());
    for (values, scales) in [(6, vec![1.0; 3]), (6, vec![1.0, f32::NAN]), (6, vec![1.0, -1.0])] {
        assert!(Int8Matrix::new(vec![0; values], scales, 3).is_err());
    }
}

/// The scores of pairs by their definition.
fn expected_logits(
    heads: &[f32],
    tails: &[f32],
    weight: &Int8Matrix,
    bias: &[f32],
    [width, block]: [usize; 2],
) -> Vec<f32> {
    let whole = |row: &[f32]| {
        let most = row.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let factor = if most < 1e-30 { 0.0 } else { 2040.0 / most };
        let round = |x: &f32| (f64::from(*x) * f64::from(factor)).round_ties_even() as i64;
        (row.iter().map(round).collect::<Vec<_>>(), if most < 1e-30 { 0.0 } else { most / 2040.0 })
    };
    let columns = weight.dims()[1];
    let mut out = Vec::new();
    for (heads, tails) in heads.chunks(width).zip(tails.chunks(width)) {
        let mut row = bias.to_vec();
        for (group, (heads, tails)) in heads.chunks(block).zip(tails.chunks(block)).enumerate() {
            let ((heads, head), (tails, tail)) = (whole(heads), whole(tails));
            let outer =
                heads.iter().flat_map(|h| tails.iter().map(move |t| (h * t + (1 << 14)) >> 15));
            let outer: Vec<i64> = outer.collect();
            assert!(outer.iter().all(|byte| byte.abs() <= 127));
            for (class, logit) in row.iter_mut().enumerate() {
                let bytes = &weight.values()[class * columns + group * block * block..];
                let sum: i64 = outer.iter().zip(bytes).map(|(a, b)| a * i64::from(*b)).sum();
                let scale = head * tail * 32768.0 * weight.scales()[class];
                *logit = (sum as f32).mul_add(scale, *logit);
            }
        }
        out.extend(row);
    }
    out
}

#[test]
fn bilinear_maps_agree_with_plain_sums_and_with_floats() {
    for (pairs, width, block, classes) in
        [(1, 4, 2, 3), (33, 128, 64, 97), (150, 192, 64, 33), (17, 48, 12, 5), (40, 96, 96, 2)]
    {
        let (mut heads, tails) = (noise(pairs * width, 1), noise(pairs * width, 2));
        heads[..block].fill(0.0);
        heads[width - block..width].fill(1.0);
        let (floats, bias) = (noise(width * block * classes, 3), noise(classes, 4));
        let weight = Int8Matrix::quantise(&floats, classes, width * block);
        let packed = Int8Bilinear::new(&weight, block);
        let want = expected_logits(&heads, &tails, &weight, &bias, [width, block]);
        for unit in units() {
            for threads in [1, 2, 3, 8] {
                let got =
                    on_threads(threads, || logits(unit, &packed, [&heads, &tails], &bias, pairs));
                assert_eq!(bits(&got), bits(&want), "{unit:?} on {threads} threads, {pairs}");
            }
        }
        let exact = |pair: usize, class: usize| {
            let products = (0..width * block).map(|i| {
                let (head, tail) = (i / block, i / (block * block) * block + i % block);
                let pair = pair * width;
                f64::from(heads[pair + head] * tails[pair + tail])
                    * f64::from(floats[class * width * block + i])
            });
            products.sum::<f64>() + f64::from(bias[class])
        };
        let spread = ((width * block) as f64).sqrt();
        for (i, got) in want.iter().enumerate() {
            let exact = exact(i / classes, i % classes);
            assert!((f64::from(*got) - exact).abs() < 0.01 * spread, "{got} {exact}");
        }
    }
}

/// `cargo test --release -p docre-kernels int8 -- --ignored --nocapture`
#[test]
#[ignore = "prints how fast products are"]
fn rates() {
    let time = |name: &str, work: u64, call: &dyn Fn()| {
        let seconds = (0..20).map(|_| {
            let begun = std::time::Instant::now();
            call();
            begun.elapsed().as_secs_f64()
        });
        let best = seconds.fold(f64::INFINITY, f64::min);
        eprintln!("{name}: {:.3} ms, {:.0} G a second", 1e3 * best, 2e-9 * work as f64 / best);
    };
    for (rows, inputs, outputs) in
        [(1232, 768, 3072), (1100, 384, 384), (1100, 384, 1536), (1100, 1536, 384)]
    {
        let (x, bias) = (noise(rows * inputs, 5), noise(outputs, 5));
        let weight = Int8Matrix::quantise(&noise(inputs * outputs, 6), outputs, inputs);
        let packed = Int8Linear::new(&weight);
        for unit in units() {
            for activation in [Activation::None, Activation::Gelu] {
                let name = format!("{unit:?} {rows} {inputs} {outputs} {activation:?}");
                time(&name, (rows * inputs * outputs) as u64, &|| {
                    let x = Matrix::new(&x, rows, inputs);
                    std::hint::black_box(maps(unit, x, [packed.map(&bias, activation)]));
                });
            }
        }
    }
    let (pairs, width, block, classes) = (1500, 768, 64, 97);
    let (heads, tails) = (noise(pairs * width, 1), noise(pairs * width, 2));
    let (floats, bias) = (noise(width * block * classes, 3), noise(classes, 4));
    let packed = Int8Bilinear::new(&Int8Matrix::quantise(&floats, classes, width * block), block);
    for unit in units() {
        let work = (pairs * width * block * classes) as u64;
        time(&format!("{unit:?} bilinear"), work, &|| {
            std::hint::black_box(logits(unit, &packed, [&heads, &tails], &bias, pairs));
        });
    }
}
