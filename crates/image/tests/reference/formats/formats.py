"""Writes small files of every format and formats.csv: what independent readers find in them.

SimpleITK, pynrrd and nibabel write what they can write; the rest is written by hand and read by
them. Each row of formats.csv is a file, the reader, size, spacing, origin and direction in LPS,
the number of values a voxel (0: scalar), and all values, x fastest, channels one after the other
with a bar between them.

pynrrd does not read or write hexadecimal data, and no reader here reads every kind of NRRD; the
column `reader` says who read what. SimpleITK does not read NIfTI-2.

Run: python formats.py   (SimpleITK 2.5.7 with ITK 5.4, pynrrd 1.1.3, nibabel 5.4.2)
"""

import csv
import pathlib

import nibabel as nib
import nrrd
import numpy as np
import SimpleITK as sitk

HERE = pathlib.Path(__file__).parent
SIZE = (4, 3, 2)
SPACING, ORIGIN = (0.5, 1.5, 3.0), (-4.0, 5.0, 6.25)
ROTATED = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
random = np.random.default_rng(11)
rows = []


def numbers(kind, count=24):
    """Values over the whole range of a type, but for what a double cannot hold."""
    kind = np.dtype(kind)
    if kind.kind == "f":
        return (random.standard_normal(count) * 1e3).astype(kind)
    info = np.iinfo(kind)
    low, high = max(info.min, -(2**53)), min(info.max, 2**53)
    values = random.integers(low, high, count, np.int64, endpoint=True).astype(kind)
    values[:2] = low, high
    return values


def image(kind, channels=0, size=SIZE):
    shape = tuple(reversed(size)) + ((channels,) if channels else ())
    made = sitk.GetImageFromArray(
        numbers(kind, int(np.prod(shape))).reshape(shape), isVector=bool(channels)
    )
    made.SetSpacing(SPACING[: len(size)])
    made.SetOrigin(ORIGIN[: len(size)])
    if len(size) == 3:
        made.SetDirection(ROTATED)
    return made


def text(values):
    return " ".join(repr(v) for v in np.asarray(values).ravel().tolist())


def row(name, reader, size, spacing, origin, direction, channels):
    several = len(channels) > 1
    values = "|".join(text(channel) for channel in channels)
    rows.append(
        [name, reader, text(size), text(spacing), text(origin), text(direction)]
        + [len(channels) if several else 0, values]
    )


def by_simpleitk(name):
    found = sitk.ReadImage(str(HERE / name))
    array = sitk.GetArrayFromImage(found)
    count = found.GetNumberOfComponentsPerPixel()
    channels = [array] if count == 1 else [array[..., c] for c in range(count)]
    geometry = found.GetSize(), found.GetSpacing(), found.GetOrigin(), found.GetDirection()
    row(name, "SimpleITK", *geometry, channels)


def by_pynrrd(name):
    array, header = nrrd.read(str(HERE / name), index_order="F")
    steps = np.asarray(header["space directions"], float)
    spacing = np.sqrt((steps**2).sum(1))
    direction = (steps / spacing[:, None]).T
    row(name, "pynrrd", array.shape, spacing, header["space origin"], direction, [array.ravel("F")])


def by_nibabel(name):
    found = nib.load(HERE / name)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ found.affine
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(0))
    direction = affine[:3, :3] / spacing
    values = np.asarray(found.dataobj)
    channels = (
        [values.ravel("F")]
        if values.ndim == 3
        else [values[:, :, :, 0, c].ravel("F") for c in range(values.shape[4])]
    )
    row(name, "nibabel", found.shape[:3], spacing, affine[:3, 3], direction, channels)


def meta_by_simpleitk():
    kinds = "uint8 int8 uint16 int16 uint32 int32 uint64 int64 float32 float64".split()
    for kind in kinds:
        for compressed in (False, True):
            name = f"{kind}_{'zlib' if compressed else 'raw'}.mha"
            sitk.WriteImage(image(kind), str(HERE / name), compressed)
            by_simpleitk(name)
    for name, made, compressed in [
        ("detached_raw.mhd", image("int16"), False),
        ("detached_zlib.mhd", image("float32"), True),
        ("flat.mha", image("uint16", size=SIZE[:2]), False),
        ("vector.mha", image("uint8", 3), False),
        ("vector_zlib.mha", image("uint16", 2), True),
    ]:
        sitk.WriteImage(made, str(HERE / name), compressed)
        by_simpleitk(name)


META = """ObjectType = Image
NDims = 3
BinaryData = {binary}
BinaryDataByteOrderMSB = {big}
CompressedData = False
{matrix} = 0 1 0 0 0 1 1 0 0
{offset} = -4 5 6.25
{spacing} = 0.5 1.5 3
DimSize = 4 3 2
{more}ElementType = {kind}
ElementDataFile = {data}
"""


def meta(name, voxels, kind="MET_SHORT", data="LOCAL", parts=(), **fields):
    usual = dict(binary="True", big="False", matrix="TransformMatrix", offset="Offset")
    usual |= dict(spacing="ElementSpacing", more="")
    header = META.format(kind=kind, data=data, **(usual | fields)).encode()
    (HERE / name).write_bytes(header + voxels)
    for part, content in parts:
        (HERE / part).write_bytes(content)
    by_simpleitk(name)


def meta_by_hand():
    short = numbers("int16")
    raw, half = short.astype("<i2").tobytes(), 2 * 12
    meta("big_endian.mha", short.astype(">i2").tobytes(), big="True")
    meta("big_double.mha", numbers("float64").astype(">f8").tobytes(), "MET_DOUBLE", big="True")
    meta("text.mha", (" ".join(map(str, short)) + " ").encode(), binary="False")
    meta("long.mha", numbers("int32").tobytes(), "MET_LONG")
    meta("old_names.mha", raw, matrix="Orientation", offset="Position")
    meta("older_names.mha", raw, matrix="Rotation", offset="Origin")
    meta("element_size.mha", raw, spacing="ElementSize")
    two = [("two_1.raw", raw[:half]), ("two_2.raw", raw[half:])]
    meta("list.mhd", b"two_1.raw\ntwo_2.raw\n", data="LIST", parts=two)
    meta("pattern.mhd", b"", data="two_%d.raw 1 2 1")
    ahead = [("ahead.raw", b"twelve bytes" + raw)]
    meta("header_size.mhd", b"", data="ahead.raw", parts=ahead, more="HeaderSize = 12\n")
    meta("at_the_end.mhd", b"", data="ahead.raw", more="HeaderSize = -1\n")


NRRD = {
    "type": "int16",
    "space": "left-posterior-superior",
    "kinds": ["domain"] * 3,
    "space directions": [[0, 0.5, 0], [0, 0, 1.5], [3.0, 0, 0]],
    "space origin": list(ORIGIN),
}
NRRD_TEXT = """NRRD0004
type: short
dimension: 3
space: left-posterior-superior
sizes: 4 3 2
space directions: (0,0.5,0) (0,0,1.5) (3,0,0)
kinds: domain domain domain
endian: little
encoding: {encoding}
space origin: (-4,5,6.25)
{data}"""


def nrrds():
    values = numbers("int16")
    for encoding in ("raw", "gzip", "bzip2", "text"):
        name = f"{encoding}.nrrd"
        array = values.reshape(SIZE, order="F")
        nrrd.write(str(HERE / name), array, NRRD | {"encoding": encoding}, index_order="F")
        by_pynrrd(name)
    big = NRRD | {"encoding": "bzip2", "type": "double", "endian": "big"}
    array = numbers("float64").astype(">f8").reshape(SIZE, order="F")
    nrrd.write(str(HERE / "bzip2_big.nrrd"), array, big, index_order="F")
    by_pynrrd("bzip2_big.nrrd")
    raw = values.astype("<i2").tobytes()
    digits = raw.hex()
    lines = "\n".join(digits[i : i + 30] for i in range(0, len(digits), 30))
    head = NRRD_TEXT.format(encoding="hex", data="\n")
    (HERE / "hexadecimal.nrrd").write_bytes((head + lines + "\n").encode())
    by_simpleitk("hexadecimal.nrrd")
    for name, data in [
        ("list.nhdr", "data file: LIST\nhalf_1.raw\nhalf_2.raw\n"),
        ("pattern.nhdr", "data file: half_%d.raw 1 2 1\n"),
    ]:
        (HERE / "half_1.raw").write_bytes(raw[:24])
        (HERE / "half_2.raw").write_bytes(raw[24:])
        (HERE / name).write_text(NRRD_TEXT.format(encoding="raw", data=data))
        by_simpleitk(name)


def niftis():
    turn = np.array([[0, 0, 3.0, 7], [-0.5, 0, 0, -8], [0, 1.5, 0, 9], [0, 0, 0, 1]])
    for kind in ("int16", "float64", "uint8"):
        array = numbers(kind).reshape(SIZE, order="F")
        made = nib.Nifti2Image(array, turn)
        made.set_qform(turn, 1)
        made.set_sform(turn, 1)
        name = f"nifti_2_{kind}.nii" + (".gz" if kind == "float64" else "")
        nib.save(made, HERE / name)
        by_nibabel(name)
    array = numbers("uint8", 48).reshape((*SIZE, 1, 2), order="F")
    made = nib.Nifti2Image(array, turn)
    made.set_qform(turn, 1)
    nib.save(made, HERE / "nifti_2_vector.nii")
    by_nibabel("nifti_2_vector.nii")


def main():
    meta_by_simpleitk()
    meta_by_hand()
    nrrds()
    niftis()
    with open(HERE / "formats.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow("file reader size spacing origin direction channels values".split())
        out.writerows(rows)


if __name__ == "__main__":
    main()
