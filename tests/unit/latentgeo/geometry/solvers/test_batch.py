"""Records of many pairs: what is done to a record is done to each tensor in it."""

from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from latentgeo.geometry.solvers.batch import choose, join, put, select


@dataclass(frozen=True)
class Inner:
    numbers: Tensor
    both: tuple[Tensor, Tensor] | None


@dataclass(frozen=True)
class Outer:
    inner: Inner
    flags: Tensor
    name: str


def record(first: int, pairs: int, both: bool = True) -> Outer:
    """Pairs that are numbered, in every tensor."""
    n = torch.arange(first, first + pairs)
    cube = n.double().view(-1, 1, 1).expand(-1, 2, 3)
    return Outer(Inner(n.double(), (cube, n[:, None]) if both else None), n % 2 == 0, "the same for all")


def numbers(found: Outer) -> list[int]:
    """The pairs, which every tensor agrees on."""
    each = [found.inner.numbers.tolist()]
    if found.inner.both is not None:
        cube, column = found.inner.both
        assert cube.shape[1:] == (2, 3)
        each += [cube[:, 1, 2].tolist(), column[:, 0].tolist()]
    assert all(row == each[0] for row in each)
    assert found.flags.tolist() == [number % 2 == 0 for number in each[0]]
    assert found.name == "the same for all"
    return [int(number) for number in each[0]]


@pytest.mark.parametrize("both", [True, False])
def test_pairs_are_selected_replaced_chosen_and_joined(both: bool) -> None:
    whole = record(0, 4, both)
    index = torch.tensor([3, 1])
    assert numbers(select(whole, index)) == [3, 1]
    assert numbers(select(whole, torch.tensor([True, False, False, True]))) == [0, 3]
    assert numbers(put(whole, record(10, 2, both), index)) == [0, 11, 2, 10]
    accept = torch.tensor([True, False, True, False])
    assert numbers(choose(accept, record(20, 4, both), whole)) == [20, 1, 22, 3]
    assert numbers(join([whole, record(7, 2, both)])) == [0, 1, 2, 3, 7, 8]
    assert numbers(whole) == [0, 1, 2, 3]


def test_tuples_and_tensors_are_records_too() -> None:
    n = torch.arange(3)
    a, (b, nothing) = select((n, (n + 1, None)), torch.tensor([2]))
    assert (a.tolist(), b.tolist(), nothing) == ([2], [3], None)


def test_what_all_pairs_accept_is_returned_as_it_is() -> None:
    old, new = record(0, 2), record(5, 2)
    assert choose(torch.tensor([True, True]), new, old) is new
    assert join([old]) is old
    # of records whose other fields differ, those of the first are kept
    assert choose(torch.tensor([True, False]), new, replace(old, name="another")).name == new.name
