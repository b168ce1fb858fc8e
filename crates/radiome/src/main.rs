//! The `radiome` command.

fn main() {}
