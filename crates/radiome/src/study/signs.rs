//! Signs that two readers read: which column holds the value that is used.

use super::Problem;
use super::cohort::missing_column;
use super::file::StudyFile;
use crate::reader_agreement::PairedReadings;
use crate::results::Warning;
use crate::table::Table;

/// Checks the columns of `reader_agreement`, and adds those that the tables do not hold: the
/// consensus under the name of the sign, or where there is none the first reader's values.
pub(super) fn complete(
    table: &mut Table,
    file: &StudyFile,
    problems: &mut Vec<Problem>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (number, sign) in file.reader_agreement.iter().enumerate() {
        let key = format!("reader_agreement[{number}]");
        let named = sign.readers.iter().chain(&sign.consensus);
        let before = problems.len();
        for column in named {
            if let Err(error) = table.texts(column) {
                let found = missing_column(table, column, &key, &error.to_string());
                problems.push(found);
            }
        }
        let [first, second] = &sign.readers;
        if first == second {
            problems.push(Problem::new(
                format!("`{key}` compares `{first}` with itself"),
                "name the columns of two readers",
            ));
        }
        let same = file.reader_agreement[..number]
            .iter()
            .any(|other| other.column == sign.column);
        if same {
            problems.push(Problem::new(
                format!(
                    "`reader_agreement` names the sign `{}` more than once",
                    sign.column
                ),
                "name it once",
            ));
        }
        if problems.len() > before {
            continue;
        }
        if let Some(consensus) = &sign.consensus
            && consensus != &sign.column
            && table.has_column(&sign.column)
        {
            problems.push(Problem::new(
                format!(
                    "`{key}`: a table has the column `{}`, and the consensus is said to be `{consensus}`",
                    sign.column
                ),
                "write the column that holds the agreed value as `column`, and leave `consensus` out",
            ));
            continue;
        }
        let levels = sign.levels();
        let texts = |column: &str| table.texts(column).unwrap_or_default();
        let paired = match PairedReadings::of(&texts(first), &texts(second), &levels) {
            Ok(paired) => paired,
            Err(error) => {
                problems.push(Problem::new(
                    format!("`{key}`: row {}: {error}", error.row + 2),
                    "correct the cell, or name every level under `levels`",
                ));
                continue;
            }
        };
        if table.has_column(&sign.column) {
            continue;
        }
        let source = sign.consensus.as_ref().unwrap_or(first);
        let cells: Vec<String> = texts(source)
            .into_iter()
            .map(|cell| cell.unwrap_or_default().to_owned())
            .collect();
        if sign.consensus.is_none() {
            warnings.push(Warning::new(
                "no_consensus",
                format!(
                    "no table has the agreed value of `{}`: the value of the first reader (`{first}`) is used for everyone, also for the {} patients of the tables on whom the readers differ",
                    sign.column,
                    paired.disagreements().len()
                ),
            ));
        }
        if let Err(error) = table.push_texts(&sign.column, cells) {
            problems.push(Problem::new(
                format!("`{key}`: {error}"),
                "give the sign another name under `column`",
            ));
        }
    }
    warnings
}
