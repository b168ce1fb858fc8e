"""One extraction with flash-radiomics on one CPU thread: IMAGE MASK PARAMS.

It always writes HDF5; the file goes to a folder that is removed.
"""

import json
import logging
import sys
import tempfile
from pathlib import Path

import SimpleITK as sitk
from flash_radiomics import RadiomicsFeatureExtractor

image, mask, parameters = sys.argv[1:4]
logging.disable(logging.CRITICAL)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
with tempfile.TemporaryDirectory() as folder:
    extractor = RadiomicsFeatureExtractor(parameters, backend="cpu", num_threads=1)
    row = extractor.execute(image, mask, output_hdf5_path=str(Path(folder) / "features.h5"))
count = sum(not name.startswith("diagnostics_") for name in row)
print(json.dumps({"features": count}))
