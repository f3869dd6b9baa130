//! Lists of different lengths, one after another.

/// Lists of different lengths in one vector (compressed rows).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ragged {
    /// Where each list starts in [`Ragged::values`], and the end: one more than lists.
    pub offsets: Vec<usize>,
    /// The lists, one after another.
    pub values: Vec<usize>,
}

impl Default for Ragged {
    fn default() -> Self {
        Self { offsets: vec![0], values: Vec::new() }
    }
}

impl Ragged {
    /// No list yet, with room for so many, of so many values together.
    pub fn with_capacity(lists: usize, values: usize) -> Self {
        let mut offsets = Vec::with_capacity(lists + 1);
        offsets.push(0);
        Self { offsets, values: Vec::with_capacity(values) }
    }

    /// Adds a list.
    pub fn push(&mut self, list: impl IntoIterator<Item = usize>) {
        self.values.extend(list);
        self.offsets.push(self.values.len());
    }

    /// The number of lists.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no list.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One list.
    pub fn list(&self, place: usize) -> &[usize] {
        &self.values[self.offsets[place]..self.offsets[place + 1]]
    }

    /// The lists, in order.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[usize]> + '_ {
        (0..self.len()).map(|place| self.list(place))
    }
}

impl<L: IntoIterator<Item = usize>> FromIterator<L> for Ragged {
    fn from_iter<I: IntoIterator<Item = L>>(lists: I) -> Self {
        let mut ragged = Self::default();
        lists.into_iter().for_each(|list| ragged.push(list));
        ragged
    }
}
