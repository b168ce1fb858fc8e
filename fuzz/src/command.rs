//! The parts of the program, which is no library, that read published tables: its own files, and as
//! much around them as they ask for.
#![allow(dead_code, unused_imports)]

#[path = "../../crates/radiome/src/command/audit/mod.rs"]
pub(crate) mod audit;
#[path = "../../crates/radiome/src/command/tabular/mod.rs"]
mod tabular;

pub(crate) struct Common {
    pub(crate) answer: Option<Mailbox>,
}

pub(crate) struct Mailbox;

impl Mailbox {
    pub(crate) fn leave<J, T>(&self, _json: J, _table: T) {}
}

impl Common {
    pub(crate) fn note(&self, _text: &str) {}
}

pub(crate) enum Status {
    Done,
}

pub(crate) fn print(_text: &str) -> miette::Result<()> {
    Ok(())
}
