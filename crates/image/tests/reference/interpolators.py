"""Makes interpolators.csv: SimpleITK's resampling by every interpolator that PyRadiomics' parameter
files know, of images made by a formula (see `value`), so that no image has to be stored.

Run: python interpolators.py   (SimpleITK 2.5.7 with ITK 5.4)
"""
import csv

import numpy as np
import SimpleITK as sitk


def value(x, y, z):
    return (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50


NAMES = [
    "sitkNearestNeighbor", "sitkLinear", "sitkBSpline", "sitkGaussian", "sitkLabelGaussian", "sitkHammingWindowedSinc",
    "sitkCosineWindowedSinc", "sitkWelchWindowedSinc", "sitkLanczosWindowedSinc", "sitkBlackmanWindowedSinc",
]
IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]
# Products of turns whose sines and cosines are 3/5 and 4/5, 5/13 and 12/13.
OBLIQUE = (
    np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    @ np.array([[1, 0, 0], [0, 12 / 13, -5 / 13], [0, 5 / 13, 12 / 13]])
).ravel().tolist()

# size, type, direction, new size, new spacing, index of the first new voxel. The first grid reaches
# over the border, every second voxel of the third one lies on an old one.
CASES = [
    ((19, 12, 3), "float64", IDENTITY, (6, 5, 4), (2.35, 3.1, 0.7), (-0.7, -0.45, -0.4)),
    ((9, 8, 7), "int16", OBLIQUE, (5, 5, 5), (1.03, 1.1, 0.9), (1.3, 0.8, 1.1)),
    ((14, 13, 12), "float32", IDENTITY, (6, 4, 3), (0.3, 0.65, 0.45), (4, 5, 6)),
    ((8, 7, 6), "uint8", IDENTITY, (5, 5, 5), (0.97, 1.1, 0.63), (0.2, -0.3, 0.1)),
]
SPACING = (0.6, 1.3, 0.9)
ORIGIN = (-12.5, 30.25, 7.125)


def numbers(sequence):
    return " ".join(repr(float(number)) for number in sequence)


with open("interpolators.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["interpolator", "old_size", "type", "old_spacing", "old_origin", "direction", "size", "spacing", "origin", "values"])
    for size, dtype, direction, new_size, new_spacing, first in CASES:
        z, y, x = np.indices(size[::-1])
        array = value(x, y, z)
        # Few labels, so that their weights sum up.
        array = (array + 50) // 60 if dtype == "uint8" else array
        image = sitk.GetImageFromArray(array.astype(dtype))
        image.SetSpacing(SPACING)
        image.SetOrigin(ORIGIN)
        image.SetDirection(direction)
        origin = image.TransformContinuousIndexToPhysicalPoint(first)
        for name in NAMES:
            found = sitk.Resample(image, new_size, sitk.Transform(), getattr(sitk, name), origin, new_spacing, direction)
            values = " ".join(str(number) for number in sitk.GetArrayFromImage(found).ravel())
            table.writerow([name, numbers(size), dtype, numbers(SPACING), numbers(ORIGIN), numbers(direction),
                            numbers(new_size), numbers(new_spacing), numbers(origin), values])
