"""Writes masks.json, the contour sets in contours/ and the segmentations in segmentations/.

Needs pydicom 3.0 and highdicom 0.28 (which writes the segmentations):
    python make_masks.py
Expected voxels of contours: for each voxel centre, in the patient's millimetres, the crossings of a
ray with every contour of its slice, in exact arithmetic (fractions). Those of segmentations are the
arrays that highdicom was given.
"""

import io
import json
import shutil
from fractions import Fraction
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
from highdicom.seg import SegmentDescription, Segmentation, SegmentationTypeValues
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage, generate_uid

from make_series import dataset, uid

HERE = Path(__file__).parent
SIZE = (24, 20, 5)  # columns, rows, slices
SPACING = (0.5, 0.75, 2.5)
ORIGIN = (-5.0, 3.0, 7.5)


def at(x, y, z):
    """Position in mm of an index of the grid, whose axes are the patient's."""
    return [o + s * i for o, s, i in zip(ORIGIN, SPACING, (x, y, z))]


def star(z, points=17, centre=(11.3, 9.7), seed=0):
    """A ragged outline, concave, without symmetry."""
    rng = np.random.Generator(np.random.PCG64(seed))
    angles = np.sort(rng.uniform(0, 2 * np.pi, points))
    radii = rng.uniform(2.0, 8.5, points)
    return [
        at(centre[0] + r * np.cos(a), centre[1] + r * np.sin(a), z) for a, r in zip(angles, radii)
    ]


def box(z, left, top, right, bottom):
    return [at(left, top, z), at(right, top, z), at(right, bottom, z), at(left, bottom, z)]


REGIONS = [
    ("Star", [star(1), star(2, seed=1), star(3, points=40, seed=2)]),
    # A hole as a contour of its own, an island in it, and a second lesion.
    ("Hole", [
        box(2, 1.25, 1.25, 14.25, 15.25),
        box(2, 4.25, 4.25, 11.25, 12.25),
        box(2, 6.25, 6.25, 8.75, 9.25),
        box(2, 16.25, 3.25, 21.25, 8.75),
    ]),
    # The hole reached through a cut that is walked twice.
    ("Keyhole", [[
        at(x, y, 1) for x, y in (
            (1.25, 1.25), (14.25, 1.25), (14.25, 15.25), (1.25, 15.25), (1.25, 7.4),
            (4.25, 7.4), (4.25, 12.25), (11.25, 12.25), (11.25, 4.25), (4.25, 4.25),
            (4.25, 7.4), (1.25, 7.4),
        )
    ]]),
    ("Tumör 腫瘍", [star(0, seed=5), star(4, seed=6)]),
    ("Between", [star(1.3, seed=7), star(2.3, seed=8)]),
    # Drawn on slices of 1 mm: the nearest plane of each slice counts.
    ("Dense", [star(1 + 0.4 * n, seed=20 + n) for n in range(6)]),
    ("Beyond", [box(2, -6.25, 3.25, 40.25, 8.25)]),
    ("Across", [[at(2, 2, 1), at(9, 2, 1), at(9, 9, 2), at(2, 9, 2)]]),
    ("Outside", [star(6.2)]),
    ("Empty", []),
    ("Point", "POINT"),
]


def odd(point, polygon):
    x, y = (Fraction(v) for v in point)
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            inside = not inside
    return inside


def voxels(contours):
    columns, rows, slices = SIZE
    planes = {}
    for contour in contours:
        depth = (contour[0][2] - ORIGIN[2]) / SPACING[2]
        planes.setdefault(round(depth, 6), []).append(
            [(Fraction(p[0]), Fraction(p[1])) for p in contour]
        )
    found = []
    for slice_ in range(slices):
        near = [d for d in planes if abs(d - slice_) <= 0.5]
        if not near:
            continue
        contours = planes[min(near, key=lambda d: abs(d - slice_))]
        for row in range(rows):
            for column in range(columns):
                x, y, _ = at(column, row, slice_)
                if sum(odd((x, y), c) for c in contours) % 2:
                    found.append((slice_ * rows + row) * columns + column)
    return found


def contour_set(expected):
    folder = HERE / "contours"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = uid("contours")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = Dataset()
    ds.file_meta = meta
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID = RTStructureSetStorage, uid("contours")
    ds.Modality, ds.PatientName, ds.PatientID = "RTSTRUCT", "Nobody^Knows", "SECRET-1"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = uid("plain", "study"), uid("contours", "series")
    frame = uid("plain", "frame")
    rois, drawn = [], []
    for number, (name, contours) in enumerate(REGIONS, start=3):
        roi, drawing, lines = Dataset(), Dataset(), []
        roi.ROINumber, roi.ROIName = number, name
        roi.ReferencedFrameOfReferenceUID = frame
        rois.append(roi)
        drawing.ReferencedROINumber = number
        kind = "CLOSED_PLANAR"
        if contours == "POINT":
            kind, contours = "POINT", [[at(3, 3, 3)]]
        for contour in contours:
            line = Dataset()
            line.ContourGeometricType = kind
            line.NumberOfContourPoints = len(contour)
            # What is written is what is expected: round first.
            contour[:] = [[float(f"{v:.6f}") for v in point] for point in contour]
            line.ContourData = [f"{v:.6f}" for point in contour for v in point]
            lines.append(line)
        drawing.ContourSequence = Sequence(lines)
        drawn.append(drawing)
        if kind == "CLOSED_PLANAR" and name not in ("Across", "Outside", "Empty"):
            expected[name] = voxels(contours)
    ds.StructureSetROISequence = Sequence(rois)
    # Not in the order of the regions.
    ds.ROIContourSequence = Sequence(drawn[::-1])
    pydicom.dcmwrite(folder / "RS.dcm", ds, enforce_file_format=True)


def segmentations(expected):
    folder = HERE / "segmentations"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    rows, columns, count = 11, 15, 4  # 165 voxels a frame: no whole number of bytes
    # highdicom asks for more attributes of the images than pydicom.
    images = []
    for number in range(count):
        ds = dataset("seg", number, array=np.zeros((rows, columns), np.uint16))
        for keyword in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "PatientSex",
                        "ReferringPhysicianName"):
            setattr(ds, keyword, "")
        images.append(ds)
    rng = np.random.Generator(np.random.PCG64(3))
    first = rng.random((count, rows, columns)) < 0.4
    second = rng.random((count, rows, columns)) < 0.3
    first[1] = False  # a frame that is left out
    second[0] = second[3] = False
    both = np.stack([first, second], axis=-1)
    assert (first & second).any()
    share = np.round(rng.random((count, rows, columns)), 2).astype(np.float32)
    labels = np.where(first, 1, np.where(second, 7, 0)).astype(np.uint8)

    def description(number, name):
        return SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type="MANUAL",
        )

    def write(name, array, kind, numbers, **options):
        ds = Segmentation(
            source_images=images,
            pixel_array=array,
            segmentation_type=kind,
            segment_descriptions=[description(n, f"Segment {n}") for n in numbers],
            series_instance_uid=uid(name, "series"),
            series_number=9,
            sop_instance_uid=uid(name),
            instance_number=1,
            manufacturer="none",
            manufacturer_model_name="none",
            software_versions="0",
            device_serial_number="0",
            **options,
        )
        for keyword, value in (("ContentDate", "20000101"), ("ContentTime", "000000"),
                               ("InstanceCreationDate", "20000101"),
                               ("InstanceCreationTime", "000000"),
                               ("SeriesDate", "20000101"), ("SeriesTime", "000000")):
            if keyword in ds:
                setattr(ds, keyword, value)
        ds.save_as(folder / f"{name}.dcm")

    def places(mask):
        return np.flatnonzero(mask).tolist()

    types = SegmentationTypeValues
    write("binary", both, types.BINARY, (1, 2))
    expected["binary"] = {"1": places(first), "2": places(second)}
    write("fractional", share, types.FRACTIONAL, (1,), max_fractional_value=200)
    # highdicom writes round(share * 200).
    expected["fractional"] = {"1": places(np.around(share * 200) * 2 >= 200)}
    write("fractional-rle", share, types.FRACTIONAL, (1,), max_fractional_value=200,
          transfer_syntax_uid="1.2.840.10008.1.2.5")
    expected["fractional-rle"] = expected["fractional"]
    write("label-map", labels, types.LABELMAP, (1, 7))
    expected["label-map"] = {"1": places(labels == 1), "7": places(labels == 7)}


def main():
    found = {"contours": {}, "segmentations": {}}
    contour_set(found["contours"])
    segmentations(found["segmentations"])
    (HERE / "masks.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
