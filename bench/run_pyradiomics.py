"""One extraction with PyRadiomics on one thread: IMAGE MASK PARAMS. Prints what was computed."""

import json
import logging
import sys

import SimpleITK as sitk
from radiomics import featureextractor

image, mask, parameters = sys.argv[1:4]
logging.getLogger("radiomics").setLevel(logging.CRITICAL)
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
row = featureextractor.RadiomicsFeatureExtractor(parameters).execute(image, mask)
count = sum(not name.startswith("diagnostics_") for name in row)
print(json.dumps({"features": count}))
