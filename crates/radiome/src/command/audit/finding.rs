//! What an audit found.

use radiome::table::{number_json, parse_number};
use serde_json::{Value, json};

use crate::command::tabular::{Cell, Warning};

/// A cell that cannot be true beside the others.
pub(super) struct Finding {
    pub(super) table: String,
    /// The names of the row.
    pub(super) row: String,
    /// The row in the file, the header being 1; 0 for none.
    pub(super) line: usize,
    pub(super) column: String,
    /// The cell as it is.
    pub(super) printed: String,
    /// What the others imply, where that is one number.
    pub(super) implied: Option<f64>,
    pub(super) rule: &'static str,
    pub(super) explanation: String,
}

/// How much of a table was looked at.
pub(super) struct Checked {
    pub(super) table: String,
    pub(super) kind: &'static str,
    pub(super) cells: usize,
}

/// Everything found.
#[derive(Default)]
pub(super) struct Report {
    pub(super) findings: Vec<Finding>,
    pub(super) warnings: Vec<Warning>,
    pub(super) checked: Vec<Checked>,
    /// Comparisons with counts that would have taken too long.
    pub(super) undecided: usize,
}

impl Report {
    /// Counts what was looked at; a table is known once it is counted, with nothing too.
    pub(super) fn checked(&mut self, table: &str, kind: &'static str, cells: usize) {
        self.checked.push(Checked {
            table: table.to_owned(),
            kind,
            cells,
        });
    }

    pub(super) fn warn(&mut self, code: &'static str, text: String) {
        self.warnings.push(Warning::new(code, text));
    }
}

impl Finding {
    pub(super) fn to_json(&self) -> Value {
        let number = parse_number(&self.printed);
        json!({
            "table": self.table,
            "row": self.row,
            "line": self.line,
            "column": self.column,
            "printed": number.map_or_else(|| self.printed.as_str().into(), number_json),
            "implied": self.implied.map(number_json),
            "rule": self.rule,
            "explanation": self.explanation,
        })
    }

    pub(super) fn row(&self) -> Vec<Cell> {
        vec![
            self.table.as_str().into(),
            self.row.as_str().into(),
            self.column.as_str().into(),
            self.printed.as_str().into(),
            self.implied.into(),
        ]
    }

    pub(super) fn rest(&self) -> Vec<Cell> {
        vec![
            self.line.into(),
            self.rule.into(),
            self.explanation.as_str().into(),
        ]
    }
}
