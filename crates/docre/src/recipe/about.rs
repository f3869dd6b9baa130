//! What a recipe says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The `[about]` of a recipe: whose scores it repeats, what it needs, and how it was chosen. It
/// changes nothing in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// The data by the name that papers give it.
    pub data: String,
    /// What a person has to bring: the name of each thing; whose it is and where to put it.
    pub needs: BTreeMap<String, String>,
    /// The built-in recipes that this one repeats in small.
    pub twin_of: Vec<String>,
    /// What papers print for this setting.
    pub published: Vec<Published>,
    /// How its settings were chosen, where they aren't a paper's.
    pub note: String,
}

/// A row of a paper's table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// The paper's short name.
    pub paper: String,
    /// The number of the table.
    pub table: u32,
    /// The row, as the paper calls it.
    pub row: String,
    /// Its scores; the first is the one that matters most.
    pub scores: Vec<PublishedScore>,
}

/// Scores in percent, with the standard deviation over seeds where it is printed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedScore {
    /// What the model was scored on: "dev", "test".
    pub on: String,
    /// F1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// The deviation of F1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1_std: Option<f64>,
    /// F1 without the facts that the training file has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ign_f1: Option<f64>,
    /// The deviation of Ign F1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ign_f1_std: Option<f64>,
    /// The conversational F1 of dialogues, shown turn by turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1c: Option<f64>,
    /// The deviation of F1c.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1c_std: Option<f64>,
    /// Mean average precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<f64>,
    /// The deviation of the mean average precision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_std: Option<f64>,
}
