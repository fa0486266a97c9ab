"""Artifacts appear whole or not at all, and the same content gives the same bytes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from replication.files import artifacts


def test_arrays_come_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.npz"
    artifacts.write_npz(path, z=np.arange(6.0).reshape(2, 3), label=np.array(["a", "bb"]))
    found = artifacts.read_npz(path)
    assert found["z"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["label"].tolist() == ["a", "bb"]


def test_the_same_arrays_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        artifacts.write_npz(tmp_path / name, z=np.ones((50, 2)), t=np.zeros(3))
    assert artifacts.sha256(tmp_path / "a.npz") == artifacts.sha256(tmp_path / "b.npz")


def test_python_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'bad' holds Python objects"):
        artifacts.write_npz(tmp_path / "a.npz", bad=np.array([{}], dtype=object))
    assert list(tmp_path.iterdir()) == []


def test_tables_keep_all_digits(tmp_path: Path) -> None:
    frame = pd.DataFrame({"length": [1 / 3, np.nan], "path": ["euclidean", "geodesic"]})
    artifacts.write_csv(tmp_path / "t.csv", frame)
    pd.testing.assert_frame_equal(artifacts.read_csv(tmp_path / "t.csv"), frame)


def test_json_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a\.json: .*not JSON compliant"):
        artifacts.write_json(tmp_path / "a.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    artifacts.write_text(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*/a\.txt'"):
        artifacts.write_text(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    artifacts.require_writable(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="/file/folder'"):
        artifacts.require_writable(tmp_path / "file" / "folder")


def test_an_error_without_a_number_stays_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"^not of the system$"), artifacts.naming(tmp_path / "file"):
        raise OSError("not of the system")
