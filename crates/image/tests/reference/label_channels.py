"""Writes label_channels.csv: small files with several label maps, and what SimpleITK reads there.

Each row is a file (its bytes in hexadecimal, its ending), the number of components that SimpleITK
finds (0: the image is scalar), size, spacing, origin and direction, and the labels of every
channel as PyRadiomics' getMask takes them: VectorIndexSelectionCast, then a cast to UInt32, x
fastest; a bar parts the channels.

Missing are NIfTI-2, which SimpleITK does not read, and slopes: ITK 5.4 rescales only as many
numbers of a vector image as it has voxels (and crashes where they are whole numbers).

Run: python label_channels.py   (SimpleITK 2.5.7 with ITK 5.4)
"""

import csv
import gzip
import pathlib
import tempfile

import numpy as np
import SimpleITK as sitk

HERE = pathlib.Path(__file__).parent
SCRATCH = pathlib.Path(tempfile.mkdtemp())
SIZE = (4, 3, 2)
random = np.random.default_rng(7)


def vector(channels, kind, size=SIZE):
    """An image whose voxels hold several labels."""
    shape = (*reversed(size), channels)
    image = sitk.GetImageFromArray(
        random.integers(0, 10, shape).astype(kind), isVector=True
    )
    image.SetSpacing((0.5, 1.5, 3.0)[: len(size)])
    image.SetOrigin((-4.0, 5.0, 6.25)[: len(size)])
    if len(size) == 3:
        image.SetDirection((0, 0, 1, 1, 0, 0, 0, 1, 0))
    return image


def written(image, ending, compressed=False):
    """The bytes that SimpleITK writes."""
    path = SCRATCH / f"written{ending}"
    sitk.WriteImage(image, str(path), compressed)
    return path.read_bytes()


def changed(nifti, **fields):
    """A little-endian NIfTI-1 file with other fields."""
    places = {"dim": (40, "<i2"), "intent": (68, "<i2"), "kind": (70, "<i2")}
    changed = bytearray(nifti)
    for name, values in fields.items():
        place, kind = places[name]
        new = np.array(values, kind).tobytes()
        changed[place : place + len(new)] = new
    return bytes(changed)


def colours(count, code):
    """A NIfTI file of colours, which SimpleITK reads but does not write: its file of one byte a
    voxel, with the code and the bits of a colour, and more voxels."""
    scalar = written(sitk.VectorIndexSelectionCast(vector(1, np.uint8), 0), ".nii")
    voxels = random.integers(0, 10, 24 * count, np.uint8).tobytes()
    return changed(scalar[:352], kind=[code, 8 * count]) + voxels


def nrrd(kinds, sizes, directions, lines="", kind="uchar", voxels=None):
    """An NRRD file written by hand."""
    if voxels is None:
        voxels = random.integers(0, 10, int(np.prod(sizes)), np.uint8).tobytes()
    header = (
        f"NRRD0005\ntype: {kind}\ndimension: {len(sizes)}\n{directions}"
        f"sizes: {' '.join(map(str, sizes))}\nkinds: {kinds}\n{lines}"
    )
    if "encoding" not in lines:
        header += "encoding: raw\n"
    return header.encode() + b"\n" + voxels


def space(*vectors, name="left-posterior-superior"):
    return (
        f"space: {name}\nspace directions: {' '.join(vectors)}\n"
        "space origin: (1,2,3)\n"
    )


X, Y, Z = "(0.5,0,0)", "(0,1.5,0)", "(0,0,3)"
NUMBERS = random.integers(0, 10, 3 * 24)
LIST = "list domain domain domain"
CASES = {
    "nifti": (".nii", written(vector(2, np.uint8), ".nii")),
    "nifti_gzip": (".nii.gz", written(vector(3, np.uint16), ".nii.gz", True)),
    "nifti_float": (".nii", written(vector(2, np.float32), ".nii")),
    "nifti_64_bit": (".nii", written(vector(2, np.uint64), ".nii")),
    "nifti_flat": (".nii", written(vector(2, np.uint8, SIZE[:2]), ".nii")),
    "nifti_one": (
        ".nii",
        changed(written(vector(1, np.uint8), ".nii"), dim=[5], intent=[1007]),
    ),
    "nifti_one_of_three_dimensions": (
        ".nii",
        changed(written(vector(1, np.uint8), ".nii"), dim=[3], intent=[1007]),
    ),
    "nifti_scalar": (
        ".nii",
        changed(written(vector(1, np.uint8), ".nii"), intent=[0]),
    ),
    "nrrd": (".nrrd", written(vector(2, np.uint8), ".nrrd")),
    "nrrd_gzip": (".nrrd", written(vector(3, np.int32), ".nrrd", True)),
    "nrrd_flat": (".nrrd", written(vector(2, np.uint8, SIZE[:2]), ".nrrd")),
    "nrrd_list": (".seg.nrrd", nrrd(LIST, (2, *SIZE), space("none", X, Y, Z))),
    "nrrd_ras": (
        ".nrrd",
        nrrd(LIST, (2, *SIZE), space("none", X, Y, Z, name="right-anterior-superior")),
    ),
    "nrrd_last": (
        ".nrrd",
        nrrd(
            "domain domain domain vector", (*SIZE, 3), space(X, Y, Z, "none")
        ),
    ),
    "nrrd_middle": (
        ".nrrd",
        nrrd(
            "domain list space domain", (4, 2, 3, 2), space(X, "none", Y, Z)
        ),
    ),
    "nrrd_third": (
        ".nrrd",
        nrrd(
            "domain domain vector domain", (4, 3, 2, 2), space(X, Y, "none", Z)
        ),
    ),
    "nrrd_colour": (
        ".nrrd",
        nrrd("RGB-color domain domain domain", (3, *SIZE), space("none", X, Y, Z)),
    ),
    "nrrd_2_vector": (
        ".nrrd",
        nrrd("2-vector domain domain domain", (2, *SIZE), space("none", X, Y, Z)),
    ),
    "nrrd_matrix": (
        ".nrrd",
        nrrd("2D-matrix domain domain domain", (4, *SIZE), space("none", X, Y, Z)),
    ),
    "nrrd_text": (
        ".nrrd",
        nrrd(
            LIST,
            (3, *SIZE),
            space("none", X, Y, Z),
            "encoding: text\n",
            voxels=" ".join(map(str, NUMBERS)).encode(),
        ),
    ),
    "nrrd_gzip_short": (
        ".nrrd",
        nrrd(
            LIST,
            (3, *SIZE),
            space("none", X, Y, Z),
            "endian: big\nencoding: gzip\n",
            kind="short",
            voxels=gzip.compress(NUMBERS.astype(">i2").tobytes(), mtime=0),
        ),
    ),
    "nrrd_spacings": (
        ".nrrd",
        nrrd(LIST, (2, *SIZE), "spacings: nan 1 2 3\n", "axis mins: nan 4 5 6\n"),
    ),
    "nrrd_one": (".nrrd", nrrd(LIST, (1, *SIZE), space("none", X, Y, Z))),
    "nrrd_stub": (
        ".nrrd",
        nrrd("stub domain domain domain", (1, *SIZE), space("none", X, Y, Z)),
    ),
    "nrrd_scalar": (
        ".nrrd",
        nrrd("domain domain domain", SIZE, space(X, Y, Z)),
    ),
    # Last, for the random numbers of those above.
    "nifti_rgb": (".nii", colours(3, 128)),
    "nifti_rgba": (".nii", colours(4, 2304)),
}


def channel(image, index):
    """What PyRadiomics takes of a mask."""
    if index is not None:
        image = sitk.VectorIndexSelectionCast(image, index)
    return sitk.GetArrayFromImage(sitk.Cast(image, sitk.sitkUInt32)).ravel()


def main():
    with open(HERE / "label_channels.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(
            "case ending components size spacing origin direction labels bytes".split()
        )
        for name, (ending, content) in CASES.items():
            path = SCRATCH / f"{name}{ending}"
            path.write_bytes(content)
            image = sitk.ReadImage(str(path))
            is_vector = "vector" in image.GetPixelIDTypeAsString()
            components = image.GetNumberOfComponentsPerPixel()
            wanted = range(components) if is_vector else [None]
            labels = [channel(image, index) for index in wanted]
            text = "|".join(" ".join(map(str, found)) for found in labels)
            geometry = [
                " ".join(map(repr, values))
                for values in (
                    image.GetSize(),
                    image.GetSpacing(),
                    image.GetOrigin(),
                    image.GetDirection(),
                )
            ]
            out.writerow(
                [name, ending, components if is_vector else 0, *geometry, text, content.hex()]
            )


if __name__ == "__main__":
    main()
