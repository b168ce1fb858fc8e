#!/bin/bash
# Stands before rustc (RUSTC_WRAPPER): crates of radiome get what libFuzzer looks at, the counters and
# compared values of cargo-fuzz's own flags; crates of others are built as in the program itself.
set -eu
name=
before=
for argument; do
    [ "$before" = --crate-name ] && name=$argument
    before=$argument
done
case $name in
radiome | radiome_*)
    exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
*) exec "$@" ;;
esac
