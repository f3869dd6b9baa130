//! Text in cells of a table that spreadsheets open.

use std::borrow::Cow;

/// A text as no spreadsheet takes it for a formula.
pub(crate) fn no_formula(text: &str) -> Cow<'_, str> {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if runs { format!("'{text}").into() } else { text.into() }
}
