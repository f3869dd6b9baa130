//! Words whose pieces are known, shared between threads without locks.

use std::hash::BuildHasher;
use std::sync::OnceLock;

use foldhash::fast::RandomState;

/// The slots of each table, powers of two. The first words of a text are its frequent
/// ones, so most look-ups end in the first table, which stays in a core's own cache; the last ones are made only
/// for texts with many words. Together some 40 MB at most; words that find no slot are
/// tokenized each time.
const TABLES: [usize; 4] = [1 << 12, 1 << 14, 1 << 16, 1 << 18];

/// The neighbouring slots of a table that a word may be in.
const REACH: usize = 8;

/// Longer words are rare, and would make the memory depend on them.
const LONGEST_WORD: usize = 64;

/// A hash table that only grows: a slot is written once. So looking up takes no lock, and an
/// empty slot among those of a word says that the word isn't known.
#[derive(Debug, Default)]
pub(super) struct WordCache {
    hasher: RandomState,
    tables: [OnceLock<Box<[Slot]>>; TABLES.len()],
}

type Slot = OnceLock<Word>;

#[derive(Debug)]
struct Word {
    hash: u64,
    text: Box<str>,
    ids: Ids,
}

/// Most words are one piece, which needs no memory of its own.
#[derive(Debug)]
enum Ids {
    One(u32),
    Several(Box<[u32]>),
}

impl Word {
    fn is(&self, text: &str, hash: u64) -> bool {
        self.hash == hash && *self.text == *text
    }
}

impl WordCache {
    /// Appends the ids of a known word; says whether it is known.
    pub fn push(&self, text: &str, ids: &mut Vec<u32>) -> bool {
        let word = self.find(text);
        word.inspect(|word| match &word.ids {
            Ids::One(id) => ids.push(*id),
            Ids::Several(several) => ids.extend_from_slice(several),
        })
        .is_some()
    }

    fn find(&self, text: &str) -> Option<&Word> {
        let hash = self.hasher.hash_one(text);
        for (number, table) in self.tables.iter().enumerate() {
            for slot in reach(table.get()?, number, hash) {
                let word = slot.get()?;
                if word.is(text, hash) {
                    return Some(word);
                }
            }
        }
        None
    }

    /// Remembers a word, if there is room for it.
    pub fn insert(&self, text: &str, ids: &[u32]) {
        if text.len() > LONGEST_WORD {
            return;
        }
        let hash = self.hasher.hash_one(text);
        let ids = match *ids {
            [id] => Ids::One(id),
            _ => Ids::Several(ids.into()),
        };
        let mut word = Word { hash, text: text.into(), ids };
        for (number, table) in self.tables.iter().enumerate() {
            let table = table.get_or_init(|| (0..TABLES[number]).map(|_| Slot::new()).collect());
            for slot in reach(table, number, hash) {
                match slot.set(word) {
                    Ok(()) => return,
                    // Another thread was faster.
                    Err(_) if slot.get().is_some_and(|known| known.is(text, hash)) => return,
                    Err(back) => word = back,
                }
            }
        }
    }
}

/// The slots of a table for a hash, of which each table takes other bits.
fn reach(table: &[Slot], number: usize, hash: u64) -> impl Iterator<Item = &Slot> {
    let last = table.len() - 1;
    let first = hash.rotate_right(16 * number as u32) as usize & last;
    (first..first + REACH).map(move |place| &table[place & last])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids_of(number: u32) -> Vec<u32> {
        (0..number % 4).map(|place| number + place).collect()
    }

    #[test]
    fn words_are_known_with_their_ids_from_any_thread() {
        let cache = WordCache::default();
        let numbers = 0..20_000_u32;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let numbers = numbers.clone();
                scope.spawn(|| {
                    for number in numbers {
                        let (word, mut ids) = (number.to_string(), vec![7]);
                        if cache.push(&word, &mut ids) {
                            assert_eq!(ids[1..], ids_of(number));
                        } else {
                            assert_eq!(ids, [7]);
                            cache.insert(&word, &ids_of(number));
                        }
                    }
                });
            }
        });
        let mut ids = Vec::new();
        assert!(numbers.into_iter().all(|number| cache.push(&number.to_string(), &mut ids)));
        assert!(!cache.push("20000", &mut ids));
    }

    #[test]
    fn a_full_cache_and_long_words_change_nothing() {
        let cache = WordCache::default();
        let slots: usize = TABLES.iter().sum();
        let mut known = 0;
        for number in 0..slots as u32 + 1000 {
            let word = number.to_string();
            cache.insert(&word, &ids_of(number));
            let mut ids = Vec::new();
            if cache.push(&word, &mut ids) {
                assert_eq!(ids, ids_of(number));
                known += 1;
            }
        }
        assert!(known <= slots && known > slots * 3 / 4, "{known} of {slots}");
        let long = "x".repeat(LONGEST_WORD + 1);
        cache.insert(&long, &[1]);
        assert!(!cache.push(&long, &mut Vec::new()));
    }
}
