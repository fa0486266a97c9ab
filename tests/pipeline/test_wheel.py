"""The library installs alone: its wheel in an environment that has torch and nothing of the replication.

No network is needed: the environment is a fresh venv into which the packages that torch and the wheel ask for, directly
or not, are linked from the one that runs the tests. pip then installs the wheel without an index, and so refuses if one
is missing; whatever else the library imported would not be there.
"""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GEOMETRY = """
import torch
import latentgeo as lg

decoder = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 9)).double().eval()
print(lg.geodesic(lg.PullbackMetric(decoder), *torch.randn(2, 3, 2)))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("latentgeo-*.whl"))


@pytest.mark.slow
def test_a_wheel_is_the_library_alone(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"latentgeo"}
    assert "latentgeo/py.typed" in names
    assert not [name for name in names if name.endswith("entry_points.txt")]


@pytest.mark.slow
def test_an_editable_install_has_the_replication_and_its_command(tmp_path: Path) -> None:
    code = f"from hatchling.build import build_editable; print(build_editable({str(tmp_path)!r}))"
    name = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    files = ZipFile(tmp_path / name.stdout.strip())
    assert files.read("_latentgeo.pth").decode() == str(ROOT / "src")
    (script,) = (name for name in files.namelist() if name.endswith("scripts/replication"))
    assert b"replication.__main__" in files.read(script)


@pytest.mark.slow
def test_the_readme_runs_where_nothing_else_is_installed(wheel: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = bare / "bin" / "python"
    torch = _needed("torch")
    (latentgeo,) = Distribution.discover(name="latentgeo", path=[str(wheel)])
    library = {name for asked in _core(latentgeo) for name in _needed(asked)}
    (site,) = bare.glob("lib/python*/site-packages")
    for name in torch | library:
        _link(distribution(name), site)
    _pip("--python", str(python), "install", "--no-index", str(wheel))
    assert str(site) in _run(python, f"{GEOMETRY}\nprint(lg.__file__)", tmp_path).splitlines()[-1]
    installed = {
        canonicalize_name(one["name"]) for one in json.loads(_pip("--python", str(python), "list", "--format=json"))
    }
    # numpy, scipy, jaxtyping with wadler-lindig, lazy-loader with packaging, and latentgeo itself
    assert len(installed - torch) <= 8, sorted(installed - torch)
    # what the README installs beside it
    for name in (_needed("matplotlib") | _needed("scikit-learn")) - torch - library:
        _link(distribution(name), site)
    _run(python, "\n".join(re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)), tmp_path)
    assert {"map.png", "along.png"} <= {file.name for file in tmp_path.iterdir()}


def _run(python: Path, code: str, folder: Path) -> str:
    """What code prints in that environment, the sources here not being on its path."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"MPLBACKEND": "agg"}
    run = subprocess.run([python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _needed(name: str) -> set[str]:
    """The package and all that it asks for, directly or not."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = canonicalize_name(waiting.pop())
        if one not in found:
            found.add(one)
            waiting.extend(_core(distribution(one)))
    return found


def _core(package: Distribution) -> list[str]:
    """What a package asks for without an extra."""
    asked = [Requirement(line) for line in package.requires or ()]
    return [one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]


def _link(package: Distribution, site: Path) -> None:
    """The package's folders and modules, linked into another environment's."""
    for top in {file.parts[0] for file in package.files or ()} - {"..", "__pycache__"}:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(package.locate_file(top))))
