//! The order of entity pairs.
//!
//! Ordered pairs are h-major: for each head, for each tail that isn't the head.
//! Unordered pairs are those with the first entity before the second, in the same order.

/// Two different entities of a document, whichever is the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityPair {
    /// The entity that comes first.
    pub first: usize,
    /// The entity that comes later.
    pub second: usize,
}

/// A head and a tail entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderedPair {
    /// The head entity.
    pub head: usize,
    /// The tail entity.
    pub tail: usize,
    /// The place among the unordered pairs of the two; what is symmetric in head
    /// and tail, such as the context they share, needs to be computed only there.
    pub pair: usize,
}

impl OrderedPair {
    /// That of two different entities of a document with `entities` entities.
    pub(super) fn new(entities: usize, head: usize, tail: usize) -> Self {
        Self { head, tail, pair: unordered_place(entities, head, tail) }
    }
}

/// The place of an ordered pair among those of a document with `entities` entities.
pub(super) fn ordered_place(entities: usize, head: usize, tail: usize) -> usize {
    debug_assert!(head != tail && head < entities && tail < entities);
    head * (entities - 1) + tail - usize::from(tail > head)
}

/// The place of two different entities, in either order, among the unordered
/// pairs of a document with `entities` entities.
fn unordered_place(entities: usize, one: usize, other: usize) -> usize {
    let (first, second) = (one.min(other), one.max(other));
    debug_assert!(first < second && second < entities);
    // Pairs that start with an earlier entity: (n - 1) + (n - 2) + ... + (n - first).
    first * (2 * entities - first - 1) / 2 + second - first - 1
}

/// The unordered pairs of a document with `entities` entities, numbered from 0.
pub(super) fn unordered(entities: usize) -> impl Iterator<Item = EntityPair> {
    (0..entities).flat_map(move |first| {
        (first + 1..entities).map(move |second| EntityPair { first, second })
    })
}

/// The ordered pairs of a document with `entities` entities, numbered from 0.
pub(super) fn ordered(entities: usize) -> impl Iterator<Item = OrderedPair> {
    (0..entities).flat_map(move |head| {
        let tails = (0..entities).filter(move |&tail| tail != head);
        tails.map(move |tail| OrderedPair::new(entities, head, tail))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_in_the_lists() {
        for entities in 0..12 {
            let pairs: Vec<EntityPair> = unordered(entities).collect();
            let ordered: Vec<OrderedPair> = ordered(entities).collect();
            assert_eq!(pairs.len() * 2, ordered.len());
            for (place, pair) in ordered.iter().enumerate() {
                let OrderedPair { head, tail, pair } = *pair;
                assert_eq!(ordered_place(entities, head, tail), place);
                let EntityPair { first, second } = pairs[pair];
                assert!((first, second) == (head, tail) || (second, first) == (head, tail));
            }
        }
    }

    #[test]
    fn heads_come_first_in_the_order() {
        let order: Vec<_> = ordered(3).map(|pair| (pair.head, pair.tail, pair.pair)).collect();
        assert_eq!(order, [(0, 1, 0), (0, 2, 1), (1, 0, 0), (1, 2, 2), (2, 0, 1), (2, 1, 2)]);
    }
}
