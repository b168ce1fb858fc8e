"""Voxel-based extraction with PyRadiomics on one thread: IMAGE MASK PARAMS OUT.

Writes the maps as NRRD into OUT and prints their number and the seconds spent after the imports.
"""

import json
import logging
import sys
import time
from pathlib import Path

import radiomics
import SimpleITK as sitk
from radiomics import featureextractor



class Silence:
    """Shows no progress. The one that comes with the CUDA build does not take `total`."""

    def __init__(self, iterable=None, desc=None, total=None):
        self.iterable = iterable or ()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __iter__(self):
        return iter(self.iterable)

    def update(self, n=1):
        pass


image, mask, parameters, out = sys.argv[1:5]
logging.getLogger("radiomics").setLevel(logging.CRITICAL)
radiomics._DummyProgressReporter = Silence
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
start = time.process_time()
extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
count = 0
for name, value in extractor.execute(image, mask, voxelBased=True).items():
    if isinstance(value, sitk.Image):
        sitk.WriteImage(value, str(Path(out) / f"{name}.nrrd"))
        count += 1
print(json.dumps({"maps": count, "cpu_s": time.process_time() - start}))
