"""Puts a reply about code together: what is wrong above the code, what to know below it, and what was checked."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine import PLAIN_FENCES, Block, Checked, Language, Passage, Ran, phrase, without_secrets

_MARKER: Final = re.compile(r"[ \t]?\[(\d{1,2})\](?!\()")
#: What makes code recognisable as the use of an API: paths, dotted and snake-case names, flags.
#: Each begins where a word does, so that a long word is looked at once.
_NAMES: Final = re.compile(
    r"/[a-z][\w{}.-]*(?:/[\w{}.-]+)+|(?<!\w)(?:[A-Za-z_]\w*(?:[.:-][A-Za-z_]\w*)+|\w+_\w+|\w*[a-z][A-Z]\w+)"
    r"|--[a-z][\w-]+",
    re.ASCII,
)
_DIFF_LINES: Final = 60


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote, in parts, and what is known of each fence (``checks``, by place); ``ran``: on examples."""

    parts: tuple[str | Block, ...]
    checks: dict[int, Checked] = field(default_factory=dict)
    cut: bool = False
    ran: Ran | None = None

    @property
    def first(self) -> int | None:
        """The place of the fence that the reply is about."""
        return next(iter(self.checks), None)

    @property
    def code(self) -> Block | None:
        """That fence."""
        part = self.parts[self.first] if self.first is not None else None
        return part if isinstance(part, Block) else None

    @property
    def check(self) -> Checked | None:
        """What is known of it."""
        return self.checks[self.first] if self.first is not None else None

    def faults(self, language: str) -> list[str]:
        """Everything that speaks against it, in words."""
        said = [wrong for check in self.checks.values() for wrong in check.wrong(language)]
        said += list(self.ran.wrong) if self.ran else []
        return [*said, *([phrase("code_cut", language)] if self.cut else [])]


def labelled(parts: Sequence[str | Block], language: Language) -> list[str | Block]:
    """The parts with a language behind each fence: the first without one is in the wanted language, others are text."""
    named: list[str | Block] = []
    first = True
    for part in parts:
        if isinstance(part, Block) and part.info.lower() not in PLAIN_FENCES:
            named.append(part if part.info else replace(part, info=language.name if first else "text"))
            first = False
        else:
            named.append(part)
    return named


def is_code(part: str | Block) -> bool:
    """Whether a part is a fence with code in it."""
    return isinstance(part, Block) and part.info.lower() not in PLAIN_FENCES


def cited_in(written: Written, passages: Sequence[Passage], request: str) -> tuple[set[int], set[int]]:
    """The numbers of the passages that the prose points to, and of those whose API the code uses besides."""
    prose = "\n".join(part for part in written.parts if isinstance(part, str))
    said = {int(n) for n in _MARKER.findall(prose) if 1 <= int(n) <= len(passages)}
    code = "\n".join(part.code for part in written.parts if isinstance(part, Block))
    used = set()
    for number, passage in enumerate(passages, 1):
        names = {name for name in _NAMES.findall(passage.text) if len(name) > 5 and name not in request}
        if any(name in code for name in names):
            used.add(number)
    return said, used - said


def body(written: Written, passages: Sequence[Passage], language: str, *, excerpts: bool) -> str:
    """The reply's text: prose without markers that point nowhere, each fence below what is wrong with it.

    ``excerpts``: fences may be parts of code that was pasted, which need not parse by themselves.
    """
    shown = [f"⚠️ {phrase('code_cut', language)}"] if written.cut else []
    for place, part in enumerate(written.parts):
        if isinstance(part, str):
            shown.append(_prose(part, len(passages)))
            continue
        code, hidden = without_secrets(part.code)
        check = written.checks.get(place)
        if check:
            shown += _above(check, language, hidden=hidden, excerpt=excerpts)
        if place == written.first and written.ran:
            shown += [f"⚠️ {phrase('code_example_wrong', language, said=_inline(said))}" for said in written.ran.wrong]
        shown.append(str(replace(part, code=code)))
    return "\n\n".join(filter(None, shown))


def below(written: Written, language: str, *, examples: int, runs: bool, cut: bool = False) -> list[str]:
    """Dangers, packages, and what was checked."""
    del cut
    lines = dangers(list(written.checks.values()), language)
    packages = list(dict.fromkeys(name for check in written.checks.values() for name in check.packages))
    if packages:
        lines.append(phrase("code_packages", language, names=", ".join(f"`{name}`" for name in packages)))
    if written.check:
        lines.append(f"*{_checked(written.check, written.ran, language, examples=examples, runs=runs)}*")
    return lines


def dangers(checks: Sequence[Checked], language: str) -> list[str]:
    """The calls that can do harm, as a list with a line above it."""
    told = [
        (d.line, _inline(f"`{d.name.replace('`', '')}`"), phrase(d.why, language))
        for check in checks
        for d in check.dangers
        if d.why != "danger_secret"  # stands among what is wrong
    ]
    if not told:
        return []
    rows = [phrase("code_danger", language, line=line, name=name, why=why) for line, name, why in told]
    return ["\n".join([f"⚠️ **{phrase('code_dangers', language)}**", "", *(f"- {row}" for row in rows)])]


def own_code(check: Checked, language: str) -> list[str]:
    """What a look at the code that somebody pasted found, before anybody says anything about it."""
    if check.parsed is None:
        return []
    label = check.language.label if check.language else ""
    wrong = check.wrong(language)
    head = phrase("own_code_parses" if check.parsed else "own_code_broken", language, language=label)
    rows = [f"- {_inline(line)}" for line in wrong]
    return ["\n".join([head, *(["", *rows] if rows else [])]), *dangers([check], language)]


def difference(before: str, after: str) -> str:
    """What was changed, as a fence; empty where nothing or everything was."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    if not lines or difflib.SequenceMatcher(None, before, after).ratio() < 0.3:
        return ""
    return str(Block("diff", "\n".join([*lines[:_DIFF_LINES], *(["…"] if len(lines) > _DIFF_LINES else [])])))


def _above(check: Checked, language: str, *, hidden: int, excerpt: bool) -> list[str]:
    label = check.language.label if check.language else ""
    lines = []
    if hidden:
        lines.append(f"⚠️ {phrase('code_hidden', language, count=hidden)}")
    if check.parsed is False and excerpt:
        lines.append(f"*{phrase('code_excerpt', language, language=label)}*")
    elif wrong := [line for line in check.wrong(language) if not (hidden and line == phrase("code_secret", language))]:
        name = "code_broken_as" if check.parsed is False else "code_faulty"
        lines.append(
            "\n".join([f"⚠️ **{phrase(name, language, language=label)}**", "", *(f"- {_inline(one)}" for one in wrong)])
        )
    return lines


def _checked(check: Checked, ran: Ran | None, language: str, *, examples: int, runs: bool) -> str:
    label = check.language.label if check.language else ""
    if check.parsed is None:
        said = [phrase("checked_nothing", language, language=label or "?")]
    elif check.parsed:
        said = [phrase("checked_parsed", language, language=label)]
        said += [phrase("checked_linted", language)] if check.linted else []
    else:
        said = [phrase("checked_broken", language, language=label)]
    if ran and not ran.why:
        said.append(phrase("checked_ran", language, count=ran.count, passed=ran.passed))
    elif ran and ran.why:
        said.append(phrase("checked_could_not", language, why=_inline(ran.why)))
    else:
        said.append(phrase("checked_not_run", language))
    if runs and not examples and check.language and check.language.name == "python":
        said.append(phrase("checked_no_examples", language))
    return phrase("checked", language, said=phrase("checked_between", language).join(said))


def _prose(text: str, passages: int) -> str:
    """Without secrets and without markers of passages that there are not."""
    text, _ = without_secrets(text)
    return _MARKER.sub(lambda found: found[0] if 1 <= int(found[1]) <= passages else "", text)


def _inline(text: str) -> str:
    """On one line, however it was said."""
    return " ".join(text.split())
