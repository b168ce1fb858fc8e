#!/usr/bin/env python3
"""Voxel-based maps: radiome beside PyRadiomics, seconds per voxel and values.

    python3 bench/maps.py
    python3 bench/maps.py --voxels 2000 --rounds 3
    python3 bench/maps.py --radius 3 --classes firstorder,glcm,glrlm,gldm

Both compute the maps of first order and GLCM in a neighbourhood of one voxel (maps.yaml), or of the
radius and classes that are named, on a synthetic region and write them as NRRD. Whole processes on one thread; PyRadiomics' start, which
weighs on so small a region, is also left out in a column of its own. The maps are compared where
the mask is, to 1e-6 relative or 1e-9 absolute, NaN equal to NaN. Exit status: 0 equal, 1 not.
"""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import measure
import peers

peers.reenter("pyradiomics", "radiomics")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402

import synthetic  # noqa: E402

RELATIVE = 1e-6
ABSOLUTE = 1e-9


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radiome", help="the binary [default: target/release/radiome]")
    parser.add_argument("--voxels", type=float, default=1000, help="of the region [default: 1000]")
    parser.add_argument("--params", type=Path, default=peers.BENCH / "maps.yaml")
    parser.add_argument("--radius", type=int, help="of the kernel [default: that of the parameters]")
    parser.add_argument("--classes", help="with commas between [default: those of the parameters]")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each [default: 3]")
    parser.add_argument("--results", help="name of the folder in bench/results [default: the date]")
    return parser.parse_args()


def parameters(options, folder):
    """The parameter file, with another radius and other classes if there are such."""
    text = options.params.read_text()
    if options.radius is not None:
        text = re.sub(r"kernelRadius: *\d+", f"kernelRadius: {options.radius}", text)
    if options.classes:
        classes = "".join(f"  {name}:\n" for name in options.classes.split(","))
        text = re.sub(r"(?m)^featureClass:\n(?: .*\n)+", "featureClass:\n" + classes, text)
    path = folder / "maps.yaml"
    path.write_text(text)
    return path, re.search(r"kernelRadius: *(\d+)", text)[1]


def differences(ours, theirs, mask):
    """Largest relative difference of each map, the maps that are missing, and the number of voxels
    of MCC that are not compared.

    PyRadiomics' eigenvalue solver refuses the matrices of a whole voxelBatch as soon as one kernel
    has a direction without pairs; its map of MCC then holds initValue (0) at all of its voxels.
    """
    region = sitk.ReadImage(str(mask))
    worst, missing, refused = {}, [], 0
    for path in sorted(theirs.glob("*.nrrd")):
        match = ours / f"Case-1_{path.name}"
        if not match.is_file():
            missing.append(path.stem)
            continue
        expected, found = sitk.ReadImage(str(path)), sitk.ReadImage(str(match))
        # Maps may be cropped in another way: bring both onto the mask's grid.
        on_grid = lambda grid: sitk.GetArrayFromImage(
            sitk.Resample(grid, region, sitk.Transform(), sitk.sitkNearestNeighbor, np.nan)
        )
        inside = sitk.GetArrayFromImage(region) == 1
        a, b = on_grid(found)[inside], on_grid(expected)[inside]
        if path.stem.endswith("_glcm_MCC"):
            given_up = (b == 0) & (a != 0)
            refused += int(given_up.sum())
            a, b = a[~given_up], b[~given_up]
        difference = np.abs(a - b) / np.maximum(np.abs(b), ABSOLUTE / RELATIVE)
        difference[np.isnan(a) & np.isnan(b)] = 0.0
        difference[np.isnan(a) != np.isnan(b)] = np.inf
        difference[a == b] = 0.0
        worst[path.stem] = float(difference.max(initial=0))
    return worst, missing, refused


def main():
    options = arguments()
    binary = peers.radiome(options.radiome)
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        image, mask = scratch / "image.nrrd", scratch / "mask.nrrd"
        values, inside = synthetic.region(options.voxels)
        synthetic.write_nrrd(image, values)
        synthetic.write_nrrd(mask, inside)
        voxels = int(inside.sum())
        settings, radius = parameters(options, scratch)
        for number in range(1, options.rounds + 1):
            # Each run writes into a new folder.
            ours, theirs = (scratch / f"{name}-{number}" for name in ("radiome", "pyradiomics"))
            theirs.mkdir()
            commands = {
                "radiome": [
                    *(binary, "maps", image, mask, "--params", settings),
                    *("--out", ours, "--jobs", "1"),
                ],
                "pyradiomics": [
                    *(sys.executable, peers.BENCH / "run_pyradiomics_maps.py"),
                    *(image, mask, settings, theirs),
                ],
            }
            for program, command in commands.items():
                usage = measure.run(command, peers.ONE_THREAD)
                if usage.status != 0:
                    sys.exit(f"error: {program} fails: {' '.join(usage.output.split())[-600:]}")
                inner = usage.cpu_s
                if program == "pyradiomics":
                    inner = json.loads(usage.output.strip().splitlines()[-1])["cpu_s"]
                rows.append((program, number, usage.cpu_s, inner, usage.wall_s, usage.peak_mib))
        count = len(list(theirs.glob("*.nrrd")))
        worst, missing, refused = differences(ours, theirs, mask)
    folder = measure.results_folder(options.results)
    header = ["program", "run", "cpu_s", "cpu_without_start_s", "wall_s", "peak_mib"]
    measure.write_csv(folder / "maps.csv", header, rows)
    of = lambda program, column: measure.median([r[column] for r in rows if r[0] == program])
    lines = [
        [program, f"{of(program, 2):.3f}", f"{of(program, 2) / voxels * 1e3:.4f}"]
        + [f"{of(program, 3):.3f}", f"{of(program, 5):.0f}"]
        + [f"{of(program, 2) / of('radiome', 2):.1f}", f"{of(program, 3) / of('radiome', 3):.1f}"]
        for program in commands
    ]
    header = ["program", "CPU s", "ms / voxel", "CPU s without start", "peak MiB"]
    header += ["CPU / radiome's", "the same without start"]
    text = f"{count} maps of {voxels} voxels, kernel radius {radius}, one thread.\n\n"
    text += measure.table(header, lines)
    wrong = {name: value for name, value in worst.items() if not value <= RELATIVE}
    text += f"\n\nLargest relative difference of a voxel: {max(worst.values(), default=0):.1e}."
    for name, value in sorted(wrong.items()):
        text += f"\nDiffers: {name} ({value:.1e})."
    if refused:
        text += f"\nMCC is not compared at {refused} voxels, which PyRadiomics gives up."
    for name in missing:
        text += f"\nMissing: {name}."
    measure.report(folder / "maps.md", "Voxel-based maps", text)
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
