//! What a file of texts holds, in numbers.

use std::collections::HashMap;

use serde::Serialize;

use super::Texts;
use crate::corpus::omissions::Omissions;
use crate::corpus::stats::{Frequency, Spread, most_first, ratio};

/// The numbers of a set of texts with labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextStatistics {
    /// All texts.
    pub texts: usize,
    /// Texts for which no label holds.
    pub without_labels: usize,
    /// Texts that were left out because they have the none class and another label.
    pub ambiguous: usize,
    /// What the file has beside texts and labels.
    pub left_out: Omissions,
    /// What of the labels may be meant otherwise, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// Characters of a text.
    pub characters: Spread,
    /// Labels of a text that has any.
    pub labels_per_text: Spread,
    /// Labels by number of texts, most first.
    pub labels: Vec<Frequency>,
}

impl TextStatistics {
    /// Counts texts.
    pub fn of(texts: &Texts) -> Self {
        let (mut characters, mut labels) = (Spread::default(), Spread::default());
        let (mut all_characters, mut all_labels, mut without_labels) = (0, 0, 0);
        let known = texts.labels.relations().iter();
        let mut of_labels: HashMap<String, usize> = known.map(|l| (l.id.clone(), 0)).collect();
        for item in &texts.items {
            let length = item.text.chars().count();
            all_characters += length;
            characters.reach(length);
            all_labels += item.labels.len();
            labels.reach(item.labels.len());
            without_labels += usize::from(item.labels.is_empty());
            for label in &item.labels {
                *of_labels.entry(label.clone()).or_default() += 1;
            }
        }
        let count = texts.items.len();
        characters.mean = ratio(all_characters, count);
        labels.mean = ratio(all_labels, count - without_labels);
        Self {
            texts: count,
            without_labels,
            ambiguous: texts.ambiguous.len(),
            left_out: texts.left_out.clone(),
            doubts: texts.doubts.clone(),
            characters,
            labels_per_text: labels,
            labels: most_first(of_labels),
        }
    }
}
