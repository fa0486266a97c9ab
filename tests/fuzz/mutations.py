"""Damaged files: a valid one, changed byte by byte, word by word and line by line; and bytes that never were one."""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

__all__ = ["NASTY", "damaged"]

Edit = Callable[[bytes], bytes]

#: Words that upset parsers of numbers and names.
NASTY = (
    *b"0 -0 -1 1_0 0x10 1e5 1e308 -1e308 1e309 1e-320 5e-324 nan -inf Infinity None true # :".split(),
    *b"9223372036854775808 18446744073709551616 4294967295 2147483648".split(),
    *(b"", b"1" + b"0" * 400, b"9" * 5000, b"a" * 300, b"\x00", b"\r", b"\x0c", b"\x1c", b"\x85"),
    *(b"\xc2\xb2", b"\xd9\xa3", b"\xff\xfe"),
)
_PLACE = st.integers(0, 1 << 16)
_ENCODINGS = ("utf-16", "utf-32", "utf-8-sig", "utf-7", "cp037")


def damaged(valid: bytes, words: Sequence[bytes] = (), separator: bytes = b" ") -> st.SearchStrategy[bytes]:
    """Contents of a file.

    Args:
        valid: A whole file, small.
        words: Words of the format, put in beside the nasty ones, also where they do not belong.
        separator: What parts words within a line.
    """
    word = st.sampled_from([*NASTY, *words])
    edits = st.lists(st.one_of(_byte_edits(word), _word_edits(word, separator), _line_edits()), min_size=1, max_size=4)
    return st.one_of(
        edits.map(lambda chosen: _edited(valid, chosen)),
        edits.map(lambda chosen: _edited(valid, chosen)),
        st.sampled_from(_ENCODINGS).map(lambda name: valid.decode("latin-1").encode(name, "replace")),
        st.lists(word, max_size=30).map(separator.join),
        st.binary(max_size=64),
        st.just(valid),
    )


def _edited(content: bytes, edits: Sequence[Edit]) -> bytes:
    for edit in edits:
        content = edit(content)
    return content


def _byte_edits(word: st.SearchStrategy[bytes]) -> st.SearchStrategy[Edit]:
    few = st.integers(0, 40)
    return st.one_of(
        st.builds(_replace, _PLACE, st.just(1), st.binary(min_size=1, max_size=1)),
        st.builds(_replace, _PLACE, st.just(0), word),
        st.builds(_replace, _PLACE, few, st.just(b"")),
        st.builds(_cut, _PLACE),
        st.builds(_splice, _PLACE, _PLACE, few),
        st.builds(_flip, _PLACE, st.integers(0, 7)),
    )


def _word_edits(word: st.SearchStrategy[bytes], separator: bytes) -> st.SearchStrategy[Edit]:
    return st.one_of(
        st.builds(_exchange, _PLACE, word, st.just(separator)),
        st.builds(_exchange, _PLACE, st.lists(word, max_size=3).map(separator.join), st.just(separator)),
    )


def _line_edits() -> st.SearchStrategy[Edit]:
    return st.one_of(
        st.builds(_move_line, _PLACE, _PLACE, st.booleans()),
        st.builds(_drop_line, _PLACE),
        st.just(lambda content: content.replace(b"\n", b"\r\n")),
    )


def _replace(at: int, length: int, by: bytes) -> Edit:
    def edit(content: bytes) -> bytes:
        start = at % (len(content) + 1)
        return content[:start] + by + content[start + length :]

    return edit


def _cut(at: int) -> Edit:
    return lambda content: content[: at % (len(content) + 1)]


def _splice(source: int, target: int, length: int) -> Edit:
    def edit(content: bytes) -> bytes:
        start, end = source % (len(content) + 1), target % (len(content) + 1)
        return content[:end] + content[start : start + length] + content[end:]

    return edit


def _flip(at: int, bit: int) -> Edit:
    def edit(content: bytes) -> bytes:
        if not content:
            return content
        place = at % len(content)
        return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]

    return edit


def _exchange(at: int, by: bytes, separator: bytes) -> Edit:
    """One word for another."""

    def edit(content: bytes) -> bytes:
        lines = content.split(b"\n")
        places = [(i, j) for i, line in enumerate(lines) for j, word in enumerate(line.split(separator)) if word]
        if not places:
            return by
        line, place = places[at % len(places)]
        words = lines[line].split(separator)
        words[place] = by
        lines[line] = separator.join(words)
        return b"\n".join(lines)

    return edit


def _move_line(source: int, target: int, keep: bool) -> Edit:
    def edit(content: bytes) -> bytes:
        lines = content.split(b"\n")
        line = lines[source % len(lines)] if keep else lines.pop(source % len(lines))
        lines.insert(target % (len(lines) + 1), line)
        return b"\n".join(lines)

    return edit


def _drop_line(at: int) -> Edit:
    def edit(content: bytes) -> bytes:
        lines = content.split(b"\n")
        del lines[at % len(lines)]
        return b"\n".join(lines)

    return edit
