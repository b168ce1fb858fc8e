//! What the checklists of reporting guidelines still need.

use super::super::checklists::CHECKLISTS;
use super::super::page::{Section, Table};
use crate::results::Results;

pub(super) fn checklists<'a>(results: &Results) -> Section<'a> {
    let mut section = Section::new("checklists", "Checklists of reporting guidelines");
    section.paragraph(
        "Four checklists lie in the folder checklists, each item filled where the record of the \
         study knows the answer and blank where a person must write it. An answer says what was \
         done; whether that is enough is for a reader to judge.",
    );
    let mut table = Table::new(
        "Items that the record answers",
        &[
            "Checklist",
            "Items",
            "From the record",
            "To be written",
            "File",
        ],
    );
    for list in CHECKLISTS {
        let (items, answered) = (list.items.len(), list.answered(results));
        table.row([
            list.title.to_owned(),
            items.to_string(),
            answered.to_string(),
            (items - answered).to_string(),
            format!("checklists/{}.csv", list.name),
        ]);
        table.note(format!("{}: {}.", list.title, list.reference));
    }
    section.table(table);
    section
}
