"""Every solver and every case is a file that obeys the interface."""

import pytest
import torch

from benchmarks.geodesic_bench import files, references
from benchmarks.geodesic_bench.environments import python
from benchmarks.geodesic_bench.interface import GROUPS, Solver

CASES = [case.name for case in files.cases()]
# a forward pass of the convolutions takes fifty times as long
CHEAP = [name for name in CASES if name != "convolutional"]


@pytest.mark.parametrize("name", files.solvers())
def test_a_solver(name: str) -> None:
    solver = files.solver(name)
    assert solver.name == name
    assert name.startswith(solver.library.replace("-", "_"))
    assert callable(solver.prepare)
    assert solver.call, "it says how its library is called"
    assert solver.role in ("compared", "reference")
    assert solver.at_once in (None, 1)
    assert set(solver.pairs or GROUPS) <= set(GROUPS)
    assert all("==" in line for line in solver.requirements), "what is compared has a version"
    # ours are measured where they are developed
    assert bool(solver.requirements) != (solver.library == "latentgeo")


def test_solvers_of_a_library_differ_and_share_an_environment() -> None:
    found = [files.solver(name) for name in files.solvers()]
    assert len({(solver.library, solver.setting) for solver in found}) == len(found)
    libraries = {solver.library for solver in found}
    assert len({(solver.library, solver.requirements) for solver in found}) == len(libraries)


@pytest.mark.parametrize("name", CASES)
def test_a_case(name: str) -> None:
    case, reference = files.case(name), references.read(name)
    assert case.name == name
    assert case.group in GROUPS
    assert case.about
    assert case.seconds > 0
    problem = case.problem()
    pairs = len(problem.z0)
    assert problem.group == case.group
    assert problem.z0.shape == problem.z1.shape == (pairs, case.latent)
    assert problem.z0.dtype == problem.z1.dtype == torch.float64
    seen = problem.decoder(problem.z0[:2])
    assert seen.dtype == torch.float64
    assert seen.flatten(1).shape == (2, problem.obs)
    assert reference.length.shape == (pairs,)


def test_a_default_dtype_that_a_library_changed_makes_no_other_case() -> None:
    before = [problem.decoder(problem.z0[:1]) for problem in (files.case(name).problem() for name in CHEAP)]
    torch.set_default_dtype(torch.float64)
    try:
        after = [problem.decoder(problem.z0[:1]) for problem in (files.case(name).problem() for name in CHEAP)]
    finally:
        torch.set_default_dtype(torch.float32)
    assert all(torch.equal(*both) for both in zip(before, after, strict=True))


def test_an_unknown_name_lists_what_exists() -> None:
    with pytest.raises(
        ValueError, match=r"no solver 'nobody' in .*solvers; found: geomstats_collocation, .*, stochman_fine"
    ):
        files.solver("nobody")
    with pytest.raises(ValueError, match=r"no case 'nowhere' in .*cases; found: convolutional, cylinder, "):
        files.case("nowhere")


def test_a_file_without_a_solver_says_what_it_must_have(tmp_path) -> None:
    (tmp_path / "empty.py").write_text("")
    with pytest.raises(ValueError, match=r"empty\.py must have SOLVER = Solver\(\.\.\.\); found NoneType"):
        files.solver("empty", tmp_path)


def test_an_environment_is_made_once_of_what_a_solver_requires(tmp_path, monkeypatch) -> None:
    def prepare(problem):
        pytest.fail("an environment is made without its solver")

    made, ran = [], []
    monkeypatch.setenv("TORCH_ARGS", "--index-url elsewhere")

    def create(home, clear, with_pip):
        home.mkdir(parents=True)
        made.append(home)

    monkeypatch.setattr("benchmarks.geodesic_bench.environments.venv.create", create)
    monkeypatch.setattr(
        "benchmarks.geodesic_bench.environments.subprocess.run", lambda command, check: ran.append(command)
    )
    one = Solver(prepare, "a", requirements=("torch==1", "a==2"))
    other = Solver(prepare, "b", requirements=("torch==1", "b==2"))
    assert python(one, tmp_path) == python(one, tmp_path) != python(other, tmp_path)
    assert len(made) == 2
    assert ran[0][-3:] == ["torch==1", "--index-url", "elsewhere"]
    assert (made[0] / "requirements.txt").read_text() == "torch==1\na==2\nsafetensors\n"
