"""Features of the MR patients whose mask touches the border of the image, by what lies beyond it.

The IBSI's manual leaves open how the spline goes on beyond the last voxel. This script writes the
image with more voxels on every side, filled by a rule, and extracts features of each with the
profile ibsi:mr. So many voxels are added that the new grid's points stay where they were. In the
column `left out`, points of the new grid beyond the centres of the last voxels do not belong to
the region: there SciPy interpolates. `not-a-knot` leaves them out too and takes a spline with that
condition at its ends, as MATLAB's interpn does with its method spline. The table holds each value that
differs from the reference.

    bench/ibsi_border.py --data DIR          DIR: the folder sts (docs/ibsi.md)
    bench/ibsi_border.py --data DIR --rules "as it is" not-a-knot
"""

import argparse
import csv
import gzip
import math
import subprocess
import tempfile
from pathlib import Path

import peers

peers.reenter("pyradiomics", "SimpleITK")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from scipy.interpolate import CubicSpline  # noqa: E402
from scipy.ndimage import map_coordinates  # noqa: E402

PATIENTS = ["STS_009", "STS_022", "STS_026", "STS_034", "STS_038", "STS_044", "STS_045"]

# Names of numpy.pad: the mirror at the last voxel's centre, at its outer edge, the last voxel
# again, nothing.
RULES = {
    "mirror": {"mode": "reflect"},
    "reflect": {"mode": "symmetric"},
    "nearest": {"mode": "edge"},
    "zero": {"mode": "constant"},
}

LEFT_OUT = ["left out", "not-a-knot"]

LEAST = 12
RELATIVE = 1e-3


def added(size, spacing):
    """Voxels to add at each end of an axis: the grid of 1 mm keeps its points when the number of
    them stays odd or even."""
    points = lambda count: math.ceil(count * spacing - 1e-9)
    return next(
        more
        for more in range(LEAST, size)
        if (points(size + 2 * more) - points(size)) % 2 == 0
    )


def padded(image, how, rule):
    """The image with voxels around it."""
    axes = list(zip(image.GetSize(), image.GetSpacing()))[::-1]
    more = [added(size, spacing) for size, spacing in axes]
    values = np.pad(sitk.GetArrayFromImage(image).astype(how), [(m, m) for m in more], **rule)
    result = sitk.GetImageFromArray(values)
    result.SetSpacing(image.GetSpacing())
    result.SetDirection(image.GetDirection())
    result.SetOrigin(image.TransformIndexToPhysicalPoint([-m for m in more[::-1]]))
    return result


def not_a_knot(values, axes):
    """Values of the cubic spline at the points of the grid: one axis after the other."""
    for axis, points in enumerate(axes):
        knots = np.arange(values.shape[axis])
        values = CubicSpline(knots, values, axis=axis, bc_type="not-a-knot")(points)
    return values


def left_out(image, mask, rule):
    """Image and mask on the grid of 1 mm; points beyond the last voxels' centres are outside."""
    values = sitk.GetArrayFromImage(image).astype(float)
    inside = sitk.GetArrayFromImage(mask).astype(float)
    axes = []
    for count, spacing in zip(values.shape, image.GetSpacing()[::-1]):
        points = math.ceil(count * spacing - 1e-9)
        axes.append((count - 1) / 2 + (np.arange(points) - (points - 1) / 2) / spacing)
    grid = np.meshgrid(*axes, indexing="ij")
    if rule == "not-a-knot":
        values = not_a_knot(values, axes)
    else:
        values = map_coordinates(values, grid, order=3, mode="mirror")
    inside = map_coordinates(inside, grid, order=1, mode="constant") >= 0.5 - 1e-9
    return sitk.GetImageFromArray(values), sitk.GetImageFromArray(inside.astype("uint8"))


def features(radiome, image, mask, folder):
    """Tags and values."""
    table = folder / "features.csv"
    command = [radiome, "extract", image, mask, "--params", "ibsi:mr", "--out", table]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    with table.open(newline="") as lines:
        rows = list(csv.reader(lines))
    found = {}
    for name, text in zip(rows[0], rows[1]):
        try:
            found[name] = float(text)
        except ValueError:
            continue
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder sts")
    parser.add_argument("--radiome", type=Path)
    every = ["as it is", *RULES, *LEFT_OUT]
    parser.add_argument("--rules", nargs="+", choices=every, default=every)
    options = parser.parse_args()
    radiome = peers.radiome(options.radiome)
    references = {}
    path = options.data / "ibsi1_cross_team" / "mr_t1_features.csv.gz"
    with gzip.open(path, "rt", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["reliable"] == row["standardised"] == "1" and row["kind"] == "feature":
                references.setdefault(row["patient_id"], {})[row["tag"]] = row
    rules = options.rules
    print("| patient | tag | reference | teams | " + " | ".join(rules) + " |")
    print("| --- " * (4 + len(rules)) + "|")
    agree = {}
    for patient in PATIENTS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            image, mask = (
                options.data / patient / f"{which}.nii.gz" for which in ("t1", "t1_mask")
            )
            original, region = (sitk.ReadImage(str(path)) for path in (image, mask))
            new_mask = folder / "mask.nii.gz"
            outside = padded(region, "uint8", {"mode": "constant"})
            sitk.WriteImage(outside, str(new_mask))
            found = {}
            for rule in rules:
                new_image = folder / "image.nrrd"
                if rule == "as it is":
                    found[rule] = features(radiome, image, mask, folder)
                elif rule in RULES:
                    sitk.WriteImage(padded(original, "float64", RULES[rule]), str(new_image))
                    found[rule] = features(radiome, new_image, new_mask, folder)
                else:
                    resampled, inside = left_out(original, region, rule)
                    left_mask = folder / "left_out.nrrd"
                    sitk.WriteImage(resampled, str(new_image))
                    sitk.WriteImage(inside, str(left_mask))
                    found[rule] = features(radiome, new_image, left_mask, folder)
        for tag, row in references[patient].items():
            value = float(row["value"])
            cells = []
            for rule, values in found.items():
                near = abs(values[tag] - value) <= RELATIVE * abs(value)
                count = agree.setdefault(rule, [0, 0])
                count[0] += near
                count[1] += 1
                cells.append(f"{values[tag]:.6g}" + (" *" if near else ""))
            first = next(iter(found.values()))
            if abs(first[tag] - value) > RELATIVE * abs(value):
                teams = f"{row['n_agree']} of {row['n_teams']}"
                print(f"| {patient} | {tag} | {value:.6g} | {teams} | " + " | ".join(cells) + " |")
    print("\n`*`: within 0.1 % of the reference. Of all values with a reference agree:")
    for rule, (near, of) in agree.items():
        print(f"- {rule}: {near} of {of}")


if __name__ == "__main__":
    main()
