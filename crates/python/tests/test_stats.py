"""`radiome.stats` gives the numbers of the program's commands, to the last bit.

The commands themselves are compared with R by the tests of the program.
"""

import csv
import dataclasses
import inspect
import json
import math
import subprocess

import numpy as np
import pytest

from radiome import InputError, stats


def table():
    rng = np.random.default_rng(5)
    n = 80
    f = rng.normal(size=(n, 4))
    eta = 0.8 * f[:, 0] - 0.5 * f[:, 2]
    grade = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    made = {
        "id": [f"P{row:03}" for row in range(n)],
        "age": rng.normal(60, 10, n).round(1),
        "sex": rng.choice(["F", "M"], n).tolist(),
        "scanner": rng.choice(["GE", "Siemens"], n).tolist(),
        "grade": grade,
        "months": rng.exponential(20 * np.exp(-0.5 * eta)).round(2) + 0.1,
        "event": rng.random(n) < 0.7,
        "p1": 1 / (1 + np.exp(-eta + rng.normal(0, 0.3, n))),
        "p2": 1 / (1 + np.exp(-0.5 * f[:, 0])),
    }
    made["age"][3] = np.nan
    made.update({f"f{column + 1}": f[:, column] for column in range(4)})
    return made


TABLE = table()
FOLLOW_UP = {"time": "months", "event": "event"}
#: A function, its arguments, and the command line that asks for the same.
CALLS = {
    "compare": (
        lambda t: stats.compare(t, "grade", ["age", "sex"], all_tests=True),
        "compare table --group grade --vars age,sex --all-tests",
    ),
    "combat": (
        lambda t: stats.combat(t, "scanner", features="f*", covariates=["grade"]),
        "combat table --batch scanner --features f* --covariates grade",
    ),
    "select": (
        lambda t: stats.select(t, "grade", 3, features=["f*", "p2"]),
        "select table --outcome grade -k 3 --features f*,p2",
    ),
    "lasso": (
        lambda t: stats.lasso(t, "grade", features="f*", folds=5, seed=3, penalty_factor={"f2": 2.0}),
        "lasso table --outcome grade --features f* --folds 5 --seed 3 --penalty-factor factors",
    ),
    "lasso of Cox": (
        lambda t: stats.lasso(t, family="cox", features="f*", lambda_=[0.1, 0.01], **FOLLOW_UP),
        "lasso table --family cox --time months --event event --features f* --lambda 0.1,0.01",
    ),
    "logistic": (
        lambda t: stats.logistic(t, "grade", ["age", "f1"], univariate=True),
        "logistic table --outcome grade --vars age,f1 --univariate",
    ),
    "nomogram": (
        lambda t: stats.nomogram(t, "grade", ["age", "sex"]),
        "nomogram table --outcome grade --vars age,sex",
    ),
    "roc": (
        lambda t: stats.roc(t, "grade", ["p1", "p2"], cuts=[0.3, 0.6], partial=(0.8, 1.0)),
        "roc table --outcome grade --scores p1,p2 --cuts 0.3,0.6 --partial 0.8:1.0",
    ),
    "calibration": (
        lambda t: stats.calibration(t, "grade", "p1", groups=4),
        "calibration table --outcome grade --probs p1 --groups 4",
    ),
    "decision": (
        lambda t: stats.decision(t, "grade", ["p1"], thresholds=(0.1, 0.5, 0.1)),
        "decision table --outcome grade --probs p1 --thresholds 0.1:0.5:0.1",
    ),
    "kaplan_meier": (
        lambda t: stats.kaplan_meier(t, **FOLLOW_UP, group="sex", at=[10, 20], rmst=20, follow_up=True),
        "kaplan-meier table --time months --event event --group sex --at 10,20 --rmst 20 --follow-up",
    ),
    "cox": (
        lambda t: stats.cox(t, **FOLLOW_UP, vars=["age", "f1", "sex"], zph="km"),
        "cox table --time months --event event --vars age,f1,sex --zph km",
    ),
    "concordance": (
        lambda t: stats.concordance(t, **FOLLOW_UP, scores=["p1", "p2"]),
        "concordance table --time months --event event --scores p1,p2",
    ),
    "survival_auc": (
        lambda t: stats.survival_auc(t, **FOLLOW_UP, scores="p1", at=[10, 20]),
        "survival-auc table --time months --event event --scores p1 --at 10,20",
    ),
    "cutpoint": (
        lambda t: stats.cutpoint(t, **FOLLOW_UP, score="p1", min_prop=0.2),
        "cutpoint table --time months --event event --score p1 --min-prop 0.2",
    ),
    "by group": (
        lambda t: stats.concordance(t, **FOLLOW_UP, scores="p1", by="sex"),
        "concordance table --time months --event event --scores p1 --by sex",
    ),
    "plan": (lambda t: stats.plan(6, prevalence=0.45, c=0.8), "plan --predictors 6 --prevalence 0.45 --c 0.8"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("tables")
    write(made / "table", TABLE)
    write(made / "factors", {"feature": ["f2"], "factor": [2.0]})
    return made


def write(path, columns):
    def cell(value):
        if isinstance(value, float) and math.isnan(value):
            return ""
        return str(int(value)) if isinstance(value, (bool, np.bool_)) else str(value)

    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        rows = zip(*(np.asarray(cells).tolist() for cells in columns.values()))
        writer.writerows([cell(value) for value in row] for row in rows)


def run(program, folder, line):
    command = [program, *line.split(), "--json", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def number(value):
    return math.nan if value is None else float(value)


def agrees(made, found, path=""):
    """Every field of a dataclass holds what the JSON holds; gives the number of numbers compared."""
    if dataclasses.is_dataclass(made):
        count = 0
        for field in dataclasses.fields(made):
            key = field.metadata.get("key", field.name)
            if field.init and key in found:
                count += agrees(getattr(made, field.name), found[key], f"{path}.{key}")
        return count
    if isinstance(made, dict):
        return sum(agrees(made[key], found[key], f"{path}.{key}") for key in made)
    if isinstance(made, (list, tuple, np.ndarray)):
        assert len(made) == len(found), path
        return sum(agrees(a, b, f"{path}[{n}]") for n, (a, b) in enumerate(zip(made, found)))
    if isinstance(made, float):
        expected = number(found)
        assert made == expected or math.isnan(made) and math.isnan(expected), path
        return 1
    assert made == found, path
    return 0


@pytest.mark.parametrize("name", CALLS)
def test_numbers_are_those_of_the_command(program, folder, name):
    function, line = CALLS[name]
    result = function(TABLE)
    expected = run(program, folder, line)
    if name == "lasso":
        result.json.pop("penalty_factor", None), expected.pop("penalty_factor", None)
    assert result.json == expected
    if isinstance(result, stats.Groups):
        assert set(result) == {"F", "M"}
        assert all(agrees(one, expected["groups"][value]) for value, one in result.items())
    else:
        assert agrees(result, expected) > 0


@pytest.mark.parametrize("kind", ["pandas", "polars", "rows", "file"])
def test_every_form_of_a_table_gives_the_same(folder, kind):
    if kind == "rows":
        columns = {name: np.asarray(cells).tolist() for name, cells in TABLE.items()}
        given = [dict(zip(columns, row)) for row in zip(*columns.values())]
    elif kind == "file":
        given = folder / "table"
    else:
        given = pytest.importorskip(kind).DataFrame(TABLE)
    for name in ("compare", "cox", "nomogram"):
        assert CALLS[name][0](given).json == CALLS[name][0](TABLE).json


def test_agreement_of_readings(program, folder):
    rng = np.random.default_rng(2)
    truth = rng.normal(size=(30, 2))
    readings = []
    for reader in (1, 2):
        noisy = truth + rng.normal(0, 0.3, truth.shape)
        ids = [f"P{row}" for row in range(30)]
        readings.append({"id": ids, "f1": noisy[:, 0], "f2": noisy[:, 1]})
        write(folder / f"R{reader}", readings[-1])
    found = stats.icc(*readings, threshold=0.8)
    expected = run(program, folder, "icc R1 R2 --threshold 0.8")
    assert found.json == expected
    assert agrees(found, expected) > 30
    assert found.features[0].icc2_1.ci[0] < found.features[0].icc2_1.icc


def test_adjusted_p_values(program, folder):
    p = [0.001, 0.04, 0.03, 0.2]
    write(folder / "p", {"p": p})
    expected = run(program, folder, "p-adjust p --p p --method bh")
    assert stats.p_adjust(p, "bh").adjusted.tolist() == expected["adjusted"]
    # A closed form: the smallest of p n / rank over the larger ones.
    assert expected["adjusted"] == pytest.approx([0.004, 0.16 / 3, 0.16 / 3, 0.2], rel=1e-14)


def test_the_audit_finds_what_cannot_be_true(program, folder):
    table = {
        "model": ["clinical", "nomogram"],
        "set": ["train", "train"],
        "auc": ["0.80", "0.85"],
        "lower": ["0.70", "0.90"],
        "upper": ["0.90", "0.95"],
    }
    write(folder / "performance", table)
    found = stats.audit({"performance": table})
    assert found.json == run(program, folder, "audit performance")
    assert [(one.row, one.rule) for one in found.findings] == [("nomogram, train", "interval_order")]
    with pytest.raises(InputError, match="no table could be checked"):
        stats.audit([{"a": [1], "b": [2]}])


def test_harmonised_tables_and_fits(tmp_path):
    fit = tmp_path / "fit.json"
    found = stats.combat(TABLE, "scanner", features="f*", model_out=fit)
    harmonised = found.table("dict")
    assert harmonised["id"] == TABLE["id"]
    assert not np.array_equal(harmonised["f1"], TABLE["f1"])
    again = stats.combat(TABLE, apply=fit).table("dict")
    np.testing.assert_array_equal(again["f1"], harmonised["f1"])


def test_errors_name_the_column_and_the_remedy():
    with pytest.raises(InputError, match='(?s)no column "grad".*grade'):
        stats.roc(TABLE, "grad", "p1")
    with pytest.raises(InputError, match="conf-levl"):
        stats.roc(TABLE, "grade", "p1", conf_levl=0.9)
    with pytest.raises(InputError, match="positive class|one class|classes"):
        stats.roc({"y": [1, 1], "p": [0.1, 0.2]}, "y", "p")
    with pytest.raises(ValueError, match="lengths"):
        stats.roc({"y": [1, 0], "p": [0.1]}, "y", "p")
    with pytest.raises(ValueError, match="rename"):
        stats.roc({"y": [1, 0], "a,b": [0.1, 0.2]}, "y", ["a,b"])


def test_every_command_of_the_contract_has_a_function():
    names = """compare icc combat select lasso logistic nomogram roc calibration decision kaplan_meier
    cox concordance survival_auc cutpoint p_adjust plan audit""".split()
    for name in names:
        assert inspect.isfunction(getattr(stats, name)) and name in stats.__all__
