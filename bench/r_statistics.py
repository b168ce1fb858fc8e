"""Times the statistics of a study: radiome and R on the same tables, one core, in one run.

Both read the tables first; then each function is timed on its own, and its value is compared.
Tasks of chance (bootstraps) draw their own resamples, so their values only resemble each other.

    bench/r_statistics.py                 needs Rscript with survival, glmnet, pROC; sva, psych, rms
                                        where they are to be compared
    bench/r_statistics.py --tasks cox,concordance --rounds 9
"""

import argparse
import csv
import math
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import measure
import peers

# What R packages that are not on every machine took, in seconds: R 4.2.2 on two cores.
QUOTED = {"mrmr": ("mRMRe 2.1.2", 0.14)}
# The same work, told apart by how exact R is asked to be or which of its ways is taken.
SAME_WORK = {
    "lasso_cv_1e-7": "lasso_cv",
    "lasso_cv_1e-12": "lasso_cv",
    "icc_anova": "icc",
    "icc_lmer": "icc",
}
BY_CHANCE = {"auc_bootstrap", "validate_logistic"}


def write(path, header, rows):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)


def correlated(draw, rows, columns):
    """Features in families of three kinds of kinship."""
    shared = [draw.gauss(0, 1) for _ in range(rows)]
    share = [(0.7, 0.4, 0.1)[column % 3] for column in range(columns)]
    return [[part * s + draw.gauss(0, 1) for part in share] for s in shared]


def make_tables(folder):
    """The sizes of a study: 109 patients, 2,260 features; and sizes at which time can be told."""
    draw = random.Random(20260101)
    names = [f"f{number}" for number in range(1, 2261)]

    x = correlated(draw, 500, 2000)
    signal = [r[0] + 0.7 * r[1] - 0.7 * r[4] + draw.gauss(0, 1.5) for r in x]
    rows = [[int(s > 0), i % 10 + 1, *r] for i, (s, r) in enumerate(zip(signal, x))]
    write(folder / "lasso.csv", ["y", "fold", *names[:2000]], rows)

    rows = []
    x = correlated(draw, 180, 2260)
    shift = [[draw.gauss(0, 0.5) for _ in names] for _ in range(6)]
    scale = [[math.exp(draw.gauss(0, 0.3)) for _ in names] for _ in range(6)]
    for i, r in enumerate(x):
        b = i % 6
        rows.append([f"s{b}", *(g + d * v for g, d, v in zip(shift[b], scale[b], r))])
    write(folder / "combat.csv", ["batch", *names], rows)

    rows = []
    for subject, truth in enumerate(correlated(draw, 40, 2260)):
        for reader in range(3):
            rows.append([subject, reader, *(t + draw.gauss(0, 0.6) for t in truth)])
    write(folder / "icc.csv", ["subject", "reader", *names], rows)

    x = correlated(draw, 109, 2260)
    rows = [[int(r[0] + r[1] + draw.gauss(0, 1) > 0), *r] for r in x]
    write(folder / "mrmr.csv", ["y", *names], rows)

    for name, size in (("roc.csv", 100_000), ("small.csv", 109)):
        rows = []
        for _ in range(size):
            y = int(draw.random() < 0.4)
            a = draw.gauss(0.8 * y, 1)
            rows.append([y, a, 0.5 * a + draw.gauss(0.3 * y, 1), draw.gauss(0.2 * y, 1)])
        write(folder / name, ["y", "a", "b", "c"], rows)

    rows = []
    for _ in range(100_000):
        x, y = draw.gauss(0, 1), draw.gauss(0, 1)
        event, censored = draw.expovariate(math.exp(0.5 * x - 0.3 * y)), draw.expovariate(0.5)
        rows.append([min(event, censored), int(event <= censored), x, y])
    write(folder / "survival.csv", ["time", "event", "x", "y"], rows)


def run(command):
    """Lines `task,seconds,value` of a program on one core."""
    one = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, **one},
    )
    found = {}
    for line in done.stdout.splitlines():
        task, seconds, value = line.split(",")
        found.setdefault(task, []).append((float(seconds), float(value)))
    return found


def difference(ours, theirs):
    return abs(ours - theirs) / max(abs(theirs), 1e-300)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default="", help="a list of tasks; all without it")
    parser.add_argument("--results", help="name of the folder in bench/results")
    options = parser.parse_args()
    tasks = [task for task in options.tasks.split(",") if task]
    rscript = shutil.which("Rscript")
    if rscript is None:
        raise SystemExit("Rscript is not installed: there is nothing to compare with")
    build = ["cargo", "build", "--release", "--locked", "--workspace", "--example", "speed"]
    root = peers.BENCH.parent
    subprocess.run(build, cwd=root, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_tables(folder)
        # A task of R's may stand for one of ours, so ours are not filtered by its name.
        ours = run([target / "release/examples/speed", folder, options.rounds])
        theirs = run([rscript, peers.BENCH / "r_statistics.R", folder, options.rounds, *tasks])
    raw, lines = [], []
    for who, found in (("radiome", ours), ("R", theirs)):
        raw += [[who, task, *one] for task, times in found.items() for one in times]
    for task, times in theirs.items():
        mine = ours.get(SAME_WORK.get(task, task))
        if mine is None:
            continue
        own, other = (measure.median([t for t, _ in runs]) for runs in (mine, times))
        apart = "by chance" if task in BY_CHANCE else f"{difference(mine[0][1], times[0][1]):.1e}"
        lines.append([task, f"{own:.4g}", f"{other:.4g}", f"{other / own:.3g}", apart])
    for task, (package, seconds) in QUOTED.items():
        if task in ours and not tasks:
            own = measure.median([t for t, _ in ours[task]])
            lines.append([task, f"{own:.4g}", f"{seconds} ({package}, quoted)", f"{seconds / own:.3g}", ""])
    header = ["task", "radiome, s", "R, s", "R / radiome", "relative difference of values"]
    results = measure.results_folder(options.results)
    measure.write_csv(results / "statistics.csv", ["program", "task", "seconds", "value"], raw)
    measure.report(results / "statistics.md", "Statistics beside R", measure.table(header, lines))


if __name__ == "__main__":
    main()
