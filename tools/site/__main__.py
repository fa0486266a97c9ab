"""Write the site's sources, from which `make docs` builds it: `python -m tools.site`.

The tutorial is run, and its decoder is the gallery's. mkdocs makes pages of what is written here; it has an environment
of its own, without torch.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch

from tools.site import gallery, tutorial
from tools.site.links import place, relinked
from tools.site.running import run

ROOT = Path(__file__).parents[2]
MADE = "<!-- made by the build -->"


def main() -> int:
    """Write everything that mkdocs needs into a folder."""
    parser = argparse.ArgumentParser(prog="tools.site", description="Write the sources of the site.")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs", help="the folder, which is emptied first")
    options = parser.parse_args()
    mpl.use("agg")
    # the tensors are small, and where other work runs beside this more threads wait for each other, tenfold
    torch.set_num_threads(1)
    if options.out.exists():
        shutil.rmtree(options.out)
    pictures = options.out / "pictures"
    pictures.mkdir(parents=True)
    lesson, names = tutorial.page(ROOT / "examples" / "tutorial.py", pictures, "pictures")
    made = {"docs/tutorial.md": lesson, "docs/gallery.md": _gallery(names, pictures)}
    write_pages(options.out, made)
    return 0


def write_pages(out: Path, made: dict[str, str]) -> None:
    """Copy docs/ and what it links to.

    Args:
        out: The folder.
        made: Page to what stands in place of the mark that it has; it is written as it is.
    """
    waiting = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "docs").rglob("*") if file.is_file())
    waiting = [file for file in waiting if not file.endswith((".py", "mkdocs.yml"))]
    known = set(waiting)
    while waiting:
        file = waiting.pop()
        target = out / place(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not file.endswith(".md"):
            shutil.copy(ROOT / file, target)
            continue
        text, linked = relinked((ROOT / file).read_text(encoding="utf-8"), file, ROOT)
        target.write_text(text.replace(MADE, made.get(file, MADE)), encoding="utf-8")
        waiting += sorted(linked - known)
        known |= linked


def _gallery(names: dict[str, Any], pictures: Path) -> str:
    folder = ROOT / "docs" / "gallery"
    run((folder / "_start.py").read_text(encoding="utf-8"), names, "gallery/_start.py")
    return gallery.page(gallery.snippets(folder), names, pictures, "pictures")


if __name__ == "__main__":
    raise SystemExit(main())
