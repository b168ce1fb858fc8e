"""Writes region_quality.csv: pieces and middles of the T1 contours of the STS patients.

Columns: the mask (of RADIOME_SHARED/data), voxels, volume in mm3, pieces by scipy.ndimage.label with
26 neighbours (voxels of each, largest first), the centre of mass by scipy.ndimage.center_of_mass
brought to mm by SimpleITK, and whether the mask meets the first and last plane of x, y, z.

Run: RADIOME_SHARED=... python region_quality.py   (SciPy 1.17.1, SimpleITK 2.5.7)
"""

import csv
import os
import pathlib

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(os.environ["RADIOME_SHARED"]) / "data"


def main():
    with open(HERE / "region_quality.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("mask voxels volume pieces centre edges".split())
        for path in sorted((DATA / "sts").glob("STS_*/t1_mask.nii.gz")):
            mask = sitk.ReadImage(str(path))
            array = sitk.GetArrayFromImage(mask) == 1
            labelled, count = ndimage.label(array, np.ones((3, 3, 3)))
            pieces = sorted(np.bincount(labelled.ravel())[1:], reverse=True)
            z, y, x = ndimage.center_of_mass(array)
            centre = mask.TransformContinuousIndexToPhysicalPoint((x, y, z))
            volume = array.sum() * np.prod(mask.GetSpacing())
            edges = [int(np.take(array, e, axis).any()) for axis in (2, 1, 0) for e in (0, -1)]
            out.writerow(
                [path.relative_to(DATA), array.sum(), repr(float(volume))]
                + [" ".join(map(str, v)) for v in (pieces, map(float, centre), edges)]
            )


if __name__ == "__main__":
    main()
