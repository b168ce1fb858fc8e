"""Writes syntaxes/jpeg-12-bit-*.dcm: extended sequential JPEG of 12 bits (1.2.840.10008.1.2.4.51).

Called by make_series.py; alone it replaces these files and their entries in series.json:
    python make_jpeg_12_bit.py
The JPEG data are written by DCMTK (dcmcjpeg +ee). Expected values are what its decoder (dcmdjpeg, in
whole numbers) makes of them: all in jpeg_12_bit/, their sums in series.json. libjpeg of pylibjpeg,
another implementation, is compared here.
"""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

HERE = Path(__file__).parent
# Neither size is a multiple of 8.
SIZES = {"u": (45, 37), "i": (21, 50)}


def pixels(kind):
    """A slope, a disc and noise over most of the 12 bits."""
    rows, columns = SIZES[kind]
    rng = np.random.Generator(np.random.PCG64(12))
    y, x = np.mgrid[:rows, :columns]
    value = 50 * x + 20 * y + rng.integers(0, 90, (rows, columns))
    value[(x - 20) ** 2 + (y - 9) ** 2 < 40] += 900
    value = np.clip(value, 0, 4095)
    # Black and white beside each other: the transform swings beyond both ends.
    value[:8, :4], value[:8, 4:8] = 0, 4095
    return value.astype(np.uint16)


def dataset(kind):
    array = pixels(kind)
    name = f"jpeg-12-bit-{kind}"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[name])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    ds.Modality = "CT"
    ds.SeriesDescription = name
    ds.StudyInstanceUID = generate_uid(entropy_srcs=[name, "study"])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[name, "series"])
    ds.FrameOfReferenceUID = generate_uid(entropy_srcs=[name, "frame"])
    ds.InstanceNumber = 1
    ds.SliceThickness = "3"
    ds.ImagePositionPatient = [-20.5, 10.25, -30]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.75, 0.5]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = array.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelRepresentation = 0
    if kind == "i":
        ds.RescaleSlope, ds.RescaleIntercept = "1", "-1024"
    ds.add_new("PixelData", "OW", array.tobytes())
    return ds


def write(folder, expected, save, numbers):
    for kind, quality in (("u", 90), ("i", 60)):
        name = f"jpeg-12-bit-lossy-{kind}"
        with tempfile.TemporaryDirectory() as temporary:
            plain, packed, unpacked = (Path(temporary) / f"{n}.dcm" for n in "abc")
            dataset(kind).save_as(plain, enforce_file_format=True)
            # UIDs are kept, so that the files are the same each time.
            subprocess.run(["dcmcjpeg", "+ee", "+q", str(quality), "+un", plain, packed], check=True)
            subprocess.run(["dcmdjpeg", packed, unpacked], check=True)
            ds = pydicom.dcmread(packed)
            assert ds.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.51"
            assert ds.BitsStored == 12
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[name])
            for keyword in ("DerivationDescription", "SourceImageSequence"):
                if keyword in ds:
                    delattr(ds, keyword)
            save(ds, folder / f"{name}.dcm")
            values = pydicom.dcmread(unpacked).pixel_array.astype("<u2")
        (HERE / "jpeg_12_bit" / f"{name}.values").write_bytes(values.tobytes())
        ds = pydicom.dcmread(folder / f"{name}.dcm")
        found = ds.pixel_array.astype(np.float64)
        # The decoders differ by 2 beside the edge from black to white, elsewhere by 1.
        assert np.abs(found - values).max() <= 2
        slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
        expected[name] = numbers(values * slope + intercept)


def numbers(values):
    flat = np.asarray(values, dtype=np.float64).ravel()
    weights = np.arange(1, flat.size + 1)
    return {
        "voxels": int(flat.size),
        "sum": float(flat.sum()),
        "weighted": float((flat * weights).sum()),
        "first": flat[:4].tolist(),
    }


def main():
    path = HERE / "series.json"
    found = json.loads(path.read_text())
    save = lambda ds, target: ds.save_as(target, enforce_file_format=True)
    write(HERE / "syntaxes", found["syntaxes"], save, numbers)
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
