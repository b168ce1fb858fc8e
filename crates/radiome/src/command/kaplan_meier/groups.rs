//! The groups of the rows, and the curve of each.

use miette::miette;
use radiome::table::Table;
use radiome_stats::survival::{SurvivalInterval, kaplan_meier};

use super::curve::Curve;
use crate::command::tabular::{FollowUp, Levels};

/// The name of the only group where none are asked for.
const ALL: &str = "all";

/// The groups of a table without missing cells.
pub(super) struct Groups {
    names: Vec<String>,
    /// Place of the group of each row among the names.
    pub(super) of_row: Vec<usize>,
}

impl Groups {
    pub(super) fn of(table: &Table, column: Option<&str>) -> miette::Result<Self> {
        let Some(column) = column else {
            return Ok(Self {
                names: vec![ALL.to_owned()],
                of_row: vec![0; table.len()],
            });
        };
        let levels = Levels::of(table, column)?;
        Ok(Self {
            names: levels.names,
            of_row: levels.places.into_iter().flatten().collect(),
        })
    }

    pub(super) fn name(&self, group: usize) -> &str {
        self.names.get(group).map_or("", String::as_str)
    }

    /// The curve of each group.
    pub(super) fn curves(
        &self,
        follow_up: &FollowUp,
        interval: SurvivalInterval,
        level: f64,
    ) -> miette::Result<Vec<Curve>> {
        let mut curves = Vec::with_capacity(self.names.len());
        for (group, name) in self.names.iter().enumerate() {
            let rows = || {
                let all = self.of_row.iter().zip(&follow_up.time);
                all.zip(&follow_up.event)
                    .filter(move |((of, _), _)| **of == group)
            };
            let time: Vec<f64> = rows().map(|((_, time), _)| *time).collect();
            let event: Vec<bool> = rows().map(|(_, event)| *event).collect();
            let curve = kaplan_meier(&time, &event, interval, level)
                .map_err(|error| miette!("{name}: {error}"))?;
            curves.push(Curve {
                name: name.clone(),
                curve,
                time,
                event,
            });
        }
        Ok(curves)
    }
}
