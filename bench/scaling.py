#!/usr/bin/env python3
"""How radiome's time and memory grow with the size of the region, from 1e3 to 1e7 voxels.

    python3 bench/scaling.py
    python3 bench/scaling.py --voxels 1e3 1e4 1e5 --params bench/mr_1130.yaml

The regions are made by the script (synthetic.py), isotropic at 1 mm. The slope is that of log time
over log voxels by least squares: 1 means that time grows as the region does. The start of the
program and the bytes outside of the region weigh on the small sizes, so the slope over the sizes
from 1e5 voxels is given too.
"""

import argparse
import tempfile
from pathlib import Path

import measure
import peers

peers.reenter("pyradiomics", "numpy")

import numpy as np  # noqa: E402

import synthetic  # noqa: E402

SIZES = (1e3, 1e4, 1e5, 1e6, 1e7)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radiome", help="the binary [default: target/release/radiome]")
    parser.add_argument("--voxels", type=float, nargs="+", default=SIZES)
    parser.add_argument("--params", type=Path, default=peers.BENCH / "scaling.yaml")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each size [default: 3]")
    parser.add_argument("--results", help="name of the folder in bench/results [default: the date]")
    return parser.parse_args()


def slope(sizes, values):
    """Exponent of growth by least squares on logarithms, or nothing from a single size."""
    if len(sizes) < 2:
        return "-"
    return f"{np.polyfit(np.log(sizes), np.log(values), 1)[0]:.2f}"


def main():
    options = arguments()
    binary = peers.radiome(options.radiome)
    rows, lines, summary = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        image, mask = Path(folder) / "image.nrrd", Path(folder) / "mask.nrrd"
        for wanted in options.voxels:
            values, inside = synthetic.region(wanted)
            synthetic.write_nrrd(image, values)
            synthetic.write_nrrd(mask, inside)
            voxels, grid = int(inside.sum()), values.size
            del values, inside
            command = [binary, "extract", image, mask, "--params", options.params]
            runs = []
            for number in range(1, options.rounds + 1):
                usage = measure.run([*command, "--jobs", "1", "--quiet"])
                if usage.status != 0:
                    print(f"radiome fails on {voxels} voxels: {usage.output[-400:]}")
                    break
                runs.append(usage)
                rows.append((voxels, grid, number, usage.cpu_s, usage.wall_s, usage.peak_mib))
            if not runs:
                continue
            cpu = measure.median([run.cpu_s for run in runs])
            peak = measure.median([run.peak_mib for run in runs])
            summary.append((voxels, cpu, peak))
            lines.append(
                [voxels, grid, f"{cpu:.3f}", f"{cpu / voxels * 1e6:.2f}", f"{peak:.0f}"]
                + [f"{peak * 2**20 / grid:.0f}", f"{peak * 2**20 / voxels:.0f}"]
            )
            print(f"{voxels} voxels: {cpu:.3f} s CPU, {peak:.0f} MiB", flush=True)
    header = ["voxels", "grid_voxels", "run", "cpu_s", "wall_s", "peak_mib"]
    folder = measure.results_folder(options.results)
    measure.write_csv(folder / "scaling.csv", header, rows)
    header = ["region voxels", "grid voxels", "CPU s", "µs / region voxel", "peak MiB"]
    text = measure.table([*header, "bytes / grid voxel", "bytes / region voxel"], lines)
    large = [row for row in summary if row[0] >= 9e4]
    for name, part in (("all sizes", summary), ("from 1e5 voxels", large)):
        sizes = [row[0] for row in part]
        text += f"\n\nSlope over {name}: time {slope(sizes, [row[1] for row in part])}, "
        text += f"peak memory {slope(sizes, [row[2] for row in part])}."
    text += f"\n\nSettings: {options.params.name}; one thread; medians of {options.rounds} runs."
    measure.report(folder / "scaling.md", "radiome by the size of the region", text)


if __name__ == "__main__":
    main()
