//! The predictors of a regression: which columns, and how they enter.

use clap::Args;
use miette::miette;
use nalgebra::DMatrix;
use radiome::table::{Table, TableError};

use super::{Columns, Levels, Warning, columns_in_order};

/// Which columns are predictors, and which of them are factors.
#[derive(Args)]
pub(crate) struct Predictors {
    /// The predictors: names or patterns [default: every numeric column that no other option names,
    /// diagnostics_* left out]
    #[arg(
        long,
        alias = "features",
        value_name = "A,B,...",
        value_delimiter = ','
    )]
    pub(crate) vars: Vec<String>,
    /// Predictors of numbers that are codes: one term for each level but the reference; a column of
    /// words is always a factor
    #[arg(long, value_name = "A,B,...", value_delimiter = ',')]
    pub(crate) factor: Vec<String>,
    /// The level of a factor that the others are compared with [default: the first]
    #[arg(long, value_name = "A=LEVEL", value_delimiter = ',', value_parser = reference_level)]
    pub(crate) reference: Vec<(String, String)>,
    /// Products of two predictors, as terms of their own
    #[arg(long, value_name = "A:B,...", value_delimiter = ',', value_parser = pair)]
    pub(crate) interaction: Vec<(String, String)>,
    /// The column that names each row, which is no predictor
    #[arg(long, value_name = "COL")]
    pub(crate) id: Option<String>,
}

fn reference_level(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (variable, level) = parts.ok_or("write it as in --reference site=arm")?;
    Ok((variable.to_owned(), level.to_owned()))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':');
    let (first, second) = parts.ok_or("write it as in --interaction age:sex")?;
    Ok((first.to_owned(), second.to_owned()))
}

/// The columns that a regression sees, without the intercept.
pub(crate) struct Design {
    pub(crate) terms: Vec<Term>,
    rows: usize,
}

/// One variable, or the product of two, and the columns that it becomes.
#[derive(Clone)]
pub(crate) struct Term {
    /// The variable, or `A:B`.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// `age`; `site=thigh`; `age:site=thigh`.
    pub(crate) columns: Vec<(String, Vec<f64>)>,
}

/// How a term came about.
#[derive(Clone)]
pub(crate) enum Kind {
    /// A number as it is.
    Number,
    /// One column for each of `levels`, 1 where the row has it.
    Factor {
        reference: String,
        levels: Vec<String>,
    },
    /// The products of the columns of two terms.
    Interaction,
}

impl Predictors {
    /// The variables by name, in the order in which `--vars` names them, those of other options left
    /// out.
    pub(crate) fn variables(
        &self,
        table: &Table,
        taken: &[&str],
    ) -> Result<Vec<String>, TableError> {
        if !self.vars.is_empty() {
            return columns_in_order(table, &self.vars, taken);
        }
        let columns = Columns {
            id: self.id.clone(),
            features: Vec::new(),
        };
        columns.choose(table, taken)
    }

    /// The terms of these variables in a table without missing cells ([`super::complete_rows`]). A
    /// variable of one value is left out, with a warning.
    pub(crate) fn design(
        &self,
        table: &Table,
        variables: &[String],
        warnings: &mut Vec<Warning>,
    ) -> miette::Result<Design> {
        let among = |name: &String, option: &str| {
            if variables.contains(name) {
                return Ok(());
            }
            Err(miette!(
                help = format!("the predictors are {}", variables.join(", ")),
                "{option} names \"{name}\", which is no predictor"
            ))
        };
        for name in &self.factor {
            among(name, "--factor")?;
        }
        for (name, _) in &self.reference {
            among(name, "--reference")?;
        }
        let mut constant = Vec::new();
        let mut terms = Vec::new();
        for name in variables {
            let of_words = table.holds_words(name);
            let term = if of_words || self.factor.contains(name) {
                self.factor_term(table, name)?
            } else {
                if let Some((_, level)) = self.reference.iter().find(|(other, _)| other == name) {
                    return Err(miette!(
                        help = format!("if its numbers are codes, add --factor {name}"),
                        "--reference {name}={level}: \"{name}\" is a number and has no levels"
                    ));
                }
                number_term(table, name)?
            };
            match term {
                Some(term) => {
                    if let (true, Kind::Factor { reference, .. }) = (of_words, &term.kind) {
                        let told = format!(
                            "{name} holds words, so it is a factor; its levels are compared with \
                             {reference}"
                        );
                        warnings.push(Warning::new("factor", told));
                    }
                    terms.push(term);
                }
                None => constant.push(name),
            }
        }
        for name in &constant {
            let told = format!("{name} has one value only and is left out");
            warnings.push(Warning::new("constant_feature", told));
        }
        for (first, second) in &self.interaction {
            among(first, "--interaction")?;
            among(second, "--interaction")?;
            let of = |name: &String| terms.iter().find(|term: &&Term| term.name == *name);
            if let (Some(a), Some(b)) = (of(first), of(second)) {
                let term = interaction(a, b);
                terms.push(term);
            }
        }
        let rows = table.len();
        Ok(Design { terms, rows })
    }

    fn factor_term(&self, table: &Table, name: &str) -> miette::Result<Option<Term>> {
        let found = Levels::of(table, name)?;
        let mut named = self.reference.iter().filter(|(other, _)| other == name);
        let reference = match named.next() {
            None => 0,
            Some((_, level)) => {
                let place = found.names.iter().position(|other| other == level);
                place.ok_or_else(|| {
                    miette!(
                        help = format!("its levels are {}", found.names.join(", ")),
                        "--reference {name}={level}: {}, column \"{name}\" has no such level",
                        table.source()
                    )
                })?
            }
        };
        if found.names.len() < 2 {
            return Ok(None);
        }
        let mut levels = Vec::new();
        let mut columns = Vec::new();
        for (place, level) in found.names.iter().enumerate() {
            if place == reference {
                continue;
            }
            let has = |row: &Option<usize>| f64::from(u8::from(*row == Some(place)));
            let column = found.places.iter().map(has).collect();
            columns.push((format!("{name}={level}"), column));
            levels.push(level.clone());
        }
        Ok(Some(Term {
            name: name.to_owned(),
            kind: Kind::Factor {
                reference: found.names.get(reference).cloned().unwrap_or_default(),
                levels,
            },
            columns,
        }))
    }
}

fn number_term(table: &Table, name: &str) -> miette::Result<Option<Term>> {
    let values = table.numbers(name)?;
    if let Some(row) = values.iter().position(|value| !value.is_finite()) {
        let (file, place) = table.place(name, row)?;
        let found = table.cells(name)?.get(row).cloned().unwrap_or_default();
        return Err(miette!(
            help = "correct the cell, or empty it if the value is missing",
            "{file}, row {place}, column \"{name}\": \"{found}\" is not finite"
        ));
    }
    let varies = values.iter().any(|value| Some(value) != values.first());
    Ok(varies.then(|| Term {
        name: name.to_owned(),
        kind: Kind::Number,
        columns: vec![(name.to_owned(), values)],
    }))
}

/// The first term's columns run fastest, as in R.
fn interaction(a: &Term, b: &Term) -> Term {
    let mut columns = Vec::new();
    for (second, right) in &b.columns {
        for (first, left) in &a.columns {
            let product = left.iter().zip(right).map(|(l, r)| l * r).collect();
            columns.push((format!("{first}:{second}"), product));
        }
    }
    Term {
        name: format!("{}:{}", a.name, b.name),
        kind: Kind::Interaction,
        columns,
    }
}

impl Design {
    /// The design of some of its terms, by their places and in this order.
    pub(crate) fn of_terms(&self, places: &[usize]) -> Self {
        let terms = places.iter().filter_map(|&place| self.terms.get(place));
        Self {
            terms: terms.cloned().collect(),
            rows: self.rows,
        }
    }

    /// The names of the columns, in order.
    pub(crate) fn column_names(&self) -> Vec<String> {
        let columns = self.terms.iter().flat_map(|term| &term.columns);
        columns.map(|(name, _)| name.clone()).collect()
    }

    /// The columns side by side, one row for each row of the table.
    pub(crate) fn matrix(&self) -> DMatrix<f64> {
        let columns = self.terms.iter().flat_map(|term| &term.columns);
        let columns: Vec<&[f64]> = columns.map(|(_, values)| values.as_slice()).collect();
        let values = columns.iter().flat_map(|column| column.iter().copied());
        DMatrix::from_iterator(self.rows, columns.len(), values)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        predictors: Predictors,
    }

    /// The names of the columns, their values, and the warnings.
    fn design(line: &str) -> (Vec<String>, DMatrix<f64>, Vec<String>) {
        let mut table = Table::new("t", 3);
        for (name, cells) in [
            ("age", ["1", "2", "4"]),
            ("code", ["10", "9", "10"]),
            ("site", ["b", "a", "c"]),
            ("same", ["1", "1", "1"]),
        ] {
            let cells = cells.map(str::to_owned).to_vec();
            table.push_texts(name, cells).unwrap();
        }
        let predictors = Line::parse_from(line.split_whitespace()).predictors;
        let variables = predictors.variables(&table, &[]).unwrap();
        let mut warnings = Vec::new();
        let design = predictors
            .design(&table, &variables, &mut warnings)
            .unwrap();
        let warnings = warnings.into_iter().map(|warning| warning.text).collect();
        (design.column_names(), design.matrix(), warnings)
    }

    #[test]
    fn numbers_factors_and_products() {
        let (names, matrix, warnings) =
            design("x --vars age,site,same --reference site=b --interaction age:site");
        let expected = ["age", "site=a", "site=c", "age:site=a", "age:site=c"];
        assert_eq!(names, expected);
        let rows = [
            1.0, 0.0, 0.0, 0.0, 0.0, //
            2.0, 1.0, 0.0, 2.0, 0.0, //
            4.0, 0.0, 1.0, 0.0, 4.0,
        ];
        assert_eq!(matrix, DMatrix::from_row_slice(3, 5, &rows));
        let told = [
            "site holds words, so it is a factor; its levels are compared with b",
            "same has one value only and is left out",
        ];
        assert_eq!(warnings, told);
    }

    #[test]
    fn variables_stand_in_the_order_in_which_they_are_named() {
        assert_eq!(design("x --vars code,a*").0, ["code", "age"]);
        let found = design("x --vars *e --factor code").0;
        assert_eq!(found, ["age", "code=10", "site=b", "site=c"]);
    }

    #[test]
    fn codes_are_numbers_unless_they_are_said_to_be_levels() {
        assert_eq!(design("x --vars code").0, ["code"]);
        // In the order of numbers, not of words.
        assert_eq!(design("x --vars code --factor code").0, ["code=10"]);
    }
}
