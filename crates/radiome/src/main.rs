//! The `radiome` command: from scans to a validated nomogram.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    radiome::command::main()
}
