"""Checks code without running it: parsed and looked through in a limited process of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import structlog

from engine.code.dangers import Danger
from engine.code.languages import Language
from engine.code.parsing import Fault
from engine.knowledge.reading.process import Child, Died
from engine.phrases import phrase
from engine.secrets import secrets_in

_SCRIPT: Final = Path(__file__).with_name("child.py")
#: Seconds for all the code of one answer, the start of the process included; most take a tenth.
_ALL_S: Final = 45.0
_log = structlog.get_logger()
_AT_ONCE: Final = 2  # processes, for each may take a gigabyte at worst
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a piece of code that was not run.

    ``parsed`` is None where nothing here can parse it; ``faults`` are why it does not parse, or what pyflakes says is
    faulty in code that does.  ``dangers`` are calls that can do harm, ``packages`` what it needs besides its language,
    ``secrets`` how many values in it have the shape of a secret.
    """

    language: Language | None
    parsed: bool | None = None
    faults: tuple[Fault, ...] = ()
    dangers: tuple[Danger, ...] = ()
    packages: tuple[str, ...] = ()
    secrets: int = 0

    @property
    def linted(self) -> bool:
        """Whether its names and formats were looked at too, not its grammar alone."""
        return self.parsed is True and self.language is not None and self.language.name == "python"

    @property
    def written_secrets(self) -> bool:
        """Whether a password or key is written into it."""
        return self.secrets > 0 or any(danger.why == "danger_secret" for danger in self.dangers)

    @property
    def sound(self) -> bool:
        """Whether nothing speaks against showing it as it is."""
        return self.parsed is not False and not self.faults and not self.written_secrets

    def wrong(self, language: str) -> list[str]:
        """What is wrong with it, in words, a line each."""
        said = [in_words(fault, language) for fault in self.faults]
        written = [phrase("code_line", language, line=d.line, said=phrase("code_secret", language))
                   for d in self.dangers if d.why == "danger_secret"]  # fmt: skip
        return [*said, *written, *([phrase("code_secret", language)] if self.secrets and not written else [])]


def in_words(fault: Fault, language: str) -> str:
    """A fault with its line; what a parser says itself stays English."""
    said = phrase(fault.what, language, detail=fault.detail) if fault.what else fault.detail
    return phrase("code_line", language, line=fault.line, said=said)


async def check(pieces: Sequence[tuple[str, Language | None]], *, known: str = "") -> list[Checked]:
    """Each piece of code, checked; ``known``: texts that name packages which need no mention.

    What brings its parser down, or keeps it busy for too long, counts as not parsed.
    """
    jobs = [{"code": code, "language": language.name if language else "", "known": known} for code, language in pieces]
    found: list[dict[str, Any]] = []
    if any(language and (language.grammar) for _, language in pieces):
        try:
            place = _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
            async with place, asyncio.timeout(_ALL_S):
                found = await _answers(jobs)
        except TimeoutError:
            _log.warning("code was not checked in time")
    found += [{"parsed": None}] * (len(pieces) - len(found))
    return [_checked(code, language, one) for (code, language), one in zip(pieces, found, strict=True)]


async def _answers(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the child says of each, up to where it died."""
    child = await Child.start("one", _SCRIPT)
    answers: list[dict[str, Any]] = []
    try:
        async for frame in child.ask({}, json.dumps(jobs).encode()):
            if isinstance(frame, dict) and "parsed" in frame:
                answers.append(frame)  # noqa: PERF401  # what was said before it died counts
    except (Died, ValueError) as e:
        _log.warning("the process that parses code has died", status=getattr(e, "status", None))
        if len(answers) < len(jobs):  # the one that brought it down; those behind it are parsed by another
            answers.append({"parsed": None})
            if len(answers) < len(jobs):
                answers += await _answers(jobs[len(answers) :])
    finally:
        await child.end()
    return answers


def _checked(code: str, language: Language | None, found: dict[str, Any]) -> Checked:
    return Checked(
        language,
        found["parsed"],
        tuple(Fault(**one) for one in found.get("faults", ())),
        tuple(Danger(**one) for one in found.get("dangers", ())),
        tuple(found.get("packages", ())),
        len(secrets_in(code)),
    )
