"""What may be said after a draft: shorter, more formal, in Chinese, add a line on X, back to version 2."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from engine import mentioned
from plugins.drafting import spans
from plugins.drafting.languages import NAMED, code_of
from plugins.drafting.limit import Limit
from plugins.drafting.limits import read
from plugins.drafting.request import Request

#: How much shorter or longer is meant by the words alone.
_SHORTER, _LONGER = 0.7, 1.3
_LENGTHS: Final = frozenset({"words", "characters", "sentences", "paragraphs"})
_FEW: Final = 12  # words: of fewer there is nothing to count
#: A limit of one version only.
_ONCE: Final = ("once",)
#: What a translation need not keep.
_OF_ONE_LANGUAGE: Final = _LENGTHS | {
    "language",
    "keyword",
    "point",
    "says",
    "ending",
    "opening",
    "letter",
    "forbidden",
}

#: Possessive: words that may each be one of several would otherwise be tried in every combination.
_POLITE: Final = (
    r"(?>(?:please|can you|could you|would you|now|ok(?:ay)?|and|but|also|then|great|thanks|thank you|nice|good|hm+|well|"  # noqa: E501  # a pattern reads better whole
    r"i(?:'d| would) (?:like|want|prefer)|let['’]s|try|just|an?|it)[\s,.!:]+"
    r"|请|請|麻烦|麻煩|能不能|可不可以|可以|能否|帮我|幫我|那就?|再|然后|好的?|谢谢|把(?:它|草稿|这[篇段份个]|這[篇段份個]|文章|公告|第[一二三四五\d]+[段句])?|将其?|[，,。！\s])*+"
)
_DRAFT: Final = r"(?:the |this |that |my |your )?(?:draft|text|version|announcement|article|reply|post|summary|tone|title|headline|first|second|third|last|intro\w*|ending|opening|paragraph|sentence|bullet\w*|point|line|list|section|part|it|this)"  # noqa: E501  # a pattern reads better whole
_COMPARED: Final = (
    r"(?:(?:make|keep|have|turn|get) (?:"
    + _DRAFT
    + r"|\w+ \w+)\s+)?(?:(?:(?:a )?(?:bit|little)|much|slightly|even|far|way|somewhat|some|more and)\s+)*"
    r"(?:shorter|longer|briefer|simpler|clearer|warmer|friendlier|nicer|stronger|softer|bolder|punchier|funnier|snappier|crisper|tighter|kinder|"
    r"(?:more|less|too|not so|not as|as) \w+)\b"
)
_VERB: Final = (
    r"(?:shorten|lengthen|expand|rewrite|rephrase|reword|tighten|condense|simplify|polish|translate|add|insert|append|remove|delete|drop|cut|"
    r"omit|leave out|replace|swap|change|use|mention|include|emphasi[sz]e|highlight|keep|fix|correct|proofread|split|merge|move|put|start|end|"  # noqa: E501  # a pattern reads better whole
    r"begin|finish|say|write it|write this|make|turn|convert|give it|redo|undo|revert|restore|go back|back|return|without|no|only|title)"  # noqa: E501  # a pattern reads better whole
)
_ZH: Final = (
    r"(?:更|再|太|稍微?)?(?:短|长|長|正式|口语|口語|活泼|活潑|友好|亲切|簡潔|简洁|简短|簡短|详细|詳細|专业|專業|礼貌|禮貌|幽默|轻松|通俗|客气|严肃|直接|温和)(?:一?[点些點]|一些|了)?"
    r"|缩短|縮短|加长|精简|精簡|压缩|扩写|擴寫|展开|润色|潤色|重写|重寫|改写|改寫|改成|改为|改為|换成|換成|換|换|翻(?:译|譯)?[成为]?|译成|"
    r"用(?:"
    + NAMED
    + r")|加(?:上|入|一[句段个行条])?|增加|补充|補充|插入|删[掉除去]?|刪[掉除去]?|去掉|去除|不要|别|改|写得|寫得|语气|語氣|标题|標題|"  # noqa: E501  # a pattern reads better whole
    r"保留|强调|突出|合并|拆分|缩减|撤[销回]|恢复|恢復|回到|退回|上一版|上一个版本|前一版|第[一二三四五六七八九十\d]+版"
)
_QUESTION: Final = re.compile(
    r"^\s*(?:what|why|how|when|where|who|whom|whose|which|is|are|was|were|does|do|did|has|have|should|will|may|am)\b"
    r"|[吗嗎呢][？?]?\s*$|^(?:什么|什麼|为什么|為什麼|怎么|怎麼|如何|哪|谁|誰|几|幾|多少|是否|有没有|有沒有)",
    re.IGNORECASE,
)
_ABOUT_DRAFT: Final = re.compile(
    r"\b(?:draft|version \d+|the text)\b|草稿|第[一二三四五六七八九十\d]+版|初稿", re.IGNORECASE
)
_BACK: Final = re.compile(
    r"\b(?:back|return|revert|restore|go|use|take|keep|show)\b[^.\n]{0,20}?\b(?:version|draft|v)\s*(?P<n>\d{1,3}|one|two|three|four|five)\b"
    r"|^\s*(?:version|v)\s*(?P<v>\d{1,3})\b[^.\n]{0,20}$"
    r"|\b(?:the )?(?P<nth>first|second|third|fourth|fifth|original) (?:version|draft|one)\b"
    r"|(?:回到|恢复|恢復|退回|用回?|换回|要)\s*第?\s*(?P<zh>[一二三四五六七八九十\d]{1,3})\s*(?:版|个版本|稿)|(?P<orig>最初|原来|原來|初)(?:的)?(?:版本?|稿)",
    re.IGNORECASE,
)
_UNDO: Final = re.compile(
    r"^\W*(?:please )?(?:undo(?: (?:that|this|it))?|(?:go )?back|revert(?: (?:that|this|it))?|(?:(?:back to|restore) )?(?:the )?(?:previous|last|earlier) "  # noqa: E501  # a pattern reads better whole
    r"(?:version|draft|one)|the one before)\W*$|^\W*(?:撤[销回]|恢复|恢復|(?:回到|退回)?(?:上|前)一(?:版|个版本|稿)|还原|還原)\W*$",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_BEGINS: Final = re.compile(rf"^\s*{_POLITE}(?:{_COMPARED}|{_VERB}\b|{_ZH})", re.IGNORECASE)
_LANGUAGE: Final = re.compile(
    rf"^\s*{_POLITE}(?:(?:translate|turn|write|put|say|make) (?:it |this |that |the draft )?)?(?:in|into|to)\s+(?:the )?(?P<name>{NAMED})(?:\s+(?:language|please|version))*\W*$"  # noqa: E501  # a pattern reads better whole
    rf"|(?:用|翻(?:译|譯)?[成为]|译成|写成|改成|换成|換成)(?P<zh>{NAMED})",
    re.IGNORECASE,
)
_SHORT: Final = re.compile(r"\b(?:shorter|shorten|briefer|condense|tighten|less (?:long|wordy)|too long|more concise)\b|更?短|太长|太長|精简|精簡|压缩|簡短|简短|缩减", re.IGNORECASE)  # fmt: skip  # noqa: E501  # a pattern reads better whole
_LONG: Final = re.compile(r"\b(?:longer|lengthen|expand|more detail(?:s|ed)?|too short)\b|更?长|太短|加长|更?長|扩写|展开|更?详细|更?詳細", re.IGNORECASE)  # fmt: skip  # noqa: E501  # a pattern reads better whole
_ADD: Final = re.compile(
    r"\b(?:add|include|mention|insert|append)\s+(?:(?:a|an|one|another) )?(?:short )?(?:line|sentence|paragraph|section|point|bullet|note|word)?\s*"  # noqa: E501  # a pattern reads better whole
    r"(?:on|about|that|saying|for|regarding|with)?\s+(?P<what>[^\n]{3,200})|(?:加上?|增加|补充|補充|加入)(?:一[句段行条个點点])?(?:关于|關於|说明|说)?(?P<zh>[^\n]{2,100})",
    re.IGNORECASE,
)
_NUMBERS: Final = ("one", "two", "three", "four", "five")
_NTH: Final = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True, slots=True)
class Change:
    """``back`` to this version (-1: the one before); else ``words`` are the wish, ``language`` the one it names."""

    words: str
    back: int = 0
    language: str = ""


def change_of(said: str, *, right_after: bool) -> Change | None:
    """The change of a draft that is meant; None for anything else.

    ``right_after``: a draft was the last thing we said here; otherwise it must be named.
    """
    said = said.strip()
    if not said or not (right_after or _ABOUT_DRAFT.search(said)):
        return None
    if _UNDO.search(said):
        return Change(said, -1)
    if len(said) <= 80 and (back := _BACK.search(said)) and not _QUESTION.search(said):
        return Change(said, _version(back))
    if named := _LANGUAGE.search(said):
        return Change(said, language=code_of(named["name"] or named["zh"]))
    if (_QUESTION.search(said) and not _ABOUT_DRAFT.search(said)) or len(said) > 2_000:
        return None
    return Change(said) if _BEGINS.search(said[:400]) else None


def _version(m: re.Match[str]) -> int:
    if m["orig"] or (m["nth"] or "").lower() == "original":
        return 1
    if m["nth"]:
        return _NTH.index(m["nth"].lower()) + 1
    said = m["n"] or m["v"] or m["zh"]
    if said.lower() in _NUMBERS:
        return _NUMBERS.index(said.lower()) + 1
    return int(said) if said.isdigit() else int(max(mentioned(said), default=1))


def changed(request: Request, change: Change, text: str) -> Request:
    """The request as it is from now on: what the wish says about form replaces what was said before about the same."""
    limits, content = read(change.words)
    count = len(spans.words(text))
    if not any(limit.what in _LENGTHS for limit in limits) and count >= _FEW:
        if _SHORT.search(change.words):
            limits = (*limits, Limit("words", int(count * _SHORTER), "most", options=_ONCE))
        elif _LONG.search(change.words):
            limits = (*limits, Limit("words", int(count * _LONGER), "least", options=_ONCE))
    lengths = any(limit.what in _LENGTHS for limit in limits)
    kept = tuple(
        limit
        for limit in request.limits
        if limit.what not in {new.what for new in limits} - {"forbidden", "keyword", "point"}
        and not (lengths and limit.what in _LENGTHS)
        and not (limit.what == "keyword" and any(limit.text in new.options for new in limits))
        and limit.what != "repeat"
        and limit.options != _ONCE
    )
    points: tuple[Limit, ...] = ()
    if not limits and (add := _ADD.search(content)):
        points = (Limit("point", text=(add["what"] or add["zh"]).strip(" .。!！")),)
    languages = [limit.text for limit in limits if limit.what == "language"]
    language = change.language or (languages[-1] if languages else request.language)
    if change.language:
        kept = tuple(limit for limit in kept if limit.what not in _OF_ONE_LANGUAGE)
        limits = (*(limit for limit in limits if limit.what != "language"), Limit("language", text=change.language))
    return replace(
        request,
        content=f"{request.content}\n{content}",
        language=language,
        limits=tuple(dict.fromkeys((*kept, *limits, *points))),
    )
