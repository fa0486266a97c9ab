"""The text of Acclaim's files, skeletons (ASF) and motions (AMC): numbered lines of words, sections, and numbers.

What cannot be read is refused in one line that names the file and the line, and shows in printable ASCII what was
found.
"""

import codecs
import math
from collections.abc import Collection, Iterator
from pathlib import Path

from replication.raw.skeleton import ROOT

__all__ = ["ANGLES", "LARGEST", "Line", "checked", "folded", "is_word", "lines", "numbers", "sections", "unexpected"]

Line = tuple[int, list[str]]

#: Radians for one of each unit.
ANGLES = {"deg": math.pi / 180, "rad": 1.0}
#: In size, of a number in any unit.
LARGEST = 1e9
_LONGEST_WORD = 80
_LONGEST_SHOWN = 40
# UTF-16 begins as one of UTF-32 does, which is why that comes first
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# Ctrl-Z ended a text under CP/M and DOS, and some programs still write it
_AFTER_THE_END = b"\x1a \t\r\n"


def lines(path: Path, what: str) -> Iterator[Line]:
    """Numbered lines as words, without comments and blank lines.

    UTF-8's byte order mark before the first line and Ctrl-Z behind the last are no part of the text.

    Args:
        path: The file.
        what: What it should hold, for the message where it is empty.

    Raises:
        ValueError: The file is empty, or its byte order mark is that of UTF-16 or UTF-32.
    """
    content = path.read_bytes()
    if not content:
        raise ValueError(f"{path}: empty; expected {what}")
    for mark, encoding in _OTHER_MARKS.items():
        if content.startswith(mark):
            raise ValueError(
                f"{path}, line 1: expected ASCII text, found the byte order mark of {encoding}; save the file as ASCII"
            )
    content = content.removeprefix(codecs.BOM_UTF8).rstrip(_AFTER_THE_END)
    for number, line in enumerate(content.splitlines(), start=1):
        words = line.split(b"#", 1)[0].decode("ascii", "surrogateescape").split()
        if words:
            yield number, words


def sections(path: Path, what: str, names: Collection[str]) -> dict[str, list[Line]]:
    """The lines of some of the file's `:name` sections; all others are free text or a vendor's own.

    Args:
        path: The file.
        what: What it should hold, for the message where it is empty.
        names: The sections, in lower case; what stands beside the name is the section's first line.

    Raises:
        ValueError: The file is empty, a section comes twice, or a word of one is not as `checked` wants it.
    """
    found: dict[str, list[Line]] = {}
    begun: dict[str, int] = {}
    current: list[Line] | None = None
    for number, words in lines(path, what):
        if words[0].startswith(":"):
            name, words = words[0][1:].lower(), words[1:]
            if name in found:
                once = f"one section ':{name}', which begins at line {begun[name]}"
                raise unexpected(path, number, once, f":{name}", "join the two")
            current = None
            if name in names:
                begun[name] = number
                current = found[name] = []
        if words and current is not None:
            current.append((number, checked(path, number, words)))
    return found


def checked(path: Path, line: int, words: list[str]) -> list[str]:
    """The words, if they are printable ASCII of common length.

    Raises:
        ValueError: One of them is not.
    """
    for word in words:
        if not (word.isascii() and word.isprintable()):
            raise unexpected(path, line, "printable ASCII characters", word, "mend it in a text editor")
        if len(word) > _LONGEST_WORD:
            raise ValueError(
                f"{path}, line {line}: expected words up to {_LONGEST_WORD} characters, found one of {len(word)}: "
                f"{_shown(word)}"
            )
    return words


def numbers(path: Path, line: int, words: list[str], count: int) -> list[float]:
    """So many finite numbers.

    Raises:
        ValueError: There are more or fewer, or a word is none or is beyond `LARGEST`.
    """
    values = []
    for word in words:
        try:
            # Python's digit groups are none of this format
            values.append(math.nan if "_" in word else float(word))
        except ValueError:
            values.append(math.nan)
        if not math.isfinite(values[-1]):
            raise unexpected(path, line, "a finite number", word)
        if abs(values[-1]) > LARGEST:
            raise unexpected(path, line, f"a number up to {LARGEST:g} in size", word)
    if len(values) != count:
        raise ValueError(f"{path}, line {line}: expected {count} numbers, found {len(values)}")
    return values


def unexpected(path: Path, line: int, expected: str, found: str, advice: str = "") -> ValueError:
    """The error for something at a line that is not as expected."""
    return ValueError(f"{path}, line {line}: expected {expected}, found {_shown(found)}{advice and f'; {advice}'}")


def is_word(words: list[str], word: str) -> bool:
    """Whether this word stands alone in its line; it may be in capitals."""
    return len(words) == 1 and words[0].lower() == word


def folded(name: str) -> str:
    """A bone's name; the root's is in small letters whatever the file has."""
    return ROOT if name.lower() == ROOT else name


def _shown(text: str) -> str:
    """The text's beginning in quotes, what is not printable ASCII as the escapes of its bytes."""
    content = text.encode("utf-8", "surrogateescape")
    return repr(content[:_LONGEST_SHOWN]).removeprefix("b") + ("..." if len(content) > _LONGEST_SHOWN else "")
