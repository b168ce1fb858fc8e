"""Peak memory of one case beside what `--memory` predicts for it.

    python3 bench/memory.py RADIOME STS [--out memory.csv]
    python3 bench/memory.py RADIOME STS --correct [--dicom FOLDER] [--out memory.csv]

RADIOME is the program, STS the folder of the soft-tissue sarcoma patients (STS_001/t1.nii.gz and so
on). Cases: three patients, and synthetic images (written to a temporary folder) with regions of
several sizes. Every case is run alone on 1, 2 and 8 threads; the peak is the largest resident set
that the system saw.

With `--correct` the images are corrected before the first-order statistics of the original image,
by each step alone and by all in a row; N4 takes two steps a level, for more of them need no more
memory. FOLDER is a folder with a DICOM series and its segmentation or contours in its subfolders
`image` and `mask`, a further case. Needs Python and GNU time.
"""

import argparse
import csv
import gzip
import itertools
import json
import math
import random
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ORIGINAL = "imageType: {Original: {}}\nsetting: {binWidth: 5}\n"
MANY = (
    "imageType: {Original: {}, LoG: {sigma: [1.0, 3.0, 5.0]}, Wavelet: {}}\n"
    "setting: {binWidth: 5%s}\n"
)
POINTWISE = (
    "imageType: {Original: {}, Square: {}, SquareRoot: {}, Logarithm: {}, Exponential: {}, "
    "Gradient: {}, LBP2D: {}, LBP3D: {}}\n"
    "setting: {binCount: 32%s}\n"
)
PLANS = {
    "original": ORIGINAL,
    "pointwise": POINTWISE % "",
    "whole": MANY % "",
    "cropped": MANY % ", preCrop: true, padDistance: 10",
    "resampled": MANY
    % ", normalize: true, normalizeScale: 100, resampledPixelSpacing: [1, 1, 1], padDistance: 10",
}
FIRST_ORDER = "imageType: {Original: {}}\nfeatureClass: {firstorder: }\nsetting: {binWidth: 5}\n"
N4 = "{n4: {iterations: 2}}"
# The scale has the form that `radiome correct --train` writes.
SCALE = {"percentiles": [1, 10, 50, 90, 99], "landmarks": [0, 25, 50, 75, 100],
         "images": 1}
STEPS = {
    "zscore": "zscore",
    "clip": "clip",
    "nyul": "{nyul: {landmarks: %s}}",
    "n4": N4,
    "n4 of every second voxel": "{n4: {iterations: 2, shrink: 2}}",
    "n4, clip, zscore": f"[{N4}, clip, {{zscore: region}}]",
}


def nifti(path, size, code, values):
    """A NIfTI-1 file of 1 mm voxels; `values` are its bytes."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *size, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, code, 16 if code == 4 else 8)
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, 352)
    header[344:348] = b"n+1\0"
    Path(path).write_bytes(bytes(header) + values)


def synthetic(folder, size, edge):
    """An image of noise, and a ball of so many voxels across."""
    nx, ny, nz = size
    rng = random.Random(1)
    plane = [struct.pack("<h", rng.randrange(200)) for _ in range(nx * ny)]
    planes = []
    for _ in range(nz):
        rng.shuffle(plane) if nz < 60 else plane.append(plane.pop(0))
        planes.append(b"".join(plane))
    image = folder / f"i{nx}_{nz}.nii"
    if not image.exists():
        nifti(image, size, 4, b"".join(planes))
    mask = folder / f"m{nx}_{nz}_{edge}.nii"
    data = bytearray(nx * ny * nz)
    radius = edge / 2
    for z, y in itertools.product(range(edge), range(edge)):
        left = radius**2 - (z + 0.5 - radius) ** 2 - (y + 0.5 - radius) ** 2
        if left <= 0:
            continue
        half = int(left**0.5)
        start = ((z + (nz - edge) // 2) * ny + y + (ny - edge) // 2) * nx + nx // 2 - half
        data[start : start + 2 * half] = b"\1" * (2 * half)
    nifti(mask, size, 2, bytes(data))
    return image, mask


def peak(command):
    """Exit status, standard error and the peak of the resident set in MiB."""
    # A child of Python itself would begin with the resident set of Python.
    command = ["/usr/bin/time", "--quiet", "--format", "peak %M", *command]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stderr, int(run.stderr.rsplit("peak ", 1)[1]) / 1024


def voxels(path):
    """Number of voxels by the header of a NIfTI file."""
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    with opened as file:
        return math.prod(struct.unpack("<3h", file.read(48)[42:48]))


def predicted(radiome, folder, image, mask, params, jobs, more=()):
    """What the program says that the case needs, in MiB: it refuses a limit that lets the mask be
    read and no more."""
    cases = folder / "cases.csv"
    cases.write_text(f"ID,Image,Mask\none,{image},{mask}\n")
    limit = (28 << 20) + 1 + (12 * voxels(mask) if mask.suffix != ".dcm" else 0)
    command = [radiome, "extract", cases, "--params", params, "--out", folder / "none.csv"]
    run = subprocess.run(
        [*command, "--memory", str(limit), "--jobs", str(jobs), *more],
        capture_output=True, text=True, check=False,
    )
    found = re.search(r"needs about ([0-9.]+) MiB", run.stderr)
    return float(found[1]) if found else float("nan")


def cases(folder, sts, dicom):
    """Image and mask by name."""
    found = {
        name: (sts / name / "t1.nii.gz", sts / name / "t1_mask.nii.gz")
        for name in ["STS_019", "STS_001", "STS_013"]
    }
    for size, edge in [((64, 64, 40), 20), ((256, 256, 100), 30), ((256, 256, 100), 90),
                       ((512, 512, 200), 30), ((512, 512, 200), 120)]:
        found[f"{size[0]}x{size[1]}x{size[2]}, {edge}"] = synthetic(folder, size, edge)
    if dicom:
        found[f"DICOM {dicom.name}"] = (dicom / "image", next((dicom / "mask").glob("*.dcm")))
    return found


def runs(folder, found, correct):
    """What is measured: name, plan, image, mask, parameter text and further arguments."""
    if not correct:
        for (plan, text), (name, paths) in itertools.product(PLANS.items(), found.items()):
            if plan not in ("whole", "pointwise") or not name.startswith("512"):
                yield name, plan, *paths, text, []
        return
    scale = folder / "scale.json"
    scale.write_text(json.dumps(SCALE))
    for (plan, step), (name, paths) in itertools.product(STEPS.items(), found.items()):
        step = step.replace("%s", str(scale))
        yield name, plan, *paths, FIRST_ORDER, ["--correct", step]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("radiome", type=Path)
    parser.add_argument("sts", type=Path)
    parser.add_argument("--correct", action="store_true")
    parser.add_argument("--dicom", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", default="1,2,8")
    options = parser.parse_args()
    radiome = str(options.radiome.resolve())
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = cases(folder, options.sts.resolve(), options.dicom and options.dicom.resolve())
        for name, plan, image, mask, text, more in runs(folder, found, options.correct):
            params = folder / "params.yaml"
            params.write_text(text)
            for jobs in map(int, options.jobs.split(",")):
                command = [radiome, "extract", image, mask, "--params", params, *more]
                status, error, mib = peak(list(map(str, [*command, "--jobs", jobs])))
                if status != 0:
                    sys.exit(f"{name}, {plan}: {error}")
                says = predicted(radiome, folder, image, mask, params, jobs, more)
                rows.append([name, plan, jobs, round(mib, 1), round(says, 1)])
                print(*rows[-1], sep=", ", flush=True)
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["case", "plan", "jobs", "peak_mib", "predicted_mib"])
            writer.writerows(rows)


if __name__ == "__main__":
    main()
