//! Settings that are changed from outside, and TOML tables on their way to types.

use serde::Deserialize;

use crate::{Error, Result, error::in_toml, relation::RelationSettings};

/// The table of a recipe's text with overrides applied.
pub(crate) fn table(text: &str, overrides: &[String]) -> Result<toml::Table> {
    let mut table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| Error::setting("TOML", in_toml(text, &e)))?;
    overrides.iter().try_for_each(|change| apply(&mut table, change))?;
    Ok(table)
}

/// The relational encoder of entity pairs of this kind, with overrides of the form
/// `relation.key=value`.
///
/// ```
/// let settings = docre::recipe::relation_settings("axial", &["relation.heads=2".into()]);
/// assert!(settings.is_ok());
/// ```
pub fn relation_settings(kind: &str, overrides: &[String]) -> Result<RelationSettings> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Section {
        relation: RelationSettings,
    }
    let mut table = toml::Table::new();
    apply(&mut table, &format!("relation.kind={kind}"))?;
    for change in overrides {
        apply(&mut table, change)?;
    }
    let Section { relation } = deserialize(table)?;
    relation.check_pairs()?;
    relation.check()?;
    Ok(relation)
}

/// A table as settings, or which key is wrong.
pub(crate) fn deserialize<T: for<'a> Deserialize<'a>>(table: toml::Table) -> Result<T> {
    serde_path_to_error::deserialize(toml::Value::Table(table))
        .map_err(|error| Error::setting(error.path().to_string(), in_toml("", error.inner())))
}

/// Whether a text is a whole number of more digits than TOML has room for.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.len() > 18 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The most parts of a setting's key. Those that there are have a few; a table of many thousands in
/// each other would be more than the stack holds.
const DEEPEST: usize = 64;

/// Sets `a.b=c` in a table. The value is TOML; a bare word is a string.
pub(crate) fn apply(table: &mut toml::Table, change: &str) -> Result<()> {
    let Some((key, value)) = change.split_once('=') else {
        let problem = format!("\"{change}\" has no =; an override looks like schedule.epochs=3");
        return Err(Error::setting("set", problem));
    };
    let parsed = format!("value = {value}").parse::<toml::Table>();
    let value = match parsed {
        Ok(mut parsed) => parsed.remove("value").expect("just written"),
        Err(_) if is_number(value.trim()) => {
            let problem = format!("{} is larger than any number may be", value.trim());
            return Err(Error::setting(key.trim(), problem));
        }
        Err(_) => toml::Value::String(value.trim().to_string()),
    };
    let mut parts: Vec<&str> = key.trim().split('.').collect();
    if parts.len() > DEEPEST {
        return Err(Error::setting(key.trim(), "names no setting: it is nested too deep"));
    }
    let last = parts.pop().unwrap_or_default();
    let mut section = table;
    for part in parts {
        let entry = section.entry(part).or_insert_with(|| toml::Table::new().into());
        let Some(inner) = entry.as_table_mut() else {
            let problem = format!("{part} is a value, not a section");
            return Err(Error::setting(key.trim(), problem));
        };
        section = inner;
    }
    section.insert(last.to_string(), value);
    Ok(())
}
