"""Runs whole programs and measures them; writes tables and CSV."""

import csv
import datetime
import os
import statistics
import subprocess
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
    it waited for; the peak is that of the largest single process.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        start = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=errors,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read()
        if process.returncode != 0:
            text += errors.read()
    # Linux counts in KiB, macOS in bytes.
    unit = 1024 if os.uname().sysname == "Linux" else 1
    return Usage(
        usage.ru_utime + usage.ru_stime,
        wall,
        usage.ru_maxrss * unit / 2**20,
        process.returncode,
        text,
    )


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
