"""The chat in a terminal, as a script and as a person would use it."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import signal
import sys
import termios
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest

from bot.terminal import Chat
from engine.errors import Unavailable
from engine.types import Outcome, Reply, Source
from tests.web.desk import MANUAL, answered


class Desk:
    """Answers with the states that the test gave, in order."""

    def __init__(self, *answers: list[str | Reply | Exception]):
        self.answers = list(answers)
        self.asked: list[str] = []
        self.commands: list[tuple[str, str]] = []

    async def ask(self, text: str) -> AsyncIterator[str | Reply]:
        self.asked.append(text)
        for state in self.answers.pop(0):
            if isinstance(state, Exception):
                raise state
            yield state

    async def command(self, name: str, text: str) -> str:
        self.commands.append((name, text))
        return f"This is **{name}**."


async def said(desk: Desk, lines: str) -> str:
    out = io.StringIO()
    await Chat(desk, io.StringIO(lines), out).talk()
    return out.getvalue()


async def test_a_script_gets_the_answer_once_with_its_sources():
    """Standard input is no terminal: no prompt, no colours, and every sentence appears once."""
    desk = Desk(["Use the", "Use the cable [1].", answered("Use the **cable** [1]. Wait.", MANUAL)])
    out = await said(desk, "How do I charge it?\n")
    assert out == (
        "Use the cable [1]. Wait.\n\nSources\n"
        "  [1] Lamp manual · Charging › First time · https://docs.example/lamp#charging\n\n"
    )
    assert desk.asked == ["How do I charge it?"]


async def test_sentences_are_printed_as_they_come():
    out = io.StringIO()
    seen = []

    class Slow(Desk):
        async def ask(self, text: str) -> AsyncIterator[str | Reply]:
            assert text == "Count"
            for state in ("One.", "One. Two.", answered("One. Two. Three.")):
                yield state
                seen.append(out.getvalue().strip())

    await Chat(Slow(), io.StringIO("Count\n"), out).talk()
    assert seen == ["One.", "One. Two.", "One. Two. Three."]


async def test_what_was_taken_back_is_begun_again_below():
    out = await said(Desk(["Use the wrong", Reply.hand_off("unsure", text="A colleague will answer.")]), "How?\n")
    assert out == "Use the wrong\n———\nA colleague will answer.\n\nPassed on to a person.\n\n"


async def test_a_table_and_code_are_printed_once():
    text = "Lights:\n\n| Light | Meaning |\n|---|---|\n| red | empty |\n\n```sh\nlamp --charge\n```\n\nDone."
    states: list[str | Reply] = [text[:n] for n in range(1, len(text), 3)]
    out = await said(Desk([*states, answered(text)]), "Which?\n")
    assert "———" not in out
    assert [out.count(w) for w in ("Lights", "Meaning", "empty", "lamp --charge", "Done")] == [1] * 5


async def test_chinese_answers_have_chinese_words_around_them():
    source = Source(1, "充电", "", "", "d")
    out = await said(Desk([Reply(Outcome.HANDED_OFF, "请稍候 [1]。", "zh", sources=(source,))]), "怎么充电？\n")
    assert out == "请稍候 [1]。\n\n来源\n  [1] 充电\n\n已转交人工处理。\n\n"


async def test_commands_go_to_the_desk_and_empty_lines_nowhere():
    desk = Desk([answered("Yes.")])
    out = await said(desk, "/why\n\n   \n/forget-me please\n/etc/hosts?\n")
    assert desk.commands == [("why", ""), ("forget-me", "please")]
    assert desk.asked == ["/etc/hosts?"]
    assert out.startswith("This is why.\n\n")


async def test_an_error_is_said_and_the_chat_goes_on():
    desk = Desk([Unavailable("the model server does not answer")], [answered("Here I am.")])
    out = await said(desk, "One?\nTwo?\n")
    assert out == "the model server does not answer\nHere I am.\n\n"


async def test_silence_prints_nothing():
    assert await said(Desk([Reply.ignore("thanks")]), "Thanks!\n") == ""


async def test_no_escape_sequence_of_anybody_reaches_the_terminal():
    """Titles, headings and links of documents are as hostile as answers."""
    evil = "\x1b]0;owned\x07\x1b[2J\u202e"
    reply = answered(f"Yes{evil} [1].", Source(1, f"T{evil}", f"H{evil}", f"https://x.example/{evil}", "d"))
    out = await said(Desk([f"Yes{evil}", reply]), "Hi\n")
    assert "\x1b" not in out and "\x07" not in out and "\u202e" not in out


async def test_an_error_text_is_cleaned_too():
    assert "\x1b" not in await said(Desk([Unavailable("no \x1b[2J")]), "Hi\n")


class Terminal:
    """A program in a real pseudo-terminal."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.text = ""

    async def __aenter__(self) -> Self:
        plain = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.web.terminal_program", start_new_session=True, cwd=Path(__file__).parents[2],
            stdin=self.theirs, stdout=self.theirs, stderr=self.theirs, env=plain,
        )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    async def shows(self, pattern: str) -> None:
        os.set_blocking(self.ours, False)
        async with asyncio.timeout(60):
            while not re.search(pattern, self.text):
                try:
                    self.text += os.read(self.ours, 65536).decode()
                except BlockingIOError:
                    await asyncio.sleep(0.02)

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)


async def test_a_person_is_greeted_prompted_and_answered_until_ctrl_d():
    async with Terminal() as terminal:
        await terminal.shows(r"/why.*\n[^>]*> ")
        terminal.type("hello\r")
        await terminal.shows(r"You said hello\. That is all\.[\s\S]*> ")
        terminal.type("/help\r")
        await terminal.shows(r"help![\s\S]*> ")  # before the prompt is there again, Ctrl-D is nobody's
        terminal.type("\x04")
        await terminal.shows(r"ended")
        assert await terminal.process.wait() == 0


async def test_ctrl_c_ends_it_and_leaves_the_terminal_as_it_was():
    async with Terminal() as terminal:
        await terminal.shows(r"> ")
        terminal.type("half a line")
        await terminal.shows(r"half a line")
        os.kill(terminal.process.pid, signal.SIGINT)
        async with asyncio.timeout(20):
            assert await terminal.process.wait() != 0
        assert terminal.echoes()


@pytest.mark.parametrize("width", [40, 100])
async def test_wrapped_text_still_only_grows(width, monkeypatch):
    """Line breaks that the width of the terminal makes are the same for a part and for the whole."""
    monkeypatch.setenv("COLUMNS", str(width))
    ours, theirs = pty.openpty()
    text = (
        "A fairly long sentence about lamps that goes on. " * 6 + "\n\n1. First thing to do.\n2. Second thing.\n\nEnd."
    )
    ends = [m.end() for m in re.finditer(r"\.(?=\s|$)", text)]
    with os.fdopen(os.dup(theirs), "r") as keys, os.fdopen(theirs, "w") as out:
        chat = Chat(Desk(), keys, out)
        shown = ""
        for end in ends:
            new = chat._rendered(text[:end])
            assert new.startswith(shown)
            shown = new
    os.close(ours)
