"""Features of masks at the border of MR images, computed by NumPy and SciPy alone.

Of patients whose mask touches the border of the image, features of size zones, distance zones and
neighbouring levels that no program gives that keeps the points beyond the centres of the last voxels
in the region, or few do (docs/ibsi.md). Interpolation, zones and distances are SciPy's, the counts
are written here from the IBSI's definitions; nothing is radiome's. `kept`: the profile ibsi:mr, the
spline mirrored at the centres of the last voxels. `not-a-knot`: those points left out, and a spline
with that condition at its ends.

    bench/ibsi_border_scipy.py --data DIR          DIR: the folder sts (docs/ibsi.md)
"""

import argparse
import itertools
import math
from pathlib import Path

import peers

peers.reenter("pyradiomics", "SimpleITK")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from scipy.interpolate import CubicSpline  # noqa: E402
from scipy.ndimage import distance_transform_cdt, label, map_coordinates  # noqa: E402

TAGS = {
    "STS_009": ["dzm_sde", "dzm_sdhge"],
    "STS_022": ["dzm_lde", "dzm_sdlge", "dzm_z_perc", "dzm_zd_entr", "szm_z_perc"],
    "STS_026": ["ngl_ldlge"],
    "STS_034": ["dzm_sdhge"],
    "STS_045": ["dzm_gl_var", "dzm_z_perc", "szm_gl_var", "szm_z_perc", "szm_zsnu_norm"],
}


def read(folder):
    """Intensities, mask (z, y, x) and spacing."""
    image, mask = (sitk.ReadImage(str(folder / f"{name}.nii.gz")) for name in ("t1", "t1_mask"))
    arrays = (sitk.GetArrayFromImage(one).astype(float) for one in (image, mask))
    return *arrays, image.GetSpacing()[::-1]


def interpolated(values, mask, spacing, kept):
    """Both on a grid of 1 mm around the same centre."""
    axes = []
    for count, step in zip(values.shape, spacing):
        points = math.ceil(count * step - 1e-9)
        axes.append((count - 1) / 2 + (np.arange(points) - (points - 1) / 2) / step)
    grid = np.meshgrid(*axes, indexing="ij")
    beyond = "nearest" if kept else "constant"
    inside = map_coordinates(mask, grid, order=1, mode=beyond) >= 0.5 - 1e-9
    if kept:
        return map_coordinates(values, grid, order=3, mode="mirror"), inside
    for axis, points in enumerate(axes):
        knots = np.arange(values.shape[axis])
        values = CubicSpline(knots, values, axis=axis, bc_type="not-a-knot")(points)
    return values, inside


def features(values, inside):
    """By tag: intensities of 0 and more, in bins of 10."""
    counted = inside & (values >= 0)
    levels = np.where(counted, np.floor(values / 10) + 1, 0).astype(int)
    voxels = counted.sum()
    # City-block distance from the outside of the region, which the outside of the image is part of.
    distances = distance_transform_cdt(np.pad(inside, 1), metric="taxicab")[1:-1, 1:-1, 1:-1]
    zones = []
    for level in np.unique(levels[counted]):
        names, count = label(levels == level, structure=np.ones((3, 3, 3)))
        occupied = names > 0
        sizes = np.bincount(names[occupied], minlength=count + 1)[1:]
        nearest = np.full(count + 1, np.iinfo(int).max)
        np.minimum.at(nearest, names[occupied], distances[occupied])
        zones += [(level, size, distance) for size, distance in zip(sizes, nearest[1:])]
    i, s, d = np.array(zones, dtype=float).T
    count = len(zones)
    share = lambda *keys: np.unique(np.stack(keys), axis=1, return_counts=True)[1] / count
    around = np.pad(levels, 1)
    dependence = np.ones(around.shape)
    for step in itertools.product((-1, 0, 1), repeat=3):
        if any(step):
            dependence += np.roll(around, step, (0, 1, 2)) == around
    dependence = dependence[1:-1, 1:-1, 1:-1][counted]
    pairs = share(i, d)
    return {
        "voxels": voxels,
        "szm_z_perc": count / voxels,
        "dzm_z_perc": count / voxels,
        "szm_gl_var": i.var(),
        "dzm_gl_var": i.var(),
        "szm_zsnu_norm": np.sum(share(s) ** 2),
        "dzm_lde": np.mean(d**2),
        "dzm_sde": np.mean(1 / d**2),
        "dzm_sdhge": np.mean(i**2 / d**2),
        "dzm_sdlge": np.mean(1 / (i * d) ** 2),
        "dzm_zd_entr": -np.sum(pairs * np.log2(pairs)),
        "ngl_ldlge": np.mean(1 / (levels[counted] * dependence) ** 2),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder sts")
    options = parser.parse_args()
    print("| patient | tag | kept | not-a-knot |\n| --- | --- | --- | --- |")
    for patient, tags in TAGS.items():
        values, mask, spacing = read(options.data / patient)
        rules = (interpolated(values, mask, spacing, kept) for kept in (True, False))
        kept, left_out = (features(*arrays) for arrays in rules)
        for tag in ["voxels", *tags]:
            print(f"| {patient} | {tag} | {kept[tag]:.9g} | {left_out[tag]:.9g} |")


if __name__ == "__main__":
    main()
