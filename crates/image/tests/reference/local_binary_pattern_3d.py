"""Makes local_binary_pattern_3d.csv and icosphere.csv: what PyRadiomics (with scipy and trimesh) gives
for images made by a formula (see `image`), so that no image has to be stored.

One row a voxel of the region and case, values with 17 digits.

numpy's plain arithmetic is asked for: where the processor has fused multiplication and vectors of
512 bits, numpy rounds complex products, arc cosine and arc tangent otherwise in the last digit.

Run: python local_binary_pattern_3d.py   (PyRadiomics 3.1, scipy 1.16.3, trimesh 5.2, numpy 2)
"""
import csv
import os

os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V3 X86_V4 AVX512_ICL"

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations
from trimesh.creation import icosphere


def image(kind, size):
    z, y, x = np.indices(size[::-1])
    whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
    # Constant areas: where rounding decides whether a sample is at least its centre.
    if kind == "uint8":
        return np.clip(whole + 50, 60, 90).astype(np.uint8)
    if kind == "int16":
        return np.clip(whole, -20, 60).astype(np.int16)
    if kind == "half":
        return np.where(x < size[0] // 2, 30, whole).astype(np.int16)
    if kind == "flat":
        return np.where(x < size[0] // 2, 0.1, whole / 7.0)
    return np.clip(whole / 7.0, -5.0, 4.3).astype(kind)


# kind of image, size, levels, radius, subdivision, corners of the region (x, y, z, both included)
CASES = [
    ("float64", (11, 9, 7), 2, 1.0, 1, (3, 3, 2), (7, 6, 4)),
    ("int16", (11, 9, 7), 2, 1.0, 1, (3, 3, 2), (7, 6, 4)),
    ("uint8", (11, 9, 7), 2, 1.0, 1, (0, 0, 0), (2, 2, 1)),
    ("float32", (11, 9, 7), 3, 2.0, 2, (5, 4, 3), (10, 5, 4)),
    ("float64", (11, 9, 7), 4, 1.5, 0, (2, 3, 2), (4, 8, 3)),
    ("flat", (20, 12, 9), 2, 1.0, 1, (2, 3, 2), (13, 4, 4)),
    ("half", (20, 12, 9), 2, 1.0, 1, (2, 3, 2), (13, 4, 4)),
    ("float64", (7, 6, 1), 2, 1.0, 1, (2, 2, 0), (4, 4, 0)),
    ("float32", (5, 2, 3), 5, 0.7, 3, (1, 0, 1), (3, 1, 1)),
]

with open("local_binary_pattern_3d.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["kind", "size", "levels", "radius", "subdivision", "lower", "upper", "name", "values"])
    for kind, size, levels, radius, subdivision, lower, upper in CASES:
        array = image(kind, size)
        inside = np.zeros(array.shape, dtype=np.uint8)
        box = tuple(slice(low, high + 1) for low, high in zip(lower[::-1], upper[::-1]))
        inside[box] = 1
        # Not a box: one corner is left out.
        inside[lower[::-1]] = 0
        derived = imageoperations.getLBP3DImage(
            sitk.GetImageFromArray(array), sitk.GetImageFromArray(inside), lbp3DLevels=levels,
            lbp3DIcosphereRadius=radius, lbp3DIcosphereSubdivision=subdivision)
        for result, name, _ in derived:
            values = sitk.GetArrayFromImage(result)
            assert values.dtype == np.float64
            values[inside == 0] = 0
            table.writerow([
                kind, " ".join(map(str, size)), levels, radius, subdivision, " ".join(map(str, lower)),
                " ".join(map(str, upper)), name, " ".join(repr(float(value)) for value in values[box].ravel())])

with open("icosphere.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["subdivision", "radius", "vertices"])
    for subdivision, radius in [(0, 1.0), (0, 3.3), (1, 1.0), (1, 1.5), (2, 1.0)]:
        vertices = np.array(icosphere(subdivision, radius).vertices) + 0.0
        table.writerow([subdivision, radius, " ".join(repr(float(number)) for number in vertices.ravel())])
