//! How DeBERTa sees relative positions, from Hugging Face's `config.json`.

use std::ops::Range;

use docre_kernels::RelativeRows;
use serde::{Deserialize, Serialize};

use super::ModelType;

/// The settings of DeBERTa's relative positions (He et al. 2021, ICLR, section 3.1).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "StoredRelative")]
pub struct RelativeConfig {
    /// Distances from here on share the outermost rows (the paper's `k`).
    pub max_relative_positions: usize,
    /// Rows of the table a direction, if far distances share rows by their logarithm
    /// (He et al. 2021, DeBERTaV3); without it a distance has its own row.
    pub position_buckets: Option<usize>,
    /// Whether queries are compared with the keys of positions (`c2p`).
    pub content_to_position: bool,
    /// Whether keys are compared with the queries of positions (`p2c`).
    pub position_to_content: bool,
    /// Whether positions go through the maps of tokens' queries and keys.
    pub share_att_key: bool,
    /// Whether the table is normalised (`norm_rel_ebd`).
    pub normalised: bool,
    /// Whether absolute positions are added to the embeddings as well.
    pub position_biased_input: bool,
}

impl RelativeConfig {
    /// Rows of the table.
    pub fn table_rows(&self) -> usize {
        2 * self.span()
    }

    /// How many of the scores' two positional terms there are.
    pub fn terms(&self) -> usize {
        usize::from(self.content_to_position) + usize::from(self.position_to_content)
    }

    /// The part of the table that windows of up to `longest` tokens read, and the row of each
    /// distance in that part.
    pub fn rows(&self, longest: usize) -> (Range<usize>, RelativeRows) {
        let farthest = longest.saturating_sub(1) as isize;
        let first = self.row(-farthest);
        let rows = RelativeRows::new(longest, |distance| self.row(distance) - first);
        (first..self.row(farthest) + 1, rows)
    }

    /// The table's row for a distance, query minus key.
    fn row(&self, distance: isize) -> usize {
        let span = self.span() as isize;
        let bucket = match self.position_buckets {
            Some(buckets) => self.bucket(distance, buckets / 2),
            None => distance,
        };
        (bucket + span).clamp(0, 2 * span - 1) as usize
    }

    /// The distance itself up to `middle`, then on a logarithmic scale that ends at
    /// `2 * middle - 1` for the farthest.
    fn bucket(&self, distance: isize, middle: usize) -> isize {
        let apart = distance.unsigned_abs();
        if apart <= middle {
            return distance;
        }
        let nearest = middle as f64;
        let farthest = (self.max_relative_positions - 1) as f64;
        let share = (apart as f64 / nearest).ln() / (farthest / nearest).ln();
        let bucket = (share * (nearest - 1.0)).ceil() + nearest;
        distance.signum() * bucket as isize
    }

    fn span(&self) -> usize {
        self.position_buckets.unwrap_or(self.max_relative_positions)
    }

    /// What is impossible about these values, if anything.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.terms() == 0 {
            return Err("pos_att_type must name c2p, p2c or both".into());
        }
        let Some(buckets) = self.position_buckets else { return Ok(()) };
        if buckets < 2 || self.max_relative_positions <= buckets / 2 + 1 {
            return Err(format!(
                "position_buckets must be at least 2 and below twice max_relative_positions \
                 (or max_position_embeddings where that isn't set), but is {buckets} with {}",
                self.max_relative_positions
            ));
        }
        Ok(())
    }
}

/// The keys of the file. All may be missing: other families have none of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct StoredRelative {
    #[serde(default)]
    relative_attention: Option<bool>,
    #[serde(default)]
    pos_att_type: Option<Terms>,
    #[serde(default)]
    max_relative_positions: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    position_buckets: Option<i64>,
    #[serde(default)]
    share_att_key: Option<bool>,
    #[serde(default)]
    norm_rel_ebd: Option<String>,
    #[serde(default)]
    position_biased_input: Option<bool>,
    #[serde(default, skip_serializing)]
    attention_head_size: Option<usize>,
    #[serde(default, skip_serializing)]
    pub embedding_size: Option<usize>,
    #[serde(default, skip_serializing)]
    conv_kernel_size: Option<i64>,
    #[serde(default, skip_serializing)]
    talking_head: Option<bool>,
}

/// `"c2p|p2c"`, or a list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Terms {
    One(String),
    List(Vec<String>),
}

/// The sizes that relative positions have to do with.
pub(super) struct Sizes {
    pub hidden: usize,
    pub heads: usize,
    pub positions: usize,
}

impl StoredRelative {
    /// The settings of an encoder of the DeBERTa family.
    pub fn read(self, model_type: ModelType, sizes: &Sizes) -> Result<RelativeConfig, String> {
        if self.relative_attention != Some(true) {
            return Err(
                "relative_attention must be true: DeBERTa without it isn't supported".into()
            );
        }
        self.check_supported(sizes)?;
        let named = |name| self.terms().any(|term| term == name);
        if let Some(other) = self.terms().find(|term| !["c2p", "p2c"].contains(term)) {
            return Err(format!("pos_att_type \"{other}\" isn't supported; c2p and p2c are"));
        }
        let positive =
            |value: Option<i64>| value.and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0);
        let config = RelativeConfig {
            max_relative_positions: positive(self.max_relative_positions)
                .unwrap_or(sizes.positions),
            position_buckets: positive(self.position_buckets),
            content_to_position: named("c2p"),
            position_to_content: named("p2c"),
            share_att_key: self.share_att_key.unwrap_or(false),
            normalised: match self.norm_rel_ebd.as_deref() {
                None | Some("none") => false,
                Some("layer_norm") => true,
                Some(other) => {
                    return Err(format!(
                        "norm_rel_ebd \"{other}\" isn't supported; none and layer_norm are"
                    ));
                }
            },
            position_biased_input: self.position_biased_input.unwrap_or(true),
        };
        let of_second = [
            ("position_buckets", config.position_buckets.is_some()),
            ("share_att_key", config.share_att_key),
            ("norm_rel_ebd", config.normalised),
        ];
        match of_second.into_iter().find(|(_, set)| *set && model_type == ModelType::Deberta) {
            Some((key, _)) => Err(format!("{key} isn't part of deberta, only of deberta-v2")),
            None => Ok(config),
        }
    }

    fn terms(&self) -> impl Iterator<Item = &str> {
        let (one, list) = match &self.pos_att_type {
            None => (None, None),
            Some(Terms::One(one)) => (Some(one.split('|')), None),
            Some(Terms::List(list)) => (None, Some(list.iter().map(String::as_str))),
        };
        let all = one.into_iter().flatten().chain(list.into_iter().flatten());
        all.map(str::trim).filter(|term| !term.is_empty())
    }

    /// What checkpoints of the family may have and we don't.
    fn check_supported(&self, sizes: &Sizes) -> Result<(), String> {
        let expect = |key: &str, found: Option<usize>, supported: usize| match found {
            Some(found) if found != supported => {
                Err(format!("{key} {found} isn't supported; it must be {supported}"))
            }
            _ => Ok(()),
        };
        expect("attention_head_size", self.attention_head_size, sizes.hidden / sizes.heads.max(1))?;
        expect("embedding_size", self.embedding_size, sizes.hidden)?;
        if self.conv_kernel_size.is_some_and(|size| size > 0) {
            return Err("conv_kernel_size must be 0: a convolution behind the first layer, as \
                        deberta-v2-xlarge and -xxlarge have it, isn't supported"
                .into());
        }
        if self.talking_head == Some(true) {
            return Err("talking_head must be false: heads that are mixed aren't supported".into());
        }
        Ok(())
    }
}

impl From<RelativeConfig> for StoredRelative {
    fn from(config: RelativeConfig) -> Self {
        let terms = [("c2p", config.content_to_position), ("p2c", config.position_to_content)];
        let terms = terms.into_iter().filter(|(_, there)| *there);
        Self {
            relative_attention: Some(true),
            pos_att_type: Some(Terms::List(terms.map(|(name, _)| name.to_string()).collect())),
            max_relative_positions: Some(config.max_relative_positions as i64),
            position_buckets: config.position_buckets.map(|buckets| buckets as i64),
            share_att_key: Some(config.share_att_key),
            norm_rel_ebd: Some(if config.normalised { "layer_norm" } else { "none" }.into()),
            position_biased_input: Some(config.position_biased_input),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(position_buckets: Option<usize>) -> RelativeConfig {
        RelativeConfig {
            max_relative_positions: 512,
            position_buckets,
            content_to_position: true,
            position_to_content: true,
            share_att_key: true,
            normalised: true,
            position_biased_input: false,
        }
    }

    #[test]
    fn a_distance_has_its_own_row_up_to_the_outermost() {
        let config = config(None);
        let rows = [-600, -512, -511, 0, 511, 512].map(|distance| config.row(distance));
        assert_eq!(rows, [0, 0, 1, 512, 1023, 1023]);
        let (part, _) = config.rows(100);
        assert_eq!(part, 512 - 99..512 + 100);
    }

    #[test]
    fn far_distances_share_rows_by_their_logarithm() {
        let config = config(Some(256));
        let rows = [0, 128, -128, 129, 130, 511, -511].map(|distance| config.row(distance));
        assert_eq!(rows, [256, 384, 128, 385, 386, 511, 1]);
        assert_eq!(config.row(10_000), 511);
        assert_eq!(config.row(-10_000), 0);
        let shared = (129..512).map(|distance| config.row(distance)).collect::<Vec<_>>();
        assert!(shared.is_sorted() && shared.iter().all(|row| (385..512).contains(row)));
    }
}
