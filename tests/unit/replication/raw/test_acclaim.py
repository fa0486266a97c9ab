"""The text of skeletons and motions: what other programs put around it, and what is shown of what cannot be read."""

import codecs
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from replication.raw.mocap import read_amc, read_asf
from replication.raw.skeleton import Skeleton, stick_figure
from small_skeleton import AMC, ASF

Change = Callable[[bytes], bytes]


def read(folder: Path, asf: bytes, amc: bytes) -> tuple[Skeleton, np.ndarray]:
    for name, content in (("arm.asf", asf), ("arm.amc", amc)):
        (folder / name).write_bytes(content)
    skeleton = read_asf(folder / "arm.asf")
    return skeleton, stick_figure(skeleton, read_amc(folder / "arm.amc", skeleton)[0])


def upper(content: bytes) -> bytes:
    """All in capitals, but for the bones' names, which are the user's."""
    content = content.upper()
    for name in (b"upper", b"lower", b"tip"):
        content = content.replace(name.upper(), name)
    return content


HARMLESS: dict[str, Change] = {
    "byte order mark": lambda content: codecs.BOM_UTF8 + content,
    "Ctrl-Z": lambda content: content + b"\x1a",
    "Ctrl-Z in a line": lambda content: content + b"\x1a\r\n",
    "Ctrl-Z behind the last word": lambda content: content.rstrip() + b"\x1a",
    "many Ctrl-Z": lambda content: content + b"\x1a" * 128,
    "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
    "CR": lambda content: content.replace(b"\n", b"\r"),
    "DOS": lambda content: codecs.BOM_UTF8 + content.replace(b"\n", b"\r\n") + b"\x1a",
    "tabs": lambda content: content.replace(b" ", b"\t"),
    "capitals": upper,
    "comments": lambda content: b"# " + b"\xe9" * 200 + b"\n" + content,
    "no last line end": bytes.rstrip,
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_other_programs_put_around_the_text_is_no_part_of_it(tmp_path: Path, change: Change):
    skeleton, figure = read(tmp_path, ASF.encode(), AMC.encode())
    changed, changed_figure = read(tmp_path, change(ASF.encode()), change(AMC.encode()))
    assert changed == skeleton
    np.testing.assert_array_equal(changed_figure, figure)


@pytest.mark.parametrize(
    "text",
    [
        b":documentation\n   " + b"x" * 81 + b"\n",
        b":DOCUMENTATION " + b"http://" + b"y" * 500 + b"\n",
        ":documentation\n  Größe in Zoll; ünïcode\n".encode(),
        b":documentation\n  begin length 9 end \x00\x07\n  order\n",
        b":name " + b"n" * 200 + b"\n",
        b":skin C:\\" + b"s" * 200 + b"\n",
        b":vendor-keyword\n" + b"v" * 200 + b"\n",
        b":documentation one\n:documentation two\n",
    ],
)
def test_free_text_is_of_any_length_and_characters(tmp_path: Path, text: bytes):
    asf = ASF.encode()
    skeleton, _ = read(tmp_path, asf, AMC.encode())
    for place in (b":units", b":root", b":hierarchy"):
        assert read(tmp_path, asf.replace(place, text + place), AMC.encode())[0] == skeleton
    assert read(tmp_path, asf + text, AMC.encode())[0] == skeleton


def test_what_stands_beside_a_sections_name_belongs_to_it(tmp_path: Path):
    skeleton, _ = read(tmp_path, ASF.encode(), AMC.encode())
    asf = ASF.replace(":root\n   order", ":root order").replace(":hierarchy\n  begin", ":hierarchy begin")
    assert read(tmp_path, asf.encode(), AMC.encode())[0] == skeleton


def test_begin_and_end_may_be_names_of_bones(tmp_path: Path):
    asf = ASF.replace("lower", "End").replace("root upper", "root Begin").replace("upper", "Begin")
    skeleton, _ = read(tmp_path, asf.encode(), AMC.replace("lower", "End").replace("upper", "Begin").encode())
    assert [(bone.name, bone.parent) for bone in skeleton.bones] == [
        ("Begin", "root"),
        ("End", "Begin"),
        ("tip", "End"),
    ]


@pytest.mark.parametrize(
    ("asf", "said"),
    [
        (
            ASF.encode("utf-16"),
            "arm.asf, line 1: expected ASCII text, found the byte order mark of UTF-16; save the file",
        ),
        (
            codecs.BOM_UTF16_BE + ASF.encode("utf-16-be"),
            "line 1: expected ASCII text, found the byte order mark of UTF-16",
        ),
        (
            ASF.encode("utf-32"),
            "line 1: expected ASCII text, found the byte order mark of UTF-32; save the file as ASCII",
        ),
        (codecs.BOM_UTF8, "no section ':root'; expected an ASF skeleton"),
        (b"\x1a", "no section ':root'; expected an ASF skeleton"),
        (
            ASF.replace("length 3", "length\ufeff 3").encode(),
            r"line 17: expected printable.*'length\\xef\\xbb\\xbf'; mend",
        ),
        (ASF.replace("name lower", "name l\xf6wer").encode(), r"line 15: expected printable ASCII.*'l\\xc3\\xb6wer'"),
        (ASF.replace("name lower", "name l\xf6wer").encode("latin-1"), r"line 15: expected printable.*'l\\xf6wer'"),
        (ASF.replace("length 3", "length \x1b[31m3").encode(), r"line 17: expected printable ASCII.*'\\x1b\[31m3'"),
        (
            ASF.replace("length 3", "length 3\x1a").encode(),
            r"line 17: expected printable ASCII characters, found '3\\x1a'",
        ),
        (ASF.encode() + b"\x00", r"line 44: expected printable ASCII characters, found '\\x00'"),
        (
            ASF.replace("dof rx rz", "dof " + "x" * 81).encode(),
            "line 19: expected words up to 80 characters, found one of 81",
        ),
        (ASF.replace("lower tip", "lower\x7f tip").encode(), r"line 42: expected printable ASCII.*'lower\\x7f'"),
    ],
)
def test_a_skeleton_that_is_no_plain_text_is_refused_in_plain_text(tmp_path: Path, asf: bytes, said: str):
    with pytest.raises(ValueError, match=said) as caught:
        read(tmp_path, asf, AMC.encode())
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("amc", "said"),
    [
        (
            AMC.encode("utf-16"),
            "arm.amc, line 1: expected ASCII text, found the byte order mark of UTF-16; save the file",
        ),
        (codecs.BOM_UTF8, "arm.amc: no frames"),
        (b"\x1a\n", "arm.amc: no frames"),
        (b"7\n" + codecs.BOM_UTF8 + b"root 1 2 3 0 0 0\n", r"line 2: expected printable ASCII.*'\\xef\\xbb\\xbfroot'"),
        (AMC.replace("lower 10", "l\xf6wer 10").encode("latin-1"), r"line 6: expected printable.*'l\\xf6wer'"),
        (
            AMC.replace("lower 10", "lower \x0710").encode(),
            r"line 6: expected printable ASCII characters, found '\\x0710'",
        ),
        (AMC.replace("lower 10", "lower \u0661\u0660").encode(), r"line 6: expected printable.*'\\xd9\\xa1\\xd9\\xa0'"),
        (
            AMC.replace("\n7\n", "\n\xb2\n").encode("latin-1"),
            r"line 4: expected printable ASCII characters, found '\\xb2'",
        ),
        (AMC.replace("\n8\n", "\x1a\n8\n").encode(), r"line 7: expected printable ASCII characters, found '3\\x1a'"),
        (AMC.encode() + b"\x00" * 4096, "line 12: expected printable ASCII"),
        (AMC.replace("lower 10", "lower 1" + "0" * 80).encode(), "line 6: expected words up to 80 characters"),
    ],
)
def test_a_motion_that_is_no_plain_text_is_refused_in_plain_text(tmp_path: Path, amc: bytes, said: str):
    with pytest.raises(ValueError, match=said) as caught:
        read(tmp_path, ASF.encode(), amc)
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300 + len(str(tmp_path))
