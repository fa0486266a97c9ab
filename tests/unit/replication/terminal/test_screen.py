"""Lines that stay are never drawn over; those below are there on a terminal only, and fit it."""

import io
import re

import pytest

from replication.terminal.screen import Screen


class Terminal(io.StringIO):
    """What a terminal shows: lines, and a cursor that can go up and clear what is below."""

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> list[str]:
        lines: list[str] = []
        for part in re.split(r"((?:\r|\x1b\[\d+F)\x1b\[J)", self.getvalue()):
            if up := re.match(r"\x1b\[(\d+)F", part):
                del lines[len(lines) - int(up[1]) :]
            elif part.startswith("\r"):
                continue
            else:
                lines += part.splitlines()
        return lines


def test_the_lower_lines_move_down_as_others_come_and_are_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    terminal, below = Terminal(), ["a bar", "another bar that is longer than the terminal"]
    screen = Screen(terminal, lambda: below, seconds=1000)
    screen.say("first")
    assert terminal.shown == ["first", "a bar", "another bar that is"]
    del below[1]
    screen.say("second", "third")
    assert terminal.shown == ["first", "second", "third", "a bar"]
    screen.close()
    screen.say("last")
    assert terminal.shown == ["first", "second", "third", "last"]


def test_a_file_or_a_pipe_gets_the_lines_that_stay_and_no_escapes() -> None:
    stream = io.StringIO()
    screen = Screen(stream, lambda: ["a bar"], seconds=0.001)
    screen.say("first")
    screen.say("second")
    screen.close()
    assert stream.getvalue() == "first\nsecond\n"


def test_what_runs_is_drawn_again_by_itself() -> None:
    drawn: list[int] = []
    terminal = Terminal()

    def below() -> list[str]:
        drawn.append(len(drawn))
        return [f"drawing {len(drawn)}"]

    screen = Screen(terminal, below, seconds=0.01)
    while len(drawn) < 3:
        pass
    screen.close()
    assert terminal.shown == []
