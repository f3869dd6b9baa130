//! Every operation composed of Burn's own: what runs on devices other than the
//! CPU, and what the CPU kernels are tested against. No loop runs over documents
//! or entities: sequences are padded and handled at once. What the host computes
//! are lists of row numbers; the values stay on the device, dropout masks too.

use std::{f64::consts::PI, sync::Arc};

use burn::tensor::{
    Bool, DType, Device, FloatDType, GradientCheckpointingStrategy, IndexingUpdateOp, Int,
    IntDType, Tensor, TensorData, activation,
};

use crate::{
    adamw::{AdamWState, AdamWStep, CorrectedStep},
    batch_norm::Moments,
    contrast::Contrast,
    convolution::Neighbours,
    dropout::{Dropout, MIX},
    linear::Activation,
    pair_context::EPSILON,
    precision::{Precision, multiplies_bf16},
    relative::Relative,
    rotary::Turns,
    scope::{Attending, DistanceBias, Scope},
    segments::{DocumentPairs, Groups, Segments},
};

/// The matrix product, of operands rounded to bfloat16 where that is asked for and the device has
/// units for it. Each product rounds its own operands, so that gradients are summed in 32 bits.
fn product<const D: usize>(a: Tensor<D>, b: Tensor<D>, precision: Precision) -> Tensor<D> {
    operand(a, precision).matmul(operand(b, precision)).cast(FloatDType::F32)
}

/// An operand of [`product`].
pub(crate) fn operand<const D: usize>(x: Tensor<D>, precision: Precision) -> Tensor<D> {
    let rounded = precision == Precision::Bf16 && multiplies_bf16(&x.device());
    if rounded { x.cast(FloatDType::BF16) } else { x }
}

/// See [`crate::linear()`].
pub fn linear(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
    precision: Precision,
) -> Tensor<2> {
    let out = product(x, weight, precision) + bias.unsqueeze();
    match activation {
        Activation::None => out,
        Activation::Gelu => gelu(out),
        Activation::GeluTanh => gelu_tanh(out),
        Activation::Tanh => out.tanh(),
    }
}

/// GELU in its tanh form.
fn gelu_tanh(x: Tensor<2>) -> Tensor<2> {
    let inner = (x.clone().powi_scalar(3) * 0.044715 + x.clone()) * (2.0 / PI).sqrt();
    x * (inner.tanh() + 1.0) * 0.5
}

/// See [`crate::gated_gelu()`].
pub fn gated_gelu(x: Tensor<2>) -> Tensor<2> {
    let width = x.dims()[1] / 2;
    gelu(x.clone().narrow(1, 0, width)) * x.narrow(1, width, width)
}

/// See [`crate::rotate()`].
pub fn rotate(x: Tensor<2>, positions: &[u32], heads: usize, base: f64) -> Tensor<2> {
    let ([tokens, width], device) = (x.dims(), x.device());
    let half = width / heads / 2;
    let turns = Turns::new(positions, 2 * half, base);
    let of_positions = |part: fn(&Turns, u32) -> Vec<f32>| {
        let values = positions.iter().flat_map(|position| part(&turns, *position)).collect();
        Tensor::<3>::from_data(TensorData::new::<f32, _>(values, [tokens, 1, half]), &device)
    };
    let cos = of_positions(|turns, position| turns.of(position).0.to_vec());
    let sin = of_positions(|turns, position| turns.of(position).1.to_vec());
    let x = x.reshape([tokens, heads, 2 * half]);
    let (a, b) = (x.clone().narrow(2, 0, half), x.narrow(2, half, half));
    let turned_a = a.clone() * cos.clone() - b.clone() * sin.clone();
    Tensor::cat(vec![turned_a, b * cos + a * sin], 2).reshape([tokens, width])
}

/// GELU in its exact form. Burn 0.22's own has on GPUs the gradient of the form with tanh,
/// which is off by up to 1e-3.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    let share = (x.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0;
    x * share * 0.5
}

/// See [`crate::gather_rows()`].
pub fn gather_rows(table: Tensor<2>, numbers: &[u32]) -> Tensor<2> {
    let numbers: Vec<i64> = numbers.iter().map(|number| i64::from(*number)).collect();
    let count = numbers.len();
    let numbers = Tensor::<1, Int>::from_data(TensorData::new(numbers, [count]), &table.device());
    table.select(0, numbers)
}

/// See [`crate::layer_norm()`].
pub fn layer_norm(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<2> {
    let centred = x.clone() - x.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    centred / (variance + epsilon).sqrt() * gamma.unsqueeze() + beta.unsqueeze()
}

/// See [`crate::add_layer_norm()`].
pub fn add_layer_norm(
    x: Tensor<2>,
    residual: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    dropout: Dropout,
) -> Tensor<2> {
    layer_norm(self::dropout(x, dropout) + residual, gamma, beta, epsilon)
}

/// See [`crate::dropout()`].
pub fn dropout<const D: usize>(x: Tensor<D>, dropout: Dropout) -> Tensor<D> {
    if dropout.is_off() {
        return x;
    }
    let shape = x.shape();
    let places = numbers(shape.num_elements(), &x.device()).reshape(shape);
    x * factors(dropout, places)
}

/// [`Dropout::factors`] of given places: the same hash, taken where the tensor lives.
fn factors<const D: usize>(dropout: Dropout, places: Tensor<D, Int>) -> Tensor<D> {
    let stream = dropout.stream();
    let fold = |x: Tensor<D, Int>, bits: u32| {
        x.clone().bitwise_xor(x.bitwise_right_shift_scalar(bits)) // of unsigned numbers
    };
    let x = fold(places * MIX[0] + stream.low, 16) * MIX[1];
    let x = fold(x, 15).bitwise_xor_scalar(stream.high) * MIX[2];
    fold(x, 16).greater_equal_elem(stream.threshold).float() * stream.scale
}

/// The unsigned numbers from 0 to `count - 1`.
fn numbers(count: usize, device: &Device) -> Tensor<1, Int> {
    // Burn makes a GPU's range by adding `start - step`, which is -1 and so no unsigned number.
    Tensor::<1, Int>::arange(0..count as i64, device).cast(IntDType::U32)
}

/// See [`crate::attention()`].
pub fn attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    attend(query, key, value, Attending::whole(segments, heads, dropout, precision))
}

/// See [`crate::attend()`].
pub fn attend(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    attending: Attending,
) -> Tensor<2> {
    let segments = attending.segments;
    let padding = Padding::new(segments, segments.longest(), &query.device());
    let probabilities = all_probabilities(query, key, &padding, attending);
    collect(probabilities, value, &padding, attending.precision)
}

/// The context of each token: its probabilities' mean of the values, packed.
fn collect(
    probabilities: Tensor<4>,
    value: Tensor<2>,
    padding: &Padding,
    precision: Precision,
) -> Tensor<2> {
    let value = padding.split_heads(value, probabilities.dims()[1]);
    let out = product(probabilities, value, precision).swap_dims(1, 2); // [segments, longest, heads, head width]
    padding.packed(out.flatten(2, 3))
}

/// See [`crate::attention_at()`].
#[expect(clippy::too_many_arguments, reason = "those of attention, and the rows")]
pub fn attention_at(
    query: Tensor<2>,
    rows: &[usize],
    key: Tensor<2>,
    value: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    attend_at(query, rows, key, value, Attending::whole(segments, heads, dropout, precision))
}

/// See [`crate::attend_at()`].
pub fn attend_at(
    query: Tensor<2>,
    rows: &[usize],
    key: Tensor<2>,
    value: Tensor<2>,
    attending: Attending,
) -> Tensor<2> {
    let places: Vec<i32> = rows.iter().map(|row| *row as i32).collect();
    let places = TensorData::new(places, [rows.len()]);
    let places = Tensor::<1, Int>::from_data(places, &query.device());
    let nowhere = Tensor::zeros(key.dims(), &query.device());
    let queries = nowhere.select_assign(0, places.clone(), query, IndexingUpdateOp::Add);
    attend(queries, key, value, attending).select(0, places)
}

/// See [`crate::attention_rows()`].
pub fn attention_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    segments: &Segments,
    heads: usize,
    rows: &Arc<[usize]>,
    dropout: Dropout,
) -> Tensor<3> {
    attend_rows(query, key, rows, Attending::whole(segments, heads, dropout, Precision::F32))
}

/// See [`crate::attend_rows()`].
pub fn attend_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    rows: &Arc<[usize]>,
    attending: Attending,
) -> Tensor<3> {
    let (longest, device) = (attending.segments.longest(), query.device());
    if rows.is_empty() {
        return Tensor::zeros([0, attending.heads, longest], &device);
    }
    let padding = Padding::new(attending.segments, longest, &device);
    let attending = Attending { precision: Precision::F32, ..attending };
    choose(all_probabilities(query, key, &padding, attending), rows, &padding)
}

/// The probabilities of chosen tokens: `[rows, heads, longest]`.
fn choose(probabilities: Tensor<4>, rows: &[usize], padding: &Padding) -> Tensor<3> {
    let device = probabilities.device();
    let by_query = probabilities.swap_dims(1, 2).flatten::<3>(0, 1); // [.., heads, longest]
    let owners = padding.segments.owners();
    let places = rows.iter().map(|token| {
        let segment = owners[*token];
        segment * padding.longest + token - padding.segments.range(segment).start
    });
    by_query.select(0, index(places, &device))
}

/// The probabilities after dropout: `[segments, heads, longest, longest]`.
fn all_probabilities(
    query: Tensor<2>,
    key: Tensor<2>,
    padding: &Padding,
    attending: Attending,
) -> Tensor<4> {
    let Attending { heads, scope, bias, dropout, precision, .. } = attending;
    let scale = 1.0 / ((query.dims()[1] / heads) as f64).sqrt();
    let query = padding.split_heads(query, heads);
    let key = padding.split_heads(key, heads);
    let mut scores = product(query, key.swap_dims(2, 3), precision) * scale;
    if let Some(DistanceBias { table, rows }) = bias {
        let rows = by_distance(rows.all(), padding.longest, &table.device());
        let [longest, _] = rows.dims();
        let values = table.clone().select(0, rows.flatten::<1>(0, 1));
        let values = values.reshape([longest, longest, heads]).permute([2, 0, 1]);
        scores = scores + values.unsqueeze::<4>();
    }
    if scope != Scope::Whole {
        let unseen = unseen(scope, padding.longest, &scores.device()).expand(scores.dims());
        scores = scores.mask_fill(unseen, -1e30);
    }
    masked_softmax(scores, padding, dropout)
}

/// Where a query doesn't see a key: `[1, 1, longest, longest]`.
fn unseen(scope: Scope, longest: usize, device: &Device) -> Tensor<4, Bool> {
    let places = |query| (0..longest).map(move |key| !scope.sees(query, key));
    let unseen: Vec<bool> = (0..longest).flat_map(places).collect();
    Tensor::from_data(TensorData::new(unseen, [1, 1, longest, longest]), device)
}

/// Scores to probabilities after dropout, `[segments, heads, longest, longest]` both.
fn masked_softmax(scores: Tensor<4>, padding: &Padding, dropout: Dropout) -> Tensor<4> {
    let (device, heads) = (scores.device(), scores.dims()[1]);
    let beyond = padding.beyond(&device).unsqueeze_dims::<4>(&[1, 1]).expand(scores.dims());
    let probabilities = activation::softmax(scores.mask_fill(beyond, -1e30), 3);
    if dropout.is_off() {
        return probabilities;
    }
    probabilities * factors(dropout, padding.probability_places(heads, &device))
}

/// See [`crate::disentangled_attention()`].
pub fn disentangled_attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    relative: Relative,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
) -> Tensor<2> {
    let padding = Padding::new(segments, segments.longest(), &query.device());
    let scores = disentangled_scores(query, key, relative, &padding, heads);
    collect(masked_softmax(scores, &padding, dropout), value, &padding, Precision::F32)
}

/// See [`crate::disentangled_rows()`].
pub fn disentangled_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    relative: Relative,
    segments: &Segments,
    heads: usize,
    rows: &Arc<[usize]>,
    dropout: Dropout,
) -> Tensor<3> {
    let (longest, device) = (segments.longest(), query.device());
    if rows.is_empty() {
        return Tensor::zeros([0, heads, longest], &device);
    }
    let padding = Padding::new(segments, longest, &device);
    let scores = disentangled_scores(query, key, relative, &padding, heads);
    choose(masked_softmax(scores, &padding, dropout), rows, &padding)
}

/// Content with content and with positions: `[segments, heads, longest, longest]`.
fn disentangled_scores(
    query: Tensor<2>,
    key: Tensor<2>,
    relative: Relative,
    padding: &Padding,
    heads: usize,
) -> Tensor<4> {
    let size = query.dims()[1] / heads;
    let rows = by_distance(relative.rows.all(), padding.longest, &query.device());
    let (query, key) = (padding.split_heads(query, heads), padding.split_heads(key, heads));
    // Each token with the whole table, of which each pair takes its row.
    let with_table = |tokens: &Tensor<4>, table: Tensor<2>, rows: Tensor<2, Int>| {
        let [count, _, longest, _] = tokens.dims();
        let length = table.dims()[0];
        let table = table.reshape([1, length, heads, size]).permute([0, 2, 3, 1]);
        let shape = [count, heads, longest, longest];
        tokens.clone().matmul(table).gather(3, rows.unsqueeze_dims::<4>(&[0, 1]).expand(shape))
    };
    let mut terms = 1;
    let mut scores = query.clone().matmul(key.clone().swap_dims(2, 3));
    if let Some(keys) = relative.keys {
        scores = scores + with_table(&query, keys, rows.clone());
        terms += 1;
    }
    if let Some(queries) = relative.queries {
        scores = scores + with_table(&key, queries, rows.transpose()).swap_dims(2, 3);
        terms += 1;
    }
    scores / ((size * terms) as f64).sqrt()
}

/// The row of a table for each query and key of a segment, `[longest, longest]`, from those of
/// all distances.
fn by_distance(rows: &[u32], longest: usize, device: &Device) -> Tensor<2, Int> {
    let middle = (rows.len() / 2) as i64;
    let rows = index(rows.iter().map(|row| *row as usize), device);
    let places = Tensor::<1, Int>::arange(0..longest as i64, device);
    let keys = places.clone().unsqueeze_dim::<2>(0).expand([longest, longest]);
    let queries = places.unsqueeze_dim::<2>(1).expand([longest, longest]);
    let places = (keys - queries + middle).reshape([longest * longest]);
    rows.select(0, places).reshape([longest, longest])
}

/// Packed rows laid out as `[segments, longest]`.
struct Padding<'a> {
    segments: &'a Segments,
    longest: usize,
    /// The packed row of each place. Places beyond a segment's end repeat its first.
    rows: Tensor<1, Int>,
}

impl<'a> Padding<'a> {
    /// `longest` is the longest segment's length or more.
    fn new(segments: &'a Segments, longest: usize, device: &Device) -> Self {
        let last = segments.total().saturating_sub(1);
        let rows = segments.iter().flat_map(|range| {
            let first = range.start.min(last);
            (0..longest).map(move |i| if i < range.len() { first + i } else { first })
        });
        Self { segments, longest, rows: index(rows, device) }
    }

    /// Packed rows to `[segments, longest, width]`.
    fn padded(&self, x: Tensor<2>) -> Tensor<3> {
        let [_, width] = x.dims();
        x.select(0, self.rows.clone()).reshape([self.segments.count(), self.longest, width])
    }

    /// The inverse of [`Padding::padded`].
    fn packed(&self, x: Tensor<3>) -> Tensor<2> {
        let places =
            self.segments.iter().enumerate().flat_map(|(segment, range)| {
                (0..range.len()).map(move |i| segment * self.longest + i)
            });
        let device = x.device();
        x.flatten::<2>(0, 1).select(0, index(places, &device))
    }

    /// Packed rows to `[segments, heads, longest, head width]`.
    fn split_heads(&self, x: Tensor<2>, heads: usize) -> Tensor<4> {
        let [_, width] = x.dims();
        let shape = [self.segments.count(), self.longest, heads, width / heads];
        self.padded(x).reshape(shape).swap_dims(1, 2)
    }

    /// Where a place lies beyond its segment's end: `[segments, longest]`.
    fn beyond(&self, device: &Device) -> Tensor<2, Bool> {
        let lengths = index(self.segments.iter().map(|range| range.len()), device);
        let places = Tensor::<1, Int>::arange(0..self.longest as i64, device);
        let shape = [self.segments.count(), self.longest];
        let lengths = lengths.unsqueeze_dim::<2>(1).expand(shape);
        places.unsqueeze_dim::<2>(0).expand(shape).greater_equal(lengths)
    }

    /// The places of the mask that the fused attention uses,
    /// `[segments, heads, longest queries, longest keys]`: that of a probability is
    /// `(token * heads + head) * longest + key`.
    fn probability_places(&self, heads: usize, device: &Device) -> Tensor<4, Int> {
        let (count, longest) = (self.segments.count(), self.longest);
        let starts = self.segments.iter().map(|range| range.start as u32).collect();
        let starts = Tensor::<4, Int>::from_data(
            TensorData::new::<u32, _>(starts, [count, 1, 1, 1]),
            (device, DType::U32),
        );
        let along = |axis: usize, length: usize| {
            let mut shape = [1; 4];
            shape[axis] = length;
            numbers(length, device).reshape(shape)
        };
        let tokens = starts + along(2, longest); // [segments, 1, longest, 1]
        (tokens * heads as u32 + along(1, heads)) * longest as u32 + along(3, longest)
    }
}

/// See [`crate::pool_logsumexp()`].
pub fn pool_logsumexp(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    let (gathered, beyond, empty) = gather_groups(x, groups);
    let gathered = gathered.mask_fill(beyond, -1e30); // [groups, most, width]
    let highest = gathered.clone().max_dim(1).detach();
    let sum = (gathered - highest.clone()).exp().sum_dim(1);
    (sum.log() + highest).squeeze_dim::<2>(1).mask_fill(empty, 0.0)
}

/// See [`crate::pool_mean()`].
pub fn pool_mean(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    let device = x.device();
    let (gathered, beyond, _) = gather_groups(x, groups);
    let counts: Vec<f32> = groups.iter().map(|rows| rows.len().max(1) as f32).collect();
    let counts = Tensor::<1>::from_floats(counts.as_slice(), &device).unsqueeze_dim(1);
    gathered.mask_fill(beyond, 0.0).sum_dim(1).squeeze_dim::<2>(1) / counts
}

/// See [`crate::pool_max()`].
pub fn pool_max(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    let (gathered, beyond, empty) = gather_groups(x, groups);
    let highest = gathered.mask_fill(beyond, -1e30).max_dim(1);
    highest.squeeze_dim::<2>(1).mask_fill(empty, 0.0)
}

/// See [`crate::pool_weighted()`].
pub fn pool_weighted(x: Tensor<2>, groups: &Groups, weights: &[f32]) -> Tensor<2> {
    let device = x.device();
    let (gathered, _, _) = gather_groups(x, groups);
    let [count, most, _] = gathered.dims();
    let padded: Vec<f32> = groups
        .segments
        .iter()
        .flat_map(|range| {
            (0..most).map(move |i| if i < range.len() { weights[range.start + i] } else { 0.0 })
        })
        .collect();
    let padded = Tensor::<3>::from_data(TensorData::new(padded, [count, most, 1]), &device);
    (gathered * padded).sum_dim(1).squeeze_dim::<2>(1)
}

/// Each group's rows, padded: `[groups, most, width]`; where there is no row
/// (same shape), and where a whole group is empty (`[groups, width]`).
fn gather_groups(x: Tensor<2>, groups: &Groups) -> (Tensor<3>, Tensor<3, Bool>, Tensor<2, Bool>) {
    let [_, width] = x.dims();
    let device = x.device();
    let (count, most) = (groups.count(), groups.segments.longest().max(1));
    let places =
        groups.iter().flat_map(|rows| (0..most).map(move |i| rows.get(i).copied().unwrap_or(0)));
    let gathered = x.select(0, index(places, &device)).reshape([count, most, width]);
    let beyond: Vec<bool> =
        groups.iter().flat_map(|rows| (0..most).map(move |i| i >= rows.len())).collect();
    let beyond = Tensor::<3, Bool>::from_data(TensorData::new(beyond, [count, most, 1]), &device);
    let empty: Vec<bool> = groups.iter().map(|rows| rows.is_empty()).collect();
    let empty = Tensor::<2, Bool>::from_data(TensorData::new(empty, [count, 1]), &device);
    (gathered, beyond.expand([count, most, width]), empty.expand([count, width]))
}

/// See [`crate::pair_context()`].
pub fn pair_context(
    attention: Tensor<3>,
    hidden: Tensor<2>,
    layout: &DocumentPairs,
    precision: Precision,
) -> Tensor<2> {
    let device = hidden.device();
    let longest = attention.dims()[2];
    let first = attention.clone().select(0, index(layout.pairs.iter().map(|p| p.0), &device));
    let second = attention.select(0, index(layout.pairs.iter().map(|p| p.1), &device));
    let weights = (first * second).mean_dim(1).squeeze_dim::<2>(1); // [pairs, longest]
    let weights = weights.clone() / (weights.sum_dim(1) + EPSILON);
    // [documents, most pairs, longest] × [documents, longest, width], then the pairs again.
    let pairs = &layout.pairs_of_document;
    let pairs = Padding::new(pairs, pairs.longest(), &device);
    let tokens = Padding::new(&layout.tokens, longest, &device);
    pairs.packed(product(pairs.padded(weights), tokens.padded(hidden), precision))
}

/// See [`crate::convolution()`].
pub fn convolution(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    neighbours: &Neighbours,
) -> Tensor<2> {
    let ([cells, inputs], device) = (x.dims(), x.device());
    // A row of zeros stands behind the cells, for what lies beyond the edge.
    let x = Tensor::cat(vec![x, Tensor::zeros([1, inputs], &device)], 0);
    let around = neighbours.cells.iter().map(|cell| (*cell as usize).min(cells));
    let patches = x.select(0, index(around, &device));
    patches.reshape([cells, weight.dims()[0]]).matmul(weight) + bias.unsqueeze()
}

/// See [`crate::column_moments()`].
pub fn column_moments(x: Tensor<2>) -> Tensor<2> {
    let mean = x.clone().mean_dim(0);
    let variance = (x - mean.clone()).square().mean_dim(0);
    Tensor::cat(vec![mean, variance], 0)
}

/// See [`crate::batch_norm_relu()`].
pub fn batch_norm_relu(
    x: Tensor<2>,
    moments: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    from: Moments,
) -> Tensor<2> {
    let moments = match from {
        Moments::OfRows => column_moments(x.clone()), // with a gradient
        Moments::Given => moments,
    };
    let (mean, variance) = (moments.clone().narrow(0, 0, 1), moments.narrow(0, 1, 1));
    let normal = (x - mean) / (variance + epsilon).sqrt();
    activation::relu(normal * gamma.unsqueeze() + beta.unsqueeze())
}

/// See [`crate::pair_feature()`].
pub fn pair_feature(
    entity_part: Tensor<2>,
    context_part: Tensor<2>,
    pairs: &Arc<[(usize, usize)]>,
) -> Tensor<2> {
    let device = entity_part.device();
    let entities = entity_part.select(0, index(pairs.iter().map(|p| p.0), &device));
    let contexts = context_part.select(0, index(pairs.iter().map(|p| p.1), &device));
    (entities + contexts).tanh()
}

/// See [`crate::grouped_bilinear()`].
///
/// A group at a time, and the backward pass makes a group's outer products again: of
/// the `[pairs, width * block]` feature only `[pairs, block²]` is ever held.
pub fn grouped_bilinear(
    heads: Tensor<2>,
    tails: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    block: usize,
    precision: Precision,
) -> Tensor<2> {
    let [pairs, width] = heads.dims();
    let square = block * block;
    let strategy = heads.gradient_checkpointing_strategy();
    let again = strategy.map(|_| GradientCheckpointingStrategy::Balanced);
    let mut heads = with_strategy(heads, again).reshape([pairs, width, 1]);
    let mut tails = with_strategy(tails, again).reshape([pairs, 1, width]);
    let weight = with_strategy(weight, again);
    let mut logits = with_strategy(bias, again).unsqueeze();
    for group in 0..width / block {
        let head = heads.clone().narrow(1, 0, block);
        let tail = tails.clone().narrow(2, 0, block);
        let outer = (head * tail).reshape([pairs, square]);
        logits =
            logits + product(outer, weight.clone().narrow(0, group * square, square), precision);
        // The next group hangs on this cut, so the backward pass, which goes by depth,
        // ends one group before it takes up the one before.
        let left = heads.dims()[1] - block;
        if left > 0 {
            heads = heads.narrow(1, block, left);
            tails = tails.narrow(2, block, left);
        }
    }
    with_strategy(logits, strategy)
}

/// The tensor with what its graph keeps for the backward pass decided by `strategy`.
fn with_strategy<const D: usize>(
    x: Tensor<D>,
    strategy: Option<GradientCheckpointingStrategy>,
) -> Tensor<D> {
    match strategy {
        Some(strategy) if x.is_autodiff() => x.with_gradient_checkpointing_strategy(strategy),
        _ => x,
    }
}

/// See [`crate::adamw()`].
pub fn adamw(state: AdamWState, gradient: Tensor<1>, step: &AdamWStep) -> AdamWState {
    let CorrectedStep { step, rate, root_factor } = step.corrected();
    let gradient = gradient * step.gradient_scale;
    let mean = state.mean * step.beta_1 + gradient.clone() * (1.0 - step.beta_1);
    let mean_square = state.mean_square * step.beta_2 + gradient.square() * (1.0 - step.beta_2);
    let root = mean_square.clone().sqrt() * root_factor + step.epsilon;
    let kept = state.parameter * (1.0 - step.rate * step.weight_decay);
    AdamWState { parameter: kept - mean.clone() * rate / root, mean, mean_square }
}

/// See [`crate::sum_of_squares()`]. One number comes back from the device, not one a tensor.
pub fn sum_of_squares(tensors: Vec<Tensor<1>>) -> f64 {
    let sums: Vec<Tensor<1>> = tensors.into_iter().map(|x| x.square().sum()).collect();
    if sums.is_empty() {
        return 0.0;
    }
    f64::from(Tensor::cat(sums, 0).sum().into_scalar::<f32>())
}

fn index(places: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}

/// See [`crate::contrast()`].
pub fn contrast(heads: Tensor<2>, tails: Tensor<2>, rows: &Contrast) -> Tensor<2> {
    let device = heads.device();
    let ([count, _], anchors) = (heads.dims(), rows.anchors.len());
    let places: Vec<i32> = rows.anchors.iter().map(|row| *row as i32).collect();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [anchors]), &device);
    let own = places.clone().reshape([anchors, 1]).expand([anchors, count]);
    let columns = Tensor::<1, Int>::arange(0..count as i64, &device).reshape([1, count]);
    let others = columns.expand([anchors, count]).not_equal(own).float();
    let bits = bits(rows, count, &device);
    let shared = bits.clone().select(0, places.clone()).matmul(bits.transpose());
    let together = shared.greater_elem(0.0).float() * others.clone();
    let similarity = cosine(heads, tails, rows.groups, places) / rows.temperature;
    let number = together.clone().sum_dim(1);
    let some = number.clone().greater_elem(0.0).float();
    let lonely = 1.0 - some.clone();
    // A lonely row's logsumexp is over all others, so that it is finite, and doesn't count.
    let mask = together.clone() + lonely * others.clone();
    let of_partners = masked_logsumexp(similarity.clone(), mask) * some;
    let sum = (similarity.clone() * together).sum_dim(1);
    Tensor::cat(vec![masked_logsumexp(similarity, others), of_partners, sum, number], 1)
}

/// Each row's labels, 0 or 1, `[rows, bits]`.
fn bits(rows: &Contrast, count: usize, device: &Device) -> Tensor<2> {
    let bits = |word: &u64| (0..u64::BITS).map(|bit| f32::from(*word >> bit & 1 != 0)).collect();
    let values: Vec<f32> = rows.labels.iter().flat_map(|word| -> Vec<f32> { bits(word) }).collect();
    let width = values.len() / count;
    Tensor::from_data(TensorData::new(values, [count, width]), device)
}

/// The cosines of anchors and rows, `[anchors, rows]`.
fn cosine(heads: Tensor<2>, tails: Tensor<2>, groups: usize, anchors: Tensor<1, Int>) -> Tensor<2> {
    let [rows, _] = heads.dims();
    let sides = [heads, tails];
    let blocks = sides.clone().map(|side| side.dims()[1] / groups);
    let (mut products, mut squares): (Option<Tensor<2>>, Option<Tensor<2>>) = (None, None);
    for group in 0..groups {
        let [heads, tails] = [0, 1]
            .map(|place| sides[place].clone().narrow(1, group * blocks[place], blocks[place]));
        let product = |side: &Tensor<2>| {
            side.clone().select(0, anchors.clone()).matmul(side.clone().transpose())
        };
        let both = product(&heads) * product(&tails);
        let square = heads.square().sum_dim(1) * tails.square().sum_dim(1);
        products = Some(products.map_or(both.clone(), |sum| sum + both));
        squares = Some(squares.map_or(square.clone(), |sum| sum + square));
    }
    let (products, squares) = (products.expect("a group"), squares.expect("a group"));
    let norms = squares.clamp_min(1e-24).sqrt(); // [rows, 1]
    let of_anchors = norms.clone().select(0, anchors);
    products / (of_anchors * norms.reshape([1, rows]))
}

/// `log Σ e^x` over the columns where `mask` is 1, `[rows, 1]`. Each row needs one such column.
pub fn masked_logsumexp(x: Tensor<2>, mask: Tensor<2>) -> Tensor<2> {
    let kept = x.mask_fill(mask.equal_elem(0.0), -1e30);
    let highest = kept.clone().detach().max_dim(1);
    (kept - highest.clone()).exp().sum_dim(1).log() + highest
}
