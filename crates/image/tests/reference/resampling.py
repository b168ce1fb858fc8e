"""Makes resampling.csv and resampling_grids.csv: what PyRadiomics and SimpleITK give for images
made by a formula in whole numbers (see `value`), so that no image has to be stored.

Run: python resampling.py   (PyRadiomics 3.1, SimpleITK 2.5.7 with ITK 5.4)
"""
import csv

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations


def value(x, y, z):
    return (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50


def inside(x, y, z):
    return (x - 6) ** 2 + (y - 5) ** 2 + 2 * (z - 3) ** 2 < 18


IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1]
FLIPPED = [-1, 0, 0, 0, -1, 0, 0, 0, 1]
SAGITTAL = [0, 0, -1, 1, 0, 0, 0, -1, 0]
# Products of turns whose sines and cosines are 3/5 and 4/5, 5/13 and 12/13.
OBLIQUE = (
    np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    @ np.array([[1, 0, 0], [0, 12 / 13, -5 / 13], [0, 5 / 13, 12 / 13]])
).ravel().tolist()

# case, size, type, spacing, direction, new spacing, interpolator, pad, normalise (scale, outliers)
CASES = [
    ("i16_bspline", (20, 11, 7), np.int16, (1.0, 1.25, 2.5), IDENTITY, (1.5, 1.5, 1.5), "sitkBSpline", 2, None),
    ("i16_linear", (12, 11, 7), np.int16, (1.0, 1.25, 2.5), IDENTITY, (1.5, 1.5, 1.5), "sitkLinear", 2, None),
    ("u8_bspline_clamped", (12, 11, 7), np.uint8, (1.0, 1.0, 1.0), FLIPPED, (1.3, 1.3, 1.3), "sitkBSpline", 0, None),
    ("f32_bspline_sagittal", (12, 11, 7), np.float32, (0.9, 0.9, 3.0), SAGITTAL, (2.0, 2.0, 2.0), "sitkBSpline", 1, None),
    ("f64_bspline_oblique", (12, 11, 7), np.float64, (1.0, 1.0, 1.0), OBLIQUE, (2.0, 2.0, 2.0), "sitkBSpline", 5, None),
    ("i16_nearest_oblique", (12, 11, 7), np.int16, (1.0, 1.0, 1.0), OBLIQUE, (2.0, 2.0, 2.0), "sitkNearestNeighbor", 5, None),
    ("f32_linear_oblique", (12, 11, 7), np.float32, (0.7, 0.8, 2.1), OBLIQUE, (1.4, 1.4, 0.0), "sitkLinear", 3, None),
    ("i16_same_spacing", (12, 11, 7), np.int16, (1.0, 1.25, 2.5), IDENTITY, (0.0, 0.0, 0.0), "sitkBSpline", 1, None),
    ("i16_normalised", (12, 11, 7), np.int16, (1.0, 1.25, 2.5), IDENTITY, (2.0, 2.0, 2.0), "sitkBSpline", 1, (100, 1.5)),
]
ORIGIN = (-12.5, 30.25, 7.125)

with open("resampling_grids.csv", "w", newline="") as grids, open("resampling.csv", "w", newline="") as voxels:
    grid_table = csv.writer(grids, lineterminator="\n")
    grid_table.writerow(
        ["case", "old_size", "type", "old_spacing", "old_direction", "asked_spacing", "interpolator", "pad",
         "scale", "outliers", "size", "spacing", "origin", "direction"])
    voxel_table = csv.writer(voxels, lineterminator="\n")
    voxel_table.writerow(["case", "offset", "value", "inside"])
    for case, size, dtype, spacing, direction, new_spacing, interpolator, pad, normal in CASES:
        z, y, x = np.indices(size[::-1])
        array = value(x, y, z)
        if dtype is np.uint8:
            array = array + 50
        image = sitk.GetImageFromArray(array.astype(dtype))
        mask = sitk.GetImageFromArray(inside(x, y, z).astype(np.uint32))
        for one in (image, mask):
            one.SetSpacing(spacing)
            one.SetOrigin(ORIGIN)
            one.SetDirection(direction)
        if normal:
            image = imageoperations.normalizeImage(image, normalizeScale=normal[0], removeOutliers=normal[1])
        image, mask = imageoperations.resampleImage(
            image, mask, resampledPixelSpacing=list(new_spacing), interpolator=interpolator, padDistance=pad)

        def numbers(sequence):
            return " ".join(repr(float(number)) for number in sequence)

        grid_table.writerow([
            case, numbers(size), np.dtype(dtype).name, numbers(spacing), numbers(direction), numbers(new_spacing),
            interpolator, pad, normal[0] if normal else "", normal[1] if normal else "",
            numbers(image.GetSize()), numbers(image.GetSpacing()), numbers(image.GetOrigin()),
            numbers(image.GetDirection())])
        values = sitk.GetArrayFromImage(image).ravel()
        kept = sitk.GetArrayFromImage(mask).ravel()
        for offset, (one, k) in enumerate(zip(values, kept)):
            voxel_table.writerow([case, offset, repr(float(one)), int(k)])
