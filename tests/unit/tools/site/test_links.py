"""Links of a page are led to where their files are in the site."""

from pathlib import Path

import pytest

from tools.site.links import place, relinked


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for file in ("docs/a.md", "docs/howto/b.md", "config/c.yaml", "pictures/d.png"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    return tmp_path


def test_a_file_of_docs_lies_at_the_top_and_any_other_in_a_folder() -> None:
    assert place("docs/howto/b.md") == "howto/b.md"
    assert place("config/c.yaml") == "repository/config/c.yaml"


def test_a_link_leads_to_the_same_file(root: Path) -> None:
    text = "[a](../a.md#part), [c](../../config/c.yaml), ![d](../../pictures/d.png)"
    found, targets = relinked(text, "docs/howto/b.md", root)
    assert found == "[a](../a.md#part), [c](../repository/config/c.yaml), ![d](../repository/pictures/d.png)"
    assert targets == {"docs/a.md", "config/c.yaml", "pictures/d.png"}


def test_addresses_headings_and_code_stay(root: Path) -> None:
    text = "[x](https://a.b/c) [y](#here) `[z](nowhere)`\n\n```text\n[z](nowhere)\n```\n"
    assert relinked(text, "docs/a.md", root) == (text, set())


@pytest.mark.parametrize("link", ["missing.md", "howto", "../config"])
def test_a_link_to_no_file_is_named(root: Path, link: str) -> None:
    with pytest.raises(ValueError, match=rf"docs/a.md links to {link}, which is no file"):
        relinked(f"[x]({link})", "docs/a.md", root)


def test_a_page_beyond_docs_keeps_the_words_of_what_is_not_here(root: Path) -> None:
    text = "open [the report](results/report.html), [![d](pictures/d.png)](pictures/d.png)"
    found, targets = relinked(text, "index.md", root)
    assert found == "open the report, [![d](pictures/d.png)](pictures/d.png)"
    assert targets == {"pictures/d.png"}
