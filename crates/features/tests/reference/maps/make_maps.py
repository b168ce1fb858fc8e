"""Makes the reference maps: PyRadiomics in voxel mode on a small image and mask of random numbers.

Run with PyRadiomics (3.1 or a build of its master branch) and SimpleITK, in this folder:

    python make_maps.py

Writes image.csv (the input), CASE.csv (one row a voxel of the region, one column a feature) for
every CASE.yaml, and geometry.csv (the grid of the maps of every case).

The column original_glcm_MCC is not PyRadiomics' own: over many voxels at once its eigenvalue
solver meets a NaN wherever a kernel has a direction without pairs, raises, and the feature keeps
initValue in the whole map. Here the same formula is applied to PyRadiomics' matrices, one voxel at
a time: Q from each direction that has pairs, its second largest eigenvalue by numpy, the mean of
the square roots. The script checks this against PyRadiomics' own with voxelBatch: 1, which drops
the empty directions of each voxel, and prints the largest difference.

Nor is original_glcm_Correlation where symmetricalGLCM is false. It is 1 where a deviation is 0; but
if all first (or all second) voxels of a direction have one level, PyRadiomics' deviation is 0 or
1e-17 by the rounding of its sums, and the feature 1 or 0. Here it is 1. The script prints at how
many voxels the two differ.

original_glcm_Imc2 below 1e-7 is the root of a rounding of 1e-16 where the levels of neighbours are
independent: such values are written as 0.
"""

import csv
import glob
import os

import numpy as np
import SimpleITK as sitk
from radiomics import base, featureextractor, glcm, setVerbosity

setVerbosity(60)
np.seterr(all="ignore")
SIZE = (12, 10, 7)  # x, y, z
SPACING = (0.8, 1.0, 2.5)


class Silent:
    """Stands in for the progress bar, which some builds cannot make with this verbosity."""

    def __init__(self, **_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, _):
        pass


base.getProgressReporter = Silent


def make_input():
    """Smooth random numbers, so that neighbours are alike, and an odd region with holes that
    touches the image's lower edge, with a voxel by itself and a row of two."""
    random = np.random.default_rng(20240611)
    coarse = random.integers(0, 8, size=(4, 5, 6)) * 6
    image = np.repeat(np.repeat(np.repeat(coarse, 2, 0), 2, 1), 2, 2)[: SIZE[2], : SIZE[1], : SIZE[0]]
    image = image + random.integers(-3, 4, size=image.shape)
    mask = np.zeros(image.shape, dtype=np.uint8)
    mask[0:4, 3:6, 2:5] = random.random((4, 3, 3)) < 0.8
    mask[1:3, 5:7, 4:7] = 1
    mask[5, 7, 8] = 1
    mask[3, 7, 6:8] = 1
    return image.astype(np.int16), mask


def as_image(array):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetOrigin((-10.0, 20.0, 5.0))
    return image


def remade(image, mask, settings):
    """MCC and Correlation of every voxel of the mask, in the order of numpy."""
    values, correlations = [], []
    coordinates = np.array(np.where(sitk.GetArrayFromImage(mask) == 1))
    kind = glcm.RadiomicsGLCM(image, mask, voxelBased=True, **settings)
    for voxel in coordinates.T:
        p = kind._calculateMatrix(voxel[:, None])[0]
        per_angle, correlation = [], []
        for angle in range(p.shape[2]):
            q = p[:, :, angle]
            if not np.isfinite(q).all():
                continue
            correlation.append(correlate(q, kind.coefficients["grayLevels"]))
            if q.shape[0] < 2:
                per_angle.append(1.0)
                continue
            px, py = q.sum(1), q.sum(0)
            eps = np.spacing(1)
            matrix = np.einsum("ik,jk,ik->ij", q, q, 1 / (px[:, None] * py[None, :] + eps))
            second = np.sort(np.linalg.eigvals(matrix).real)[-2]
            per_angle.append(np.sqrt(max(second, 0.0)))
        values.append(np.mean(per_angle) if per_angle else np.nan)
        correlations.append(np.mean(correlation) if correlation else np.nan)
    return np.array(values), np.array(correlations)


def correlate(p, levels):
    px, py = p.sum(1), p.sum(0)
    if np.count_nonzero(px) < 2 or np.count_nonzero(py) < 2:
        return 1.0
    i, j = levels[:, None] - np.sum(levels * px), levels[None, :] - np.sum(levels * py)
    return np.sum(p * i * j) / (np.sqrt(np.sum(p * i**2)) * np.sqrt(np.sum(p * j**2)) + np.spacing(1))


def run(case, image, mask):
    extractor = featureextractor.RadiomicsFeatureExtractor(case + ".yaml")
    maps = extractor.execute(image, mask, voxelBased=True)
    maps = {name: value for name, value in maps.items() if isinstance(value, sitk.Image)}
    first = next(iter(maps.values()))
    radius = extractor.settings.get("kernelRadius", 1)
    where = np.where(sitk.GetArrayFromImage(mask) == 1)
    lower = [max(int(axis.min()) - radius, 0) for axis in where]  # z, y, x
    place = tuple(axis - low for axis, low in zip(where, lower))
    columns = {name: sitk.GetArrayFromImage(value)[place] for name, value in maps.items()}
    for name, value in maps.items():
        outside = sitk.GetArrayFromImage(value).copy()
        outside[place] = extractor.settings.get("initValue", 0)
        assert (outside == extractor.settings.get("initValue", 0)).all(), name
    box = [slice(low, min(int(axis.max()) + radius + 1, size)) for axis, low, size in zip(where, lower, SIZE[::-1])]
    cut = tuple(box[::-1])
    if "original_glcm_MCC" in columns:
        independent = columns["original_glcm_Imc2"] < 1e-7
        columns["original_glcm_Imc2"][independent] = 0
        columns["original_glcm_MCC"], correlation = remade(image[cut], mask[cut], extractor.settings)
        apart = np.abs(columns["original_glcm_Correlation"] - correlation) > 1e-9
        print(case, "Correlation: differs at", apart.sum(), "voxels")
        if not extractor.settings.get("symmetricalGLCM", True):
            columns["original_glcm_Correlation"] = correlation
        extractor.settings["voxelBatch"] = 1
        extractor.enabledFeatures = {"glcm": ["MCC"]}
        own = extractor.execute(image, mask, voxelBased=True)["original_glcm_MCC"]
        own = sitk.GetArrayFromImage(own)[place]
        difference = np.abs(own - columns["original_glcm_MCC"])
        print(case, "MCC: largest difference from voxelBatch 1", np.nanmax(difference))
    with open(case + ".csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "z", *columns])
        for i, (z, y, x) in enumerate(zip(*where)):
            writer.writerow([x, y, z, *(f"{column[i]:.10g}" for column in columns.values())])
    return [case, *first.GetSize(), *first.GetOrigin(), *first.GetSpacing()]


def main():
    array, inside = make_input()
    with open("image.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "y", "z", "value", "label"])
        for z, y, x in np.ndindex(array.shape):
            writer.writerow([x, y, z, array[z, y, x], inside[z, y, x]])
    image, mask = as_image(array), as_image(inside)
    tenths = as_image(array.astype(np.float32) * np.float32(0.1))
    cases = [os.path.splitext(name)[0] for name in sorted(glob.glob("*.yaml"))]
    rows = [run(case, tenths if case == "single" else image, mask) for case in cases]
    with open("geometry.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", *(f"{what}_{axis}" for what in ("size", "origin", "spacing") for axis in "xyz")])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
