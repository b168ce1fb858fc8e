"""Makes label_channel.csv: PyRadiomics' row of features for each label map of one mask file, chosen
by `label_channel`, and the hash of the label map that it took.

The image and the two label maps are formulas, repeated in ../label_channel.rs.

Run: python label_channel.py   (PyRadiomics 3.1, SimpleITK 2.5.7)
"""

import csv
import pathlib
import tempfile

import numpy as np
import SimpleITK as sitk
from radiomics.featureextractor import RadiomicsFeatureExtractor

HERE = pathlib.Path(__file__).parent


def main():
    z, y, x = np.mgrid[0:8, 0:10, 0:12]
    values = (100 + 7 * x + 3 * y + 11 * z + 40 * ((x * y + z) % 5)).astype(np.int16)
    box = ((x >= 2) & (x < 9) & (y >= 1) & (y < 7) & (z >= 2) & (z < 7)).astype(np.uint8)
    ball = ((x - 6) ** 2 + (y - 5) ** 2 + 2 * (z - 4) ** 2 <= 16).astype(np.uint8)
    overlapping = np.stack([box, ball], axis=-1)

    folder = pathlib.Path(tempfile.mkdtemp())
    rows = {}
    for ending in (".nrrd", ".nii"):
        for name, array, vector in (
            ("image", values, False),
            ("mask", overlapping, True),
        ):
            image = sitk.GetImageFromArray(array, isVector=vector)
            image.SetSpacing((1.0, 1.5, 2.0))
            sitk.WriteImage(image, str(folder / (name + ending)))
        for channel in (0, 1):
            extractor = RadiomicsFeatureExtractor(label_channel=channel)
            row = extractor.execute(
                str(folder / f"image{ending}"), str(folder / f"mask{ending}")
            )
            assert rows.setdefault(channel, row) == row, ending
    with open(HERE / "label_channel.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["name", "channel_0", "channel_1"])
        for name in rows[0]:
            if name.startswith("original") or name.endswith("Mask-original_Hash"):
                # Arrays of no dimension print as numbers.
                out.writerow([name, *(str(rows[channel][name]) for channel in (0, 1))])


if __name__ == "__main__":
    main()
