"""Features of the four labels of PyRadiomics' prostate phantom, each in a run of its own.

Usage: prostate_labels.py FOLDER > prostate_labels.csv
FOLDER holds prostate_phantom_subvolume.nrrd and prostate_phantom_subvolume-label.nrrd. Made with
PyRadiomics 3.1.0, SimpleITK 2.5.7, PyWavelets 1.9.0, scikit-image 0.26.0.
"""

import os
import sys

from radiomics.featureextractor import RadiomicsFeatureExtractor

folder = sys.argv[1]
parameters = os.path.join(os.path.dirname(os.path.abspath(__file__)), "prostate_labels.yaml")
image = os.path.join(folder, "prostate_phantom_subvolume.nrrd")
mask = os.path.join(folder, "prostate_phantom_subvolume-label.nrrd")
print("label,feature,value")
for label in (1, 7, 8, 9):
    found = RadiomicsFeatureExtractor(parameters).execute(image, mask, label=label)
    for name, value in found.items():
        if not name.startswith("diagnostics_"):
            print(f"{label},{name},{float(value):.17g}")
