"""Studies and their models."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import radiome

STUDY = """
name: Two features and a grade
seed: 3
tables: [{file: table.csv, id: id}]
outcome: {column: grade, positive: 1}
split: {column: centre, train: [A], external: [B]}
features: {file: features.csv, id: id}
clinical: {candidates: [age]}
validation: {repeats: 1, folds: 5, bootstrap: 4}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(11)
    n = 90
    x = rng.normal(size=(n, 6))
    grade = (x[:, 0] + rng.normal(0, 0.8, n) > 0).astype(int)
    rows = [f"P{k},{grade[k]},{'A' if k < 60 else 'B'},{rng.normal(60, 8):.1f}" for k in range(n)]
    (folder / "table.csv").write_text("id,grade,centre,age\n" + "\n".join(rows) + "\n")
    names = ",".join(f"T1_original_firstorder_F{k}" for k in range(6))
    rows = [f"P{k}," + ",".join(repr(float(v)) for v in x[k]) for k in range(n)]
    (folder / "features.csv").write_text(f"id,{names}\n" + "\n".join(rows) + "\n")
    (folder / "study.yaml").write_text(STUDY)
    return folder


def test_a_study_is_that_of_the_program(study, program, tmp_path):
    checked = radiome.Study(study / "study.yaml").check()
    assert (checked.enrolled, checked.patients, checked.failures) == (90, 90, [])
    run = radiome.Study(study / "study.yaml").run(tmp_path / "run", jobs=1)
    out = tmp_path / "program"
    command = [program, "study", "run", str(study / "study.yaml"), "--out", str(out), "--quiet"]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("results.json", "model.json", "predictions.csv", "report.html"):
        assert (Path(run.folder) / name).read_bytes() == (out / name).read_bytes(), name
    assert run.results == json.loads((out / "results.json").read_text())
    assert Path(run.report).is_file()

    predictions = run.model.predict(study / "table.csv", features=study / "features.csv")
    table = predictions.table("dict")
    assert len(table["id"]) == len(predictions.patients) == 90
    first = predictions.patients[0]
    with open(out / "predictions.csv") as file:
        header, row = file.readline().strip().split(","), file.readline().strip().split(",")
    assert first["id"] == row[header.index("id")]
    assert first["probability"] == float(row[header.index("nomogram_probability")])
    in_memory = {"id": ["P0"], "age": [60.0], "centre": ["A"]}
    features = {"id": ["P0"], **{f"T1_original_firstorder_F{k}": [0.1] for k in range(6)}}
    assert 0 < run.model.predict(in_memory, features=features).patients[0]["probability"] < 1


def test_ctrl_c_stops_a_study_that_goes_on_later(study, tmp_path):
    long = study / "long.yaml"
    long.write_text(STUDY.replace("bootstrap: 4", "bootstrap: 300"))
    out = tmp_path / "stopped"
    script = (
        "import radiome\n"
        "try:\n"
        f"    radiome.Study({str(long)!r}).run({str(out)!r}, jobs=1)\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    # Once something is kept there is something to go on from.
    until = time.monotonic() + 60
    while not list(out.glob(".partial/**/*")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "stopped\n"
    assert not (out / "results.json").exists()
    radiome.Study(long).run(out, resume=True)
    radiome.Study(long).run(tmp_path / "unbroken")
    for name in ("results.json", "model.json", "predictions.csv", "report.html"):
        assert (out / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes(), name


def test_errors_of_studies(tmp_path):
    bad = tmp_path / "study.yaml"
    bad.write_text("nme: x\n")
    with pytest.raises(radiome.InputError, match="nme"):
        radiome.Study(bad).check()
    with pytest.raises(FileNotFoundError, match="model.json"):
        radiome.Model.load(tmp_path / "model.json")
