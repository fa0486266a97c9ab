"""What the `data:` section of a data set may hold, a model for each loader; one without a model takes what it likes."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from replication.workflow.sections import Count, Positive, PositiveNumber, Section, Share, Strength, Unique, one_of

__all__ = ["DATA_SECTIONS"]

_Vector = Annotated[list[float], Field(min_length=3, max_length=3)]
_Trials = Annotated[list[Positive], Field(min_length=1), Unique]


class _Simulated(Section):
    """Draws that are split by shares."""

    noise: Strength
    ring: Annotated[int, Field(ge=3)]
    valid: Share
    test: Share

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.valid + self.test >= 1:
            raise ValueError(
                f"valid and test: expected shares that leave some to train on; got {self.valid}, {self.test}"
            )
        return self


class _Pendulum(_Simulated):
    images: Annotated[int, Field(ge=10)]
    size: Annotated[int, Field(ge=2)]
    noise_reading: Annotated[str, one_of("std", "variance")]
    blob_radius: Strength
    blob_std: PositiveNumber


class _RobotArm(_Simulated):
    steps: Annotated[int, Field(ge=10)]
    radius: PositiveNumber
    centre: _Vector
    normal: _Vector
    tool: _Vector
    start: Annotated[list[float], Field(min_length=6, max_length=6)]


class _Source(Section):
    """A folder of a mirror, its public address, and SHA-256 of each file, null where it is not known."""

    folder: str
    url: Annotated[str, Field(pattern="^https?://")]
    files: Annotated[dict[str, Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None], Field(min_length=1)]


_Sources = Annotated[list[_Source], Field(min_length=1)]


class _Mnist(Section):
    sources: _Sources
    limit_train: Positive | None = None
    limit_valid: Positive | None = None
    limit_test: Positive | None = None


class _Motion(Section):
    sources: _Sources
    subject: Positive
    trials: Annotated[_Trials, Field(min_length=3)]
    valid_trials: _Trials
    test_trials: _Trials
    channels: Positive
    noise: Strength
    noise_copies: Count

    @model_validator(mode="after")
    def _held_out_once(self) -> Self:
        held_out = [*self.valid_trials, *self.test_trials]
        if unknown := set(held_out) - set(self.trials):
            raise ValueError(f"valid_trials and test_trials: expected some of trials; got {sorted(unknown)}")
        if both := set(self.valid_trials) & set(self.test_trials):
            raise ValueError(f"valid_trials and test_trials: expected different walks; got {sorted(both)} in both")
        return self


DATA_SECTIONS: Mapping[str, type[Section]] = {
    "mnist": _Mnist,
    "motion": _Motion,
    "pendulum": _Pendulum,
    "robot_arm": _RobotArm,
}
"""Loader -> model."""
