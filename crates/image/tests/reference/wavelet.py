"""Makes wavelet.csv and wavelet_filters.csv: what PyRadiomics and PyWavelets give for images made by
a formula (see `image`), so that no image has to be stored.

A sub-band is held as the FNV-1a checksum of all its values' bits (64-bit floats, first voxel first,
lowest byte first, no negative zeros), and five of the values to see how far off a wrong one is.

Run: python wavelet.py   (PyRadiomics 3.1, PyWavelets 1.9, numpy 2)
"""
import csv

import numpy as np
import pywt
import SimpleITK as sitk
from radiomics import imageoperations


def checksum(values):
    state = 0xCBF29CE484222325
    for byte in (np.asarray(values, dtype="<f8").ravel() + 0.0).tobytes():
        state = (state ^ byte) * 0x100000001B3 % 2**64
    return f"{state:016x}"


def image(kind, size):
    z, y, x = np.indices(size[::-1])
    whole = (7 * x * x + 13 * y * y + 29 * z * z + 31 * x * y + 17 * y * z + 3 * x * z) % 211 - 50
    # Constant areas: where the sums must cancel as they do in PyWavelets.
    if kind == "int16":
        return np.clip(whole, -20, 60).astype(np.int16)
    if kind == "float64":
        return np.clip(whole / 7.0, -5.0, 11.1)
    if kind == "float32":
        return np.clip(whole / 7.0, -5.0, 11.1).astype(np.float32)
    return np.full(size[::-1], 0.1)


# kind of image, size, wavelet, level, start_level, force2Ddimension or None
CASES = [
    ("int16", (14, 10, 8), "coif1", 1, 0, None),
    ("float64", (13, 9, 7), "coif1", 1, 0, None),
    ("float32", (13, 9, 8), "coif1", 1, 0, None),
    ("float32", (11, 10, 7), "sym4", 1, 0, None),
    ("float32", (11, 10, 7), "bior3.5", 2, 0, None),
    ("constant", (9, 8, 7), "coif1", 1, 0, None),
    ("constant", (9, 8, 7), "db3", 2, 0, None),
    ("float64", (21, 18, 9), "db2", 2, 0, None),
    ("float64", (21, 18, 9), "haar", 3, 1, None),
    ("int16", (12, 7, 11), "sym3", 1, 0, 0),
    ("int16", (12, 7, 11), "sym3", 1, 0, 1),
    ("float64", (12, 7, 11), "rbio2.4", 2, 1, 2),
    ("float64", (31, 17, 2), "bior6.8", 1, 0, None),
    ("float64", (20, 3, 1), "db38", 1, 0, None),
    ("float64", (33, 5, 6), "dmey", 1, 0, None),
    ("float64", (40, 24, 20), "coif2", 2, 0, None),
    ("int16", (6, 5, 4), "db1", 0, 0, None),
]

with open("wavelet.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["case", "kind", "size", "wavelet", "level", "start_level", "axes", "name", "checksum", "values"])
    for case, (kind, size, wavelet, level, start_level, dimension) in enumerate(CASES):
        array = image(kind, size)
        source = sitk.GetImageFromArray(array)
        settings = {"wavelet": wavelet, "level": level, "start_level": start_level}
        axes = [1, 1, 1]
        if dimension is not None:
            settings.update(force2D=True, force2Ddimension=dimension)
            axes[2 - dimension] = 0
        for derived, name, _ in imageoperations.getWaveletImage(source, None, **settings):
            values = sitk.GetArrayFromImage(derived)
            assert level == 0 or values.dtype == (np.float32 if kind == "float32" else np.float64)
            flat = values.astype(np.float64).ravel() + 0.0
            some = [flat[i * (flat.size - 1) // 4] for i in range(5)]
            table.writerow([
                case, kind, " ".join(map(str, size)), wavelet, level, start_level, " ".join(map(str, axes)), name,
                checksum(values), " ".join(repr(float(value)) for value in some)])

with open("wavelet_filters.csv", "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["name", "length", "low", "high", "low32", "high32"])
    for name in pywt.wavelist(kind="discrete"):
        wavelet = pywt.Wavelet(name)
        # The 32-bit filters can only be seen as the response to one voxel of 1.
        impulse = np.zeros(256, dtype=np.float32)
        impulse[128] = 1
        low, high = pywt.swt(impulse, wavelet, level=1)[0]
        start = 128 - wavelet.dec_len // 2
        seen = slice(start, start + wavelet.dec_len)
        assert not low[:start].any() and not low[start + wavelet.dec_len:].any()
        table.writerow([
            name, wavelet.dec_len, checksum(wavelet.dec_lo), checksum(wavelet.dec_hi),
            checksum(low[seen]), checksum(high[seen])])
