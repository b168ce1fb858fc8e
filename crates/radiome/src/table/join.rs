//! Joining tables on ids.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Column, Origin, Table, TableError};

/// Tables joined into one, and the ids that did not meet.
#[derive(Clone, Debug)]
pub struct Joined {
    /// One row for each row of the first table, in its order; the id column keeps its name there.
    pub table: Table,
    /// For each further table in which some id did not meet, what did not.
    pub unmatched: Vec<Unmatched>,
}

/// Ids of the first table and of a further one that did not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The further table.
    pub file: String,
    /// Ids of the first table that it lacks: their cells are missing.
    pub lacking: Vec<String>,
    /// Ids that only it has: they are left out.
    pub left_out: Vec<String>,
    /// Pairs of a lacking and a left-out id that differ only in capitals, leading zeros or signs
    /// between letters and digits. They are not joined; a message should show them.
    pub alike: Vec<(String, String)>,
}

/// Joins tables on their id columns. The rows are those of the first table.
///
/// A column that stands in two tables is kept once where both agree for every id they share.
///
/// # Errors
/// A missing or repeated id in any table, no id in common with the first table, a column of one
/// name with two contents.
pub fn join(tables: &[(Table, String)]) -> Result<Joined, TableError> {
    let Some(((first, first_id), others)) = tables.split_first() else {
        return Err(TableError::NoHeader {
            file: "the list of tables".to_owned(),
        });
    };
    let ids = first.ids(first_id)?;
    let mut joined = first.clone();
    let mut unmatched = Vec::new();
    for (other, other_id) in others {
        let other_ids = other.ids(other_id)?;
        let places: HashMap<&str, usize> = other_ids
            .iter()
            .enumerate()
            .map(|(row, &id)| (id, row))
            .collect();
        let meeting: Vec<Option<usize>> = ids.iter().map(|id| places.get(id).copied()).collect();
        if meeting.iter().all(Option::is_none) {
            return Err(TableError::NoCommonId {
                first: first.source().to_owned(),
                second: other.source().to_owned(),
                first_id: ids.first().copied().unwrap_or_default().to_owned(),
                second_id: other_ids.first().copied().unwrap_or_default().to_owned(),
            });
        }
        for column in &other.columns {
            if column.name != *other_id {
                add_column(&mut joined, column, &meeting, &ids)?;
            }
        }
        joined.source = format!("{} + {}", joined.source, other.source).into();
        unmatched.extend(did_not_meet(other, &ids, &other_ids));
    }
    Ok(Joined {
        table: joined,
        unmatched,
    })
}

fn add_column(
    joined: &mut Table,
    column: &Column,
    meeting: &[Option<usize>],
    ids: &[&str],
) -> Result<(), TableError> {
    if let Some(present) = joined
        .columns
        .iter()
        .find(|other| other.name == column.name)
    {
        for (row, place) in meeting.iter().enumerate() {
            let Some(place) = *place else { continue };
            if present.cells[row] != column.cells[place] {
                return Err(TableError::Conflict {
                    column: column.name.clone(),
                    first: present.origin.file.to_string(),
                    second: column.origin.file.to_string(),
                    difference: format!(
                        "id \"{}\": \"{}\" against \"{}\"",
                        ids[row], present.cells[row], column.cells[place]
                    ),
                });
            }
        }
        return Ok(());
    }
    let cell =
        |place: &Option<usize>| place.map_or_else(String::new, |row| column.cells[row].clone());
    joined.push(Column {
        name: column.name.clone(),
        cells: meeting.iter().map(cell).collect(),
        origin: Arc::new(Origin {
            file: column.origin.file.clone(),
            rows: meeting
                .iter()
                .map(|place| place.map_or(0, |row| column.origin.row(row)))
                .collect(),
        }),
    })
}

fn did_not_meet(other: &Table, ids: &[&str], other_ids: &[&str]) -> Option<Unmatched> {
    let here: HashSet<&str> = ids.iter().copied().collect();
    let there: HashSet<&str> = other_ids.iter().copied().collect();
    let only = |from: &[&str], other: &HashSet<&str>| -> Vec<String> {
        let only = from.iter().filter(|id| !other.contains(*id));
        only.map(|&id| id.to_owned()).collect()
    };
    let lacking = only(ids, &there);
    let left_out = only(other_ids, &here);
    if lacking.is_empty() && left_out.is_empty() {
        return None;
    }
    let reduced: HashMap<String, &String> = left_out.iter().map(|id| (reduce(id), id)).collect();
    let alike = lacking
        .iter()
        .filter_map(|id| Some((id.clone(), (*reduced.get(&reduce(id))?).clone())))
        .collect();
    Some(Unmatched {
        file: other.source().to_owned(),
        lacking,
        left_out,
        alike,
    })
}

/// An id without what people write differently: capitals, signs, and zeros that lead a number.
fn reduce(id: &str) -> String {
    let id = id.to_lowercase();
    let mut reduced = String::new();
    for word in id.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = word;
        while let Some(c) = rest.chars().next() {
            let digits = c.is_ascii_digit();
            let end = rest
                .find(|c: char| c.is_ascii_digit() != digits)
                .unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            reduced.push_str(if digits {
                run.trim_start_matches('0')
            } else {
                run
            });
            rest = after;
        }
    }
    reduced
}
