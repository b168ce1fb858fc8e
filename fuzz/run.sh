#!/bin/bash
# Builds the targets and runs each of them:
#   fuzz/run.sh                     a minute each
#   fuzz/run.sh 600                 ten minutes each
#   fuzz/run.sh -runs=1000000       a million executions each
#   fuzz/run.sh -runs=1000 nifti table    these alone
#   TIMEOUT=5 fuzz/run.sh ...       where other programs take the processor away
# radiome's own crates are built with coverage and with checks of overflow, the crates of others as in
# the program (rustc.sh, Cargo.toml). There is no sanitizer: nothing of radiome is unsafe, and memory is
# counted by the targets themselves. cargo-fuzz finds the same targets.
set -eu
cd "$(dirname "$0")"
much=${1:-60}
[ $# -gt 0 ] && shift
case $much in -runs=*) ;; *) much=-max_total_time=$much ;; esac
light="nifti nrrd meta_image gzip label_descriptions dicom dicom_series contours segmentation pixels zip"
heavy="parameters table study model results audit"
targets=${*:-$light $heavy}
# A folder of its own, for cargo does not tell what was built with the wrapper from what was not.
export RUSTC_WRAPPER="$PWD/rustc.sh" CARGO_TARGET_DIR="$PWD/target/coverage"
features=
bins=
for target in $targets; do
    case " $heavy " in *" $target "*) features=--features=program ;; esac
    bins="$bins --bin $target"
done
cargo build --release --locked $features $bins
for target in $targets; do
    # What is found while it runs is kept apart from the seeds.
    mkdir -p "found/$target"
    dictionary=
    [ -f "dictionaries/$target.dict" ] && dictionary=-dict=dictionaries/$target.dict
    # Exact tests of published counts take half a second together, and with coverage ten times as long.
    limit=${TIMEOUT:-1}
    [ "$target" = audit ] && limit=$((10 * limit))
    echo "== $target"
    "$CARGO_TARGET_DIR/release/$target" "found/$target" "corpus/$target" $much $dictionary \
        -timeout="$limit" -rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=65536 \
        -artifact_prefix="found/$target-" -print_final_stats=1 2>&1 |
        tee "found/$target.log" | grep -E '^(stat::number_of_executed_units|stat::average_exec|==[0-9]+==|SUMMARY|artifact|Test unit)|panicked|bytes of memory' || true
    grep 'longest execution' "found/$target.log" | tail -n 1
    grep -q 'stat::number_of_executed_units' "found/$target.log"
    if grep -qE 'SUMMARY|ERROR: libFuzzer' "found/$target.log"; then exit 1; fi
done
