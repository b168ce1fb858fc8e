"""Writes what PyRadiomics gives for its own test cases: keys in order, types, values.

    pip install "scipy<1.17" pyradiomics-cuda      # PyRadiomics' CPU code, builds on Python 3.12
    RADIOME_SHARED=... python make.py
"""

import json
import os
from pathlib import Path

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

DATA = Path(os.environ["RADIOME_SHARED"]) / "data" / "pyradiomics"
PARAMETERS = {
    "default": None,
    "filters": {
        "imageType": {"Original": {}, "LoG": {"sigma": [2.0, 3.0]}, "Wavelet": {}, "Gradient": {}},
        "setting": {
            "binWidth": 10,
            "resampledPixelSpacing": [2, 2, 2],
            "normalize": True,
            "normalizeScale": 100,
            "resegmentRange": [-200, 300],
        },
        "featureClass": {
            "shape": [],
            "firstorder": ["Mean", "Energy"],
            "glcm": ["Contrast", "Idmn", "Imc1"],
            "ngtdm": None,
        },
    },
}


def plain(value):
    if isinstance(value, (np.generic, np.ndarray)):
        return float(np.real(value))
    if isinstance(value, tuple):
        return [float(number) for number in value]
    return value


def record(found):
    skipped = ("diagnostics_Versions", "diagnostics_Configuration")
    return [
        [key, type(value).__name__, None if key.startswith(skipped) else plain(value)]
        for key, value in found.items()
    ]


cases = {}
for name in ("brain1", "breast1"):
    files = [str(DATA / f"{name}_{kind}.nrrd") for kind in ("image", "label")]
    for key, parameters in PARAMETERS.items():
        arguments = [] if parameters is None else [parameters]
        extractor = featureextractor.RadiomicsFeatureExtractor(*arguments)
        cases[f"{name} {key}"] = record(extractor.execute(*files))

# One slice as an image of two dimensions.
image, mask = (sitk.ReadImage(str(DATA / f"brain1_{kind}.nrrd")) for kind in ("image", "label"))
extractor = featureextractor.RadiomicsFeatureExtractor()
extractor.enableFeatureClassByName("shape2D")
cases["brain1 slice"] = record(extractor.execute(image[:, :, 14], mask[:, :, 14]))

# This version's own dummy of a progress bar does not take the argument that it is given.
class Silent:
    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def update(self, *_):
        pass


radiomics._DummyProgressReporter = Silent

# Maps of a small region, summed up: voxels of the region have values, the rest is 0.
extractor = featureextractor.RadiomicsFeatureExtractor(kernelRadius=1)
extractor.disableAllFeatures()
extractor.enableFeaturesByName(firstorder=["Mean"], glcm=["Contrast"], gldm=["DependenceEntropy"])
found = extractor.execute(image[:, :, 14:16], mask[:, :, 14:16], voxelBased=True)
maps = {}
for key, value in found.items():
    if isinstance(value, sitk.Image):
        values = sitk.GetArrayFromImage(value)
        maps[key] = [list(value.GetSize()), list(value.GetOrigin()), float(values.sum()), float(values.max())]

with open(Path(__file__).with_name("values.json"), "w") as file:
    json.dump({"parameters": PARAMETERS, "cases": cases, "maps": maps}, file, indent=0)
    file.write("\n")
