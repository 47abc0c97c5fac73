"""What somebody wants to have written: understood once, kept with each version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from engine import content_terms, simplified, written_in
from plugins.drafting.limit import Limit
from plugins.drafting.limits import read

#: The kinds of drafts; ``text`` is anything else that can be written, ``tale`` what is made up (a story, a poem).
KINDS: Final = ("announcement", "article", "release_note", "reply", "post", "summary", "text", "tale")

#: How a kind is called in requests, the first that is found counts; English and Chinese.
_NAMED: Final = (
    ("tale", (r"\b(?:poems?|story|stories|haikus?|limericks?|songs?|lyrics|rap|riddles?|jokes?|fairy tales?|novels?|fiction|"  # noqa: E501  # a pattern reads better whole
             r"screenplay|movie plot|parody|parodies|ballad|sonnet)\b|(?:首诗|诗歌|故事|笑话|谜语|歌词|小说|童话|剧本)")),  # noqa: E501  # a pattern reads better whole
    ("release_note", r"\b(?:release ?notes?|changelog|change log|what['’]s new)\b|发布说明|發佈說明|版本说明|更新日志|更新說明"),  # noqa: E501  # a pattern reads better whole
    ("summary", r"\b(?:summar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|recap|tl;?dr|sum up|digest of|minutes)\b|总结|總結|摘要|概括|概述|归纳|纪要"),  # noqa: E501  # a pattern reads better whole
    ("reply", (r"\b(?:reply|respon(?:d|se) to (?:a|the|this|our|my|an) (?:customer|client|user|complaint|ticket|e-?mail|message|review)|"  # noqa: E501  # a pattern reads better whole
              r"answer (?:to )?(?:a|the|this) (?:customer|client|user|complaint|ticket|e-?mail))\b|回复|回覆|答复|答覆|回信")),  # noqa: E501  # a pattern reads better whole
    ("post", r"\b(?:tweets?|(?:social(?: media)?|linkedin|facebook|instagram|mastodon|twitter|x|weibo) posts?)\b|社交媒体|社群貼文|推文|微博|朋友圈|小红书"),  # noqa: E501  # a pattern reads better whole
    ("announcement", r"\b(?:announcements?|announce|notices?|newsflash|press release|internal memo|memo)\b|公告|通知|通告|启事|新闻稿"),  # noqa: E501  # a pattern reads better whole
    ("article", r"\b(?:article|blog(?: post)?s?|essay|newsletter|column|how-?to|guide|white ?paper)\b|文章|博客|部落格|稿件|随笔"),  # noqa: E501  # a pattern reads better whole
)  # fmt: skip
_TONES: Final = (
    "formal", "informal", "casual", "friendly", "warm", "polite", "professional", "neutral", "serious", "funny", "humorous", "playful",  # noqa: E501  # a pattern reads better whole
    "persuasive", "apologetic", "enthusiastic", "plain", "concise", "technical", "sarcastic", "angry", "empathetic", "calm",  # noqa: E501  # a pattern reads better whole
    "正式", "口语", "友好", "亲切", "礼貌", "专业", "严肃", "幽默", "轻松", "活泼", "诚恳", "热情", "简洁", "客观", "道歉",  # noqa: E501  # a pattern reads better whole
)  # fmt: skip
_TONE: Final = re.compile(r"(?<![a-z])(?:" + "|".join(_TONES) + r")(?![a-z])", re.IGNORECASE)
_AUDIENCE: Final = re.compile(
    r"\b(?:for|aimed at|geared towards?|addressed to|targeting)\s+((?:all |our |the |new |young )*"
    r"(?:customers?|clients?|users?|staff|employees?|colleagues?|team|engineers?|developers?|management|executives?|beginners?|everybody|everyone|"
    r"public|press|partners?|students?|kids|children|teenagers|parents|moms|professionals?|members|admins?))\b"
    r"|(?:面向|写给|針對|针对|對象[是为為：:]|对象[是为：:]|給予|給|给)((?:全体|所有|新)?(?:客户|客戶|用户|用戶|員工|员工|同事|团队|工程师|开发者|开发人员|管理层|学生|公众|媒体|合作伙伴|家长|会员))",
    re.IGNORECASE,
)
_THREAD: Final = re.compile(
    r"\b(?:this|the|our) (?:thread|discussion|conversation|chat|talk|post)\b|(?:这个|这|本|該|该|上面的?|這個?)(?:讨论串?|討論串?|帖子|话题|對話|对话|消息列|聊天|串)",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
#: A summary of what is at hand, without a name for it.
_AT_HAND: Final = re.compile(
    r"(?:summari[sz]e|sum up|recap|tl;?dr:?)\s+(?:this|that|it|the above|everything above)(?: for (?:me|us))?(?:,? please)?\W*$"  # noqa: E501  # a pattern reads better whole
    r"|(?:总结|概括|归纳)(?:一下|下)?(?:(?:上面|以上|前面|刚才)[^，。？?\s]{0,6})?[吧吗。！!？?\s]*$",
    re.IGNORECASE,
)
#: Kinds that tell what the request says itself, and where it says that.
_TELLING: Final = frozenset({"announcement", "release_note", "post"})
_GIST: Final = re.compile(
    r"(?:\b(?:that|about|saying|regarding|announcing)\b|[:：，,])\s*(?P<what>[^\n]+?)(?=\.\s|[。；;]|，语气|，語氣|, *(?:in|at|with|no|friendly|formal)?\s*(?:,|$)|$)",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
#: What is not to be said is no part of the gist.
_NEGATED: Final = re.compile(
    r"(?:[,;，；]\s*|\s+|^)(?:(?:but|and|please|请) ?)*(?:(?:do not|don['’]t|never|avoid|without)(?= \w+ing\b| (?:mention|say|talk|refer|use|write|include)\b)|"  # noqa: E501  # a pattern reads better whole
    r"不(?:要|必|用|得|能|可)|别(?=提|说|写|用)|请?勿|避免|无需)",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"```[^\n`]*\n(.*?)```|\"\"\"(.*?)\"\"\"", re.DOTALL)
_POINTS: Final = re.compile(
    r"(?:must[- ]have points?|key points?|points? to (?:cover|make|mention)|must (?:mention|say|cover)|make sure (?:to|you) (?:mention|say|cover)|"  # noqa: E501  # a pattern reads better whole
    r"必须(?:提到|说明|写明)|要点(?:是|包括)?|务必(?:提到|说明))\s*[:：]?\s*(?P<list>[^\n]*(?:\n[ \t]*[-*•\d][^\n]*)*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Request:
    """``asked`` are the words of whoever asks; ``content`` the same without what is said about form: a source of facts.

    ``language`` is that of the draft (``en``, ``zh``, ``zh-TW``, ``ja``, ...).  ``given`` is a text that came with the
    request, behind a line that ends in a colon or in a fence: what to answer, to summarise or to translate.  ``tone``
    and ``audience`` are in the asker's words, ``limits`` can be verified.
    """

    asked: str
    kind: str
    language: str
    content: str = ""
    given: str = ""
    tone: str = ""
    audience: str = ""
    limits: tuple[Limit, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What ``of`` reads back to an equal value."""
        return {**asdict(self), "limits": [limit.as_json() for limit in self.limits]}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Request:
        """The request that ``as_json`` wrote; what is not known (of another version) is left out."""
        words = {name: str(kept.get(name) or "") for name in cls.__slots__ if name != "limits"}
        return cls(**words, limits=tuple(map(Limit.of, kept.get("limits") or ())))

    @property
    def about_thread(self) -> bool:
        """Whether it is about what people said in this thread."""
        return bool(_THREAD.search(simplified(self.asked))) and not self.given

    @property
    def at_hand(self) -> bool:
        """Whether it is about what is at hand, files or else the thread, without a name for it."""
        return bool(_AT_HAND.search(simplified(self.asked))) and not self.given


def understood(asked: str) -> Request:
    """The request in these words, by rules alone."""
    words, given = _apart(asked)
    limits, content = read(words)
    points = tuple(Limit("point", 0, "", point) for point in points_of(content))
    wanted = [limit.text for limit in limits if limit.what == "language"]
    folded = simplified(content)  # as long as the content: what is found there is told in the asker's characters
    tones = dict.fromkeys(content[slice(*m.span())].lower() for m in _TONE.finditer(folded))
    audience = _AUDIENCE.search(content) or _AUDIENCE.search(folded)
    kind = kind_of(content)
    gist = _GIST.search(content) if kind in _TELLING and not points and not given else None
    about = _NEGATED.split(gist["what"], maxsplit=1)[0].strip() if gist else ""
    says = (Limit("says", text=about),) if len(content_terms(about)) > 1 else ()
    return Request(
        asked,
        kind,
        wanted[-1] if wanted else written_in(words),
        content if not given else f"{content}\n{given}",
        given,
        ", ".join(tones),
        content[slice(*audience.span(1 if audience[1] else 2))] if audience else "",
        (*limits, *points, *says),
    )


def kind_of(words: str) -> str:
    """The kind that is named first; of two at the same place, the one that stands first in the list."""
    words = simplified(words)
    found = [
        (m.start(), n, kind) for n, (kind, named) in enumerate(_NAMED) if (m := re.search(named, words, re.IGNORECASE))
    ]
    return min(found)[2] if found else "text"


def points_of(words: str) -> list[str]:
    """What must be said, each in its own words, where the request lists it."""
    found = _POINTS.search(simplified(words))
    if not found:
        return []
    lines = [line.strip(" \t-*•.0123456789)") for line in words[slice(*found.span("list"))].splitlines()]
    first, *others = lines or [""]
    listed = (
        [part for part in re.split(r"[;；、]|,\s+(?:and\s+)?|\s+and\s+", first) if part.strip()]
        if not others
        else [first, *others]
    )
    stripped = (part.strip(" .。,，") for part in listed)
    return [part for part in stripped if len(content_terms(part)) > 1][:12]  # one word says what about, not what


def _apart(asked: str) -> tuple[str, str]:
    """The words of the request, and the text that came with it."""
    if fenced := _FENCE.search(asked):
        return (asked[: fenced.start()] + asked[fenced.end() :]).strip(), (fenced[1] or fenced[2] or "").strip()
    head, colon, rest = asked.partition("\n")
    if colon and head.rstrip().endswith((":", "：")) and len(rest.strip()) >= 80:
        return head.strip(), rest.strip()
    return asked.strip(), ""
