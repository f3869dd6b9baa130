//! A recipe file with or without stages as it is written, before it is parsed into a plan.

use toml::{Table, Value};

use crate::{
    Error, Result,
    recipe::{apply, table},
};

/// The settings of a plan as a file says them: what a plan is made of, and what it is changed by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlanFile(Table);

impl PlanFile {
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self(table(text, &[])?))
    }

    pub fn of(table: Table) -> Self {
        Self(table)
    }

    /// The plan's name.
    pub fn name(&self) -> &str {
        self.0.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// What all stages have in common, and the stages; none where it is a single run.
    pub fn parts(&self) -> Result<(Table, Option<Vec<&Table>>)> {
        let mut base = self.0.clone();
        let Some(_) = base.remove("stages") else { return Ok((base, None)) };
        let not_stages = || Error::setting("stages", "must be a list of tables, [[stages]]");
        let stages = self.0["stages"].as_array().ok_or_else(not_stages)?;
        let stages: Option<Vec<_>> = stages.iter().map(Value::as_table).collect();
        let stages = stages.filter(|stages| !stages.is_empty());
        Ok((base, Some(stages.ok_or_else(not_stages)?)))
    }

    /// With another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        let seed = Value::Integer(seed as i64);
        self.0.insert("seed".into(), seed.clone());
        for stage in self.stages() {
            stage.insert("seed".into(), seed.clone());
        }
        self
    }

    /// With other settings and then with overrides, which both hold for every stage.
    pub fn changed(mut self, settings: &Table, overrides: &[String]) -> Result<Self> {
        lay_over(&mut self.0, settings);
        self.stages().for_each(|stage| lay_over(stage, settings));
        overrides.iter().try_for_each(|change| apply(&mut self.0, change))?;
        // What is set from outside wins over a stage's own, but for its name.
        let own = overrides.iter().filter(|change| !sets_name(change));
        for stage in self.stages() {
            own.clone().try_for_each(|change| apply(stage, change))?;
        }
        Ok(self)
    }

    pub fn to_toml(&self) -> String {
        toml::to_string(&self.0).expect("a table has a TOML form")
    }

    fn stages(&mut self) -> impl Iterator<Item = &mut Table> {
        let stages = self.0.get_mut("stages").and_then(Value::as_array_mut);
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
