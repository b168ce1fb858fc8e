#!/usr/bin/env python3
"""Times radiome beside its peers on the public sarcoma patients, whole processes, in turn.

    python3 bench/speed.py --data DIR             # DIR holds STS_019/t1.nii.gz, ...
    python3 bench/speed.py --data DIR --memory    # peak memory alone, one run each
    python3 bench/speed.py --data DIR --threads   # radiome on one thread and on more: wall time

The programs take turns within a round, so that a disturbance of the machine falls on all of them;
a table holds medians. pictologics compiles at its first use: its second execution in one process is
what counts here, in CPU seconds, reading included. Feature sets differ; their sizes stand beside.
"""

import argparse
import csv
import io
import json
import os
import sys
import tempfile
from pathlib import Path

import measure
import peers

CASES = ("STS_019", "STS_001", "STS_013")
BATCH = ("STS_001", "STS_002", "STS_003", "STS_005", "STS_006", "STS_013", "STS_019", "STS_021")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the STS patients")
    parser.add_argument("--radiome", help="the binary [default: target/release/radiome]")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each [default: 5]")
    parser.add_argument("--cases", nargs="+", default=CASES, help=f"[default: {' '.join(CASES)}]")
    parser.add_argument(
        "--params", type=Path, default=peers.BENCH / "mr_1130.yaml", help="parameter file"
    )
    parser.add_argument("--only", nargs="+", help="only these programs")
    parser.add_argument("--threads", action="store_true", help="radiome on one thread and on more")
    parser.add_argument("--jobs", type=int, default=2, help="threads of --threads [default: 2]")
    parser.add_argument("--memory", action="store_true", help="peak memory, one run each")
    parser.add_argument("--results", help="name of the folder in bench/results [default: the date]")
    return parser.parse_args()


def files(data, case):
    """Image and mask of a patient; exits when they are not there."""
    found = data / case / "t1.nii.gz", data / case / "t1_mask.nii.gz"
    for path in found:
        if not path.is_file():
            sys.exit(f"error: no {path}: --data names the folder of the STS patients")
    return found


def programs(binary, parameters):
    """The command of each program at hand, given image and mask."""
    radiome = lambda image, mask: [
        *(binary, "extract", image, mask, "--params", parameters, "--jobs", "1", "--quiet")
    ]
    commands = {"radiome": radiome}
    for peer, script, takes_parameters in (
        ("pyradiomics", "run_pyradiomics.py", True),
        ("flash", "run_flash.py", True),
        ("pictologics", "run_pictologics.py", False),
    ):
        python = peers.python(peer)
        if python is None:
            print(f"{peer} is left out: bench/setup.sh has not made its environment")
            continue
        end = [parameters] if takes_parameters else []
        commands[peer] = lambda image, mask, start=(python, peers.BENCH / script), end=end: [
            *start,
            image,
            mask,
            *end,
        ]
    return commands


def features(program, usage):
    """Number of features of a run."""
    if program != "radiome":
        return json.loads(usage.output.strip().splitlines()[-1])["features"]
    row = next(csv.DictReader(io.StringIO(usage.output)))
    return sum(not name.startswith("diagnostics_") for name in row if name not in ("Image", "Mask"))


def measured(program, usage):
    """CPU and wall seconds of a run; pictologics measures its second execution itself."""
    if program == "pictologics":
        inside = json.loads(usage.output.strip().splitlines()[-1])
        return inside["cpu_s"], inside["wall_s"]
    return usage.cpu_s, usage.wall_s


def compare(options, binary):
    commands = programs(binary, options.params)
    if options.only:
        commands = {name: command for name, command in commands.items() if name in options.only}
    rounds = 1 if options.memory else options.rounds
    rows = []
    for case in options.cases:
        image, mask = files(options.data, case)
        failed = set()
        for number in range(1, rounds + 1):
            for program, command in commands.items():
                if program in failed:
                    continue
                usage = measure.run(command(image, mask), peers.ONE_THREAD)
                if usage.status != 0:
                    words = " ".join(usage.output.split())
                    print(f"{program} fails on {case} (status {usage.status}): {words[-400:]}")
                    failed.add(program)
                    continue
                cpu, wall = measured(program, usage)
                count = features(program, usage)
                rows.append((case, program, number, count, cpu, wall, usage.peak_mib))
                print(
                    f"{case} {program} {number}/{rounds}: {cpu:.3f} s CPU, {wall:.3f} s wall, "
                    f"{usage.peak_mib:.0f} MiB, {count} features",
                    flush=True,
                )
    name = "memory" if options.memory else "speed"
    folder = measure.results_folder(options.results)
    header = ["case", "program", "run", "features", "cpu_s", "wall_s", "peak_mib"]
    measure.write_csv(folder / f"{name}.csv", header, rows)
    measure.report(
        folder / f"{name}.md",
        f"radiome and its peers, {name}",
        comparison_table(rows, options.cases) + "\n\n" + notes(binary),
    )


def comparison_table(rows, cases):
    header = ["case", "program", "features", "CPU s", "wall s", "peak MiB", "CPU / radiome's"]
    lines = []
    for case in cases:
        of = lambda program: [row for row in rows if row[:2] == (case, program)]
        ours = of("radiome")
        base = measure.median([row[4] for row in ours]) if ours else None
        for program in dict.fromkeys(row[1] for row in rows if row[0] == case):
            runs = of(program)
            cpu, wall, peak = (measure.median([row[i] for row in runs]) for i in (4, 5, 6))
            ratio = f"{cpu / base:.1f}" if base else ""
            lines.append(
                [case, program, runs[0][3], f"{cpu:.3f}", f"{wall:.3f}", f"{peak:.0f}", ratio]
            )
    return measure.table(header, lines)


def notes(binary):
    """What the table compares, with versions."""
    lines = [f"- radiome: {peers.version([binary, '--version'])}"]
    packages = {"pyradiomics": "pyradiomics-cuda", "flash": "flash-radiomics"}
    for peer in ("pyradiomics", "flash", "pictologics"):
        python = peers.python(peer)
        if python:
            package = packages.get(peer, peer)
            code = f"import importlib.metadata as m; print(m.version('{package}'))"
            lines.append(f"- {peer}: {package} {peers.version([python, '-c', code])}")
    lines += [
        "- Medians over the rounds; one thread each; the programs took turns.",
        "- radiome, PyRadiomics and flash-radiomics: the whole process, start and reading included, "
        "with the same parameter file. flash-radiomics adds features of its own and always writes "
        "an HDF5 file.",
        "- pictologics: its own IBSI features on the same twelve kinds of image (original, eight "
        "coif1 sub-bands, three LoG scales at 1 mm); time of the second execution in one process, "
        "start and compilation left out; peak memory of the whole process.",
    ]
    return "\n".join(lines)


def threads(options, binary):
    """Wall time of radiome on one thread and on more: one large case, and a batch of cases."""
    rows = []
    folder = measure.results_folder(options.results)
    with tempfile.TemporaryDirectory() as scratch:
        table = Path(scratch) / "cases.csv"
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["ID", "Image", "Mask"])
            for case in BATCH:
                writer.writerow([case, *(path.resolve() for path in files(options.data, case))])
        inputs = {"STS_013": files(options.data, "STS_013"), f"{len(BATCH)} cases": (table,)}
        for number in range(1, options.rounds + 1):
            for name, paths in inputs.items():
                outputs = set()
                for jobs in (1, options.jobs):
                    command = [binary, "extract", *paths, "--params", options.params, "--quiet"]
                    usage = measure.run([*command, "--jobs", jobs])
                    if usage.status != 0:
                        sys.exit(f"error: radiome fails on {name}: {usage.output[-400:]}")
                    outputs.add(usage.output)
                    rows.append((name, jobs, number, usage.cpu_s, usage.wall_s, usage.peak_mib))
                if len(outputs) != 1:
                    sys.exit(f"error: {name}: values differ between numbers of threads")
    header = ["input", "threads", "run", "cpu_s", "wall_s", "peak_mib"]
    measure.write_csv(folder / "threads.csv", header, rows)
    lines = []
    for name in inputs:
        of = lambda jobs, column: measure.median(
            [row[column] for row in rows if row[0] == name and row[1] == jobs]
        )
        for jobs in (1, options.jobs):
            lines.append(
                [name, jobs]
                + [f"{of(jobs, column):.3f}" for column in (4, 3)]
                + [f"{of(jobs, 5):.0f}", f"{of(1, 4) / of(jobs, 4):.2f}"]
            )
    header = ["input", "threads", "wall s", "CPU s", "peak MiB", "times faster"]
    text = measure.table(header, lines) + "\n\nThe output was the same text on each number of threads."
    measure.report(folder / "threads.md", "radiome on several threads", text)


def main():
    options = arguments()
    binary = peers.radiome(options.radiome)
    if os.cpu_count() and options.threads and os.cpu_count() < options.jobs:
        print(f"note: {options.jobs} threads on {os.cpu_count()} cores")
    if options.threads:
        threads(options, binary)
    else:
        compare(options, binary)


if __name__ == "__main__":
    main()
