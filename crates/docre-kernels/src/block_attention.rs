//! What the entities of a long document attend to, without the places where they attend to
//! nothing: a mention's attention covers its own window, the document may be many times longer.

use std::ops::Range;

use multiversion::multiversion;

use crate::{
    buffer::written,
    layer_norm::sum_of,
    matmul::{Into, Matrix, product},
    pair_context::{EPSILON, add_product},
    precision::Precision,
};

/// Tokens of a block.
const BLOCK: usize = 64;

/// Pairs whose contexts a thread sums at a time.
const PAIRS: usize = 128;

/// A mention's attention in one window, over tokens of the document that follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// The first of the document's tokens.
    pub first: usize,
    /// How many there are.
    pub length: usize,
    /// The heads' rows, which begin `stride` apart.
    pub rows: &'a [f32],
    /// From one head's row to the next.
    pub stride: usize,
}

impl<'a> Stretch<'a> {
    fn row(&self, head: usize) -> &'a [f32] {
        &self.rows[head * self.stride..][..self.length]
    }

    fn blocks(&self) -> Range<usize> {
        self.first / BLOCK..(self.first + self.length).div_ceil(BLOCK)
    }
}

/// The attention of the entities of one document, of no other blocks of tokens than those that
/// windows of their mentions reach.
#[derive(Debug, Clone)]
pub struct BlockAttention {
    heads: usize,
    /// Where each entity's blocks begin, and the end: `[entities + 1]`.
    offsets: Vec<usize>,
    /// The blocks' numbers in the document, ascending within an entity.
    numbers: Vec<u32>,
    /// `[blocks, heads, BLOCK]`
    values: Vec<f32>,
}

impl BlockAttention {
    /// The attention of no entity.
    pub fn new(heads: usize) -> Self {
        Self { heads, offsets: vec![0], numbers: Vec::new(), values: Vec::new() }
    }

    /// Adds the entity whose mentions these are: the mean over them. What several windows say of
    /// a mention is added, and where they are `merged` divided by its sum and that number.
    pub fn push<'a>(&mut self, mentions: &[Vec<Stretch<'a>>], merged: Option<f64>) {
        let first = self.numbers.len();
        let reached = mentions.iter().flatten().flat_map(Stretch::blocks);
        let mut numbers: Vec<u32> = reached.map(|number| number as u32).collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.numbers.extend(numbers);
        self.offsets.push(self.numbers.len());
        self.values.resize(self.numbers.len() * self.heads * BLOCK, 0.0);
        let share = 1.0 / mentions.len() as f32;
        for mention in mentions {
            for head in 0..self.heads {
                let factor = merged.map_or(share, |epsilon| share / sum(mention, head, epsilon));
                mention.iter().for_each(|stretch| self.add(first, stretch, head, factor));
            }
        }
    }

    fn add(&mut self, first: usize, stretch: &Stretch, head: usize, factor: f32) {
        let (mut row, mut token) = (stretch.row(head), stretch.first);
        let mut block = first
            + self.numbers[first..].partition_point(|number| *number < (token / BLOCK) as u32);
        while !row.is_empty() {
            let place = token % BLOCK;
            let (here, rest) = row.split_at(row.len().min(BLOCK - place));
            let from = (block * self.heads + head) * BLOCK + place;
            add_scaled(&mut self.values[from..][..here.len()], here, factor);
            (row, token, block) = (rest, token + here.len(), block + 1);
        }
    }

    fn of(&self, entity: usize) -> Range<usize> {
        self.offsets[entity]..self.offsets[entity + 1]
    }

    /// A head's attention in one of the blocks.
    fn row(&self, block: usize, head: usize) -> &[f32] {
        &self.values[(block * self.heads + head) * BLOCK..][..BLOCK]
    }

    /// The blocks that two entities share: the number in the document, and each one's place.
    fn common(
        &self,
        (one, other): (usize, usize),
        from: usize,
    ) -> impl Iterator<Item = (usize, [usize; 2])> + '_ {
        let reaching = |entity: usize| {
            let blocks = self.of(entity);
            let before = self.numbers[blocks.clone()].partition_point(|n| (*n as usize) < from);
            blocks.start + before..blocks.end
        };
        let (mut ones, mut others) = (reaching(one), reaching(other));
        std::iter::from_fn(move || {
            while !ones.is_empty() && !others.is_empty() {
                let (a, b) = (self.numbers[ones.start], self.numbers[others.start]);
                let places = [ones.start, others.start];
                ones.start += usize::from(a <= b);
                others.start += usize::from(b <= a);
                if a == b {
                    return Some((a as usize, places));
                }
            }
            None
        })
    }

    /// The sum over some tokens and all heads of what both entities attend to.
    pub fn shared(&self, [one, other]: [usize; 2], tokens: &Range<usize>) -> f32 {
        let reached = self
            .common((one, other), tokens.start / BLOCK)
            .take_while(|(number, _)| number * BLOCK < tokens.end);
        let of_block = |(number, [a, b]): (usize, [usize; 2])| {
            let first = number * BLOCK;
            let inside = tokens.start.max(first) - first..tokens.end.min(first + BLOCK) - first;
            let of_head = |head| -> f32 {
                let (a, b) =
                    (&self.row(a, head)[inside.clone()], &self.row(b, head)[inside.clone()]);
                a.iter().zip(b).map(|(a, b)| a * b).sum()
            };
            (0..self.heads).map(of_head).sum::<f32>()
        };
        reached.map(of_block).sum()
    }

    /// The context of each pair, `[pairs, width]`, as [`pair_context`](crate::pair_context())
    /// makes it, but for the order of sums, from the document's hidden states
    /// `[tokens, width]`. What a pair becomes doesn't depend on the others.
    pub fn contexts(
        &self,
        hidden: &[f32],
        width: usize,
        pairs: &[(usize, usize)],
        precision: Precision,
    ) -> Vec<f32> {
        written(pairs.len() * width, PAIRS * width, |part, out| {
            let pairs = &pairs[part * PAIRS..][..out.len() / width];
            self.some_contexts(out, hidden, width, pairs, precision);
        })
    }

    fn some_contexts(
        &self,
        out: &mut [f32],
        hidden: &[f32],
        width: usize,
        pairs: &[(usize, usize)],
        precision: Precision,
    ) {
        let of_pair = |(row, pair): (usize, &(usize, usize))| {
            self.common(*pair, 0).map(move |(number, blocks)| (number, row, blocks))
        };
        let mut shared: Vec<_> = pairs.iter().enumerate().flat_map(of_pair).collect();
        shared.sort_unstable_by_key(|(number, row, _)| (*number, *row));
        let mut sums = vec![0.0; pairs.len()];
        // A lone row would be summed in another order: there are always two.
        let mut weights = vec![0.0; pairs.len().max(2) * BLOCK];
        let mut collected = vec![0.0; pairs.len().max(2) * width];
        for rows in shared.chunk_by(|a, b| a.0 == b.0) {
            let count = rows.len().max(2);
            weights[..count * BLOCK].fill(0.0);
            for ((_, row, [a, b]), weights) in rows.iter().zip(weights.chunks_exact_mut(BLOCK)) {
                for head in 0..self.heads {
                    add_product(weights, self.row(*a, head), self.row(*b, head));
                }
                sums[*row] += sum_of(weights, |x| x);
            }
            let first = rows[0].0 * BLOCK * width;
            let hidden = &hidden[first..hidden.len().min(first + BLOCK * width)];
            let states = Matrix::new(hidden, hidden.len() / width, width);
            let weights = Matrix::strided(&weights, count, states.rows, BLOCK);
            product(&mut collected, width, weights, states, Into::Replace, precision);
            for ((_, row, _), collected) in rows.iter().zip(collected.chunks_exact(width)) {
                add_scaled(&mut out[row * width..][..width], collected, 1.0);
            }
        }
        let share = 1.0 / self.heads as f32;
        for (out, sum) in out.chunks_exact_mut(width).zip(sums) {
            let factor = share / (sum * share + EPSILON);
            out.iter_mut().for_each(|value| *value *= factor);
        }
    }
}

/// What a head's row of a mention, added over its windows, sums to, and `epsilon`.
fn sum(mention: &[Stretch], head: usize, epsilon: f64) -> f32 {
    let values = mention.iter().flat_map(|stretch| stretch.row(head));
    (values.map(|value| f64::from(*value)).sum::<f64>() + epsilon) as f32
}

/// `out += factor row`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_scaled(out: &mut [f32], row: &[f32], factor: f32) {
    out.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * factor);
}
