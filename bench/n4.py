#!/usr/bin/env python3
"""Times N4 bias field correction beside SimpleITK's, one thread each, and compares the images.

    python3 bench/n4.py IMAGE... [--shrink 4] [--rounds 3] [--radiome FILE] [--results NAME]

Both shrink image and mask (Otsu's threshold), find the field with SimpleITK's defaults (200 bins,
noise 0.01, full width at half maximum 0.15, 4 levels of at most 50 steps, threshold 0.001), evaluate
it on the whole grid and divide it out. The programs take turns; the table gives the median of the
rounds.

- CPU and wall seconds of SimpleITK are those of the filter and the field alone, in a process that runs
  already; reading, masking and writing are left out.
- Those of radiome are of the whole process: start, reading, field, writing.

The difference is that of the corrected images within the mask, by voxel, in per cent.
"""

import argparse
import csv
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

os.environ["ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"] = "1"

import numpy as np
import SimpleITK as sitk

# Fields of NIfTI headers that MetaImage has no place for.
sitk.ProcessObject.SetGlobalWarningDisplay(False)
ROOT = pathlib.Path(__file__).parent.parent


def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def simpleitk(image, mask, factor):
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    shrink = [max(1, min(factor, size // 4)) for size in image.GetSize()]
    start, wall = cpu(resource.RUSAGE_SELF), time.perf_counter()
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.Execute(sitk.Shrink(image, shrink), sitk.Shrink(mask, shrink))
    corrected = image / sitk.Exp(n4.GetLogBiasFieldAsImage(image))
    return corrected, cpu(resource.RUSAGE_SELF) - start, time.perf_counter() - wall


def radiome(program, image, mask, factor, out):
    start, wall = cpu(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [program, "correct", image, "--mask", mask, "--method", "n4", "--jobs", "1"]
    command += ["--shrink", str(factor), "--out", out, "--quiet"]
    subprocess.run(command, check=True)
    return cpu(resource.RUSAGE_CHILDREN) - start, time.perf_counter() - wall


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("images", nargs="+", type=pathlib.Path)
    options.add_argument("--shrink", type=int, default=4)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--radiome", default=str(ROOT / "target/release/radiome"))
    options.add_argument("--results", default=time.strftime("%Y-%m-%d"))
    options = options.parse_args()
    raw = []
    print("| image | voxels | SimpleITK, CPU s | radiome, CPU s | times | largest difference, % |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for path in options.images:
            image = sitk.ReadImage(str(path), sitk.sitkFloat32)
            mask = sitk.OtsuThreshold(image, 0, 1, 200)
            given, drawn, out = folder / "image.mha", folder / "mask.mha", folder / "out.mha"
            sitk.WriteImage(image, str(given), False)
            sitk.WriteImage(mask, str(drawn), False)
            times = []
            for number in range(options.rounds):
                theirs, their_cpu, their_wall = simpleitk(image, mask, options.shrink)
                our_cpu, our_wall = radiome(options.radiome, given, drawn, options.shrink, out)
                times.append((their_cpu, our_cpu))
                raw.append([path, options.shrink, number, their_cpu, their_wall, our_cpu, our_wall])
            ours = sitk.GetArrayFromImage(sitk.ReadImage(str(out)))
            inside = sitk.GetArrayFromImage(mask) > 0
            ratio = ours[inside] / sitk.GetArrayFromImage(theirs)[inside]
            worst = 100 * np.abs(ratio - 1).max()
            a, b = (statistics.median(column) for column in zip(*times))
            name = "/".join(path.parts[-2:])
            voxels = int(np.prod(image.GetSize()))
            print(f"| {name} | {voxels:,} | {a:.2f} | {b:.2f} | {a / b:.1f} | {worst:.3f} |", flush=True)
    results = ROOT / "bench/results" / options.results
    results.mkdir(parents=True, exist_ok=True)
    with open(results / "n4.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("image shrink round simpleitk_cpu simpleitk_wall radiome_cpu radiome_wall".split())
        out.writerows([row[0].name, *row[1:]] for row in raw)


if __name__ == "__main__":
    main()
