"""Coverage-guided damage to the readers of files: `python -m fuzz.guided READER INPUTS`, from the folder tests.

Atheris looks for bytes that lead a reader where it has not been yet; each must be read or refused as the tests beside
this file ask. It stops at the first that is not, and leaves it in the working folder as crash-*. Needs the extra
`fuzz`.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["replication"]):
    from fuzz import test_amat, test_idx, test_mocap
    from replication.raw.mocap import read_asf

Check = Callable[[Path, bytes], None]


def inner(test: Any) -> Callable[..., None]:
    """What hypothesis calls for each of its own inputs."""
    return test.hypothesis.inner_test


def motion() -> Check:
    """A damaged motion is read with a whole skeleton."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.asf"
        path.write_bytes(test_mocap.SKELETON)
        skeleton = read_asf(path)
    read = inner(test_mocap.test_a_damaged_motion_is_read_or_refused)
    return lambda folder, content: read(folder, skeleton, content)


def table() -> Check:
    """A damaged table is read as one of four columns."""
    read = inner(test_amat.test_a_damaged_table_is_read_or_refused)
    return lambda folder, content: read(folder, content, 4)


#: name -> what holds a reader to its promise, and a whole file to begin with
READERS: dict[str, tuple[Callable[[], Check], bytes]] = {
    "amat": (table, test_amat.VALID),
    "amc": (motion, test_mocap.MOTION),
    "asf": (lambda: inner(test_mocap.test_a_damaged_skeleton_is_read_or_refused), test_mocap.SKELETON),
    "idx": (lambda: inner(test_idx.test_damaged_content_is_read_or_refused), test_idx.VALID),
}


def main() -> None:
    """Try so many inputs of a reader."""
    if len(sys.argv) != 3 or sys.argv[1] not in READERS:
        sys.exit(f"usage: python -m fuzz.guided {{{','.join(READERS)}}} INPUTS")
    made, whole = READERS[sys.argv[1]]
    check = made()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        (corpus / "whole").write_bytes(whole)
        options = [f"-runs={sys.argv[2]}", "-max_len=2000", "-timeout=0", "-print_final_stats=1", str(corpus)]
        atheris.Setup([sys.argv[0], *options], lambda content: check(Path(folder), content))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
