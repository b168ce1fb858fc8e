"""pictologics' own features on the original, 8 wavelet and 3 LoG images: IMAGE MASK.

The first run compiles; the second is measured inside the process, reading the files included, and
printed as JSON. Definitions are IBSI's, so neither the features nor their number are PyRadiomics'.
"""

import itertools
import json
import logging
import resource
import sys
import time
import warnings

import pictologics

image, mask = sys.argv[1:3]
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
pictologics.set_num_threads(1)

filters = [("original", None)]
for bands in itertools.product("LH", repeat=3):
    name = "".join(bands)
    parameters = {"type": "wavelet", "wavelet": "coif1", "level": 1, "decomposition": name}
    filters.append((f"wavelet_{name}", parameters))
for sigma in (1.0, 3.0, 5.0):
    filters.append((f"log_{sigma:g}", {"type": "log", "sigma_mm": sigma}))


def new_pipeline():
    pipeline = pictologics.RadiomicsPipeline(load_standard=False)
    for name, parameters in filters:
        families = ["intensity", "texture"]
        steps = [{"step": "resample", "params": {"new_spacing": (1.0, 1.0, 1.0)}}]
        if parameters is None:
            families.append("morphology")
        else:
            steps.append({"step": "filter", "params": parameters})
        steps += [
            {"step": "discretise", "params": {"method": "FBN", "n_bins": 32}},
            {"step": "extract_features", "params": {"families": families}},
        ]
        pipeline.add_config(name, steps)
    return pipeline


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


new_pipeline().run(image, mask)
cpu, wall = cpu_seconds(), time.monotonic()
rows = new_pipeline().run(image, mask)
cpu, wall = cpu_seconds() - cpu, time.monotonic() - wall
values = [value for row in rows.values() for value in row.to_dict().values()]
missing = sum(value != value for value in values)
print(json.dumps({"features": len(values), "missing": missing, "cpu_s": cpu, "wall_s": wall}))
