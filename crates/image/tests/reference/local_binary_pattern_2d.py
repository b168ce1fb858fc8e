"""Makes local_binary_pattern_2d.csv: what PyRadiomics (and scikit-image within it) gives for images
made by a formula (see `image`), so that no image has to be stored.

A result is held as the FNV-1a checksum of its values' bits (64-bit floats, first voxel first, lowest
byte first, no negative zeros, NaN as 7ff8000000000000), and nine of the values.

Run: python local_binary_pattern_2d.py   (PyRadiomics 3.1, scikit-image 0.26, numpy 2)
"""
import csv

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations


def checksum(values):
    values = np.asarray(values, dtype="<f8").ravel() + 0.0
    values[np.isnan(values)] = np.nan
    state = 0xCBF29CE484222325
    for byte in values.tobytes():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


def image(kind, size):
    z, y, x = np.indices(size[::-1])
    whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
    # Constant areas: samples equal to their centre, variances of zero.
    if kind == "uint8":
        return np.clip(whole + 50, 30, 110).astype(np.uint8)
    if kind.startswith("half "):
        return np.where(x < size[0] // 2, 3, whole).astype(kind.removeprefix("half "))
    if kind.startswith("int"):
        return np.clip(whole, -20, 60).astype(kind)
    return np.clip(whole / 7.0, -5.0, 4.3).astype(kind)


# kind of image, size, radius, samples, method, force2Ddimension
CASES = [
    ("int16", (14, 10, 5), 1, 8, "uniform", 0),
    ("int16", (14, 10, 5), 1, 8, "uniform", 1),
    ("int16", (14, 10, 5), 1, 8, "uniform", 2),
    ("float64", (14, 10, 5), 1, 8, "uniform", 0),
    ("float64", (14, 10, 5), 2.3, 9, "default", 1),
    ("float32", (14, 10, 5), 1.5, 12, "ror", 0),
    ("float64", (14, 10, 5), 1, 8, "var", 0),
    ("float32", (14, 10, 5), 1.5, 7, "var", 2),
    ("int16", (14, 10, 5), 2, 12, "default", 0),
    ("int16", (14, 10, 5), 2, 20, "default", 0),
    ("uint8", (14, 10, 5), 1, 10, "default", 0),
    ("uint8", (14, 10, 5), 1, 8, "var", 0),
    ("int16", (14, 10, 5), 1, 8, "var", 0),
    ("int32", (14, 10, 5), 1, 31, "ror", 0),
    ("int32", (14, 10, 5), 1, 8, "var", 0),
    ("int64", (14, 10, 5), 7.5, 24, "ror", 0),
    ("int16", (14, 10, 5), 1, 1, "ror", 0),
    ("float64", (14, 10, 5), 3, 40, "uniform", 0),
    ("half float64", (14, 10, 2), 1, 4, "var", 0),
    ("half float32", (14, 10, 2), 1, 4, "var", 0),
    ("half int16", (14, 10, 2), 1, 4, "var", 0),
    ("half int32", (14, 10, 2), 1, 4, "var", 0),
]

with open("local_binary_pattern_2d.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["kind", "size", "radius", "samples", "method", "dimension", "checksum", "values"])
    for kind, size, radius, samples, method, dimension in CASES:
        source = sitk.GetImageFromArray(image(kind, size))
        [(derived, name, _)] = imageoperations.getLBP2DImage(
            source, None, lbp2DRadius=radius, lbp2DSamples=samples, lbp2DMethod=method, force2D=True,
            force2Ddimension=dimension)
        assert name == "lbp-2D"
        values = sitk.GetArrayFromImage(derived)
        assert values.dtype == np.dtype(kind.removeprefix("half "))
        flat = values.astype(np.float64).ravel() + 0.0
        some = [flat[i * (flat.size - 1) // 8] for i in range(9)]
        table.writerow([
            kind, " ".join(map(str, size)), radius, samples, method, dimension, checksum(values),
            " ".join(repr(float(value)) for value in some)])
