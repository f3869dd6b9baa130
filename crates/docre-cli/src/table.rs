//! Tables of text.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::messages::one_line;

/// A table whose columns are given by name; a name that starts with `>` is that of a
/// column of numbers, which stand at the right.
pub struct Columns {
    table: Table,
    right: Vec<bool>,
}

impl Columns {
    /// A table with a header.
    pub fn new(names: &[&str]) -> Self {
        let mut columns = Self::without_header(names);
        let header: Vec<String> =
            names.iter().map(|name| name.trim_start_matches('>').to_owned()).collect();
        let header = columns.cells(&header);
        columns.table.set_header(header);
        columns
    }

    /// A table of which only the rows are shown.
    pub fn without_header(names: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        Self { table, right: names.iter().map(|name| name.starts_with('>')).collect() }
    }

    /// A table of a report.
    pub fn of(table: &docre::report::Table) -> Self {
        let sided = |column: &docre::report::Column| {
            if column.number { format!(">{}", column.name) } else { column.name.clone() }
        };
        let names: Vec<String> = table.columns.iter().map(sided).collect();
        let mut columns = Self::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
        table.rows.iter().for_each(|row| columns.row(row));
        columns
    }

    /// Adds a row.
    pub fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        let cells = self.cells(cells);
        self.table.add_row(cells);
    }

    /// The same, no wider than this: cells that would be go on in further lines.
    pub fn within(mut self, characters: u16) -> Self {
        let table = self.table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(characters);
        self
    }

    /// The table as text, without blanks at the ends of lines.
    pub fn text(&self) -> String {
        self.table.trim_fmt()
    }

    fn cells<S: AsRef<str>>(&self, texts: &[S]) -> Vec<Cell> {
        let cell = |(text, right): (&S, &bool)| {
            let side = if *right { CellAlignment::Right } else { CellAlignment::Left };
            Cell::new(one_line(text.as_ref())).set_alignment(side)
        };
        texts.iter().zip(&self.right).map(cell).collect()
    }
}

/// A fraction as a percentage with two digits, as the field gives its scores.
pub fn percent(fraction: f64) -> String {
    format!("{:.2}", 100.0 * fraction)
}

/// A count with its thousands apart.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with what it counts, whose name is given in the plural: "1 document", "2 documents".
pub fn counted(count: usize, things: &str) -> String {
    let thing = if count == 1 { things.strip_suffix('s').unwrap_or(things) } else { things };
    format!("{} {thing}", thousands(count))
}

#[cfg(test)]
mod tests {
    use super::{counted, thousands};

    #[test]
    fn one_thing_is_no_plural() {
        assert_eq!(counted(1, "argument pairs"), "1 argument pair");
        assert_eq!(counted(0, "facts"), "0 facts");
        assert_eq!(counted(1_200, "texts"), "1,200 texts");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 12, 123, 1234, 1_234_567].map(thousands).join(" "),
            "0 12 123 1,234 1,234,567"
        );
    }
}
