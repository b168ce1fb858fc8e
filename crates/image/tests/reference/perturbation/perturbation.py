"""Makes motions.csv, noise.csv and distances.csv: what SimpleITK, SciPy and PyWavelets give for an
image and a region made by a formula (see `value` and `inside`), so that no image has to be stored.

- motions.csv: the image after a rotation and translation, by SimpleITK's cubic B-spline, at voxels
  that come from within the image; and the share of the region by SciPy's linear interpolation,
  where the border of the image goes on.
- noise.csv: median(|HH|) of the undecimated coif1 band along x and y, as MIRP 2.7 computes it
  (`GenericImage.estimate_noise`), over the whole image and over a box.
- distances.csv: SciPy's exact Euclidean distance to the region and, inside, to its complement; the
  volumes within each distance follow from it.

Run: python perturbation.py   (SimpleITK 2.5.7, SciPy 1.17, PyWavelets 1.9)
"""
import csv
import math

import numpy as np
import pywt
import scipy.ndimage as ndi
import SimpleITK as sitk

SIZE = (23, 19, 9)
SPACING = (0.9, 1.2, 3.0)


def value(x, y, z):
    return (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50


def inside(x, y, z):
    return (x - 11) ** 2 + (y - 9) ** 2 + 6 * (z - 4) ** 2 < 40


z, y, x = np.indices(SIZE[::-1])
IMAGE = value(x, y, z).astype(float)
MASK = inside(x, y, z)
CENTRE = (11.0, 9.0, 4.0)  # of the region's box, as an index

with open("motions.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["rotation", "translation", "x", "y", "z", "value", "share"])
    for rotation, translation in [(0.0, 0.25), (6.0, 0.0), (-13.0, 0.75)]:
        image = sitk.GetImageFromArray(IMAGE)
        image.SetSpacing(SPACING)
        angle = math.radians(rotation)
        shift = translation * min(SPACING)
        # SimpleITK asks where a voxel comes from: the way back.
        back = sitk.Euler3DTransform()
        back.SetCenter([c * s for c, s in zip(CENTRE, SPACING)])
        back.SetRotation(0.0, 0.0, -angle)
        first = sitk.TranslationTransform(3, [-shift] * 3)
        way = sitk.CompositeTransform([back, first])  # the last is done first
        moved = sitk.GetArrayFromImage(
            sitk.Resample(image, image, way, sitk.sitkBSpline, -1e9, sitk.sitkFloat64))
        for k in range(SIZE[2]):
            for j in range(SIZE[1]):
                for i in range(SIZE[0]):
                    source = way.TransformPoint([i * SPACING[0], j * SPACING[1], k * SPACING[2]])
                    source = [p / s for p, s in zip(source, SPACING)]
                    within = all(0 <= p <= n - 1 for p, n in zip(source, SIZE))
                    if not within or (i + 2 * j + 3 * k) % 7 != 0:
                        continue
                    share = ndi.map_coordinates(
                        MASK.astype(float), [[source[2]], [source[1]], [source[0]]], order=1, mode="nearest")[0]
                    table.writerow([rotation, translation, i, j, k, repr(float(moved[k, j, i])), repr(float(share))])

with open("noise.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["lower", "upper", "median"])
    taps = np.array(pywt.Wavelet("coif1").dec_hi)
    band = np.abs(ndi.convolve1d(ndi.convolve1d(IMAGE, taps, axis=1), taps, axis=2))
    for lower, upper in [((0, 0, 0), (22, 18, 8)), ((0, 4, 2), (11, 18, 3)), ((5, 5, 4), (9, 9, 4))]:
        part = band[lower[2]:upper[2] + 1, lower[1]:upper[1] + 1, lower[0]:upper[0] + 1]
        table.writerow([" ".join(map(str, lower)), " ".join(map(str, upper)), repr(float(np.median(part)))])

with open("distances.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["x", "y", "z", "distance"])
    outside = ndi.distance_transform_edt(~MASK, sampling=SPACING[::-1])
    within = ndi.distance_transform_edt(MASK, sampling=SPACING[::-1])
    for k in range(SIZE[2]):
        for j in range(SIZE[1]):
            for i in range(SIZE[0]):
                table.writerow([i, j, k, repr(float(outside[k, j, i] - within[k, j, i]))])
