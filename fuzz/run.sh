#!/bin/bash
# Builds the targets and runs each of them:
#   fuzz/run.sh                     a minute each
#   fuzz/run.sh 600                 ten minutes each
#   fuzz/run.sh -runs=1000000       a million executions each
#   fuzz/run.sh -runs=1000 nifti table    these alone
#   TIMEOUT=5 fuzz/run.sh ...       where other programs take the processor away
# The flags of the compiler are those of cargo-fuzz, without a sanitizer: nothing here is unsafe, and
# memory is counted by the targets themselves. cargo-fuzz finds the same targets.
set -eu
cd "$(dirname "$0")"
much=${1:-60}
[ $# -gt 0 ] && shift
case $much in -runs=*) ;; *) much=-max_total_time=$much ;; esac
light="nifti nrrd meta_image gzip label_descriptions dicom dicom_series contours segmentation pixels zip"
heavy="parameters table study model results audit"
targets=${*:-$light $heavy}
host=$(rustc -vV | sed -n 's/^host: //p')
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
for target in $targets; do
    case " $heavy " in *" $target "*) features=--features=program ;; *) features= ;; esac
    cargo build --release --locked --target "$host" $features --bin "$target"
done
for target in $targets; do
    # What is found while it runs is kept apart from the seeds.
    mkdir -p "found/$target"
    dictionary=
    [ -f "dictionaries/$target.dict" ] && dictionary=-dict=dictionaries/$target.dict
    echo "== $target"
    # The results of a study are longer than other files.
    length=65536
    [ "$target" = results ] && length=131072
    "target/$host/release/$target" "found/$target" "corpus/$target" $much $dictionary \
        -timeout="${TIMEOUT:-1}" -rss_limit_mb=2048 -malloc_limit_mb=1024 -max_len=$length \
        -artifact_prefix="found/$target-" -print_final_stats=1 2>&1 |
        tee "found/$target.log" | grep -E '^(stat::number_of_executed_units|stat::average_exec|==[0-9]+==|SUMMARY|artifact|Test unit)|panicked|bytes of memory' || true
    grep 'longest execution' "found/$target.log" | tail -n 1
    grep -q 'stat::number_of_executed_units' "found/$target.log"
    if grep -qE 'SUMMARY|ERROR: libFuzzer' "found/$target.log"; then exit 1; fi
done
