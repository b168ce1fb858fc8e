"""Writes series.json and the small DICOM files in syntaxes/ and series/.

Needs pydicom 3.0, pylibjpeg with its openjpeg and libjpeg plugins, pyjpegls, pillow, SimpleITK 2.5,
and DCMTK 3.6 for JPEG of 12 bits (make_jpeg_12_bit.py):
    python make_series.py
Files are written by pydicom; the compressed ones by libjpeg (Pillow), GDCM (SimpleITK), OpenJPEG
and CharLS. Expected values are what pydicom reads back, grids and types what SimpleITK makes of
them.
"""

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import make_jpeg_12_bit
import numpy as np
import pydicom
import SimpleITK as sitk
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
    RLELossless,
    generate_uid,
)

HERE = Path(__file__).parent
ROWS, COLUMNS = 12, 16


def uid(*names):
    return generate_uid(entropy_srcs=[str(name) for name in names])


def pixels(kind, slice_=0, rows=ROWS, columns=COLUMNS):
    """A slope, a disc and noise: nothing is symmetric."""
    rng = np.random.Generator(np.random.PCG64(100 + slice_))
    y, x = np.mgrid[:rows, :columns]
    value = 40 * x + 25 * y + 100 * slice_ + rng.integers(0, 30, (rows, columns))
    value[(x - 6) ** 2 + (y - 5) ** 2 < 9] += 300
    if kind == "u8":
        return (value % 256).astype(np.uint8)
    if kind == "i16":
        return (value - 600).astype(np.int16)
    return value.astype(np.uint16)


def big(name, kind="u16"):
    """One slice that is large enough for OpenJPEG's six resolutions."""
    return dataset(name, kind=kind, array=pixels(kind, 0, 36, 40))


def dataset(name, number=0, sop_class=MRImageStorage, kind="u16", position=None, array=None):
    array = pixels(kind, number) if array is None else array
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid(name, number)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    modality = {CTImageStorage: "CT", PositronEmissionTomographyImageStorage: "PT"}
    ds.Modality = modality.get(sop_class, "MR")
    ds.SeriesDescription = name
    ds.PatientName = "Nobody^Knows"
    ds.PatientID = "SECRET-1"
    ds.PatientBirthDate = "19010203"
    ds.StudyInstanceUID = uid(name, "study")
    ds.SeriesInstanceUID = uid(name, "series")
    ds.FrameOfReferenceUID = uid(name, "frame")
    ds.InstanceNumber = number + 1
    ds.SliceThickness = "3"
    ds.ImagePositionPatient = position or [-20.5, 10.25, -30 + 2.5 * number]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.75, 0.5]
    form(ds, array)
    return ds


def form(ds, array):
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = array.shape[-2:]
    ds.BitsAllocated = ds.BitsStored = array.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(array.dtype.kind == "i")
    ds.add_new("PixelData", "OW" if array.dtype.itemsize > 1 else "OB", array.tobytes())


def write(ds, target):
    plain = Dataset()
    plain.update({element.tag: element for element in ds})
    plain.file_meta = ds.file_meta
    pydicom.dcmwrite(target, plain, enforce_file_format=True)


def numbers(values):
    flat = np.asarray(values, dtype=np.float64).ravel()
    weights = np.arange(1, flat.size + 1)
    return {
        "voxels": int(flat.size),
        "sum": float(flat.sum()),
        "weighted": float((flat * weights).sum()),
        "first": flat[:4].tolist(),
    }


def rescaled(path):
    ds = pydicom.dcmread(path)
    slope = float(ds.get("RescaleSlope", 1))
    intercept = float(ds.get("RescaleIntercept", 0))
    return ds.pixel_array.astype(np.float64) * slope + intercept


def syntaxes(expected):
    folder = HERE / "syntaxes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def keep(name, ds, **save):
        path = folder / f"{name}.dcm"
        if save:
            ds.save_as(path, **save)
        else:
            write(ds, path)
        expected[name] = numbers(rescaled(path))

    for kind in ("u8", "u16", "i16"):
        ds = big(f"explicit-{kind}", kind)
        keep(f"explicit-{kind}", ds)
        ds = big(f"implicit-{kind}", kind)
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        keep(f"implicit-{kind}", ds)
        ds = big(f"deflated-{kind}", kind)
        ds.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        keep(f"deflated-{kind}", ds)
        array = pixels(kind, 0, 36, 40)
        if kind != "u8":
            ds = big(f"big-endian-{kind}", kind)
            ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
            ds.PixelData = array.astype(array.dtype.newbyteorder(">")).tobytes()
            keep(f"big-endian-{kind}", ds)
        for name, syntax in (
            ("rle", RLELossless),
            ("jpeg-ls", JPEGLSLossless),
            ("jpeg-2000", JPEG2000Lossless),
        ):
            ds = big(f"{name}-{kind}", kind)
            ds.compress(syntax, generate_instance_uid=False)
            keep(f"{name}-{kind}", ds)
        # GDCM's lossless JPEG.
        ds = big(f"jpeg-lossless-{kind}", kind)
        with tempfile.TemporaryDirectory() as temporary:
            written = Path(temporary) / "x.dcm"
            writer = sitk.ImageFileWriter()
            writer.SetFileName(str(written))
            writer.SetUseCompression(True)
            writer.SetCompressor("JPEG")
            writer.Execute(sitk.GetImageFromArray(array[None]))
            packed = pydicom.dcmread(written)
        assert packed.file_meta.TransferSyntaxUID == JPEGLosslessSV1
        assert packed.BitsStored == ds.BitsStored
        ds.file_meta.TransferSyntaxUID = JPEGLosslessSV1
        ds.PixelData = packed.PixelData
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        keep(f"jpeg-lossless-{kind}", ds)
    # With loss: what the reference decoders make of it.
    ds = big("jpeg-baseline-u8", "u8")
    packed = io.BytesIO()
    smooth = (np.add.outer(3 * np.arange(36), 2 * np.arange(40)) + 20).astype(np.uint8)
    Image.fromarray(smooth).save(packed, format="JPEG", quality=90)
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    ds.PixelData = encapsulate([packed.getvalue()])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.LossyImageCompression = "01"
    keep("jpeg-baseline-u8", ds)
    for name, syntax, options in (
        ("jpeg-2000-lossy-u16", JPEG2000, {"j2k_cr": [6]}),
        ("jpeg-ls-near-u16", JPEGLSNearLossless, {"jls_error": 2}),
    ):
        ds = big(name)
        ds.compress(syntax, generate_instance_uid=False, **options)
        ds.LossyImageCompression = "01"
        keep(name, ds)
    make_jpeg_12_bit.write(folder, expected, write, numbers)
    # Twelve of sixteen bits, signed, and an overlay of old above them.
    ds = big("twelve-bits-i16", "i16")
    array = np.clip(pixels("i16", 0, 36, 40), -2048, 2047)
    ds.PixelData = ((array.astype(np.uint16) & 0x0FFF) | 0x8000).tobytes()
    ds.BitsStored, ds.HighBit = 12, 11
    write(ds, folder / "twelve-bits-i16.dcm")
    expected["twelve-bits-i16"] = numbers(array)
    ds = big("float-pixels")
    del ds.PixelData
    for keyword in ("BitsStored", "HighBit", "PixelRepresentation"):
        delattr(ds, keyword)
    ds.BitsAllocated = 32
    array = pixels("u16", 0, 36, 40).astype(np.float32) / 7
    ds.FloatPixelData = array.tobytes()
    write(ds, folder / "float-pixels.dcm")
    expected["float-pixels"] = numbers(array)
    # Without preamble and meta information.
    ds = big("bare-u16")
    raw = io.BytesIO()
    bare = Dataset()
    bare.update({element.tag: element for element in ds})
    pydicom.dcmwrite(raw, bare, implicit_vr=True, little_endian=True)
    (folder / "bare-u16.dcm").write_bytes(raw.getvalue())
    expected["bare-u16"] = numbers(pixels("u16", 0, 36, 40))


def archive(name, datasets, extra=()):
    """Members in an order that is not that of the slices."""
    path = HERE / "series" / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for number, ds in enumerate(datasets):
            raw = io.BytesIO()
            write(ds, raw)
            info = zipfile.ZipInfo(f"in/{(number * 7) % 10:02d}-{number}.dcm", (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, raw.getvalue())
        for member, content in extra:
            info = zipfile.ZipInfo(member, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, content)
    return path


def as_itk(path):
    """Grid, type and values by SimpleITK and GDCM."""
    with tempfile.TemporaryDirectory() as temporary:
        zipfile.ZipFile(path).extractall(temporary)
        folder = str(Path(temporary) / "in")
        [series] = sitk.ImageSeriesReader.GetGDCMSeriesIDs(folder)
        files = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(folder, series)
        image = sitk.ReadImage(files)
    return {
        "size": list(image.GetSize()),
        "spacing": list(image.GetSpacing()),
        "origin": list(image.GetOrigin()),
        "direction": list(image.GetDirection()),
        "type": image.GetPixelIDTypeAsString(),
        **numbers(sitk.GetArrayFromImage(image)),
    }


def series(expected):
    folder = HERE / "series"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()

    def good(name, datasets, extra=()):
        expected[name] = as_itk(archive(name, datasets, extra))

    def slices(name, count=5, **options):
        return [dataset(name, number, **options) for number in range(count)]

    # Notes and a report lie beside the slices.
    good("plain", slices("plain"), [("in/readme.txt", b"no image"), ("DICOMDIR.txt", b"")])
    ct = slices("ct", sop_class=CTImageStorage)
    for ds in ct:
        ds.BitsStored, ds.HighBit = 12, 11
        ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    good("ct", ct)
    pet = slices("pet-slopes", sop_class=PositronEmissionTomographyImageStorage, kind="i16")
    for number, ds in enumerate(pet):
        ds.RescaleSlope, ds.RescaleIntercept = f"{1.5 + 0.25 * number}", "0"
    good("pet-slopes", pet)
    # Oblique: normal and positions by numpy, written with all digits a DS takes.
    rotation, _ = np.linalg.qr(np.array([[2.0, 0.3, -0.4], [0.2, 1.5, 0.5], [0.6, -0.2, 1.0]]))
    if np.linalg.det(rotation) < 0:
        rotation[:, 2] *= -1
    oblique = slices("oblique")
    for number, ds in enumerate(oblique):
        position = np.array([12.5, -3.25, 40.0]) + 3.3 * number * rotation[:, 2]
        ds.ImagePositionPatient = [f"{v:.10f}" for v in position]
        ds.ImageOrientationPatient = [f"{v:.12f}" for v in rotation[:, :2].T.ravel()]
    good("oblique", oblique)
    # Sagittal, and the stack runs against the instance numbers.
    sagittal = slices("sagittal")
    for number, ds in enumerate(sagittal):
        ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        ds.ImagePositionPatient = [4.0 * number, -8, 9]
    good("sagittal", sagittal)

    # Oddities; the test says what each must lead to.
    plain = slices("odd")
    copy = dataset("odd", 2)
    archive("duplicate", [*plain, copy])
    copy = dataset("odd", 2)
    copy.SOPInstanceUID = copy.file_meta.MediaStorageSOPInstanceUID = uid("copy")
    archive("duplicate-renamed", [*plain, copy])
    second = [dataset("odd", n, array=pixels("u16", n + 50)) for n in range(5)]
    for ds in plain:
        ds.EchoTime = "10"
    for ds in second:
        ds.EchoTime = "80"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid("second", ds.SOPInstanceUID)
    archive("two-echoes", [*plain, *second])
    archive("missing", [ds for n, ds in enumerate(slices("missing", 8)) if n not in (2, 5)])
    uneven = slices("uneven")
    uneven[3].ImagePositionPatient = [-20.5, 10.25, -30 + 2.5 * 3 + 0.4]
    archive("uneven", uneven)
    nearly = slices("nearly-even")
    nearly[2].ImagePositionPatient = [-20.5, 10.25 + 0.03, -30 + 2.5 * 2 + 0.04]
    archive("nearly-even", nearly)
    tilted = slices("tilted")
    for number, ds in enumerate(tilted):
        ds.ImagePositionPatient = [-20.5, 10.25 + 0.5 * number, -30 + 2.5 * number]
    archive("tilted", tilted)
    turned = slices("turned")
    turned[4].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
    archive("turned", turned)
    resized = slices("resized")
    form(resized[2], pixels("u16", 2, 14, 16))
    archive("resized", resized)
    finer = slices("finer")
    finer[1].PixelSpacing = [0.7, 0.5]
    archive("finer", finer)
    lost = slices("lost")
    del lost[3].ImagePositionPatient
    archive("no-position", lost)
    coloured = slices("coloured", 1)
    coloured[0].SamplesPerPixel = 3
    archive("coloured", coloured)
    broken = slices("broken")
    raw = io.BytesIO()
    write(broken[4], raw)
    archive("cut-short", broken[:4], [("in/zz.dcm", raw.getvalue()[:-100])])
    archive("cut-in-header", broken[:4], [("in/zz.dcm", raw.getvalue()[:400])])
    # Two patients, three series.
    other = slices("other")
    for ds in other:
        ds.PatientID, ds.PatientName = "SECRET-2", "Somebody^Else"
    localizer = slices("plain", 1)
    localizer[0].SeriesInstanceUID = uid("localizer")
    localizer[0].SOPInstanceUID = localizer[0].file_meta.MediaStorageSOPInstanceUID = uid("loc")
    archive("mixed", [*slices("plain"), *other, *localizer])


def enhanced(expected):
    for name, sop_class, kind in (
        ("enhanced-mr", EnhancedMRImageStorage, "u16"),
        ("enhanced-ct", EnhancedCTImageStorage, "i16"),
    ):
        count = 4
        array = np.stack([pixels(kind, number, 36, 40) for number in range(count)])
        ds = dataset(name, sop_class=sop_class, array=array)
        for keyword in (
            "ImagePositionPatient",
            "ImageOrientationPatient",
            "PixelSpacing",
            "SliceThickness",
        ):
            delattr(ds, keyword)
        ds.Modality = name[-2:].upper()
        ds.NumberOfFrames = count
        shared = Dataset()
        orientation = Dataset()
        orientation.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]
        shared.PlaneOrientationSequence = Sequence([orientation])
        measures = Dataset()
        measures.PixelSpacing = [1.25, 0.9]
        measures.SliceThickness = 4
        shared.PixelMeasuresSequence = Sequence([measures])
        ds.SharedFunctionalGroupsSequence = Sequence([shared])
        groups, values = [], []
        # Frames in an order that is not that of the slices.
        for frame, slice_ in enumerate((2, 0, 3, 1)):
            group, place, value = Dataset(), Dataset(), Dataset()
            place.ImagePositionPatient = [4.0 * slice_ - 6, 1.5, 2.5]
            group.PlanePositionSequence = Sequence([place])
            value.RescaleSlope, value.RescaleIntercept = 1 + slice_, -10
            value.RescaleType = "US"
            group.PixelValueTransformationSequence = Sequence([value])
            groups.append(group)
            values.append((slice_, array[frame].astype(float) * (1 + slice_) - 10))
        ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
        path = HERE / "series" / f"{name}.dcm"
        write(ds, path)
        ds = pydicom.dcmread(path)
        again = ds.pixel_array
        values = [
            (s, again[f].astype(float) * (1 + s) - 10) for f, s in enumerate((2, 0, 3, 1))
        ]
        # Along the normal, (0, 1, 0) x (0, 0, -1) = (-1, 0, 0): the last slice comes first.
        ordered = np.stack([value for _, value in sorted(values, key=lambda pair: -pair[0])])
        expected[name] = {
            "size": [40, 36, count],
            "spacing": [0.9, 1.25, 4.0],
            "origin": [6.0, 1.5, 2.5],
            # Columns: along a row (0, 1, 0), along a column (0, 0, -1), their cross product.
            "direction": [0, 0, -1, 1, 0, 0, 0, -1, 0],
            **numbers(ordered),
        }
        if name == "enhanced-mr":
            # The same, compressed: four frames, four fragments and a table of offsets.
            ds.compress(JPEG2000Lossless, generate_instance_uid=False)
            write(ds, HERE / "series" / "enhanced-mr-jpeg-2000.dcm")
            expected["enhanced-mr-jpeg-2000"] = expected[name]


def main():
    found = {"syntaxes": {}, "series": {}, "enhanced": {}}
    syntaxes(found["syntaxes"])
    series(found["series"])
    enhanced(found["enhanced"])
    (HERE / "series.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
