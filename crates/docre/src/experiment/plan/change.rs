//! Plans made of other plans by changing settings.

use toml::{Table, Value};

use super::Plan;
use crate::{Error, Result, recipe::apply};

impl Plan {
    /// The plan with another seed.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        let mut plan = self.clone();
        let seed = Value::Integer(seed as i64);
        plan.table.insert("seed".into(), seed.clone());
        for stage in plan.stage_tables() {
            stage.insert("seed".into(), seed.clone());
        }
        plan
    }

    /// The plan with other settings and then with overrides, which both hold for every stage.
    pub(crate) fn changed(mut self, settings: &Table, overrides: &[String]) -> Result<Self> {
        lay_over(&mut self.table, settings);
        self.stage_tables().for_each(|stage| lay_over(stage, settings));
        overrides.iter().try_for_each(|change| apply(&mut self.table, change))?;
        // What is set from outside wins over a stage's own, but for its name.
        let own = overrides.iter().filter(|change| !sets_name(change));
        for stage in self.stage_tables() {
            own.clone().try_for_each(|change| apply(stage, change))?;
        }
        self.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.name().trim().is_empty() {
            return Err(Error::setting(
                "name",
                "must be there: a text that names the run's folder",
            ));
        }
        self.stages("runs")?;
        Ok(self)
    }

    fn stage_tables(&mut self) -> impl Iterator<Item = &mut Table> {
        let stages = self.table.get_mut("stages").and_then(Value::as_array_mut);
        stages.into_iter().flatten().filter_map(Value::as_table_mut)
    }
}

/// Whether an override sets the plan's own name.
fn sets_name(change: &str) -> bool {
    change.split_once('=').is_some_and(|(key, _)| key.trim() == "name")
}

/// Lays one table over another: sections key by key, but what names a kind or a rule replaces
/// the other's, whose settings it wouldn't know.
pub(crate) fn lay_over(base: &mut Table, own: &Table) {
    for (key, value) in own {
        let names_kind = |table: &Table| table.contains_key("kind") || table.contains_key("rule");
        match (base.get_mut(key), value) {
            (Some(Value::Table(base)), Value::Table(own)) if !names_kind(own) => {
                lay_over(base, own);
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}
