"""The library's face: each of its names leads to the module that it is imported from, and to no other."""

from importlib import import_module

import pytest

import latentgeo as lg
from replication.workflow.face import face_modules


@pytest.mark.parametrize(
    "source",
    [
        "import latentgeo as lg\nlg.wrap(lg.BVP)",
        "import latentgeo\nlatentgeo.wrap(latentgeo.BVP)",
        "from latentgeo import BVP, wrap",
        "def f():\n    import latentgeo as lg\n    return lg.wrap, lg.BVP.solve, other.geodesic",
    ],
)
def test_what_is_used_is_found_and_nothing_else(source: str) -> None:
    assert face_modules(source) == {"latentgeo.geometry.periods", "latentgeo.geometry.solvers.bvp"}


def test_a_module_without_the_face_uses_none_of_it() -> None:
    assert face_modules("import torch as lg\nlg.wrap") == set()


def test_every_name_is_of_the_module_that_python_imports_it_from() -> None:
    for name in lg.__all__:
        (module,) = face_modules(f"import latentgeo as lg\nlg.{name}")
        found = import_module(module)
        assert getattr(lg, name) in (found, getattr(found, name, None))
