//! A table as a value, in the forms that people put into their texts.

use std::borrow::Cow;

use serde::Serialize;

use crate::output::no_formula;

/// A table of text. Terminal, Markdown, CSV and HTML are made of it.
///
/// ```
/// use docre::report::Table;
///
/// let mut table = Table::new("Scores", &["loss", ">F1"]);
/// table.row(["ATL", "45.31"]);
/// table.row(["a | b", "46.02"]);
/// assert_eq!(
///     table.to_markdown(),
///     "| loss | F1 |\n|---|---:|\n| ATL | 45.31 |\n| a \\| b | 46.02 |\n"
/// );
/// assert_eq!(table.to_csv(), "loss,F1\nATL,45.31\na | b,46.02\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<String>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it holds numbers, which stand at the right.
    pub number: bool,
}

impl Table {
    /// An empty table. The name of a column of numbers starts with `>`.
    pub fn new(caption: impl Into<String>, columns: &[&str]) -> Self {
        let column = |name: &&str| Column {
            name: name.trim_start_matches('>').to_owned(),
            number: name.starts_with('>'),
        };
        Self {
            caption: caption.into(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// If it has another number of cells than the table has columns.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let cells: Vec<String> = cells.into_iter().map(Into::into).collect();
        assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }

    /// Adds a column of text with the same in each row.
    pub fn column(&mut self, name: &str, text: &str) {
        self.columns.push(Column { name: name.to_owned(), number: false });
        self.rows.iter_mut().for_each(|row| row.push(text.to_owned()));
    }

    /// The table in Markdown, without its caption.
    pub fn to_markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let escape = |text: &String| text.replace('|', "\\|").replace('\n', " ");
        let names = self.columns.iter().map(|column| escape(&column.name)).collect();
        let rules: Vec<&str> =
            self.columns.iter().map(|column| if column.number { "---:" } else { "---" }).collect();
        let mut text = line(names) + &format!("|{}|\n", rules.join("|"));
        for row in &self.rows {
            text += &line(row.iter().map(escape).collect());
        }
        text
    }

    /// The table as comma-separated values with a header (RFC 4180).
    ///
    /// A text that a spreadsheet would run as a formula stands behind an apostrophe; numbers
    /// stay as they are.
    pub fn to_csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = self.columns.iter().map(|column| no_formula(&column.name));
        writer.write_record(header.map(Cow::into_owned)).expect("memory takes it");
        for row in &self.rows {
            let cells = self.columns.iter().zip(row).map(|(column, cell)| match column.number {
                true => Cow::Borrowed(cell.as_str()),
                false => no_formula(cell),
            });
            writer.write_record(cells.map(Cow::into_owned)).expect("memory takes it");
        }
        let bytes = writer.into_inner().expect("memory takes it");
        String::from_utf8(bytes).expect("text stays text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_runs_no_cell() {
        let mut table = Table::new("", &["name", "text", ">F1"]);
        table.row(["=HYPERLINK(\"x\")", "-0.5", "-1.5"]);
        table.row(["@SUM(A1)", "-", "—"]);
        let csv = "name,text,F1\n\"'=HYPERLINK(\"\"x\"\")\",-0.5,-1.5\n'@SUM(A1),'-,—\n";
        assert_eq!(table.to_csv(), csv);
    }
}
