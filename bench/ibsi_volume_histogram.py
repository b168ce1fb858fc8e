"""Which level the teams took for the volume fraction at 90 % intensity of the MR patients.

By the manual it is that of the first level whose intensity fraction is at least 0.9. For each
patient on whose value at least three teams agree: the highest intensity, the levels that hold
exactly as many voxels as the reference says, the level floor(0.9 K) with K the highest intensity
rounded down, its intensity fraction, and the first level of at least 0.9. SciPy interpolates.

    bench/ibsi_volume_histogram.py --data DIR          DIR: the folder sts (docs/ibsi.md)
"""

import argparse
import csv
import gzip
import math
from pathlib import Path

import peers

peers.reenter("pyradiomics", "SimpleITK")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from scipy.ndimage import map_coordinates  # noqa: E402


def intensities(folder):
    """Those of the region at 1 mm that are not negative, as the validation asks for."""
    image = sitk.ReadImage(str(folder / "t1.nii.gz"))
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "t1_mask.nii.gz"))).astype(float)
    values = sitk.GetArrayFromImage(image).astype(float)
    axes = []
    for count, spacing, inside in zip(
        values.shape, image.GetSpacing()[::-1], np.nonzero(mask), strict=True
    ):
        points = math.ceil(count * spacing - 1e-9)
        axis = (count - 1) / 2 + (np.arange(points) - (points - 1) / 2) / spacing
        axes.append(axis[(axis > inside.min() - 1) & (axis < inside.max() + 1)])
    grid = np.meshgrid(*axes, indexing="ij")
    chosen = map_coordinates(mask, grid, order=1, mode="nearest") >= 0.5 - 1e-9
    found = map_coordinates(values, [axis[chosen] for axis in grid], order=3, mode="mirror")
    return found[found >= 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder sts")
    data = parser.parse_args().data
    print("| patient | maximum | levels of the reference | floor(0.9 K) | its fraction | by the manual |")
    print("| --- " * 6 + "|")
    path = data / "ibsi1_cross_team" / "mr_t1_features.csv.gz"
    with gzip.open(path, "rt", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["tag"] == "ivh_v90"]
    for row in rows:
        if row["reliable"] != "1":
            continue
        found = intensities(data / row["patient_id"])
        highest = math.floor(found.max())
        voxels = round(float(row["value"]) * len(found))
        levels = range(int(0.8 * highest), highest + 1)
        same = [level for level in levels if np.count_nonzero(found >= level) == voxels]
        shown = f"{same[0]} to {same[-1]}" if len(same) > 1 else "".join(map(str, same))
        lower, upper = math.floor(0.9 * highest), math.ceil(0.9 * highest - 1e-9)
        print(
            f"| {row['patient_id']} | {found.max():.2f} | {shown} | {lower} "
            f"| {lower / highest:.5f} | {upper} |"
        )


if __name__ == "__main__":
    main()
