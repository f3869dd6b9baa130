//! DialogRE's JSON as documents: a dialogue is a document, see [`Dialogue::to_document`].
//!
//! [`Dialogue::to_document`]: crate::corpus::dialogue::Dialogue::to_document

use super::{FormatRow, Keys, Layout, Tell};
use crate::corpus::dialogue::{Dialogue, title};
use crate::corpus::objects::Object;
use crate::corpus::options::ReadOptions;
use crate::corpus::raw::{Parsed, Refused};

pub(super) static ROW: FormatRow = FormatRow {
    name: "dialogre",
    about: "JSON",
    endings: &[],
    layout: Layout::Json,
    tell: Tell { object: Keys::is_list, ..Tell::NOTHING },
    read,
    create: None,
};

fn read(object: &Object, _: &ReadOptions) -> Result<Parsed, Refused> {
    if !is_two_lists(object.bytes()) {
        return Err(Refused::from(
            "should be an object and start with `{`, or a dialogue and start with `[[`".to_owned(),
        ));
    }
    let title = title(object.index);
    let dialogue = Dialogue::parse(object.bytes()).map_err(|p| Refused::new(&title, p))?;
    let made = dialogue.to_document(&title);
    Ok(Parsed {
        document: made.document,
        repeated_facts: made.repeated_facts,
        left_out: made.left_out,
        problems: Vec::new(),
    })
}

fn is_two_lists(json: &[u8]) -> bool {
    let inner = json.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inner.is_some_and(|inner| inner.starts_with(b"["))
}
