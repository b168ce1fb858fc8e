"""Features of brain1 for parameter files that combine many settings.

Usage: settings.py FOLDER > settings.csv
FOLDER holds brain1_image.nrrd and, in its folder `reference`, the masks. Made with PyRadiomics
3.1.0, SimpleITK 2.5.7, PyWavelets 1.9.0, scikit-image 0.26.0, scipy 1.16.3, trimesh 5.2.0.
"""

import os
import sys

from radiomics.featureextractor import RadiomicsFeatureExtractor

folder = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
print("parameters,feature,value")
for name, mask in (
    ("settings_slice", "brain1_mask_slice16.nrrd"),
    ("settings_relative", "brain1_labels.nrrd"),
):
    extractor = RadiomicsFeatureExtractor(os.path.join(here, f"{name}.yaml"))
    found = extractor.execute(
        os.path.join(folder, "brain1_image.nrrd"), os.path.join(folder, "reference", mask)
    )
    for feature, value in found.items():
        if not feature.startswith("diagnostics_"):
            print(f"{name},{feature},{float(value):.17g}")
