"""Solutions, metrics and caches in a file: arrays in an npz, all else as JSON in it; nothing of it is a program.

A decoder is not saved. What is built on its metric is, and takes that metric again when it is read.
"""

import io
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import latentgeo
from latentgeo.geometry.calculus.integration import Arrival
from latentgeo.geometry.curves.curve import InDtype, Line, Patched, Polyline
from latentgeo.geometry.curves.hermite import Hermite
from latentgeo.geometry.curves.spline import Spline
from latentgeo.geometry.distances.field import DistanceField
from latentgeo.geometry.geodesics.ensemble import EnsembleSolution
from latentgeo.geometry.metrics.grid import GridMetric
from latentgeo.geometry.metrics.kernel_factor import KernelFactor
from latentgeo.geometry.metrics.metric import Metric
from latentgeo.geometry.metrics.pullback import PullbackMetric
from latentgeo.geometry.metrics.rbf_precision import RBFPrecision
from latentgeo.geometry.metrics.scaled import ScaledMetric
from latentgeo.geometry.metrics.smoothing import SmoothedMetric
from latentgeo.geometry.metrics.units import CurveInUnits, Units
from latentgeo.geometry.metrics.wall import Walled
from latentgeo.geometry.solution import GeodesicSolution, Outcome, Velocity
from latentgeo.geometry.solvers.network_curve import NetworkCurve
from latentgeo.geometry.solvers.pacing import Retimed

__all__ = ["load", "save"]

_FORMAT = 1
# kept by their attributes
_STATES = {
    kind.__name__: kind
    for kind in (
        CurveInUnits, DistanceField, EnsembleSolution, GeodesicSolution, GridMetric, Hermite, InDtype, KernelFactor,
        Line, NetworkCurve, Patched, Polyline, RBFPrecision, Retimed, Spline, Units, Velocity, Walled,
    )
}  # fmt: skip
# kept by what they are made of
_MADE = {ScaledMetric: ("metric", "factor"), SmoothedMetric: ("metric", "lambda_s", "rank")}
_ENUMS = {kind.__name__: kind for kind in (Arrival, Outcome)}
_DTYPES = {"float32": torch.float32, "float64": torch.float64}
# points at which a metric that is given again is compared, and of its size, by how much it may differ
_PROBES, _SAME = 8, 1e-4


def save(path: Path | str, thing: Any) -> None:
    """Write a solution, a metric that is built on another, a cache, a factor of the data or a distance field.

    The file is written whole or not at all. Tensors keep their dtype and lose gradient and device.

    Args:
        path: An npz file; one that is there is replaced.
        thing: E.g. what `geodesic` returns, a `GridMetric`, or a `SmoothedMetric` of one.

    Raises:
        ValueError: No folder to write in, a decoder's own metric, or something that holds what cannot be saved: the
            message names it.
    """
    if not Path(path).parent.is_dir():
        raise ValueError(f"path must be in a folder that is there; {Path(path).parent} is none")
    written = _Written()
    top = written.of(thing, type(thing).__name__)
    if top == _GIVEN:
        raise ValueError(f"{type(thing).__name__} is its decoder: save the decoder's weights, and make it anew of them")
    header = {"format": _FORMAT, "latentgeo": latentgeo.__version__, "thing": top, "objects": written.objects}
    if written.given is not None:
        z = _probes(thing, written.given)
        with torch.no_grad():
            header["probe"] = None if z is None else written.of([z, written.given(z)], "probe")
    buffer = io.BytesIO()
    arrays: dict[str, Any] = {f"array{k}": array for k, array in enumerate(written.arrays)}
    np.savez_compressed(buffer, header=np.array(json.dumps(header)), **arrays)
    _write(Path(path), buffer.getvalue())


def load(path: Path | str, metric: Metric | None = None) -> Any:
    """Read what `save` wrote.

    Args:
        path: The file.
        metric: The decoder's metric, for what was built on one; it is compared with what it was, at a few points.

    Raises:
        ValueError: No such file of ours, one of another format, no metric where one is needed, or another one.
        OSError: It cannot be read.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if "header" not in arrays:
            raise ValueError(f"an archive of other arrays: {', '.join(sorted(arrays)) or 'none'}")
        header = json.loads(str(arrays["header"]))
        if header["format"] != _FORMAT:
            raise ValueError(f"of format {header['format']}, written by latentgeo {header['latentgeo']}")
        if "probe" in header and metric is None:
            raise ValueError("built on a decoder's metric; give it: load(path, metric=PullbackMetric(decoder))")
        read = _Read(header["objects"], arrays, metric)
        probe = read.of(header.get("probe"))
        found = read.of(header["thing"])
    except (KeyError, TypeError, IndexError, AttributeError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: expected a file written by latentgeo.save; it is {_first_line(error)}") from error
    if probe is not None and metric is not None:
        _check_same(Path(path), metric, *probe)
    return found


_GIVEN = {"metric": "given"}


class _Written:
    """Things as JSON, of which tensors and objects are kept apart and numbered."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.objects: list[dict[str, Any]] = []
        self.given: Metric | None = None
        self._known: dict[int, int] = {}

    def of(self, value: Any, name: str) -> Any:
        """A value as JSON; the name is where it stands, for a message."""
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, Tensor):
            self.arrays.append(value.detach().cpu().numpy())
            return {"tensor": len(self.arrays) - 1}
        if isinstance(value, list | tuple):
            return {type(value).__name__: [self.of(one, f"{name}[{k}]") for k, one in enumerate(value)]}
        if isinstance(value, Enum) and type(value).__name__ in _ENUMS:
            return {"enum": type(value).__name__, "value": value.value}
        if isinstance(value, torch.dtype) and str(value).removeprefix("torch.") in _DTYPES:
            return {"dtype": str(value).removeprefix("torch.")}
        if type(value) in _MADE or _STATES.get(type(value).__name__) is type(value):
            return self._object(value, name)
        if isinstance(value, Metric):
            if self.given not in (None, value):
                raise ValueError(
                    f"{name} is built on two metrics, {self.given!r} and {value!r}; expected one decoder's"
                )
            self.given = value
            return _GIVEN
        raise ValueError(f"{name} is a {type(value).__name__}, which cannot be saved; expected one of latentgeo's own")

    def _object(self, value: Any, name: str) -> Any:
        if id(value) not in self._known:
            number = self._known[id(value)] = len(self.objects)
            self.objects.append({})
            names = _MADE.get(type(value))
            state = {key: getattr(value, key) for key in names} if names else _state_of(value)
            kept = {key: self.of(one, f"{name}.{key}") for key, one in state.items()}
            self.objects[number] = {"kind": type(value).__name__, "state": kept}
        return {"object": self._known[id(value)]}


class _Read:
    """The way back; objects may hold each other."""

    def __init__(
        self, objects: list[Mapping[str, Any]], arrays: Mapping[str, np.ndarray], metric: Metric | None
    ) -> None:
        self.objects, self.arrays, self.metric = objects, arrays, metric
        self._known: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "enum" in value:
            return _ENUMS[value["enum"]](value["value"])
        ((kind, content),) = value.items()
        match kind:
            case "float":
                return float(content)
            case "tensor":
                return torch.from_numpy(self.arrays[f"array{content}"])
            case "list":
                return [self.of(one) for one in content]
            case "tuple":
                return tuple(self.of(one) for one in content)
            case "dtype":
                return _DTYPES[content]
            case "metric":
                return self.metric
            case "object":
                return self._object(content)
        raise KeyError(kind)

    def _object(self, number: int) -> Any:
        if number not in self._known:
            kept = self.objects[number]
            made = {kind.__name__: kind for kind in _MADE}.get(kept["kind"])
            if made is not None:
                self._known[number] = made(**{key: self.of(one) for key, one in kept["state"].items()})
                return self._known[number]
            found = self._known[number] = object.__new__(_STATES[kept["kind"]])
            for key, one in kept["state"].items():
                # records are frozen
                object.__setattr__(found, key, self.of(one))
            if isinstance(found, GridMetric):
                found.gather_cells()
        return self._known[number]


def _state_of(value: Any) -> dict[str, Any]:
    """The attributes of an object, less those that are made of others."""
    return {key: one for key, one in vars(value).items() if not (isinstance(value, GridMetric) and key == "_cells")}


def _probes(thing: Any, metric: Metric) -> Tensor | None:
    """Points to know the decoder's metric by; None where it is not known where it lives."""
    if isinstance(thing, GeodesicSolution) and len(thing.length):
        return thing.curve(thing.length.new_tensor([0.0, 1.0]).to(thing.curve.dtype)).flatten(0, 1)[:_PROBES].detach()
    if isinstance(thing, GridMetric):
        return torch.tensor(thing.bounds, dtype=torch.float64).T.contiguous()
    latent = metric.latent if isinstance(metric, PullbackMetric) else None
    generator = torch.Generator().manual_seed(0)
    return None if latent is None else torch.randn(_PROBES, latent, generator=generator, dtype=torch.float64)


@torch.no_grad()
def _check_same(path: Path, metric: Metric, z: Tensor, G: Tensor) -> None:
    found = metric(z).to(G)
    if found.shape != G.shape or not float((found - G).norm()) <= _SAME * float(G.norm()):
        apart = "of another shape" if found.shape != G.shape else f"{float((found - G).norm() / G.norm()):.1%} apart"
        raise ValueError(f"{path}: the metric is not the one that this was made of: {apart} at {len(z)} points")


def _write(path: Path, content: bytes) -> None:
    """Beside its place, then renamed onto it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200] or type(error).__name__
