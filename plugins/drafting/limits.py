"""Reads in a request what can be verified later: lengths, sections, keywords, letters, endings, and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from engine import simplified
from plugins.drafting.content import CONTENT, of_the_matter
from plugins.drafting.languages import NAMED, code_of
from plugins.drafting.limit import Limit
from plugins.drafting.listing import length_of, listed
from plugins.drafting.relations import BEHIND, POST, REL, TIMES, UPTO, N, bound, counted, number, times
from plugins.drafting.repeating import repeated

_QUOTES: Final = r"\"“”'‘’「」《》`"


Read = Iterator[tuple[int, int, list[Limit]]]


def _all(pattern: str, text: str) -> Iterator[re.Match[str]]:
    return re.finditer(pattern, text, re.IGNORECASE)


_KEYWORD: Final = (
    r"(?:(?:the |these |this |following |any of )*(?:key ?)?(?:words?|terms?|phrases?)|关键词|關鍵詞|词语?|字眼|字样)"
)


def _words_of(text: str) -> Read:
    """Words that must, may so often, or must not stand there."""
    end = r"(?=(?P<list>[^\n]{1,300}))"
    not_ = (
        r"(?:(?:do not|don['’]t|does not|should not|shouldn['’]t|must not|can ?not|may not|never|not|without|avoid|refrain from|no)\s+"  # noqa: E501  # a pattern reads better whole
        r"(?:to\s+)?(?:us(?:e|ing)|includ(?:e|ing)|mention(?:ing)?|say(?:ing)?|contain(?:ing)?|writ(?:e|ing)|have|having)?\s*)"
    )
    banned = rf"(?:(?:forbidden|banned|prohibited|taboo|disallowed) {_KEYWORD}|禁用(?:词语?|字|语)|禁词|禁语|禁止(?:使用|出现)的?(?:词语?|字眼))"  # noqa: E501  # a pattern reads better whole
    for m in _all(
        rf"(?:(?:{not_}|\b(?:skip|omit|leave out|exclude) (?:all )?){_KEYWORD}(?!s?,? (?:such as|like)\b)|{banned}(?:\s+are\b|是|有|包括)?)[\s:：]*{end}",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("forbidden", options=words)]
    for m in _all(rf"{not_}(?:\w+ ){{0,2}}words?,? (?:such as|like)\s*{end}", text):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("forbidden", options=words)]
    for m in _all(
        rf"word\s+[{_QUOTES}]?(?P<word>[\w-]{{1,40}})[{_QUOTES}]?\s+(?:does not|doesn['’]t|must not|should not|may not|never|shouldn['’]t) (?:appear|occur|be used)",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("forbidden", options=(m["word"],))]
    for m in _all(rf"{not_}(?P<list>(?:[\"“]|(?<=\s)['‘])[^\n]{{1,200}})", text):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("forbidden", options=words)]
    for m in _all(
        rf"(?:不要|不得|不能|不可|请勿|避免|禁止|别)(?:使用|出现|提到|包含|提及|用|写|说)?{_KEYWORD}?[：:\s]*(?=(?P<list>[“\"「][^\n。；]{{1,120}}))",
        text,
    ):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("forbidden", options=words)]
    word = rf"[{_QUOTES}]?(?P<word>[^\s{_QUOTES},.，。]{{1,40}})[{_QUOTES}]?"
    used = r"(?:(?:should|must|to|has to|needs to|is|be|will|has)\s+)*(?:be\s+)?(?:appears?|used?|occurs?|mentioned|included|出现|使用|提到)"  # noqa: E501  # a pattern reads better whole
    for m in _all(rf"(?:the )?(?:key ?)?word\s+{word}[^.\n]{{0,40}}?\s*{used}\s*{TIMES}", text):
        relation, n = times(m)
        yield m.start(), m.end(), [Limit("keyword", n, relation, m["word"])]
    for m in _all(
        rf"(?:includ(?:e|ing)|us(?:e|ing)|mention(?:ing)?|contain(?:s|ing)?|say)\s+(?:the )?(?:key ?)?word\s+{word}\s+{TIMES}",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        relation, n = times(m)
        yield m.start(), m.end(), [Limit("keyword", n, relation, m["word"])]
    for m in _all(
        rf"[“\"「](?P<word>[^”\"」\n]{{1,40}})[”\"」]\s*(?:这个)?(?:一?词)?(?:要|须|应|必须)?(?:出现|提到|使用){TIMES}",
        text,
    ):
        relation, n = times(m)
        yield m.start(), m.end(), [Limit("keyword", n, relation, m["word"])]
    for m in _all(
        r"\b(?:includ(?:e|ing)|mention(?:ing)?|contain(?:s|ing)?)\s+(?P<list>[\"“][^\"”\n]{1,40}[\"”][^\n]{0,200})",
        text,
    ):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("keyword", 1, "least", w) for w in words]
    has = r"(?:includ(?:e|es|ing)|us(?:e|ing)|mention(?:ing)?|contain(?:s|ing)?|has|have|(?<!end )(?<!ends )(?<!finish )(?<!start )(?<!begin )(?<!starts )with|包含|包括|提到|使用|出现|含有?)"  # noqa: E501  # a pattern reads better whole
    for m in _all(rf"{has}\s*(?:all )?(?:of )?{_KEYWORD}[\s:：]*{end}", text):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("keyword", 1, "least", w) for w in words]
    for m in _all(
        rf"(?:必须|务必|一定要|要|须)?(?:包含|包括|提到|使用|出现){_KEYWORD}?[：:\s]*(?=(?P<list>[“「][^\n。；]{{1,120}}))",
        text,
    ):
        if words := listed(m["list"]):
            yield m.start(), m.start("list") + length_of(m["list"]), [Limit("keyword", 1, "least", w) for w in words]


def _form_of(text: str) -> Read:
    """Letters, highlights, placeholders, sections, bullets: what has a unit of its own."""
    letter = rf"(?:the )?letter\s+[{_QUOTES}]?(?P<l>[^\s{_QUOTES}])[{_QUOTES}]?"
    for m in _all(rf"{letter}[^.\n]{{0,60}}?{TIMES}", text):
        relation, n = times(m)
        yield m.start(), m.end(), [Limit("letter", n, relation, m["l"])]
    for m in _all(
        rf"(?:not|n['’]t|without|avoid)\s+(?:us(?:e|ing)|contain(?:ing)?|includ(?:e|ing)) {letter}(?! more)", text
    ):
        yield m.start(), m.end(), [Limit("letter", 0, "most", m["l"])]
    for m in _all(rf"{REL}{N}\s+hash ?tags?|{REL.replace('rel>', 'r2>')}(?P<n2>(?<!\d)\d+)\s*个(?:话题)?标签", text):
        n = number(m["n"] or m["n2"])
        yield (
            m.start(),
            m.end(),
            [Limit("letter", n, bound(m["rel"] or m["r2"] or "", "", n, "least")[0], "#")],
        )
    capital = r"(?:words?|字母)[^.\n]{0,20}?(?:(?:all|in|with|of) )*(?:all )?(?:cap(?:ital)?s?(?: letters)?|uppercase)(?: letters)?"  # noqa: E501  # a pattern reads better whole
    for m in _all(rf"{capital}[^.\n]{{0,40}}?{TIMES}", text):
        relation, n = times(m)
        yield m.start(), m.end(), [Limit("capital_words", n, relation)]
    for m in _all(
        rf"{REL}{N}{UPTO}\s+(?:such )?(?:words? (?:in|with) (?:all )?cap\w*(?: letters)?|(?:such )?capitali[sz]ed words|all[- ]?caps? words)",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), counted(m, "capital_words", bare="least")
    for m in _all(r"\b(?:some|include|use) words (?:in|with) (?:all )?(?:capital letters|caps)", text):
        yield m.start(), m.end(), [Limit("capital_words", 1, "least")]
    marked = r"(?:highlight(?:ed|ing|s)?|itali(?:ci[sz]ed?|cs?))"
    for m in _all(
        rf"{REL}{N}\s+(?:\w+ ){{0,2}}?(?:sections?|parts?|phrases?|words?|sentences?|text parts)?[^.\n]{{0,40}}?\b{marked}",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), counted(m, "highlights", bare="least")
    for m in _all(
        rf"{marked}[^.\n\d]{{0,40}}?{REL}(?:{N}|(?P<often>twice))(?:\s+(?:\w+ ){{0,3}}?(?:sections?|parts?|phrases?|words?|sentences?|points))?",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        found = counted(m, "highlights", bare="least") if m["n"] else [Limit("highlights", 2, "least")]
        yield m.start(), m.end(), found
    for m in _all(rf"{REL}{N}{POST}\s*(?:\w+ )?(?:place ?holders?|个占位符|处占位符)", text):
        yield m.start(), m.end(), counted(m, "placeholders", bare="least")
    mark = r"(?:(?:Mark|Begin|Start|Label)\s+(?:the )?(?:beginning of )?(?:each|every)(?: of the)? (?:section|paragraph|part|day|sections)s?\s+(?:with|as|by)\s+[\"“']?(?P<mark>[A-Za-z]+)\s*(?:X|\d)[\"”']?|sections? (?:should |must |is |are )*(?:be )?(?:start|begin|mark|label)\w*(?: with| by| as)? [\"“']?(?P<mark2>[A-Za-z]+)\s*(?:X|\d))"  # noqa: E501  # a pattern reads better whole
    marks = re.search(mark, text, re.IGNORECASE)
    for m in _all(rf"{REL}{N}\s+(?:\w+ )?(?:sections?|parts)\b(?!\s+(?:should|must)? ?be highl)", text):
        found = (
            counted(m, "sections", bare="least", text=marks["mark"] or marks["mark2"])
            if marks
            else counted(m, "headings", bare="least")
        )
        yield m.start(), m.end(), found
    for m in _all(rf"{REL}{N}\s*个?(?:小标题|小节|章节)", text):
        yield m.start(), m.end(), counted(m, "headings")
    for m in _all(
        rf"{REL}{N}{POST}\s*(?:\w+ ){{0,2}}?(?:bullet(?:ed)?(?:[- ]?points?| items)?|bullets|个?(?:要点|条目|项目符号)|条(?:要点|建议|理由))",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), counted(m, "bullets")


def _length_of(text: str) -> Read:
    """How long it is to be."""
    stars = re.search(r"\*\*\*|three asterisk", text)
    shown = len(re.findall(r"^\s*\*\*\*\s*$", text, re.MULTILINE))
    if shown > 1:  # the form is shown as it is to be
        yield 0, 0, [Limit("paragraphs", shown + 1, "exactly", "***")]
        return
    for m in _all(
        rf"(?:number of words[^.\n]{{0,30}}?|word count[^.\n,]{{0,12}}?|字数[^\n。，,；]{{0,6}}?){REL}{N}{POST}(?:\s*(?:words\b|个?字)(?:以内|之内|内|左右)?)?",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), counted(m, "words", bare="about")
    for m in _all(rf"{REL}{N}{POST}\s*(?:\w+ )?(?:paragraphs?\b|个?(?:自然)?段落?)", text):
        yield m.start(), m.end(), counted(m, "paragraphs", text="***" if stars else "")
    for m in _all(rf"{REL}{N}{POST}{UPTO}[\s-]*(?:\w+ )?(?:sentences?\b|句话?){BEHIND}", text):
        yield m.start(), m.end(), counted(m, "sentences")
    for m in _all(rf"{REL}{N}{POST}{UPTO}\s*(?:characters|chars|letters long|个?字符){BEHIND}", text):
        yield m.start(), m.end(), counted(m, "characters", bare="about")
    for m in _all(
        rf"{REL}{N}{POST}{UPTO}[\s-]*(?:or more |or less |or fewer )?(?:words?\b(?! (?:in|with) (?:all )?cap)(?! (?:to|that|which) (?:describe|remember|live))|个?字(?!符|母)|个?单词){BEHIND}",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        limits = counted(m, "words", bare="about")
        if re.search(r"or more", m.group()):
            limits = [Limit("words", number(m["n"]), "least")]
        yield m.start(), m.end(), limits if limits and limits[0].count > 1 else []


def _first_words_of(text: str) -> Read:
    ordinal = r"(?P<nth>first|second|third|fourth|fifth|sixth|seventh|last|\d{1,2}(?:st|nd|rd|th))"
    for m in _all(
        rf"(?:the )?{ordinal} paragraph[^.\n]{{0,40}}?(?:start|begin)\w*\s+with\s+(?:the )?(?:word )?[{_QUOTES}]?(?P<word>[\w-]+)",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("first_word", _nth(m["nth"], text), "exactly", m["word"])]
    for m in _all(
        rf"(?:start|begin) (?:the )?(?:paragraph (?P<n>\d{{1,2}})|(?P<nth>{ordinal.removeprefix('(?P<nth>')[:-1]}) paragraph) with (?:the )?(?:word )?[{_QUOTES}]?(?P<word>[\w-]+)",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("first_word", int(m["n"] or 0) or _nth(m["nth"], text), "exactly", m["word"])]


def _nth(said: str, text: str) -> int:
    ordinals = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
    if said.lower() in ordinals:
        return ordinals.index(said.lower()) + 1
    if said[0].isdigit():
        return int(re.findall(r"\d+", said)[0])
    m = re.search(rf"{REL}{N}\s*(?:\w+ )?paragraphs?\b", text, re.IGNORECASE)
    return number(m["n"]) if m else 1


_ENTIRE: Final = r"(?:(?:your|the|this|it|whole|entire|full|very|one-sentence|final)\s+)*(?:response|output|answer|reply|text|thing|message|letter|essay|post|it|draft)?"  # noqa: E501  # a pattern reads better whole
_PLAIN: Final = (
    ("title", r"(?:title[^.\n]{0,80}?<<[^\n>]*>>|title[^.\n]{0,60}double angular brackets?|<<\s*title\s*>>|双尖括号)"),
    ("no_commas", r"(?:no|without(?: any| using any| using| the use of(?: any)?)?|not (?:use|contain|include|have)(?: any)?|avoid(?: using)?(?: any)?|refrain from (?:using|the use of)(?: any)?|n['’]t (?:use|include|contain)(?: any)?|any)\s+(?:punctuation )?commas?\b|不(?:要|得|能)?(?:使用|用|出现|含)?(?:任何)?逗号"),  # noqa: E501  # a pattern reads better whole
    ("quoted", r"(?:wrap|put|enclose|surround|place)\w*\s+[^.\n]{0,60}?double quot\w*(?: marks?)?|double quot\w*(?: marks?)? (?:around|at the (?:beginning|start))[^.\n]*|(?:整[段篇]|全文)?用双引号(?:括|包)起?来?"),  # noqa: E501  # a pattern reads better whole
    ("lowercase", r"(?:all|only|entirely|just)?\s?(?:in |be |use )?(?:all |only ){0,3}(?:english[ ,]+)?(?:and )?(?:in )?\b(?:all |only )?lower[ -]?case[sd]?\b(?! stud(?:y|ies))(?: letters| english)?|(?:no|without(?: using| any)*|not (?:use|contain)(?: any)?) (?:capital|uppercase)(?: letters)?|全部(?:用)?小写(?:字母)?"),  # noqa: E501  # a pattern reads better whole
    ("no_emoji", r"(?:no|without(?: any| using)*|(?:(?:do|does|should|must|may) )?(?:not|never) (?:use|add|include)(?: any)?|(?:do|does|should|must)n['’]t (?:use|add|include)(?: any)?|avoid(?: using)?(?: any)?) (?:emojis?|emoticons?)\b|(?:不要?|不得|不能|别|勿|禁止|无)(?:使用|用|出现|带|加|含|有)?(?:任何)?(?:表情(?:符号|包)?|emoji)"),  # noqa: E501  # a pattern reads better whole
    ("json", r"\bjson\b(?! (?:export|import|api|support|schema|parser|endpoint|config|files? (?:can|are|is)))(?: format| block| object)?"),  # noqa: E501  # a pattern reads better whole
)  # fmt: skip
_UPPER: Final = re.compile(
    r"(?<!words in )(?<!words with )(?:\b(?:all|only|entirely|fully)[ -](?:in )?(?:capital(?:i[sz]ed)?(?: letters)?|caps|uppercase(?: letters)?)|"  # noqa: E501  # a pattern reads better whole
    r"in (?:uppercase|caps|capital letters|all capital)(?: letters)?|(?:use|using) (?:only )?(?:capital|uppercase) letters|全部(?:用)?大写(?:字母)?)",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)


def _plain_of(text: str) -> Read:
    for what, pattern in _PLAIN:
        for m in _all(pattern, text):
            yield m.start(), m.end(), [Limit(what)]
    for m in _UPPER.finditer(text):
        yield m.start(), m.end(), [Limit("uppercase")]
    for m in _all(
        r"(?:(?:end|finish|add|include|append|contain)\w*|with|an?)\s+[^.\n]{0,60}?post ?script\b(?:[^.\n]{0,40}?\b(?P<mark>P\.\s?(?:P\.\s?)?S\.?))?|附言",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("postscript", text=m["mark"] or "P.S.")]
    six = re.search(r"(?:\*{6}|six asterisk|6 asterisk)", text, re.IGNORECASE)
    if six:
        yield six.start(), six.end(), [Limit("two", text="******")]
    for m in _all(
        r"(?:(?:end|finish|conclude)\w*[^.\n]{0,60}?with (?:this |the |the following )*(?:exact )?(?:phrase|words?|sentence)?|very end of[^.\n]{0,40}?(?:should )?(?:reads?|be)(?: exactly)?(?: like)?(?: this)?)(?: of)?\s*[:：]?\s*(?P<said>[\"“][^\"”\n]{3,200}[\"”]|(?!(?:a|an|the|at|two|three|single|double|your)\b)[^\n\"]{3,160}?(?:[.?!](?=\s|$)|$))",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("ending", text=_bare(m["said"]))]
    for m in _all(r"(?:以|用)[“\"「](?P<said>[^”\"」\n]{1,100})[”\"」](?:结尾|结束|收尾)", text):
        yield m.start(), m.end(), [Limit("ending", text=m["said"])]
    for m in _all(
        r"(?:start|begin)\w*\s+(?:your |the )?(?:\w+ )?with (?:the )?(?:exact )?(?:phrase|words?|sentence)\s*[:：]?\s*[\"“](?P<said>[^\"”\n]{2,200})[\"”]|以[“\"「](?P<zh>[^”\"」\n]{1,100})[”\"」](?:开头|开始)",  # noqa: E501  # a pattern reads better whole
        text,
    ):
        yield m.start(), m.end(), [Limit("opening", text=_bare(m["said"] or m["zh"]))]
    language = rf"(?:(?:only|entirely|just|completely|written?|respond|reply|answer|response|be|letter|document|and)\s+)?(?:(?:in|using|use)\s+(?:only\s+|just\s+)?(?:the\s+)?|用|使用|翻译?成|写成)(?P<name>{NAMED})(?![\w])(?:\s+(?:language|only))*"  # noqa: E501  # a pattern reads better whole
    for m in _all(language.replace("(?![\\w])", "(?![A-Za-z])"), text):
        yield m.start(), m.end(), [Limit("language", text=code_of(m["name"]))]
    one = r"(?:(?:exactly )?one of (?:the )?(?:following|these|phrases)|(?:just|only) (?:say|answer)|from the following|choose (?:one )?from)"  # noqa: E501  # a pattern reads better whole
    for m in _all(rf"{one}[^:\n]{{0,60}}[:：]\s*\n(?P<list>(?:[^\n]{{2,60}}\n?){{2,6}})", text):
        options = tuple(line.strip(" -*\"“”'") for line in m["list"].splitlines() if line.strip())
        if len(options) > 1:
            yield m.start(), m.end(), [Limit("one_of", options=options)]
    for m in _all(rf"{one}[^:\"“”]{{0,60}}[:：]?\s*(?P<list>[\"“”'(][^\n]*(?:\n[^\n]*){{0,4}})", text):
        options = tuple(dict.fromkeys(re.findall(r"[\"“”']([^\"“”'\n]{2,60})[\"“”']", m["list"])))
        if len(options) > 1:
            yield m.start(), m.end(), [Limit("one_of", options=options)]


_BEFORE: Final = 40  # characters before a word that are looked at
_NOT: Final = re.compile(
    r"(?:\b(?:not|never|without|avoid\w*|refrain\w*|exclud\w*|omit\w*|no)\b|n['’]t\b|不|别|勿|避免|禁)(?! only\b|仅|但|只)[^.,;:!?\n，。；：！？]{0,30}$",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
#: What is not to be mentioned, in plain words: the price, 价格和日期.
_UNTOLD: Final = re.compile(
    r"(?:(?:\b(?:not|never|without|avoid|refrain from)|n['’]t) (?:ever )?(?:mention(?:ing)?|say(?:ing)?|(?:talk|speak)(?:ing)? (?:about|of)|"  # noqa: E501  # a pattern reads better whole
    r"refer(?:ring)? to|bring(?:ing)? up)|\b(?:no mention of|leave out|omit|skip|exclude))[\s:]+(?P<list>(?:(?:the|our|any|a|an) )?[\w'’-]{2,30}"  # noqa: E501  # a pattern reads better whole
    r"(?: [\w'’-]{2,30}){0,2}(?:(?:, (?:or |and )?| or | and )(?:(?:the|our|any) )?[\w'’-]{2,30}(?: [\w'’-]{2,30}){0,2}){0,4})\s*(?=[.;!?\n]|$)"  # noqa: E501  # a pattern reads better whole
    r"|(?:不要|不得|不能|不可|请勿|避免|别|勿)(?:提到|提及|提起|谈到|谈及|说到|出现|使用|提)(?P<zh>[\u4e00-\u9fff]{1,6}?(?:(?:、|和|或|以及)[\u4e00-\u9fff]{1,6}?){0,4}?)(?:这个词|一词|等?字眼)?(?=[，,。；;！!\n]|$)",
    re.IGNORECASE,
)
#: Words that say what not to do, not what not to mention.
_NO_TOPIC: Final = re.compile(
    r"\b(?:that|this|it|any(?:thing|one|body)?|everything|something|words?|phrases?|keywords?|letters?|more|so|yes|no|how|why|who|what|when|where|all|commas?|"
    r"emojis?|hello|anything|do|else|before|after|until|steps?|lines?|sentences?|paragraphs?|section)\b|任何|逗号|表情|词|字|标题|什么|太|过多|多余",
    re.IGNORECASE,
)


def _untold_of(text: str) -> Read:
    for m in _UNTOLD.finditer(text):
        said = m["list"] or m["zh"]
        if _NO_TOPIC.search(said):
            continue
        parts = (part.strip() for part in re.split(r",\s*(?:or |and )?|\s+(?:or|and)\s+|、|和|或|以及", said))
        words = tuple(re.sub(r"^(?:the|our|any|an?) ", "", part, flags=re.IGNORECASE) for part in parts if part)
        yield m.start(), m.end(), [Limit("forbidden", options=words)]


def _bare(said: str) -> str:
    said = said.strip()
    return said[1:-1].strip() if said[:1] in {'"', "“"} and said[-1:] in {'"', "”"} else said


#: What a thing of which the text tells can have as well.
_SIZES: Final = frozenset({"words", "characters", "sentences", "paragraphs", "headings", "sections"})


def read(text: str) -> tuple[tuple[Limit, ...], str]:
    """The limits that a request names, and its words without them."""
    limits: list[Limit] = []
    folded = simplified(text)
    # Content keeps its place and is no letter for the patterns; line ends and all else stay where they are.
    rest = CONTENT.sub(lambda m: "\x01" * len(m.group()), folded)
    for one in (repeated, _first_words_of, _words_of, _plain_of, _form_of, _length_of, _untold_of):
        spans: list[tuple[int, int]] = []
        for start, end, found in one(rest if one is not repeated else text):
            if any(start < e and end > s for s, e in spans):
                continue
            if found and found[0].what in _SIZES and of_the_matter(rest, start, end):
                continue
            spans.append((start, end))
            meant = _as_meant(found, rest[max(0, start - _BEFORE) : start])
            written = [_as_written(limit, folded, text) for limit in meant]
            limits += [limit for limit in written if limit not in limits]
        for start, end in spans:
            if one is not repeated:
                rest = rest[:start] + re.sub(r"[^\n]", "\x00", rest[start:end]) + rest[end:]
            else:
                rest = rest[:start] + "\x00" * (end - start) + rest[end:]
    left = "".join(said if mark != "\x00" else mark for mark, said in zip(rest, text, strict=True))
    return _settled(limits), re.sub(r"\x00+", " ", left).strip()


def _as_meant(limits: list[Limit], before: str) -> list[Limit]:
    """What must be said is forbidden behind a "not" of the same clause."""
    words = tuple(one.text for one in limits if (one.what, one.count, one.relation) == ("keyword", 1, "least"))
    return (
        [Limit("forbidden", options=words)] if words and len(words) == len(limits) and _NOT.search(before) else limits
    )


def _as_written(limit: Limit, folded: str, text: str) -> Limit:
    """With its words in the characters of the request."""

    def own(words: str) -> str:
        at = folded.find(words) if words else -1
        return text[at : at + len(words)] if at >= 0 else words

    return limit if folded == text else replace(limit, text=own(limit.text), options=tuple(map(own, limit.options)))


def _settled(limits: list[Limit]) -> tuple[Limit, ...]:
    """Without those that another one makes superfluous."""
    found = {limit.what for limit in limits}
    kept = []
    never = {word.lower() for limit in limits for word in limit.options if limit.what == "forbidden"}
    for limit in limits:
        if limit.what == "keyword" and (limit.text.lower() in never or not re.search(r"\w", limit.text)):
            continue
        if limit.what == "keyword" and "all capital" in limit.text:
            continue
        if limit.what == "headings" and ("highlights" in found or "two" in found):
            continue
        if limit.what == "language" and limit.text == "en" and len([x for x in limits if x.what == "language"]) > 1:
            continue
        if limit.what == "paragraphs" and "sections" in found:
            continue
        kept.append(limit)
    return tuple(kept)
