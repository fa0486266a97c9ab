"""A script in percent format becomes a page; the committed notebook is the tutorial's script."""

import json
from pathlib import Path

from tools.site import tutorial
from tools.site.tutorial import Cell, cells

ROOT = Path(__file__).parents[4]
SCRIPT = """# ---
# jupyter: {}
# ---

# %% [markdown]
# # A title
#
# Words.

# %%
a = 3
print(a)

# %% A line that rises
import matplotlib.pyplot as plt
plt.plot([0, a])
"""


def test_a_script_is_text_and_code() -> None:
    text, first, second = cells(SCRIPT)
    assert text == Cell("[markdown]", "# A title\n\nWords.")
    assert text.is_text
    assert first == Cell("", "a = 3\nprint(a)")
    assert second.title == "A line that rises"


def test_a_page_has_what_its_code_shows(tmp_path: Path) -> None:
    script = tmp_path / "lesson.py"
    script.write_text(SCRIPT)
    page, names = tutorial.page(script, tmp_path, "pictures")
    assert "# A title\n\nWords.\n\n```python\na = 3\nprint(a)\n```\n\n```text\n3\n```" in page
    assert "![A line that rises](pictures/lesson-2-0.png)" in page
    assert (tmp_path / "lesson-2-0.png").read_bytes().startswith(b"\x89PNG")
    assert names["a"] == 3


def test_the_notebook_is_the_script() -> None:
    script = (ROOT / "examples" / "tutorial.py").read_text(encoding="utf-8")
    notebook = json.loads((ROOT / "examples" / "tutorial.ipynb").read_text(encoding="utf-8"))
    found = [(cell["cell_type"] == "markdown", "".join(cell["source"])) for cell in notebook["cells"]]
    assert found == [(cell.is_text, cell.source) for cell in cells(script)], "run `make notebook`"
    assert not [cell for cell in notebook["cells"] if cell.get("outputs")]
