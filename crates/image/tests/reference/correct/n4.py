"""Writes n4.csv: images that SimpleITK's N4BiasFieldCorrectionImageFilter has corrected, at some voxels.

Columns: case, the image (of RADIOME_SHARED/data, or `phantom`), whether it was multiplied by the
known field below, the factor of Shrink, the threshold of the mask (voxels above it), x, y, z, the
value, the value after correction, the logarithm of SimpleITK's field there.

As SimpleITK's documentation advises, image and mask are shrunk, the filter runs with its defaults,
and the field is evaluated on the whole grid (GetLogBiasFieldAsImage) and divided out.

Run: RADIOME_SHARED=... python n4.py   (SimpleITK 2.5.7 with ITK 5.4)
"""

import csv
import os
import pathlib

import numpy as np
import SimpleITK as sitk

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(os.environ["RADIOME_SHARED"]) / "data"
CASES = [
    ("phantom", "phantom", True, 1, 50.0),
    ("brain", "pyradiomics/brain1_image.nrrd", False, 4, None),
    ("sts_003", "sts/STS_003/t1.nii.gz", True, 4, None),
]
random = np.random.default_rng(4)


def phantom():
    """Two tissues in a box of air, as the test makes it: 40 x 36 x 20 voxels."""
    z, y, x = np.meshgrid(np.arange(20), np.arange(36), np.arange(40), indexing="ij")
    outer = (x - 19.5) ** 2 / 18**2 + (y - 17.5) ** 2 / 16**2 + (z - 9.5) ** 2 / 9**2 < 1
    inner = (x - 15.0) ** 2 + (y - 20.0) ** 2 + 4 * (z - 9.0) ** 2 < 64
    texture = ((13 * x + 7 * y + 5 * z) % 11).astype(float)
    values = np.where(outer, 200.0 + texture, 10.0) + np.where(inner, 150.0, 0.0)
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing((1.0, 1.0, 2.0))
    return image


def known_field(size):
    """exp(0.3 cos(pi u) + 0.2 sin(pi v) - 0.1 w), u, v, w from 0 to 1 along x, y, z."""
    u, v, w = (np.arange(n) / (n - 1) for n in size)
    log = 0.3 * np.cos(np.pi * u)[None, None, :]
    log = log + 0.2 * np.sin(np.pi * v)[None, :, None] - 0.1 * w[:, None, None]
    return np.exp(log)


def main():
    rows = []
    for case, name, multiplied, factor, threshold in CASES:
        image = phantom() if name == "phantom" else sitk.ReadImage(str(DATA / name), sitk.sitkFloat32)
        array = sitk.GetArrayFromImage(image).astype(float)
        if multiplied:
            array = array * known_field(image.GetSize())
        array = array.astype(np.float32)
        made = sitk.GetImageFromArray(array)
        made.CopyInformation(image)
        if threshold is None:
            otsu = sitk.OtsuThresholdImageFilter()
            otsu.SetNumberOfHistogramBins(200)
            otsu.Execute(made)
            threshold = round(otsu.GetThreshold(), 3)
        mask = sitk.GetImageFromArray((array > threshold).astype(np.uint8))
        mask.CopyInformation(image)
        shrink = [max(1, min(factor, n // 4)) for n in image.GetSize()]
        n4 = sitk.N4BiasFieldCorrectionImageFilter()
        n4.Execute(sitk.Shrink(made, shrink), sitk.Shrink(mask, shrink))
        log = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(made)).astype(float)
        corrected = array / np.exp(log)
        inside = np.argwhere(array > threshold)
        for z, y, x in inside[random.choice(len(inside), 150, replace=False)]:
            at = (z, y, x)
            numbers = (float(array[at]), float(corrected[at]), float(log[at]))
            written = [f"{number:.8g}" for number in numbers]
            rows.append([case, name, int(multiplied), factor, threshold, x, y, z, *written])
        print(case, image.GetSize(), threshold, log.min(), log.max())
    with open(HERE / "n4.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("case image multiplied shrink threshold x y z value corrected log".split())
        out.writerows(rows)


if __name__ == "__main__":
    main()
