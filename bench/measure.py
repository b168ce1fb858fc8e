"""Runs whole programs and measures them; writes tables and CSV."""

import csv
import datetime
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import peers


@dataclass
class Usage:
    """What one run of a program took."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    status: int
    output: str


def run(command, environment=None):
    """Runs a program to its end: user and system CPU seconds, wall seconds, peak memory.

    The kernel's account of the process (wait4) includes all of its threads and the children that
    it waited for; the peak is that of the largest single process. account.py starts it.
    """
    starter = [sys.executable, "-I", "-S", peers.BENCH / "account.py"]
    with (
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
        tempfile.TemporaryFile("w+") as account,
    ):
        descriptor = account.fileno()
        start = time.monotonic()
        subprocess.run(
            [str(part) for part in [*starter, descriptor, *command]],
            stdout=output,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            pass_fds=[descriptor],
        )
        wall = time.monotonic() - start
        for file in (output, errors, account):
            file.seek(0)
        cpu, peak, status = account.read().split() or (0, 0, 1)
        text = output.read()
        if int(status) != 0:
            text += errors.read()
    # Linux counts in KiB, macOS in bytes.
    unit = 1024 if os.uname().sysname == "Linux" else 1
    return Usage(float(cpu), wall, int(peak) * unit / 2**20, int(status), text)


def results_folder(name=None):
    """bench/results/<date>, made if need be."""
    folder = peers.BENCH / "results" / (name or datetime.date.today().isoformat())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def median(values):
    """The median, which one disturbed run does not move."""
    return statistics.median(values)


def write_csv(path, header, rows):
    """Raw measurements, one row a run."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    print(f"\nraw measurements: {path}")


def table(header, rows):
    """A Markdown table as text."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def report(path, title, text):
    """Prints a table and keeps it beside the raw measurements."""
    text = f"# {title}\n\nMachine: {peers.machine()}\n\n{text}\n"
    print(text)
    path.write_text(text)
