"""Extraction on a local Dask cluster."""

import os

import numpy as np
import pytest

distributed = pytest.importorskip("distributed")

import radiome


@pytest.fixture
def cases(tmp_path, case):
    sitk = pytest.importorskip("SimpleITK")
    image, mask = case
    rows = {"ID": [], "Image": [], "Mask": []}
    for number in range(12):
        path = str(tmp_path / f"image{number}.nrrd")
        sitk.WriteImage(radiome.Image(image.array + number, image.spacing).to_sitk(), path)
        rows["ID"].append(f"P{number}")
        rows["Image"].append(path)
        rows["Mask"].append(str(tmp_path / ("nothing.nrrd" if number == 5 else "mask.nrrd")))
    sitk.WriteImage(mask.to_sitk(), str(tmp_path / "mask.nrrd"))
    return rows


def test_a_killed_worker_loses_nothing(cases):
    with pytest.warns(radiome.ExtractionWarning):
        expected = radiome.extract(cases, output="dict")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        killed = []

        def kill(done, all):
            if not killed:
                pids = client.run(os.getpid)
                killed.append(next(iter(pids.values())))
                os.kill(killed[0], 9)

        with pytest.warns(radiome.ExtractionWarning, match="P5"):
            found = radiome.extract(cases, output="dict", client=client, progress=kill)
    assert killed
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    assert [one.id for one in found.failures] == ["P5"]
