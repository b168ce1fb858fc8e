//! Factors that multiply the penalty of each feature.

use std::collections::HashMap;
use std::path::Path;

use miette::miette;
use radiome::table::{Table, TableError, nearest, number_text, parse_number};

/// The factors of a file.
pub(super) struct Factors {
    source: String,
    form: Form,
}

enum Form {
    /// In the order of the features.
    InOrder(Vec<f64>),
    /// By name; 1 for the others.
    ByName(HashMap<String, f64>),
}

impl Factors {
    /// A column of features and one of factors, or one column of factors. A first line that holds a
    /// factor is no header.
    pub(super) fn read(path: &Path) -> miette::Result<Self> {
        let table = Table::read(path)?;
        let columns: Vec<&str> = table.columns().collect();
        let source = table.source().to_owned();
        let form = match columns.as_slice() {
            [only] => {
                let mut values: Vec<f64> = parse_number(only).into_iter().collect();
                values.extend(factors(&table, only)?);
                Form::InOrder(values)
            }
            [first, second] => {
                let (names, of) = if table.special_column("feature")? == Some(second) {
                    (second, first)
                } else {
                    (first, second)
                };
                let mut by_name: HashMap<String, f64> = HashMap::new();
                if let Some(value) = parse_number(of) {
                    by_name.insert((*names).to_owned(), value);
                }
                for (name, value) in table.cells(names)?.iter().zip(factors(&table, of)?) {
                    if by_name.insert(name.clone(), value).is_some() {
                        return Err(miette!(
                            help = "keep one of them",
                            "{source}: the feature \"{name}\" has two factors"
                        ));
                    }
                }
                Form::ByName(by_name)
            }
            other => {
                return Err(miette!(
                    help = "write one column of factors in the order of the features, or a column \
                            \"feature\" and a column \"factor\"",
                    "{source} has {} columns, where --penalty-factor takes one or two",
                    other.len()
                ));
            }
        };
        Ok(Self { source, form })
    }

    /// The factor of each feature.
    pub(super) fn of(&self, features: &[String]) -> miette::Result<Vec<f64>> {
        let source = &self.source;
        let values = match &self.form {
            Form::InOrder(values) if values.len() == features.len() => values.clone(),
            Form::InOrder(values) => {
                return Err(miette!(
                    help = "write one factor for each feature, or name the features in a column",
                    "{source} has {} factors for {} features",
                    values.len(),
                    features.len()
                ));
            }
            Form::ByName(by_name) => {
                let mut strange = by_name.keys().filter(|name| !features.contains(name));
                if let Some(name) = strange.next() {
                    let near = nearest(name, features.iter().map(String::as_str));
                    let help = near.map_or_else(
                        || "remove its row, or choose the feature with --features".to_owned(),
                        |near| format!("did you mean \"{near}\"?"),
                    );
                    return Err(miette!(
                        help = help,
                        "{source}: \"{name}\" is not among the features"
                    ));
                }
                let factor = |name: &String| by_name.get(name).copied().unwrap_or(1.0);
                features.iter().map(factor).collect()
            }
        };
        if values.iter().all(|factor| *factor == 0.0) {
            return Err(miette!(
                help = "at least one feature must have a factor above 0",
                "{source}: no feature is penalised"
            ));
        }
        Ok(values)
    }
}

/// The numbers of a column: finite, and not below 0.
fn factors(table: &Table, column: &str) -> miette::Result<Vec<f64>> {
    let values = table.numbers(column)?;
    match values.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
        None => Ok(values),
        Some(row) => Err(no_factor(table, column, row, values.get(row).copied())?),
    }
}

fn no_factor(
    table: &Table,
    column: &str,
    row: usize,
    value: Option<f64>,
) -> Result<miette::Report, TableError> {
    let (file, row) = table.place(column, row)?;
    Ok(miette!(
        help = "a factor is 0 or more: 0 for a feature that is never penalised, 1 for the others",
        "{file}, row {row}, column \"{column}\": {} is no factor",
        number_text(value.unwrap_or(f64::NAN))
    ))
}
