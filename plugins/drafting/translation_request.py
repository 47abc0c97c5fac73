"""Whether somebody wants a translation, of what, and into which language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine import language_of
from plugins.drafting.languages import NAMED, code_of

_VERB: Final = r"(?:translate|translation of|翻译|翻譯|[译譯](?=成|为|為))"
_POLITE: Final = (
    r"(?:(?:please|can you|could you|would you|now|a|the"
    r"|请|請|麻烦|麻煩|帮我|幫我|帮忙|能不能|可以|给我|給我)[\s,，]*)*"
)
#: "translate …", "请把这段话翻译成英文": at the beginning, so that a question about translating is none.
_ASKED: Final = re.compile(
    rf"\s*{_POLITE}(?:{_VERB}|(?:把|将|將)(?P<object>[^\n:：]{{0,80}}?)(?:翻译|翻譯|[译譯]))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TARGET: Final = re.compile(
    rf"(?:\b(?:in)?to\s+(?:the\s+)?|(?:成|为|為|到)\s*)(?:(?:simplified|plain)\s+)?(?P<name>{NAMED})(?![A-Za-z])",
    re.IGNORECASE,
)
_TEXT: Final = re.compile(r"[^\n:：\"“]{0,160}[:：\n]\s*(?P<text>\S.*)", re.DOTALL)
_QUOTED: Final = re.compile(r"[\"“「](?P<text>[^\"”」]{1,4000})[\"”」]")
_WHOLE_FENCE: Final = re.compile(r"(`{3,}|~{3,})[ \t]*(?:text|markdown|md)?\n(?P<text>.*?)\n?\1[ \t]*", re.DOTALL)
_POINTING_CHARS: Final = 120
#: What stands for a text instead of being one.
_POINTS: Final = re.compile(
    r"[\s,，。.!！?？]*(?:(?:this|that|it|the|my|our|last|latest|attached|above|whole|following|text|draft|version|file|document|"
    r"attachment|thread|discussion|conversation|message|everything|all|of|in|here|please|一下|这个|这段|这篇|这份|這個|這段|"
    r"这|這|它|草稿|稿子|文件|文档|附件|上面|以上|内容|的|话|话题|讨论串?|討論串?|帖子|文字|全文|全部|对话|對話|请|請)[\s,，。.!！?？]*)*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """``text`` to translate (empty: what stands elsewhere, a file, the last draft, the thread) into ``target``.

    Without a target it is decided from the text: Chinese into English, all else into Chinese.
    """

    text: str = ""
    target: str = ""

    def into(self, text: str) -> str:
        """The language that this text is translated into."""
        return self.target or ("en" if language_of(text) == "zh" else "zh")


def wanted(question: str) -> Wanted | None:
    """What is to be translated, where that is what the words ask for."""
    asked = _ASKED.match(question)
    if not asked:
        return None
    rest = asked["rest"]
    head = rest.partition("\n")[0].partition(":")[0].partition("：")[0]
    found = _TARGET.search(head)
    target = code_of(found["name"]) if found else ""
    text = _given(rest, found)
    if not text and not _points(asked["object"] or ""):
        text = (asked["object"] or "").strip(' \t"“”「」')
    if not (target or text or _points(rest)):
        return None
    return Wanted(text, target)


def _given(rest: str, target: re.Match[str] | None) -> str:
    """The text in the request itself: behind a colon or in the lines below, in quotes, or between the words."""
    if below := _TEXT.fullmatch(rest):
        fenced = _WHOLE_FENCE.fullmatch(below["text"].strip())
        return (fenced or below)["text"].strip("\n")
    if quoted := _QUOTED.search(rest):
        return quoted["text"]
    between = (rest[: target.start()] + rest[target.end() :]) if target else ""
    return "" if _points(between) else between.strip(" \t,，")


def _points(words: str) -> bool:
    """Whether these words only point to a text."""
    return len(words) <= _POINTING_CHARS and bool(_POINTS.fullmatch(words))
