"""Times features by the IBSI's definitions: radiome, MIRP and pictologics on the CT phantom.

All compute configuration C (2 mm, trilinear, bins of 25 HU) on one thread and take turns. The
whole process is timed, and of the peers a second extraction in one process too, with start,
imports and compilation left out; of radiome there is the whole process alone. Values are compared
with the IBSI's reference values; `radiome ibsi` compares all data there are.

    bench/ibsi.py --data DIR          DIR: the folder with ibsi1, sts (docs/ibsi.md)
"""

import argparse
import csv
import json
import math
from pathlib import Path

import measure
import peers

PEERS = {"mirp": "run_mirp.py", "pictologics": "run_pictologics_ibsi.py"}


def references(data):
    """The rows of configuration C that have a value."""
    with (data / "ibsi1" / "reference_values.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["value"]]
    return [row for row in rows if row["dataset"] == "ct_phantom" and row["config"] == "C"]


def agrees(found, row):
    """As it is or rounded to three digits, no further from the reference than its tolerance."""
    value, tolerance = float(row["value"]), float(row["tolerance"] or 0)
    if not math.isfinite(found):
        return False
    return any(
        abs(number - value) <= tolerance + 1e-9 * abs(value)
        for number in (found, float(f"{found:.3g}"))
    )


def keys(row):
    """What a program may call a reference: its tag; its code, where matrices are merged."""
    yield row["tag"]
    if row["tag"].endswith("_avg") or row["tag"] == "ih_p10":
        return
    share = {"ivh_v10": "_10", "ivh_v90": "_90", "ivh_i10": "_10", "ivh_i90": "_90"}
    yield row["ibsi_id"] + share.get(row["tag"], "")


def compared(values, rows):
    """How many references agree, of those that the program has; tags of the others."""
    agreeing, known, others = 0, 0, []
    for row in rows:
        name = next((key for key in keys(row) if key in values), None)
        if name is None:
            continue
        known += 1
        if agrees(values[name], row):
            agreeing += 1
        else:
            others.append(f"{row['tag']} {values[name]:.6g} (reference {row['value']})")
    return agreeing, known, others


def read(name, output):
    """What a program printed: radiome one row a case, a peer an object on the last line."""
    if name != "radiome":
        return json.loads(output.splitlines()[-1])
    (row,) = json.loads(output)
    return {"values": {tag: value for tag, value in row.items() if isinstance(value, (int, float))}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--radiome", type=Path)
    parser.add_argument("--results", help="folder below bench/results, instead of the date")
    options = parser.parse_args()
    radiome = peers.radiome(options.radiome)
    phantom = options.data / "ibsi1" / "ct_phantom"
    files = [phantom / "image.nii.gz", phantom / "mask.nii.gz"]
    rows = references(options.data)
    extract = ["extract", *files, "--params", "ibsi:C", "--format", "json", "--jobs", "1"]
    programs = {("radiome", "process"): [radiome, *extract]}
    for name, script in PEERS.items():
        if (python := peers.python(name)) is None:
            print(f"{name}: not installed, left out")
            continue
        programs[name, "process"] = [python, peers.BENCH / script, *files, "once"]
        programs[name, "warm"] = [python, peers.BENCH / script, *files]
    programs["radiome ibsi", "process"] = [radiome, "ibsi", "--data", options.data, "--jobs", "1"]
    raw, outputs = [], {}
    for turn in range(options.rounds):
        for (name, kind), command in programs.items():
            usage = measure.run(command, peers.ONE_THREAD)
            # The conformity run ends with 1 where a value does not agree.
            if usage.status not in ((0, 1) if name == "radiome ibsi" else (0,)):
                raise SystemExit(f"error: {name}:\n{usage.output[-2000:]}")
            cpu, wall = usage.cpu_s, usage.wall_s
            if name != "radiome ibsi":
                found = read(name, usage.output)
                outputs[name] = found["values"]
                if kind == "warm":
                    cpu, wall = found["cpu_s"], found["wall_s"]
            raw.append([name, kind, turn, f"{cpu:.4f}", f"{wall:.4f}", f"{usage.peak_mib:.1f}"])
    folder = measure.results_folder(options.results)
    header = ["program", "what", "round", "cpu_s", "wall_s", "peak_mib"]
    measure.write_csv(folder / "ibsi.csv", header, raw)
    lines = []
    for name, kind in programs:
        own = [row for row in raw if row[:2] == [name, kind]]
        cpu, wall, peak = (measure.median([float(row[k]) for row in own]) for k in (3, 4, 5))
        shown = "all of `radiome ibsi`" if name == "radiome ibsi" else name
        what = "the whole process" if kind == "process" else "second extraction in a process"
        lines.append([shown, what, f"{cpu:.3f}", f"{wall:.3f}", f"{peak:.0f}"])
    text = measure.table(["program", "what", "CPU s", "wall s", "peak MiB"], lines)
    text += f"\n\nOne thread; medians of rounds: {options.rounds}. "
    text += f"Reference values of configuration C ({len(rows)}) that agree:\n\n"
    for name, values in outputs.items():
        agreeing, known, others = compared(values, rows)
        text += f"- {name}: {agreeing} of {known} that it gives"
        text += f"; not: {', '.join(others)}\n" if others else "\n"
    measure.report(folder / "ibsi.md", "Features by the IBSI's definitions, speed", text.rstrip())


if __name__ == "__main__":
    main()
