"""MIRP's features of the CT phantom in the IBSI's configuration C: IMAGE MASK [once].

Unless `once`, a second extraction is measured inside the process, reading the files included.
Prints JSON; values are named by the IBSI's tags.
"""

import json
import logging
import re
import resource
import sys
import time
import warnings

from mirp import extract_features

image, mask = sys.argv[1:3]
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
JOINED = ["3d_average", "3d_volume_merge"]


def extract():
    return extract_features(
        image=image,
        mask=mask,
        image_modality="ct",
        by_slice=False,
        anti_aliasing=False,
        new_spacing=2.0,
        spline_order=1,
        roi_spline_order=1,
        roi_interpolation_mask_inclusion_threshold=0.5,
        resegmentation_intensity_range=[-1000.0, 400.0],
        base_discretisation_method="fixed_bin_size",
        base_discretisation_bin_width=25.0,
        ivh_discretisation_method="fixed_bin_size",
        ivh_discretisation_bin_width=2.5,
        base_feature_families="all",
        glcm_spatial_method=JOINED,
        glrlm_spatial_method=JOINED,
    )[0]


def tag(name):
    """The IBSI's tag for MIRP's name."""
    name = re.sub(r"_fbs_w[\d.]+$", "", name)
    name = re.sub(r"_d1(_a0\.0)?_3d", "_3d", name)
    name = name.replace("_3d_v_mrg", "_3D_comb").replace("_3d_avg", "_3D_avg")
    name = re.sub(r"_3d$", "_3D", name)
    return re.sub(r"^ivh_(diff_)?([iv]\d+)(_[iv]\d+)?$", r"ivh_\1\2\3", name)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


found = extract()
cpu, wall = cpu_seconds(), time.monotonic()
if "once" not in sys.argv:
    found = extract()
cpu, wall = cpu_seconds() - cpu, time.monotonic() - wall
values = {}
for name in found.columns:
    try:
        values[tag(name)] = float(found[name].iloc[0])
    except (TypeError, ValueError):
        continue
print(json.dumps({"cpu_s": cpu, "wall_s": wall, "values": values}))
