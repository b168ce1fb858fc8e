"""The examples of the documentation run, and everything public is documented."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import radiome

MODULES = ["radiome"] + [
    module.name
    for module in pkgutil.walk_packages(radiome.__path__, "radiome.")
    if not module.name.endswith("_native")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        pytest.skip(str(error))
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [radiome, radiome.image, radiome.featureextractor, importlib.import_module("radiome.stats")]
    assert all(any(test.examples for test in finder.find(module)) for module in modules)


@pytest.mark.parametrize("name", [name for name in MODULES if "._" not in name])
def test_public_names_are_documented(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        pytest.skip(str(error))
    assert module.__doc__
    for public in getattr(module, "__all__", []):
        value = getattr(module, public)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, f"{name}.{public}"
