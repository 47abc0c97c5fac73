"""Whether somebody wants a translation, of what, and into which language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine import language_of
from plugins.drafting.languages import NAMED, code_of

_VERB: Final = r"(?:translate|translation of|翻译|翻譯|[译譯翻](?=成|为|為))"
_POLITE: Final = (
    r"(?:(?:please|can you|could you|would you|now|a|the|能不能|可不可以|能否|可以|可否|你能|您能|能"
    r"|请您?|請您?|麻烦您?|麻煩您?|帮我|幫我|帮忙|幫忙|给我|給我)[\s,，]*)*+"
)
#: "translate …", "请把这段话翻译成英文": at the beginning, so that a question about translating is none.
_ASKED: Final = re.compile(
    rf"\s*{_POLITE}(?:{_VERB}|(?:把|将|將)(?P<object>[^\n:：]{{0,80}}?)(?:翻译|翻譯|[译譯翻](?=成|为|為)))(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TARGET: Final = re.compile(
    rf"(?:\b(?:in)?to\s+(?:the\s+)?|(?:成|为|為|到)\s*)(?:(?:simplified|plain)\s+)?(?P<name>{NAMED})(?![A-Za-z])",
    re.IGNORECASE,
)
_TEXT: Final = re.compile(r"(?P<head>[^\n:：\"“「]{0,160})[:：\n]\s*(?P<text>\S.*)", re.DOTALL)
#: An opening mark ends the search of the one before, so that a row of them is read once.
_QUOTED: Final = re.compile(r"\"([^\"]{1,4000})\"|“([^“”]{1,4000})”|「([^「」]{1,4000})」|[\"“]([^\"“”]{1,4000})[\"”]")
_WHOLE_FENCE: Final = re.compile(r"(`{3,}|~{3,})[ \t]*(?:text|markdown|md)?\n(?P<text>.*?)\n?\1[ \t]*", re.DOTALL)
_POINTING_CHARS: Final = 120
#: What stands for a text instead of being one; possessive, and the longer ones first.
_POINTS: Final = re.compile(
    r"[\s,，。.!！?？]*(?:(?:(?:this|that|these|those|it|them|the|my|our|your|his|her|their|last|latest|previous|attached|above|below|whole|"
    r"full|entire|following|release|customer|blog|text|drafts?|version|files?|documents?|doc|pdf|attachments?|thread|discussion|conversation|"
    r"chat|messages?|answers?|repl(?:y|ies)|e-?mails?|mail|letter|paragraphs?|sentences?|words?|phrase|lines?|page|article|post|notes?|"
    r"announcement|notice|summary|section|part|list|content|everything|all|of|in|from|here|for (?:me|us)|please|thanks?|thank you|now|again|too|as well|"  # noqa: E501  # a pattern reads better whole
    r"and)(?![A-Za-z])"
    r"|讨论串?|討論串?|草稿|稿子|文件|文档|文檔|檔案|附件|附上|上面|上述|以上|下面|以下|刚才|剛才|刚刚|剛剛|内容|內容|话题|話題|文章|"
    r"邮件|郵件|信件|公告|通知|回复|回覆|回答|答案|摘要|总结|總結|段落|句子|消息|訊息|帖子|貼文|文字|文本|全文|全部|全篇|整篇|整个|整個|对话|對話|"
    r"一下|一份|一遍|谢谢|謝謝|可以|好|我们|我們|你们|您|你|我|最后|最後|最新|上一|它们?|它們|给|給|[这這那该該此][份篇封段个個句条條些]?|"
    r"[份篇封段个個句条條版话話信的里裡中吧吗嗎么麼呢请請把])[\s,，。.!！?？]*)*+",
    re.IGNORECASE,
)
#: Behind the language: a question about a translation (its price, its time, who), not a request for one.
_ABOUT_IT: Final = re.compile(
    r"\s*(?:的(?!版本|[\s,，。.!！?？]*$)|需要|要|得|花|大概|大约|大約|一般|是|有|会|會)|[^\n:：]{0,60}(?:多少|[几幾](?:天|个|個|小)|[谁誰]|怎么|怎麼|哪|什么|什麼)"
)
#: Behind the language: how, for whom or what then, not the text.
_HOW: Final = re.compile(
    r"\s*(?:[,，;；。.!！?？(（]|(?:and|but|for|so|with|without|by|as|using|keep\w*|because|before|if|then|in|on)(?![A-Za-z])|"
    r"并|並|然后|然後|但|不要|保持|保留|给|給|发|發|语气|語氣|好)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """``text`` to translate (empty: what stands elsewhere, a file, the last draft, the thread) into ``target``.

    Without a target it is decided from the text: Chinese into English, all else into Chinese.  ``named``: the words
    name something that is neither quoted nor known to point to what we said, so that only a file can be meant.
    """

    text: str = ""
    target: str = ""
    named: bool = False

    def into(self, text: str) -> str:
        """The language that this text is translated into."""
        return self.target or ("en" if language_of(text) == "zh" else "zh")


def wanted(question: str) -> Wanted | None:
    """What is to be translated, where that is what the words ask for."""
    asked = _ASKED.match(question)
    if not asked:
        return None
    rest, thing = asked["rest"], asked["object"] or ""
    head = rest.partition("\n")[0].partition(":")[0].partition("：")[0]
    found = _TARGET.search(head)
    before, behind = (rest[: found.start()], rest[found.end() :]) if found else (head, "")
    if found and _ABOUT_IT.match(behind):
        return None
    target = code_of(found["name"]) if found else ""
    if below := _TEXT.fullmatch(rest):
        if not target and not _points(below["head"]):
            return None  # "Translate plugin: who maintains it?"
        fenced = _WHOLE_FENCE.fullmatch(below["text"].strip())
        return Wanted((fenced or below)["text"].strip("\n"), target)
    if quoted := _QUOTED.search(thing) or _QUOTED.search(rest):
        return Wanted(next(filter(None, quoted.groups())), target)
    if not target:
        return Wanted() if _points(rest) and _points(thing) else None
    if not (thing or before.strip() or _points(behind) or _HOW.match(behind)):
        return Wanted(behind.strip(), target)
    return Wanted("", target, named=not (_points(thing) and _points(before)))


def _points(words: str) -> bool:
    """Whether these words only point to a text."""
    return len(words) <= _POINTING_CHARS and bool(_POINTS.fullmatch(words))
