"""Reads stack traces of Python, Node, Java and Go: what happened, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_PYTHON: Final = re.compile(
    r'^[ \t>]*File "(?P<file>[^"\n]{1,300})", line (?P<line>\d+)(?:, in (?P<name>[^\n]{1,200}))?', re.MULTILINE
)
_PYTHON_ERROR: Final = re.compile(
    r"^(?P<error>[A-Za-z_][\w.]{0,100}(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Failed|NotFound|Timeout"
    r"|DoesNotExist)|[A-Z]\w{2,60})"
    r"(?:: (?P<message>[^\n]{0,500}))?[ \t]*$",
    re.MULTILINE,
)
_AT: Final = re.compile(
    r"^[ \t]+at (?:(?P<name>[^\n(]{1,200}?) \()?(?P<file>[^\s()][^\n()]{0,300}?):(?P<line>\d+):\d+\)?[ \t]*$",
    re.MULTILINE,
)
_NODE_ERROR: Final = re.compile(
    r"^(?:Uncaught )?(?P<error>[A-Za-z_$][\w$.]{0,80}(?:Error|Exception)?)(?: \[\w+\])?: (?P<message>[^\n]{0,500})$",
    re.MULTILINE,
)
_JAVA: Final = re.compile(
    r"^[ \t]+at (?:[\w.@/-]+/)?(?P<name>[\w.$<>]{1,200})\((?P<file>[\w$]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)",
    re.MULTILINE,
)
_JAVA_ERROR: Final = re.compile(
    r"^(?:Exception in thread \"[^\"\n]{0,100}\" |Caused by: )?(?P<error>(?:[a-z_][\w]*\.)*[A-Z][\w$]*(?:Exception"
    r"|Error|Throwable))(?:: (?P<message>[^\n]{0,500}))?$",
    re.MULTILINE,
)
_GO: Final = re.compile(
    r"^(?P<name>[\w./*()-]{1,200})\([^\n]{0,200}\)\n[ \t]+(?P<file>[^\s:][^\n:]{0,300}\.go):(?P<line>\d+)", re.MULTILINE
)
_GO_ERROR: Final = re.compile(r"^(?P<error>panic|fatal error): (?P<message>[^\n]{0,500})$", re.MULTILINE)
#: Frames of libraries: the fault is mostly where our own code called them.
_FOREIGN: Final = re.compile(
    r"site-packages|dist-packages|/lib/python\d|<frozen|node_modules|node:|internal/|/usr/local/go/|/go/pkg/mod"
    r"|/usr/lib/go"
)
_FOREIGN_NAME: Final = re.compile(
    r"(?:java|javax|jdk|sun|kotlin|scala|org\.springframework|org\.apache|org\.junit)\.|runtime\.|panic$|testing\."
)
_FRAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a program."""

    file: str
    line: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """A stack trace: ``language`` of the program, ``error`` and ``message``, the frames with the innermost first."""

    language: str
    error: str
    message: str
    frames: tuple[Frame, ...]

    @property
    def place(self) -> Frame | None:
        """Where it most likely went wrong: the innermost frame that is no library's."""
        own = [one for one in self.frames if not _FOREIGN.search(one.file) and not _FOREIGN_NAME.match(one.name)]
        return own[0] if own else self.frames[0] if self.frames else None


def trace_in(text: str) -> Trace | None:
    """The first stack trace in a text; None where there is none."""
    text = text.replace("\r\n", "\n")
    if "Traceback (most recent call last)" in text or len(_PYTHON.findall(text)) > 1:
        frames = _frames(_PYTHON, text)[::-1]
        last = max((found.end() for found in _PYTHON.finditer(text)), default=0)
        error = next(_PYTHON_ERROR.finditer(text, last), None)
        if frames and error:
            return _trace("python", error, frames)
    if re.search(r"^goroutine \d+ \[", text, re.MULTILINE) and (error := _GO_ERROR.search(text)):
        return _trace("go", error, _frames(_GO, text))
    if _JAVA.search(text) and (errors := [*_JAVA_ERROR.finditer(text)]):
        cause = errors[-1]  # the last "Caused by" is where it began
        return _trace(
            "kotlin" if ".kt:" in text and ".java:" not in text else "java", cause, _frames(_JAVA, text[cause.end() :])
        )
    if (first := _AT.search(text)) and (errors := [*_NODE_ERROR.finditer(text, 0, first.start())]):
        return _trace("typescript" if re.search(r"\.tsx?:\d", text) else "javascript", errors[-1], _frames(_AT, text))
    return None


def _trace(language: str, error: re.Match[str], frames: list[Frame]) -> Trace:
    return Trace(language, error["error"], (error["message"] or "").strip(), tuple(frames[:_FRAMES]))


def _frames(pattern: re.Pattern[str], text: str) -> list[Frame]:
    return [Frame(one["file"], int(one["line"]), (one["name"] or "").strip()) for one in pattern.finditer(text)]
