//! `docs/formats.md` names every format and every form of facts, in the order of the lists that
//! docre has of them, and says of each what the code says.

use std::{fs, path::Path};

use docre::corpus::Format;
use docre::output::Form;

/// The rows of a table whose first column has names, by the beginning of its header.
fn table(header: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    let page = fs::read_to_string(path).unwrap();
    let lines = page.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let rows = lines.take_while(|line| line.starts_with('|'));
    // A bar of the text has a backslash.
    rows.map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    row.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_owned()).collect()
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

#[test]
fn the_page_has_every_format() {
    let rows = table("| format |");
    let names: Vec<_> = rows.iter().map(|row| row[0].clone()).collect();
    assert_eq!(names, Format::all().map(|format| quoted(format.name())).collect::<Vec<_>>());
    for (row, format) in rows.iter().zip(Format::all()) {
        let is_read_only = row[2].split([',', ';']).next() == Some("read");
        assert_eq!(is_read_only, !format.is_written(), "{row:?}");
    }
}

#[test]
fn the_page_has_every_form_of_facts() {
    // What needs a feature is on the page in any case.
    let is_built = |what: &str| cfg!(feature = "columns") || !what.contains("feature `columns`");
    let rows = table("| form |").into_iter().filter(|row| is_built(&row[2]));
    let shown: Vec<_> = rows.map(|row| [row[0].clone(), row[1].clone()]).collect();
    let row = |form: Form| [quoted(form.name()), quoted(&format!(".{}", form.endings()[0]))];
    assert_eq!(shown, Form::all().map(row).collect::<Vec<_>>());
}
