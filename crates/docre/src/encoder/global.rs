//! Longformer's global attention: the first token of a segment sees all of it, with queries, keys
//! and values of its own.

use std::{collections::HashMap, sync::Arc};

use burn::tensor::Tensor;
use docre_kernels::{Activation, Attending, Segments, attend_at, attend_rows, gather_rows};

use super::{bert::GlobalMaps, forward::at};
use crate::layers::linear;

/// The context `[tokens, hidden]` with that of the first tokens in place of what it has of them.
pub(super) fn context(
    maps: &GlobalMaps,
    hidden: Tensor<2>,
    context: Tensor<2>,
    attending: Attending,
) -> Tensor<2> {
    let firsts = firsts(attending.segments);
    let map = |map, x| linear(map, x, Activation::None, attending.precision);
    let query = map(&maps.query, at(hidden.clone(), &firsts));
    let (key, value) = (map(&maps.key, hidden.clone()), map(&maps.value, hidden));
    let global = attend_at(query, &firsts, key, value, attending);
    let all: Vec<usize> = (0..context.dims()[0]).collect();
    put(context, global, &all, &firsts)
}

/// The attention `[rows, heads, longest]` of chosen tokens with that of the first tokens among
/// them in place of what it has of them.
pub(super) fn attention(
    maps: &GlobalMaps,
    hidden: Tensor<2>,
    attention: Tensor<3>,
    rows: &Arc<[usize]>,
    attending: Attending,
) -> Tensor<3> {
    let firsts = firsts(attending.segments);
    let is_first = |row: &&usize| firsts.binary_search(row).is_ok();
    let chosen: Arc<[usize]> = rows.iter().filter(is_first).copied().collect();
    if chosen.is_empty() {
        return attention;
    }
    let map = |map, x| linear(map, x, Activation::None, attending.precision);
    let (query, key) = (map(&maps.query, hidden.clone()), map(&maps.key, hidden));
    let global = attend_rows(query, key, &chosen, attending);
    let [count, heads, longest] = attention.dims();
    let flat = |x: Tensor<3>| x.flatten::<2>(1, 2);
    put(flat(attention), flat(global), rows, &chosen).reshape([count, heads, longest])
}

/// Rows of tokens, those of `chosen` tokens taken from `with`.
fn put(rows: Tensor<2>, with: Tensor<2>, tokens: &[usize], chosen: &[usize]) -> Tensor<2> {
    let behind: HashMap<_, _> = chosen.iter().zip(tokens.len()..).collect();
    let place = |(place, token)| behind.get(token).copied().unwrap_or(place) as u32;
    let places = tokens.iter().enumerate().map(place).collect();
    gather_rows(Tensor::cat(vec![rows, with], 0), &places)
}

/// The first token of each segment that has one.
fn firsts(segments: &Segments) -> Arc<[usize]> {
    segments.iter().filter(|segment| !segment.is_empty()).map(|segment| segment.start).collect()
}
