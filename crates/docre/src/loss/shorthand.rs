//! Papers' names for a loss with terms.

use toml::{Table, Value};

/// The settings of a prior, which stand beside `kind` in `arpdl`.
const PRIOR: [&str; 4] = ["level", "alpha", "form", "source"];
/// The settings of a contrast, which stand beside `kind` in `pemscl`.
const CONTRAST: [&str; 4] = ["tau", "lambda", "form", "tau_base"];

/// Writes `arpdl` and `pemscl` out as the loss and the term that they are; any other table
/// is left as it is.
pub(super) fn expand(table: &mut Table) -> Result<(), String> {
    match table.get("kind").and_then(Value::as_str) {
        Some("arpdl") => {
            table.insert("kind".into(), "atl".into());
            gather(table, "arpdl", "prior", &PRIOR)
        }
        Some("pemscl") => {
            table.insert("kind".into(), "pmt".into());
            table.entry("entropy").or_insert_with(|| "counts".into());
            gather(table, "pemscl", "contrast", &CONTRAST)
        }
        _ => Ok(()),
    }
}

/// Moves settings of a term into a table of their own.
fn gather(table: &mut Table, kind: &str, term: &str, keys: &[&str]) -> Result<(), String> {
    if table.contains_key(term) {
        let keys = keys.join(", ");
        return Err(format!("{term} is part of {kind}: set {keys} beside kind, without {term}"));
    }
    let settings: Table = keys.iter().filter_map(|key| table.remove_entry(*key)).collect();
    table.insert(term.into(), settings.into());
    Ok(())
}
