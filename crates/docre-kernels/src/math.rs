//! Elementary functions that vectorise: branch-free, within a few units in the last place.

/// `e^x`, for any finite `x`; underflows to 0 and overflows to infinity.
///
/// Range reduction to `[-ln 2 / 2, ln 2 / 2]` and a polynomial of degree 6.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Below -87.3 the result is subnormal, which we take as 0; above 88.7 it is infinite.
    let clamped = x.clamp(-87.3, 88.7);
    // Added to 1.5 · 2^23, a number's nearest integer is left in the lowest bits. A cast to
    // an integer would saturate, one value at a time.
    let shifted = clamped.mul_add(std::f32::consts::LOG2_E, 12_582_912.0);
    let k = shifted - 12_582_912.0;
    // ln 2 in two parts, the first with few enough bits that k times it is exact.
    let r = k.mul_add(2.121_944_4e-4, k.mul_add(-0.693_359_4, clamped));
    let p = 1.388_889e-3_f32;
    let p = p.mul_add(r, 8.333_334e-3);
    let p = p.mul_add(r, 4.166_666_7e-2);
    let p = p.mul_add(r, 1.666_666_7e-1);
    let p = p.mul_add(r, 0.5);
    let p = p.mul_add(r, 1.0);
    let p = p.mul_add(r, 1.0);
    let scale = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x < -87.3 { 0.0 } else { p * scale }
}

/// The hyperbolic tangent: by the exponential, and by its series near 0.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // tanh x = 1 - 2 / (e^2x + 1) loses digits near 0, where the series takes over.
    let e = exp(2.0 * x.abs().min(10.0));
    let large = (1.0 - 2.0 / (e + 1.0)).copysign(x);
    let x2 = x * x;
    let p = 2.187_256e-2_f32;
    let p = p.mul_add(x2, -5.396_825_4e-2);
    let p = p.mul_add(x2, 1.333_333_3e-1);
    let p = p.mul_add(x2, -3.333_333_3e-1);
    let small = (p * x2).mul_add(x, x);
    if x.abs() < 0.3 { small } else { large }
}

/// The error function, by a rational function of `x²` on `[-4, 4]`, beyond which it is ±1 in `f32`.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let x2 = x * x;
    let p = -2.726_142_3e-10_f32;
    let p = p.mul_add(x2, 2.770_681_4e-8);
    let p = p.mul_add(x2, -2.101_024e-6);
    let p = p.mul_add(x2, -5.692_506_4e-5);
    let p = p.mul_add(x2, -7.349_906_3e-4);
    let p = p.mul_add(x2, -2.954_6e-3);
    let p = p.mul_add(x2, -1.609_603_3e-2);
    let q = -1.456_607_2e-5_f32;
    let q = q.mul_add(x2, -2.133_740_6e-4);
    let q = q.mul_add(x2, -1.682_827e-3);
    let q = q.mul_add(x2, -7.373_329e-3);
    let q = q.mul_add(x2, -1.426_473_9e-2);
    x * p / q
}

/// `x Φ(x)`, the exact (erf) form of GELU.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The derivative of [`gelu`]: `Φ(x) + x φ(x)`.
#[inline(always)]
pub(crate) fn gelu_slope(x: f32) -> f32 {
    let cdf = 0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
    let density = 0.398_942_3 * exp(-0.5 * x * x);
    cdf + x * density
}

/// What the hyperbolic tangent of [`gelu_tanh`] is taken of: `√(2/π) (x + 0.044715 x³)`.
const GELU_TANH: [f32; 2] = [0.797_884_6, 0.044_715];

/// GELU in its tanh form (Hendrycks & Gimpel 2016, section 2).
#[inline(always)]
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    let [a, b] = GELU_TANH;
    0.5 * x * (1.0 + tanh(a * x * (b * x).mul_add(x, 1.0)))
}

/// The derivative of [`gelu_tanh`].
#[inline(always)]
pub(crate) fn gelu_tanh_slope(x: f32) -> f32 {
    let [a, b] = GELU_TANH;
    let t = tanh(a * x * (b * x).mul_add(x, 1.0));
    let inner = a * (3.0 * b * x).mul_add(x, 1.0);
    0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * inner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-20_000..=20_000).map(|i| i as f32 * 0.004)
    }

    #[test]
    fn exp_is_within_four_units_in_the_last_place() {
        for x in grid().filter(|x| (-87.0..88.0).contains(x)) {
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!(
                ((got - want) / want).abs() < 4.0 * f64::from(f32::EPSILON),
                "{x}: {got} {want}"
            );
        }
        assert_eq!(exp(-200.0), 0.0);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
    }

    #[test]
    fn tanh_is_within_1e7() {
        for x in grid() {
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 2e-7, "{x}");
        }
    }

    #[test]
    fn erf_agrees_with_its_series() {
        for x in grid().filter(|x| x.abs() < 5.0) {
            assert!((f64::from(erf(x)) - erf_by_series(f64::from(x))).abs() < 4e-7, "{x}");
        }
    }

    #[test]
    fn the_slope_of_gelu_is_its_derivative() {
        for x in grid().filter(|x| x.abs() < 6.0) {
            let value = |x: f64| 0.5 * x * (1.0 + erf_by_series(x / 2f64.sqrt()));
            let slope = (value(f64::from(x) + 1e-5) - value(f64::from(x) - 1e-5)) / 2e-5;
            assert!((f64::from(gelu_slope(x)) - slope).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn the_slope_of_gelu_by_tanh_is_its_derivative() {
        let value = |x: f64| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        };
        for x in grid().filter(|x| x.abs() < 6.0) {
            let wide = f64::from(x);
            assert!((f64::from(gelu_tanh(x)) - value(wide)).abs() < 1e-6, "{x}");
            let slope = (value(wide + 1e-5) - value(wide - 1e-5)) / 2e-5;
            assert!((f64::from(gelu_tanh_slope(x)) - slope).abs() < 2e-6, "{x}");
        }
    }

    fn erf_by_series(x: f64) -> f64 {
        // Σ 2^n x^(2n+1) / (2n+1)!! e^(-x²) · 2/√π, all terms of one sign.
        let (mut term, mut sum, mut n) = (x, x, 0.0);
        while term.abs() > 1e-17 {
            n += 1.0;
            term *= 2.0 * x * x / (2.0 * n + 1.0);
            sum += term;
        }
        sum * (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI
    }
}
