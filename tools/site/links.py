"""Links of a page, led from where it lies in the repository to where it is in the site.

A file that a page links to and that lies outside docs/ goes along, into the folder `repository`; so do the files that
it links to in turn, if it is a page itself; of what only a run makes, such a page keeps the words.
"""

import os
import re
from pathlib import Path, PurePosixPath

__all__ = ["place", "relinked"]

_LINK = re.compile(r"(\]\()([^)\s#]*)([^)]*\))")
_WORDS = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^)\s#:]+)[^)]*\)")
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_DOCS = "docs/"


def place(file: str) -> str:
    """Where a file of the repository is in the site: those of docs/ at its top."""
    return file.removeprefix(_DOCS) if file.startswith(_DOCS) else f"repository/{file}"


def relinked(text: str, file: str, root: Path) -> tuple[str, set[str]]:
    """A page's text with its links as the site has them, and the files of the repository that they lead to.

    Args:
        text: In Markdown; what is code stays.
        file: The page, from the repository's top.
        root: The repository.

    Raises:
        ValueError: A link leads nowhere, or to a folder, which a site cannot show.
    """
    targets: set[str] = set()

    def led(match: re.Match[str]) -> str:
        before, link, rest = match.groups()
        if not link or ":" in link:
            return match.group()
        target = _target(file, link)
        if not (root / target).is_file():
            raise ValueError(f"{file} links to {link}, which is no file of the repository")
        targets.add(target)
        return before + os.path.relpath(place(target), PurePosixPath(place(file)).parent) + rest

    def here_or_words(match: re.Match[str]) -> str:
        return match.group() if (root / _target(file, match[2])).is_file() else match[1]

    if not file.startswith(_DOCS):
        text = _WORDS.sub(here_or_words, text)
    pieces = _CODE.split(text)
    return "".join(piece if k % 2 else _LINK.sub(led, piece) for k, piece in enumerate(pieces)), targets


def _target(file: str, link: str) -> str:
    """The file that a page links to, from the repository's top."""
    return str(PurePosixPath(os.path.normpath(PurePosixPath(file).parent / link)))
