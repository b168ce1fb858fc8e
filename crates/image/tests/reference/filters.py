"""Makes filters.csv: what PyRadiomics' filters give for images made by a formula (see `value`), so
that no image has to be stored. `values` is empty where PyRadiomics gives no image.

Run: python filters.py   (PyRadiomics 3.1, SimpleITK 2.5.7 with ITK 5.4, numpy 2)
"""
import csv

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations


def value(x, y, z):
    return (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50


def image(size, dtype, spacing):
    z, y, x = np.indices(size[::-1])
    array = value(x, y, z)
    if dtype == "uint8":
        array = array + 50
    if dtype.startswith("float"):
        array = array * 0.37
    made = sitk.GetImageFromArray(array.astype(dtype))
    made.SetSpacing(spacing)
    return made


def log(sigma):
    return lambda image: imageoperations.getLoGImage(image, None, sigma=[sigma])


def gradient(use_spacing):
    return lambda image: imageoperations.getGradientImage(image, None, gradientUseSpacing=use_spacing)


FILTERS = {
    "square": lambda image: imageoperations.getSquareImage(image, None),
    "squareroot": lambda image: imageoperations.getSquareRootImage(image, None),
    "logarithm": lambda image: imageoperations.getLogarithmImage(image, None),
    "exponential": lambda image: imageoperations.getExponentialImage(image, None),
    "gradient": gradient(True),
    "gradient_voxels": gradient(False),
}
FILTERS.update({f"log {sigma}": log(sigma) for sigma in (-1.0, 0.0, 0.1, 0.6, 1.0, 2.5, 3.0, 3.2, 3.5, 5.0, 7.01)})

# filter, size, type, spacing
CASES = [
    ("log 1.0", (19, 9, 4), "int16", (1.0, 1.0, 1.0)),
    ("log 2.5", (9, 8, 5), "uint8", (0.75, 1.3, 2.5)),
    ("log 0.6", (5, 17, 4), "float32", (0.9375, 0.9375, 3.3)),
    ("log 5.0", (7, 6, 8), "float64", (1.0, 1.0, 1.0)),
    ("log 0.1", (5, 4, 6), "int16", (0.5, 0.25, 0.1)),
    # Whether there is an image: an axis of 3, sigma not above 0, ceil(sigma / spacing) + 1 against the size.
    ("log 1.0", (6, 6, 3), "int16", (1.0, 1.0, 1.0)),
    ("log 0.0", (5, 5, 5), "int16", (1.0, 1.0, 1.0)),
    ("log -1.0", (5, 5, 5), "int16", (1.0, 1.0, 1.0)),
    ("log 3.0", (5, 4, 5), "int16", (1.0, 1.0, 1.0)),
    ("log 3.2", (5, 4, 5), "int16", (1.0, 1.0, 1.0)),
    ("log 3.2", (5, 5, 5), "int16", (1.0, 1.0, 1.0)),
    ("log 7.01", (8, 8, 8), "int16", (1.0, 1.0, 1.0)),
    ("log 3.5", (8, 8, 4), "int16", (0.5, 0.5, 2.0)),
    ("log 3.5", (7, 8, 4), "int16", (0.5, 0.5, 2.0)),
    ("gradient", (7, 6, 5), "int16", (0.75, 1.3, 2.5)),
    ("gradient", (6, 5, 1), "float64", (0.75, 1.3, 2.5)),
    ("gradient_voxels", (7, 6, 5), "float32", (0.75, 1.3, 2.5)),
    ("gradient", (1, 6, 5), "uint8", (0.9375, 0.9375, 3.3)),
    ("square", (6, 5, 4), "int16", (1.0, 1.0, 1.0)),
    ("square", (6, 5, 4), "float32", (1.0, 1.0, 1.0)),
    ("squareroot", (6, 5, 4), "int16", (1.0, 1.0, 1.0)),
    ("squareroot", (6, 5, 4), "float64", (1.0, 1.0, 1.0)),
    ("logarithm", (6, 5, 4), "int16", (1.0, 1.0, 1.0)),
    ("logarithm", (6, 5, 4), "float64", (1.0, 1.0, 1.0)),
    ("exponential", (6, 5, 4), "int16", (1.0, 1.0, 1.0)),
    ("exponential", (6, 5, 4), "float64", (1.0, 1.0, 1.0)),
]

with open("filters.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["filter", "size", "type", "spacing", "result_type", "values"])
    for name, size, dtype, spacing in CASES:
        result_type, values = "", ""
        for filtered, _, _ in FILTERS[name](image(size, dtype, spacing)):
            array = sitk.GetArrayFromImage(filtered)
            result_type = str(array.dtype)
            values = " ".join(str(number) for number in array.ravel())
        table.writerow([name, " ".join(map(str, size)), dtype, " ".join(map(str, spacing)), result_type, values])
