"""Makes nifti_affine.csv: the grid that SimpleITK reads from NIfTI-1 headers with every kind of
qform and sform. The columns before `spacing` are the header's fields; the others its answer
(empty: it refuses the file).

Run: python nifti_affine.py   (SimpleITK 2.5.7 with ITK 5.4)
"""
import csv
import math
import struct
import tempfile

import SimpleITK as sitk


def header(qfac, pixdim, qcode, scode, quaternion, sform, units):
    fields = bytearray(352)
    struct.pack_into("<i", fields, 0, 348)
    struct.pack_into("<8h", fields, 40, 3, 2, 2, 2, 1, 1, 1, 1)
    struct.pack_into("<2h", fields, 70, 2, 8)
    struct.pack_into("<8f", fields, 76, qfac, *pixdim, 0, 0, 0, 0)
    struct.pack_into("<f", fields, 108, 352)
    fields[123] = units
    struct.pack_into("<2h", fields, 252, qcode, scode)
    struct.pack_into("<6f", fields, 256, *quaternion)
    struct.pack_into("<12f", fields, 280, *sform)
    fields[344:348] = b"n+1\0"
    return bytes(fields)


def turn(angle, spacing, offset, shear=0.0):
    c, s = math.cos(angle), math.sin(angle)
    rows = [[c, -s + shear, 0], [s, c, 0], [0, 0, 1]]
    return [entry for row, o in zip(rows, offset) for entry in [r * p for r, p in zip(row, spacing)] + [o]]


def half(angle):
    """Quaternion of the same turn about z."""
    return [0.0, 0.0, math.sin(angle / 2)]


P = (1.0, 1.5, 2.0)
O, O2 = (1.25, -2.5, 30.0), (4.0, 5.0, 6.0)
ZERO = [0.0] * 12
CASES = [
    ("neither", 1, P, 0, 0, half(0.3) + list(O), turn(0.3, P, O), 2),
    ("qform", 1, P, 1, 0, half(0.3) + list(O), ZERO, 2),
    ("qform_mirrored", -1, P, 1, 0, half(0.3) + list(O), ZERO, 2),
    ("qform_half_turn", 1, P, 1, 0, [0.0, 1.0000001, 0.0] + list(O), ZERO, 2),
    ("qform_general", 1, P, 2, 0, [0.1, -0.2, 0.3] + list(O), ZERO, 2),
    ("qform_metres", 1, (0.001, 0.0015, 0.002), 1, 0, half(0.3) + [0.1, 0.2, 0.3], ZERO, 1),
    ("qform_microns", 1, (1000.0, 1500.0, 2000.0), 1, 0, half(0.3) + [1000.0, 2000.0, 3000.0], ZERO, 3),
    ("sform", 1, P, 0, 1, [0.0] * 6, turn(0.3, P, O), 2),
    ("sform_standard_space", 1, P, 0, 4, [0.0] * 6, turn(0.3, P, O), 2),
    ("sform_mirrored", 1, P, 0, 1, [0.0] * 6, [-v if i % 4 == 0 else v for i, v in enumerate(turn(0.3, P, O))], 2),
    ("equal", 1, P, 1, 1, half(0.3) + list(O), turn(0.3, P, O), 2),
    ("differ_sform_scanner", 1, P, 1, 1, half(0.1) + list(O), turn(0.5, P, O2), 2),
    ("differ_sform_aligned", 1, P, 1, 2, half(0.1) + list(O), turn(0.5, P, O2), 2),
    ("differ_offset_aligned", 1, P, 1, 2, half(0.1) + list(O), turn(0.1, P, O2), 2),
    ("differ_little_aligned", 1, P, 1, 2, half(0.1) + list(O), turn(0.10002, P, O), 2),
    ("sheared_sform_with_qform", 1, P, 1, 1, half(0.1) + list(O), turn(0.1, P, O, 0.3), 2),
    ("sheared_sform_alone", 1, P, 0, 1, [0.0] * 6, turn(0.1, P, O, 0.3), 2),
    ("scaled_sform_scanner", 1, P, 1, 1, half(0.1) + list(O), turn(0.5, (2.0, 1.5, 2.0), O2), 2),
]

with open("nifti_affine.csv", "w", newline="") as file, tempfile.TemporaryDirectory() as folder:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["case", "qfac", "pixdim", "qform_code", "sform_code", "quaternion_offset", "srow", "units",
                    "spacing", "origin", "direction"])
    numbers = lambda sequence: " ".join(repr(float(number)) for number in sequence)
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    for case, qfac, pixdim, qcode, scode, quaternion, sform, units in CASES:
        path = folder + "/image.nii"
        with open(path, "wb") as image:
            image.write(header(qfac, pixdim, qcode, scode, quaternion, sform, units) + bytes(range(8)))
        try:
            read = sitk.ReadImage(path)
            answer = [numbers(read.GetSpacing()), numbers(read.GetOrigin()), numbers(read.GetDirection())]
        except RuntimeError:
            answer = ["", "", ""]
        table.writerow([case, qfac, numbers(pixdim), qcode, scode, numbers(quaternion), numbers(sform), units] + answer)
