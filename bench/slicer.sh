#!/bin/sh
# Checks what radiome-slicer tells 3D Slicer against the schema of the Slicer execution model.
# usage: bench/slicer.sh ModuleDescription.xsd
set -e
schema=${1:?usage: bench/slicer.sh ModuleDescription.xsd}
# As published the schema is none: in `enumerationType` an attribute follows `complexContent`, which
# XML Schema forbids. That line, of a type that is not used here, is left out.
repaired=$(mktemp)
trap 'rm -f "$repaired"' EXIT
sed '/<\/xsd:complexContent>/{n;/<xsd:attribute /d;}' "$schema" > "$repaired"
cargo run --release --locked --quiet -p radiome --bin radiome-slicer -- --xml |
  xmllint --noout --schema "$repaired" -
