"""Every figure, table and animation has a title in words, short enough for a heading and a list of contents."""

from types import ModuleType

import pytest

from replication import animations, figures, tables
from replication.stages import index

KINDS: tuple[ModuleType, ...] = (figures, tables, animations)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in kind.names()])
def test_a_title_is_words_and_fits_a_heading(kind: ModuleType, name: str) -> None:
    title = kind.load(name).TITLE
    assert len(title.split()) >= 2
    assert len(title) <= 72
    assert title[0].isupper()
    assert not title.endswith(".")
    assert name not in title
    assert "_" not in title


def test_what_the_report_opens_with_exists() -> None:
    assert index.LEAD in figures.names()
    assert index.JUDGED in tables.names()
