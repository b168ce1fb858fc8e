"""pictologics' features of the CT phantom in the IBSI's configuration C: IMAGE MASK [once].

Unless `once`, a second extraction is measured inside the process, reading the files included.
Prints JSON; values are named by the IBSI's codes.
"""

import json
import logging
import re
import resource
import sys
import time
import warnings

import pictologics

image, mask = sys.argv[1:3]
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
pictologics.set_num_threads(1)

RESAMPLE = {
    "new_spacing": (2.0, 2.0, 2.0),
    "interpolation": "linear",
    "mask_interpolation": "linear",
    "mask_threshold": 0.5,
    "round_intensities": True,
}
FEATURES = {
    "families": ["intensity", "morphology", "texture", "histogram", "ivh"],
    "include_spatial_intensity": True,
    "include_local_intensity": True,
    "ivh_discretisation": {"method": "FBS", "bin_width": 2.5, "min_val": -1000},
    "ivh_params": {"bin_width": 2.5, "min_val": -1000, "max_val": 400},
}


def extract():
    pipeline = pictologics.RadiomicsPipeline(load_standard=False)
    steps = [
        {"step": "resample", "params": RESAMPLE},
        {"step": "resegment", "params": {"range_min": -1000, "range_max": 400}},
        {"step": "discretise", "params": {"method": "FBS", "bin_width": 25.0, "min_val": -1000}},
        {"step": "extract_features", "params": FEATURES},
    ]
    pipeline.add_config("C", steps)
    return pipeline.run(image, mask)["C"].to_dict()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


found = extract()
cpu, wall = cpu_seconds(), time.monotonic()
if "once" not in sys.argv:
    found = extract()
cpu, wall = cpu_seconds() - cpu, time.monotonic() - wall
values = {}
for name, value in found.items():
    code = re.search(r"_([0-9A-Z]{4})(_\d+)?$", name)
    if code:
        values[code.group(1) + (code.group(2) or "")] = float(value)
print(json.dumps({"cpu_s": cpu, "wall_s": wall, "values": values}))
