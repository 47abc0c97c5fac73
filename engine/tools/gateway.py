"""Decides whether a call runs: from who, where, for whom and exactly what, and never from a model's text."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from engine.store.wishes import as_shown
from engine.tools.contract import CAPABILITIES, Tool
from engine.types import Audience, Conversation

#: Characters of arguments: of any call (as JSON), and of one that a person is shown before it runs (as it is shown).
_MOST, _MOST_SHOWN = 8_000, 1_200
#: Blank, though they are letters or marks by name.
_BLANK: Final = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u034f")
_WORD: Final = re.compile(r"\w+")
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC")


class Verdict(StrEnum):
    """What becomes of a call."""

    RUN = "run"
    ASK = "ask"  # a person has to allow it first
    NO = "no"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one turn may use: calls, what they ``cost``, the seconds they take, and faults that a model is told of."""

    calls: int = 4
    cost: float = 10.0
    seconds: float = 60.0
    faults: int = 2


CAPS: Final = Caps()


@dataclass(slots=True)
class Spent:
    """What a turn has used so far; ``asked``: for how many calls a person is asked."""

    calls: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    faults: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody's leave for one call: of this tool with these arguments (their ``fingerprint``), there, for that person.

    ``clicked``: given by the click of somebody who may, to whom all of it was shown.
    """

    actor: str
    where: Conversation
    print: str
    clicked: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that is wanted: ``actor`` asked, ``where``; its result is told to ``audience``.

    ``tool`` is None where none of this name is offered there; ``fault``: what is wrong with the arguments by the tool's
    own schema.  ``tainted``: text that the actor did not write stood before the model.
    """

    name: str
    tool: Tool | None
    arguments: Mapping[str, Any]
    actor: str
    where: Conversation
    audience: Audience
    tainted: bool = True
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, and why it is not ``run``, in words for people and models."""

    verdict: Verdict
    why: str = ""


def decide(wanted: Wanted, spent: Spent, grant: Grant | None = None, caps: Caps = CAPS) -> Decision:
    """Whether this call may run now; the same for the same facts, and defined for all of them.

    What only reads runs where its result may be told.  All else needs a grant for exactly this call, and, once text of
    others stood before the model, one that was clicked.
    """
    tool = wanted.tool
    if tool is None:
        return _no(f"there is no tool {_short(wanted.name)} here")
    if tool.can not in CAPABILITIES:
        return _no("what this tool may do is not declared")
    if tool.workspaces and wanted.where.workspace not in tool.workspaces:
        return _no(f"there is no tool {_short(wanted.name)} here")
    if wanted.audience.workspace != wanted.where.workspace or not wanted.audience.may_read(tool.grant):
        return _no("not everybody who reads here may be told what it finds")
    if wanted.fault:
        return _no(wanted.fault)
    try:
        written = canonical(wanted.arguments)
    except ValueError as e:
        return _no(str(e))
    if len(written) > _MOST:
        return _no(f"the arguments are longer than {_MOST} characters")
    if spent.calls >= caps.calls:
        return _no(f"it was the call after the last: {caps.calls} in one answer")
    if spent.cost + tool.cost > caps.cost or spent.seconds >= caps.seconds:
        return _no("this answer has used up what its calls may cost")
    if tool.can == "read":
        return Decision(Verdict.RUN)
    if why := unseen(written):
        return _no(why)
    if grant and _covers(grant, wanted) and (grant.clicked or not wanted.tainted):
        return Decision(Verdict.RUN)
    if len(as_shown(written)) > _MOST_SHOWN:
        return _no(f"the arguments are longer than the {_MOST_SHOWN} characters that a person can be shown")
    if spent.asked:
        return _no("a person is asked for one call at a time")
    return Decision(Verdict.ASK)


def canonical(arguments: Mapping[str, Any]) -> str:
    """The same text for the same arguments, always: JSON, as it is kept, shown and compared.

    Raises ``ValueError`` for what is no JSON object, with the reason.
    """
    if not isinstance(arguments, Mapping):
        raise ValueError("the arguments are no JSON object")
    try:
        plain = dict(arguments)
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, allow_nan=False)
        text.encode()
        same = json.loads(text) == plain
    except (TypeError, ValueError, RecursionError, AttributeError):
        raise ValueError("the arguments are no JSON object") from None
    if not same:
        raise ValueError("the arguments are no JSON object")
    return text


def fingerprint(name: str, arguments: Mapping[str, Any]) -> str:
    """Tells a call of this tool with these arguments from every other one.  Raises ``ValueError`` as ``canonical``."""
    return hashlib.sha256(f"{name}\n{canonical(arguments)}".encode()).hexdigest()


def unseen(text: str) -> str:
    """Why a person who reads this text would not see what it says; empty where they would."""
    if not unicodedata.is_normalized("NFC", text):
        return "the arguments are written in characters that are shown as others"
    for c in text:
        if c.isascii():
            if not c.isprintable():
                return "the arguments hold characters that nobody sees"
            continue
        kind = unicodedata.category(c)
        variation = "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
        if kind[0] == "C" or kind in ("Zl", "Zp") or c in _BLANK or variation or (kind == "Zs" and c != "\u3000"):
            return "the arguments hold characters that nobody sees"
    if text.isascii():
        return ""
    for word in _WORD.findall(text):
        if len(set(_alphabets(word))) > 1:
            return f"the arguments mix alphabets within a word: {_short(word)}"
    return ""


def _alphabets(word: str) -> Iterator[str]:
    for c in word:
        name = unicodedata.name(c, "")
        if first := next((a for a in _ALPHABETS if name.startswith((a, f"FULLWIDTH {a}", f"MATHEMATICAL {a}"))), ""):
            yield first


def _covers(grant: Grant, wanted: Wanted) -> bool:
    same = (grant.actor, grant.where) == (wanted.actor, wanted.where)
    return same and grant.print == fingerprint(wanted.name, wanted.arguments)


def _short(text: str) -> str:
    """A word of a model's, short and printable."""
    plain = "".join(c if c.isprintable() else "?" for c in text[:60])
    return repr(plain)


def _no(why: str) -> Decision:
    return Decision(Verdict.NO, why)
