"""Makes phantom.csv and reference_values.csv from the IBSI's data sets.

Usage: make.py SHARED   (a folder with data/ibsi1 in it)

phantom.csv: the digital phantom, a voxel a row (x, y, z from 0; x runs fastest), CC BY 4.0,
Alex Zwanenburg, https://github.com/theibsi/data_sets. reference_values.csv: the standardised values
of the phantom in the IBSI reference manual (arXiv 1612.07003).
"""

import csv
import gzip
import pathlib
import struct
import sys

source = pathlib.Path(sys.argv[1], "data", "ibsi1")
here = pathlib.Path(__file__).parent
voxels = {}
for name in ("image", "mask"):
    data = gzip.open(source / "digital_phantom" / f"{name}.nii.gz").read()
    voxels[name] = struct.unpack("<80h", data[352:512])
with open(here / "phantom.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["x", "y", "z", "intensity", "mask"])
    for at, (intensity, mask) in enumerate(zip(voxels["image"], voxels["mask"])):
        table.writerow([at % 5, at // 5 % 4, at // 20, intensity, mask])
with open(here / "reference_values.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["ibsi_id", "tag", "value", "tolerance"])
    for row in csv.DictReader(open(source / "reference_values.csv")):
        if row["dataset"] == "digital_phantom" and row["value"]:
            table.writerow([row["ibsi_id"], row["tag"], row["value"], row["tolerance"]])
