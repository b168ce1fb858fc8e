"""How far PyRadiomics' features are from those of the IBSI with the same code, on small images.

Each image is made to show one departure (crates/features/src/ibsi/departures.rs); PyRadiomics runs
in this script, radiome by the IBSI's definitions as a program. A feature that an image does not
name agrees within 1e-9.

    bench/departures.py
"""

import argparse
import csv
import logging
import subprocess
import tempfile
from pathlib import Path

import peers

peers.reenter("pyradiomics", "radiomics")

import numpy as np  # noqa: E402
import SimpleITK as sitk  # noqa: E402
from radiomics import featureextractor  # noqa: E402

RELATIVE = 1e-9


def noise(*size):
    """Whole numbers from 1 to 6."""
    return np.random.default_rng(1).integers(1, 7, size).astype(float)


def cases():
    """Name, image, mask, PyRadiomics' settings, radiome's settings, endings of texture tags."""
    ball = np.add.outer(np.add.outer(*2 * [np.arange(-4, 5) ** 2]), np.arange(-4, 5) ** 2) < 18
    plain, whole = {"binWidth": 1}, ["binWidth:1"]
    volume = ["", "_3D_avg", "_3D"]
    yield "ball", noise(9, 9, 9), ball, plain, whole, volume
    merged = {**plain, "weightingNorm": "no_weighting"}
    yield "ball, `weightingNorm: no_weighting`", noise(9, 9, 9), ball, merged, whole, [
        "", "_3D_comb", "_3D"]
    slices = {**plain, "force2D": True}
    yield "ball, `force2D: true`", noise(9, 9, 9), ball, slices, whole, ["", "_2_5D_avg", "_2_5D"]
    yield "ball, minimum 1, bins of 2", noise(9, 9, 9), ball, {"binWidth": 2}, ["binWidth:2"], volume
    shifted = {**plain, "voxelArrayShift": 100}
    yield "ball, `voxelArrayShift: 100`", noise(9, 9, 9), ball, shifted, whole, volume
    yield "ball of one level", np.full((9, 9, 9), 5.0), ball, plain, whole, volume
    alone = ball.copy()
    alone[0, 0, 0] = True
    yield "ball and a voxel alone", noise(9, 9, 9), alone, plain, whole, volume
    flat = np.zeros((9, 9, 9), bool)
    flat[4, 2:6, 2:6] = True
    yield "square in one slice", noise(9, 9, 9), flat, plain, whole, volume
    edge = ball.copy()
    edge[4, 8, 4] = edge[5, 8, 4] = False
    edge[0, 0, :] = False
    edge[2, 1, 0] = edge[3, 0, 0] = True
    yield "voxels that touch by an edge", noise(9, 9, 9), edge, plain, whole, volume


def codes(radiome, *parameters):
    """Names of features by their code."""
    listed = subprocess.run(
        [radiome, "features", *parameters], check=True, capture_output=True, text=True
    )
    found = {}
    for line in listed.stdout.splitlines():
        name, code, _ = line.split(maxsplit=2)
        found.setdefault(code, []).append(name)
    return found


def ours(radiome, image, mask, settings):
    """Tags and values by the IBSI's definitions."""
    command = [radiome, "extract", image, mask, "--params", "ibsi:digital"]
    for setting in settings:
        command += ["-s", setting]
    done = subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    )
    names, values = list(csv.reader(done.stdout.splitlines()))[:2]
    return dict(zip(names, values))


def theirs(image, mask, settings):
    """PyRadiomics' features, the deprecated ones of shape too."""
    extractor = featureextractor.RadiomicsFeatureExtractor(**settings)
    extractor.enableFeaturesByName(shape=[])
    extractor.enableFeaturesByName(
        shape=[*SHAPE, "Compactness1", "Compactness2", "SphericalDisproportion"]
    )
    return extractor.execute(str(image), str(mask))


SHAPE = (
    "Elongation Flatness LeastAxisLength MajorAxisLength Maximum3DDiameter MeshVolume "
    "MinorAxisLength Sphericity SurfaceArea SurfaceVolumeRatio VoxelVolume"
).split()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--radiome", type=Path)
    radiome = peers.radiome(parser.parse_args().radiome)
    logging.disable(logging.CRITICAL)
    standard = codes(radiome, "--params", "ibsi:digital")
    counterparts = codes(radiome)
    counterparts |= {
        code: [f"original_shape_{name}"]
        for code, name in (
            ("SKGS", "Compactness1"),
            ("BQWJ", "Compactness2"),
            ("KRCK", "SphericalDisproportion"),
        )
    }
    for name, values, inside, settings, own, endings in cases():
        with tempfile.TemporaryDirectory() as folder:
            image, mask = Path(folder) / "image.nrrd", Path(folder) / "mask.nrrd"
            # Room around the region, so that no border takes part.
            sitk.WriteImage(sitk.GetImageFromArray(np.pad(values, 2)), str(image))
            sitk.WriteImage(sitk.GetImageFromArray(np.pad(inside, 2).astype("uint8")), str(mask))
            peer, found = theirs(image, mask, settings), ours(radiome, image, mask, own)
        compared, lines = 0, []
        for code, names in counterparts.items():
            texture = names[0].split("_")[1] not in ("firstorder", "shape")
            tags = standard.get(code, [])
            suffixes = endings[1:] if texture else [""]
            chosen = [
                tag
                for suffix in suffixes
                for tag in tags
                if (tag.endswith(suffix) if suffix else not tag[-1] == "D")
            ]
            if code == "-" or not chosen:
                continue
            if names[0] not in peer:
                lines.append(f"{names[0]} ({code}): PyRadiomics has none")
                continue
            compared += 1
            there, here = float(peer[names[0]]), float(found[chosen[0]] or "nan")
            if there == here or abs(there - here) <= RELATIVE * abs(here):
                continue
            lines.append(f"{names[0]} ({code}): {there:.10g}, {chosen[0]} {here:.10g}")
        print(f"\n## {name}: {compared} compared, {len(lines)} differ\n")
        for line in lines:
            print(f"- {line}")


if __name__ == "__main__":
    main()
