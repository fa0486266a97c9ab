"""The import closure: what a rule lists is what its stage imports."""

import subprocess
import sys

import grimp
import pytest

from replication import stages
from replication.workflow.dependencies import ROOT, closure
from workflow_fixtures import file_of


def test_training_does_not_depend_on_geometry() -> None:
    files = closure("replication.stages.train")
    assert "src/latentgeo/generative/training.py" in files
    assert "src/replication/checkpoints.py" in files
    assert not [file for file in files if "geometry" in file or "figures" in file]


def test_a_missing_module_is_named() -> None:
    with pytest.raises(ValueError, match=r"no module 'replication\.nothing'"):
        closure("replication.nothing")


@pytest.mark.parametrize("stage", stages.names())
def test_the_closure_covers_what_python_imports(stage: str) -> None:
    """All that a fresh interpreter loads for the stage is listed, but for what an `__init__` re-exports."""
    script = (
        f"import replication.stages.{stage}, sys\n"
        "for name, module in sorted(sys.modules.items()):\n"
        "    if name.split('.')[0] in ('latentgeo', 'replication'): print(module.__file__)"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    listed = {str(ROOT.parent / file) for file in closure(f"replication.stages.{stage}")}
    inits = {file for file in loaded if file.endswith("__init__.py")}
    unlisted = set(loaded) - listed - inits
    if (
        str(ROOT / "latentgeo" / "__init__.py") not in listed
    ):  # then what only the library's face brings in does not count
        unlisted = {file for file in unlisted if "/latentgeo/" not in file}
    assert unlisted == set()


@pytest.mark.parametrize("stage", stages.names())
def test_the_closure_is_the_import_graphs(stage: str) -> None:
    """Another program, grimp, walks the graph and finds the same modules, none missing and none besides."""
    module = f"replication.stages.{stage}"
    graph = grimp.build_graph("latentgeo", "replication")
    assert set(closure(module)) == {file_of(name) for name in {module, *graph.find_upstream_modules(module)}}
