"""What may be said after a draft: shorter, more formal, in Chinese, add a line on X, back to version 2."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from engine import content_terms, mentioned
from plugins.drafting import spans
from plugins.drafting.languages import NAMED, code_of
from plugins.drafting.limit import Limit
from plugins.drafting.limits import read
from plugins.drafting.request import Request

#: How much shorter or longer is meant by the words alone.
_SHORTER, _LONGER = 0.7, 1.3
_LENGTHS: Final = frozenset({"words", "characters", "sentences", "paragraphs"})
_LIMIT_CHARS: Final = 200  # of a wish that is only a limit
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
    r"(?>(?:please|can you|could you|would you|can we|could we|now|ok(?:ay)?|yes|no(?=[,.!])|and|but|also|then|great|thanks|thank you|nice|"  # noqa: E501  # a pattern reads better whole
    r"(?:looks |sounds )?good|hm+|well|i(?:'d| would) (?:like|want|prefer)|let['’]s|try(?! again)|just|an?|it)[\s,.!:]+"
    r"|请|請|麻烦|麻煩|能不能|可不可以|可以|能否|能|帮我|幫我|那就?|再(?![写寫来來试試])|然后|好的?|谢谢|謝謝|把(?:它|草稿|这[篇段份个]|這[篇段份個]|文章|公告|第[一二三四五\d]+[段句])|将其?|[，,。！\s])*+"
)
_PART: Final = r"(?:draft|text|version|announcement|article|reply|post|summary|tone|style|wording|title|headline|first|second|third|last|intro\w*|ending|opening|greeting|paragraphs?|sentences?|bullet\w*|points?|line|list|section|part)"  # noqa: E501  # a pattern reads better whole
_DRAFT: Final = rf"(?:(?:(?:the |this |that |my |your )?{_PART}|it|this|that|them|everything)\b)"
#: What may follow "shorter" where nothing says what is to be it: "longer leave" is something to be asked for.
_ALONE: Final = rf"\b(?=\s*(?:$|[^\w\s])|\s+(?:and|but|or|please|with|in|by|for|than|like|now|again|if|thanks|words?|wording|language|to|about|on|at|so|as|a bit|{_PART})\b)"  # noqa: E501  # a pattern reads better whole
_COMPARED: Final = (
    r"(?:(?:make|keep|have|turn|get|want|sound|be|should be) (?:"
    + _DRAFT
    + r"|\w+ \w+)\s+(?:(?:a )?(?:bit|little|much|lot|slightly|even|far|way|somewhat)\s+)*(?:shorter|longer|simpler|clearer|more|less)\b"  # noqa: E501  # a pattern reads better whole
    r"|(?:should be|i want (?:it|this|that|the draft|the text))\s+(?:to be )?(?:a bit |a little |much )?(?:(?:more|less)\b|(?:short|long|simpl|clear|warm|friendli|nic|strong|soft)er\b)"  # noqa: E501  # a pattern reads better whole
    r"|half (?:as long|the (?:length|size))\b|sound(?:ing|s)? (?:more|less|too)\b|(?:(?:(?:a )?(?:bit|little)|much|slightly|even|far|way|somewhat|some|more and)\s+)*"  # noqa: E501  # a pattern reads better whole
    r"(?:shorter|longer|briefer|simpler|clearer|warmer|friendlier|nicer|stronger|softer|bolder|punchier|funnier|snappier|crisper|tighter|kinder|"
    r"(?:more|less) (?!work\b|time\b|money\b)\w+)"
    + _ALONE
    + r"|more like\b|(?:(?:is|was|should be|sounds|looks|reads)\s+)?(?:(?:(?:a )?(?:bit|little)|way|far|much|still)\s+)*(?:(?:too|not so|not as|as) \w+|not \w+ enough)\b)"  # noqa: E501  # a pattern reads better whole
)
#: What a form may do without, so that "no parking on Friday" is none.
_FORM: Final = r"(?:(?:any |more |the |so many )?(?:emojis?|hash ?tags?|commas?|bullets?|bullet points?|headings?|title|jargon|exclamation|markdown|links?|greeting|sign-?off|abbreviations?|more than|longer than|\"|“))"  # noqa: E501  # a pattern reads better whole
_VERB: Final = (
    r"(?:(?:shorten|lengthen|expand|rewrite|rephrase|reword|tighten|condense|simplify|polish|translate|insert|append|omit|leave out|"  # noqa: E501  # a pattern reads better whole
    r"emphasi[sz]e|highlight|proofread|write it|write this|give it|try again|once more|do it again)\b"
    r"|(?:add|remove|delete|drop|cut|replace|swap|change|mention|include|say)\b(?!-| (?:of|off|hi|hello|password|point)\b| (?:me|myself|us|him|her|someone|somebody)\b)"  # noqa: E501  # a pattern reads better whole
    rf"(?! (?:my|our|his) (?!{_PART}\b))"
    rf"|(?:fix|correct|keep|split|merge|move|put|make|turn|convert|give|start|end|begin|finish) (?:all |both |the (?:two |three |\d+ )?|a |any )?(?:{_DRAFT}|typos?\b|spelling|grammar|dates?\b|times?\b|days?\b|names?\b|numbers?\b)"  # noqa: E501  # a pattern reads better whole
    r"|(?:start|end|begin|finish|open|close) (?:it )?(?:with|by)\b|(?:keep|make) (?:to |only )?(?:\d|one\b|two\b|three\b)"  # noqa: E501  # a pattern reads better whole
    r"|(?:don['’]t|do not) (?:write|use|say|mention|include|put)\b|(?:redo|undo|revert|restore)\W*$"
    rf"|(?:no|without) {_FORM}|without (?:mentioning|naming|saying)\b|only (?:in |use |mention |\d|one\b|two\b|three\b|bullet)"  # noqa: E501  # a pattern reads better whole
    r"|use (?:an? |the |more |fewer |less |only |some |simpler |short\w* |formal |plain |active |\d+ )*(?:bullet|words?|tone|language|style|headings?|lists?|emojis?|version|sentences|paragraphs|title|voice|table|capital)"  # noqa: E501  # a pattern reads better whole
    rf"|use (?:[\"“'‘]|{NAMED})|use [^?\n]{{1,60}} (?:instead|rather than)\b|(?:the )?(?:title|headline)(?:\s*[:：]| (?:it|should|must)\b)"  # noqa: E501  # a pattern reads better whole
    r"|(?:give me |give us |write |write me |show me |make )?(?:an?|another|one more|one other)? ?"
    r"(?:(?:shorter|longer|different|new|better|other|second|friendlier|simpler|(?:more|less) \w+) (?:version|draft|one|text)|(?<=another )(?:version|draft|one)|(?<=more )(?:version|draft))\b)"  # noqa: E501  # a pattern reads better whole
    r"|go back to (?:the )?\w+ (?:one|version|draft|tone|text)\b"
    rf"|with(?:out)? (?:some |a few |more |an? )?{_FORM}|i (?:don['’]t|do not) like {_DRAFT}"
)
_DAY: Final = r"(?:\S*\d\S*|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october|november|december|noon|midnight|today|tomorrow)"  # noqa: E501  # a pattern reads better whole
#: What is said of the draft instead of what to do: too long, not formal enough, Thursday and not Friday.
_REMARK: Final = (
    rf"(?:(?:{_DRAFT})(?:['’]s| is| was| are| sounds?| looks?| reads?| feels?) (?:still |just |a bit |a little |way |far |much )*"  # noqa: E501  # a pattern reads better whole
    r"(?:too (?!hot|cold|late|early|loud|noisy|expensive)\w+|not \w+ enough|(?:more|less) \w+)\W*$"
    rf"|(?:it|this|that)(?:['’]s| is) [^?\n,]{{1,60}}, not [^?\n,]{{1,40}}\W*$|[^?\n,]{{3,120}}, not (?:on |at |in |by |until )?{_DAY}\W*$"  # noqa: E501  # a pattern reads better whole
    r"|the (?:date|time|day|place|name|number|address) is (?:wrong|not right)\b|(?:can|could|should|may) (?:it|this|that|the draft|the text) (?:be|get|sound|have|read) (?=\w))"  # noqa: E501  # a pattern reads better whole
)
_ADJ_ZH: Final = r"(?:短|长|長|正式|口语|口語|活泼|活潑|友好|友善|亲切|親切|簡潔|简洁|简短|簡短|详细|詳細|专业|專業|礼貌|禮貌|幽默|轻松|輕鬆|通俗|客气|客氣|严肃|嚴肅|直接|温和|溫和|随意|生动|具体|具體)"  # noqa: E501  # a pattern reads better whole
_INTO_ZH: Final = r"(?:[改换換][成为為]|改到|改得|换到|[写寫][成得]|分成|变成|變成|删[掉除去]|刪[掉除去]|去掉|移到|放到|缩短|縮短|合并|合併|翻[译譯]?[成为]|加上|加到)"  # noqa: E501  # a pattern reads better whole
_ZH: Final = (
    r"(?:(?:[更再太]加?|稍微?|[还還]是|不够|不夠|不太|有点|有點)+"
    + _ADJ_ZH
    + r"|"
    + _ADJ_ZH
    + r"(?:一?[点些點]|一些|\W*$)|缩短|縮短|加长|加長|精简|精簡|压缩|壓縮|扩写|擴寫|展开|展開|润色|潤色|重新?[写寫]|改[写寫]|缩减|縮減|再?[写寫来來]一?[版遍次]|再[写寫]|重[来來]\W*$|再[试試]一?[次遍下]|[写寫](?:短|长|長)一?[点點些]|提到|提一下|"  # noqa: E501  # a pattern reads better whole
    r"翻(?:译|譯)?[成为]|译成|譯成|用(?:"
    + NAMED
    + r")|(?:"
    + NAMED
    + r")版\W*$|[改换換](?:[成为為得掉用]|一|上|语气|語氣|标题|標題|第|短|长|長|[个個](?:说法|說法|标题|標題|语气|語氣|词|詞|开头|開頭|结尾|結尾|角度|写法|寫法))|"  # noqa: E501  # a pattern reads better whole
    r"加(?:[成为一上第点點些用\d二两兩三]|入[一关關]|标题|標題)|(?:增加|补充|補充|插入)(?:[一上点點关關\d两三:：]|说明|說明)|[删刪](?:[掉除去](?![我他她]|[账帳][号號])|第|最后|最後|一)|去掉|去除|"
    r"(?:不要|别|別)(?:[用写寫提说說太再第]|使用|出现|出現|标题|標題|那么|那麼|这么|這麼|表情|列表|换行|語氣|语气|掉)|[写寫]得|(?:语气|語氣|标题|標題)(?:[改换換要用写寫太更再短长長:：成为為加不]|正式|友)|"
    r"保留|强调|強調|突出|合并|合併|拆分|第[一二三四五六七八九十\d]+[段句](?:[用改换換要写寫太更再删刪加移放不缩短]|去掉)|撤[销銷回]\W*$|[把将將][^，。？?\n]{1,30}?"
    + _INTO_ZH
    + r"|[^，,。？?\n]{1,20}[改换換][成为為]|不是[^，,？?\n]{1,20}[，,]?\s*而?是[^？?\n]{1,20}$|[^，,？?\n]{0,20}是[^，,？?\n]{1,20}[，,]\s*(?:而)?不是[^？?\n]{1,20}$)"  # noqa: E501  # a pattern reads better whole
)
#: Read without what stands in quotes: a title may well be a question.
_QUESTION: Final = re.compile(
    r"^\s*(?:what|why|how|when|where|who|whom|whose|which|is|are|was|were|does|do|did|has|have|should|will|may|am)\b(?! not\b|n['’]t\b)"  # noqa: E501  # a pattern reads better whole
    r"|[?？]\s*$|[吗嗎呢]\s*[。！]?$|怎么|怎麼|怎样|怎樣|如何|谁|誰|哪|几[天个点次年月]|幾[天個點次年月]|多少|多久|什么|什麼|吗|嗎|是否|有没有|有沒有",
    re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"[\"“「《][^\"”」》\n]*[\"”」》]")
_N: Final = r"\s*[一二三四五六七八九十\d]+\s*"
_ABOUT_DRAFT: Final = re.compile(rf"\b(?:draft|version \d+|the text)\b|草稿|第{_N}(?:[个個])?版|初稿", re.IGNORECASE)
_BACK: Final = re.compile(
    r"\b(?:back|return|revert|restore|go|use|take|keep|show)\b[^.\n]{0,20}?\b(?:version|draft|v)\s*(?P<n>\d{1,3}|one|two|three|four|five)\b"
    r"|^\s*(?:version|v)\s*(?P<v>\d{1,3})\b[^.\n]{0,20}$"
    r"|\b(?:the )?(?P<nth>first|second|third|fourth|fifth|original) (?:version|draft|one)\b"
    r"|(?:回到|恢复到?|恢復到?|回[复復]到?|退回到?|用回?|换回|換回|要)\s*第?\s*(?P<zh>[一二三四五六七八九十\d]{1,3})\s*(?:版|[个個]版本|稿)|(?P<orig>最初|原来|原來|初)(?:的)?(?:版本?|稿)",
    re.IGNORECASE,
)
_UNDO: Final = re.compile(
    r"^\W*(?:please )?(?:undo(?: (?:that|this|it))?|(?:go )?back|revert(?: (?:that|this|it))?|(?:(?:back to|restore) )?(?:the )?(?:previous|last|earlier) "  # noqa: E501  # a pattern reads better whole
    r"(?:version|draft|one)|the one before)\W*$|^\W*(?:撤[销銷回]|恢复|恢復|(?:回到|退回到?|回[复復]到?|恢[复復]到?)?(?:上|前)一(?:版|[个個]版本|稿)|还原|還原)\W*$",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_BEGINS: Final = re.compile(rf"^\s*{_POLITE}(?:{_COMPARED}|{_REMARK}|{_VERB}|{_ZH})", re.IGNORECASE)
#: A question by its mark alone that asks for a change in so many words.
_MAYBE: Final = re.compile(
    r"^\W*(?:please |ok(?:ay)? |and |but |good |thanks )*(?:(?:can|could|would|should) (?:you|we|it|this|that|the draft|the text)\b|(?:请|請)?(?:能|可以|可不可以|可否))",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_ASKS_ZH: Final = re.compile(
    r"怎么|怎麼|怎样|怎樣|如何|谁|誰|哪|几[天个点次年月]|幾[天個點次年月]|多少|多久|什么|什麼|是否"
)
_ADDS: Final = re.compile(
    rf"^\s*{_POLITE}(?:(?:add|insert|append|include) (?:an? |one |another )?(?:short )?(?:line|sentence|paragraph|section|point|bullet|note)\b|(?:加上?|补充|補充|增加)一[句段行条條个個点點])",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_LANGUAGE: Final = re.compile(
    rf"^\s*{_POLITE}(?:(?:translate|turn|write|put|say|make) (?:it |this |that |the draft )?)?(?:in|into|to)\s+(?:the )?(?P<name>{NAMED})(?:\s+(?:language|please|version))*\W*$"  # noqa: E501  # a pattern reads better whole
    rf"|^\s*{_POLITE}(?:请|請)?(?:用|翻(?:译|譯)?[成为]|译成|譯成|写成|寫成|改成|换成|換成|改为|改為)?(?P<zh>{NAMED})(?:版本?|吧|[写寫]|一下|\s)*\W*$",
    re.IGNORECASE,
)
#: A language and more: "in Chinese and shorter".
_AND_LANGUAGE: Final = re.compile(
    rf"^\s*{_POLITE}(?:(?:write|put|say|make) (?:it |this |that |the draft )?)?in\s+(?P<name>{NAMED})\s*(?:,|and\b|but\b)",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_SHORT: Final = re.compile(r"\b(?:shorter|shorten|briefer|condense|tighten|less (?:long|wordy)|too long|more concise)\b|[更再]?短|太长|太長|精简|精簡|压缩|簡短|简短|缩减", re.IGNORECASE)  # fmt: skip  # noqa: E501  # a pattern reads better whole
_LONG: Final = re.compile(r"\b(?:longer|lengthen|expand|more detail(?:s|ed)?|too short)\b|更?长|太短|加长|更?長|扩写|展开|更?详细|更?詳細", re.IGNORECASE)  # fmt: skip  # noqa: E501  # a pattern reads better whole
_ADD: Final = re.compile(
    r"\b(?:add|include|mention|insert|append)\s+(?:(?:an?|one|another)\s+)?+(?:short\s+)?+(?:(?:line|sentence|paragraph|section|point|bullet|note|word)\b)?+\s*"
    r"(?:(?:on|about|that|saying|for|regarding|with)\b)?+\s*(?P<what>[^\n]{3,200})|(?:(?<![更参參])加(?!班|[长長快])[上入]?+|增加|补充|補充)(?:一[句段行条條个個點点])?+(?:关于|關於|说明|說明|说)?+(?P<zh>[^\n]{2,100})",
    re.IGNORECASE,
)
#: From here on a wish is about one place, and a number in it no limit of the whole.
_ONE_PLACE: Final = re.compile(
    r"\b(?:add|adding|remove|delete|drop|cut(?! (?:(?:it|this|that|the draft|the text|down) )*to\b)|merge|insert|append|titles?|headlines?|subject|first|second|third|last|paragraph (?:\d|one|two|three)|(?:the|each|every|this|that) (?:paragraph|sentence|bullet|line))\b"  # noqa: E501  # a pattern reads better whole
    r"|(?<![更参參])加(?!班|[长長快])|[删刪]|去掉|补充|補充|插入|合并|合併|第[一二三四五六七八九十\d]+[段句行条條点點个個]|最[后後]|开头|開頭|结尾|結尾|标题|標題|每[段句]",
    re.IGNORECASE,
)
_WHOLE: Final = re.compile(
    rf"^\s*{_POLITE}(?:(?:make|keep|cut|say|write|shorten|lengthen|expand|trim|rewrite|condense|get) (?:it|this|that|the (?:draft|text|announcement|article|post|reply|summary)|everything)\b|cut to|控制在|[写寫改压缩縮扩擴][成到为為]|(?:写|寫|改)[^，,\n]{{0,4}}\d+字)",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_FILLING: Final = re.compile(
    r"(?:\W|\b(?:please|can|could|you|now|ok|okay|and|but|also|then|in|at|to|it|this|that|make|keep|use|with|just|only|be|should|the|draft|text|is|thanks|of|long|add|some|an?|shorter|longer|more|less)\b|请|請|用|字|吧|控制在|写|寫|改|缩|縮|成|为|為|到|全文|再|要|在|就|的|加|更?短|更?长|一?点|一?些)*",
    re.IGNORECASE,
)
_NOT_IN: Final = re.compile(
    rf"(?:别|別|不要|不用|don['’]t|do not|not|no|never|instead of|without)\s*(?:再|用|使用|写成|寫成|翻成|use|write|in|be|it|any|\s)*(?:{NAMED})",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
#: Limits that are something to be added.
_ADDED: Final = frozenset({"postscript", "keyword", "letter", "placeholders", "ending", "opening", "forbidden"})
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
    if len(said) > 2_000:
        return None
    if named := _LANGUAGE.search(said[:400]):
        return Change(said, language=code_of(named["name"] or named["zh"]))
    if _asks(said) and not _ABOUT_DRAFT.search(said):
        return None
    return Change(said) if _BEGINS.search(said[:400]) or _AND_LANGUAGE.search(said[:400]) or _is_limit(said) else None


def _asks(said: str) -> bool:
    """Whether it is a question, and none that asks for a change."""
    bare = _QUOTED.sub("", said)
    if not _QUESTION.search(bare) or _ADDS.search(said[:400]):
        return False
    return bool(_ASKS_ZH.search(bare)) or not _MAYBE.search(said)


def _is_limit(said: str) -> bool:
    """Whether the wish is nothing but a limit: 50 words."""
    if len(said) > _LIMIT_CHARS:
        return False
    limits, rest = read(said)
    return bool(limits) and bool(_FILLING.fullmatch(rest))


def _of_whole(words: str) -> tuple[tuple[Limit, ...], str]:
    """The limits that a wish sets to the whole draft, and its words without them; those of one place are its words."""
    place = _ONE_PLACE.search(words)
    limits, rest = read(words[: place.start()] if place else words)
    alone = bool(_FILLING.fullmatch(rest)) if not place else False
    if not (alone or _WHOLE.search(words[:400])):
        limits = tuple(limit for limit in limits if limit.what == "language" and _AND_LANGUAGE.search(words[:400]))
    if place:
        added, left = read(words[place.start() :])
        if _FILLING.fullmatch(left):
            limits = (*limits, *(limit for limit in added if limit.what in _ADDED))
    if _NOT_IN.search(words):
        limits = tuple(limit for limit in limits if limit.what != "language")
    return limits, rest if limits and not place else words


def _version(m: re.Match[str]) -> int:
    if m["orig"] or (m["nth"] or "").lower() == "original":
        return 1
    if m["nth"]:
        return _NTH.index(m["nth"].lower()) + 1
    said = m["n"] or m["v"] or m["zh"]
    if said.lower() in _NUMBERS:
        return _NUMBERS.index(said.lower()) + 1
    return int(said) if said.isdigit() else int(max(mentioned(said), default=1))


def _said(words: str) -> frozenset[str | float]:
    """The words and numbers of a wish or a point, to be compared."""
    return frozenset((*content_terms(words), *mentioned(words)))


def answered_by(limit: Limit, text: str, before: str) -> bool:
    """Whether "shorter" or "longer" came true, if not as far as was aimed at: nobody named a number."""
    counts = len(spans.words(text)), len(spans.words(before))
    return limit.options == _ONCE and (counts[0] < counts[1] if limit.relation == "most" else counts[0] > counts[1])


def changed(request: Request, change: Change, text: str) -> Request:
    """The request as it is from now on: what the wish says about form replaces what was said before about the same."""
    limits, content = _of_whole(change.words)
    named = _said(change.words)
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
        and limit.what != "says"  # it may be just what is put right
        and not (limit.what == "point" and named & _said(limit.text))
    )
    points: tuple[Limit, ...] = ()
    if not limits and (add := _ADD.search(content)):
        said = (add["what"] or add["zh"]).strip(" .。!！")
        points = (Limit("point", text=said),) if _FILLING.fullmatch(read(said)[1]) is None else ()
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
