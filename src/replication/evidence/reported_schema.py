"""What config/reported.yaml may hold."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from replication.evidence import columns, quantities
from replication.workflow.sections import PositiveNumber, Section, none_such, one_of

__all__ = ["Item", "Reported", "Rule"]


class _Close(Section):
    """|ours - paper| over |paper - from| at most `relative` is reproduced, at most `partly` is partly.

    `from` is 0, or 1 for a ratio whose point is how far it is from 1.
    """

    relative: PositiveNumber
    partly: PositiveNumber
    start: float = Field(0.0, alias="from")


class _Beyond(Section):
    """The whole 95 % interval beyond the threshold is reproduced, the estimate alone is partly."""

    threshold: float


class Rule(Section):
    """How an item is judged, written before any result is known: by one of these."""

    close: _Close | None = None
    above: _Beyond | None = None
    below: _Beyond | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, *self.model_fields_set) is None:
            raise ValueError(
                f"expected one of close, above, below; got {', '.join(sorted(self.model_fields_set)) or 'none'}"
            )
        return self


class _Quantity(Section, extra="allow"):
    """A quantity and its options, which are what else it holds."""

    name: Annotated[str, one_of(*sorted(quantities.QUANTITIES))]

    @model_validator(mode="after")
    def _options_are_known(self) -> Self:
        known, given = columns.options(quantities.load(self.name).rows), self.model_extra or {}
        for key in given:
            if key not in (*known, "against"):
                raise ValueError(none_such("key", key, ["name", "against", *known]))
        for key, needed in known.items():
            if needed and key not in given:
                raise ValueError(f"missing key {key!r}, which {self.name} needs")
        return self


class Item(Section):
    """What is claimed, where, and how it is judged."""

    item: str
    dataset: str
    claim: str
    where: str
    quantity: _Quantity
    paper: float | None
    figure: str
    rule: Rule
    beside: list[_Quantity] = Field(default_factory=list)
    why: str = ""

    @model_validator(mode="after")
    def _can_be_close(self) -> Self:
        if self.rule.close and self.paper is None:
            raise ValueError("rule close needs the paper's number")
        return self


class _Judges(Section):
    """Whose path a geodesic is: the name of a path in pairs.csv."""

    paper: str
    shortest: str


class _Setting(Section):
    """One of the paper's settings, in words, and the dotted keys under which ours stand."""

    setting: str
    paper: str
    ours: list[str]


class Reported(Section):
    """The whole file; `Item` says what is in `items` and `targets`."""

    judges: _Judges
    items: list[dict[str, Any]]
    targets: list[dict[str, Any]]
    settings: list[_Setting] = Field(default_factory=list)
