"""Features of many cases."""

import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import radiome
from radiome import RadiomicsFeatureExtractor


@pytest.fixture
def cases(tmp_path, case):
    """Three cases in files, the second without its mask."""
    sitk = pytest.importorskip("SimpleITK")
    image, mask = case
    rows = {"ID": [], "Image": [], "Mask": [], "Centre": []}
    for number in range(3):
        path = tmp_path / f"image{number}.nrrd"
        moved = radiome.Image(image.array + number, image.spacing)
        sitk.WriteImage(moved.to_sitk(), str(path))
        rows["ID"].append(f"P{number}")
        rows["Image"].append(str(path))
        rows["Mask"].append(str(tmp_path / ("nothing.nrrd" if number == 1 else "mask.nrrd")))
        rows["Centre"].append("A")
    sitk.WriteImage(mask.to_sitk(), str(tmp_path / "mask.nrrd"))
    return rows


def extracted(*args, **kwargs):
    with pytest.warns(radiome.ExtractionWarning, match="1 case gave no features; the first: P1"):
        return radiome.extract(*args, **kwargs)


def test_one_bad_case_does_not_lose_the_others(cases):
    told = []
    table = extracted(
        cases, {"setting": {"binWidth": 5}}, output="dict", progress=lambda *args: told.append(args)
    )
    assert table["ID"] == ["P0", "P2"] and table["Centre"] == ["A", "A"]
    (failure,) = table.failures
    assert (failure.id, failure.stage, failure.reason) == ("P1", "read", "missing_mask")
    assert told[-1] == (3, 3)
    for row, number in enumerate((0, 2)):
        one = RadiomicsFeatureExtractor(binWidth=5).execute(cases["Image"][number], cases["Mask"][number])
        for name, value in one.items():
            if name.startswith("original"):
                assert table[name][row] == value, name
        assert table["diagnostics_Image-original_Hash"][row] == one["diagnostics_Image-original_Hash"]


def test_the_forms_of_cases_parameters_and_tables(cases, tmp_path):
    expected = extracted(cases, output="dict", jobs=1)
    again = extracted(cases, RadiomicsFeatureExtractor(), output="dict", jobs=2)
    rows = [dict(zip(cases, row)) for row in zip(*cases.values())]
    of_rows = extracted(rows, output="dict")
    good = [(cases["Image"][n], cases["Mask"][n]) for n in (0, 2)]
    of_pairs = radiome.extract(good, output="dict")
    path = tmp_path / "cases.csv"
    path.write_text("\n".join([",".join(cases), *(",".join(row) for row in zip(*cases.values()))]))
    of_file = extracted(path, output="dict")
    for name in expected:
        for other in (again, of_rows, of_pairs, of_file):
            if name in other:
                np.testing.assert_array_equal(expected[name], other[name], err_msg=name)
    assert len(of_pairs["original_firstorder_Mean"]) == 2
    assert not of_pairs.failures


def test_data_frames(cases):
    pandas = pytest.importorskip("pandas")
    table = extracted(pandas.DataFrame(cases))
    assert isinstance(table, pandas.DataFrame) and list(table["ID"]) == ["P0", "P2"]
    assert table.attrs["failures"][0]["reason"] == "missing_mask"
    assert table["original_firstorder_Mean"].dtype == float
    polars = pytest.importorskip("polars")
    table = extracted(polars.DataFrame(cases), output="polars")
    assert isinstance(table, polars.DataFrame) and table.failures[0].id == "P1"


def test_features_of_the_ibsi(cases):
    table = radiome.extract([(cases["Image"][0], cases["Mask"][0])], "ibsi:mr", output="dict")
    assert any(name.startswith("morph") for name in table)


def test_wrong_requests(cases):
    with pytest.raises(radiome.SettingsError, match="binWidth"):
        radiome.extract(cases, {"setting": {"binwidth": 3}})
    with pytest.raises(radiome.InputError, match="Mask"):
        radiome.extract({"Image": cases["Image"]})
    with pytest.raises(FileNotFoundError, match="nowhere.csv"):
        radiome.extract("nowhere.csv")


def test_an_exception_of_the_listener_stops_the_work(cases):
    def stop(done, all):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        radiome.extract(cases, progress=stop, jobs=1)


def test_ctrl_c_stops_between_cases(cases, tmp_path):
    script = tmp_path / "long.py"
    script.write_text(
        "import radiome\n"
        "import os\n"
        f"image, mask = {cases['Image'][0]!r}, {cases['Mask'][0]!r}\n"
        # Cases of the same files would be one piece of work.
        "many = [(image, f'{mask[:-5]}{n}.nrrd') for n in range(5000)]\n"
        "for _, other in many:\n"
        "    os.link(mask, other)\n"
        "params = {'imageType': {'Original': {}, 'Wavelet': {}, 'LBP3D': {}}}\n"
        "print('begun', flush=True)\n"
        "try:\n"
        "    radiome.extract(many, params, jobs=1)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    late = threading.Timer(60, process.kill)
    late.start()
    assert process.stdout.readline() == "begun\n"
    # Once the work has begun: the table of so many cases takes a moment.
    threading.Event().wait(2)
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "stopped\n"
    late.cancel()
