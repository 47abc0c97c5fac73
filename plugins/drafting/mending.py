"""Repairs of form that need no model and change no meaning: case, a title's signs, an ending, the number of lists."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from plugins.drafting import spans
from plugins.drafting.checks import LINK, bullets, capitals, highlights, without_emoji, wrong
from plugins.drafting.limit import Limit

#: Of a text that is cut, so much stays at least.
_STAYS: Final = 0.5
_CHAT: Final = re.compile(
    r"\A\s*(?:(?:sure|certainly|of course|absolutely|okay|ok|here(?:['’]s| is| are)|below is|this is)\b[^\n]{0,160}?[:!.]\s*\n+"  # noqa: E501  # a pattern reads better whole
    r"|(?:好的|当然|當然|没问题|以下是|下面是|这是)[^\n]{0,80}[:：!！。]\s*\n+)+",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"\n+(?:---\n+)?(?:(?:let me know|i hope this|feel free to|please let me know|would you like)[^\n]*(?:need|help|chang|adjust|like|prefer)[^\n]*"  # noqa: E501  # a pattern reads better whole
    r"|(?:希望这|如需|如有需要)[^\n]*(?:帮助|修改|告诉我)[^\n]*)\s*\Z",
    re.IGNORECASE,
)
_FENCED: Final = re.compile(r"\A\s*```(?:markdown|md|text|json)?[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)
_BLANKS: Final = ("name", "date", "time", "place", "address", "phone", "e-mail", "link", "amount", "number", "team", "role", "product", "price", "company")  # fmt: skip  # noqa: E501  # a pattern reads better whole


def cleaned(text: str) -> str:
    """The draft without what the model says around it."""
    text = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    text = _CHAT.sub("", text, count=1)
    if fenced := _FENCED.match(text):
        text = fenced[1]
    return _CLOSING.sub("", text).strip()


def mended(text: str, limits: Sequence[Limit], *, last: bool = False) -> str:
    """The text with its form repaired where that is safe; ``last``: also where it costs sentences, as a last resort."""
    by_kind = sorted(limits, key=lambda limit: _ORDER.index(limit.what) if limit.what in _ORDER else len(_ORDER))
    for limit in by_kind:
        if not wrong(limit, text):
            continue
        if limit.what in _SAFE:
            text = _SAFE[limit.what](text, limit)
        elif last and limit.what in _LAST:
            text = _LAST[limit.what](text, limit)
    if last:  # what was cut may have taken something along
        for limit in by_kind:
            if limit.what in _SAFE and wrong(limit, text):
                text = _SAFE[limit.what](text, limit)
    return text


def _json(text: str, _: Limit) -> str:
    for opening, closing in (("{", "}"), ("[", "]")):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            try:
                json.loads(text[start : end + 1])
            except ValueError:
                continue
            return text[start : end + 1]
    return json.dumps({"text": text}, ensure_ascii=False, indent=2)


def _no_commas(text: str, _: Limit) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = re.sub(r"\b(\w+), (\w+),? (and|or) (?=\w)", r"\1 \3 \2 \3 ", text)
    return re.sub(r"，", " ", re.sub(r",(?=\S)", ", ", text)).replace(",", "")


def _title(text: str, _: Limit) -> str:
    first, rest = text.partition("\n")[::2]
    bare = re.sub(r"^[#*\s\"“]+|[*\s\"”:]+$", "", first)
    if bare and len(bare.split()) <= 14 and not re.search(r"[.!?。！？]$", bare) and rest.strip():
        return f"<<{bare}>>\n{rest}"
    start, end = (spans.sentences(text) or [(0, len(text))])[0]
    said = " ".join(re.sub(r"[*#<>]", "", text[start:end]).split()[:8]).rstrip(" .,;:!?。，")[:60]
    return f"<<{said}>>\n\n{text}"


def _regrouped(parts: Sequence[str], n: int) -> list[list[str]]:
    """The parts in order in so many groups, about equally many in each."""
    return [list(parts[len(parts) * i // n : len(parts) * (i + 1) // n]) for i in range(n)]


def _parts(text: str, n: int) -> list[list[str]]:
    """Groups of paragraphs, else of lines, else of sentences."""
    flat = re.sub(r"(?m)^\s*(?:\*{3,}|-{3,})\s*$", "", text)
    for parts in (
        [p.strip() for p in re.split(r"\n\s*\n", flat) if p.strip()],
        [p.strip() for p in flat.splitlines() if p.strip()],
        [flat[s:e].strip() for s, e in spans.sentences(flat)],
    ):
        if len(parts) >= n:
            return _regrouped(parts, n)
    return []


def _paragraphs(text: str, limit: Limit) -> str:
    have = len(spans.paragraphs(text, limit.text))
    n = limit.count
    if (limit.relation == "least" and have >= n) or n < 1:
        return text
    inner = "\n\n" if limit.text else "\n"
    groups = _parts(text, n)
    return (f"\n\n{limit.text}\n\n" if limit.text else "\n\n").join(inner.join(g) for g in groups) if groups else text


def _first_word(text: str, limit: Limit) -> str:
    parts = re.split(r"(\n\s*\n)", text)
    at = 2 * (limit.count - 1)
    if at < len(parts):
        parts[at] = f"{limit.text[:1].upper()}{limit.text[1:]}, {parts[at].lstrip()}"
    return "".join(parts)


def _bullets(text: str, limit: Limit) -> str:
    items = bullets(text)
    n = limit.count
    if len(items) > n and limit.relation != "least":
        for item in items[n:][::-1]:
            at = text.rfind(item)
            text = text[:at].rstrip("\n") + text[at + len(item) :]
        return text.strip()
    if limit.relation == "most":
        return text
    numbered = re.findall(r"^[ \t]*\d{1,2}[.)][ \t]+\S.*$", text, re.MULTILINE)
    if not items and len(numbered) == n:
        return re.sub(r"(?m)^[ \t]*\d{1,2}[.)][ \t]+", "* ", text)
    held = [(s, e) for s, e in spans.sentences(text) if not any(text[s:e] in item for item in items)]
    taken = [(s, e) for s, e in held if len(text[s:e].split()) > 2 or len(text[s:e]) > 8][-(n - len(items)) :]
    if len(taken) < n - len(items):
        return text
    more = [f"* {text[s:e].strip()}" for s, e in taken]
    rest = spans.without(text, taken)
    if items and (at := rest.rfind(items[-1])) >= 0:
        end = at + len(items[-1])
        return rest[:end] + "\n" + "\n".join(more) + rest[end:]
    return f"{rest}\n\n" + "\n".join(more)


def _sections(text: str, limit: Limit) -> str:
    flat = re.sub(rf"(?mi)^[#*\s]*{re.escape(limit.text)}\s*\d+[:.*\s-]*", "", text)
    groups = _parts(flat, limit.count)
    return "\n\n".join(f"{limit.text} {i}\n" + "\n\n".join(g) for i, g in enumerate(groups, 1)) if groups else text


def _highlights(text: str, limit: Limit) -> str:
    missing = limit.count - len(highlights(text))
    if missing < 0:
        return text
    places = []
    for start, end in spans.sentences(text):
        said = text[start:end]
        if "*" in said or "<<" in said or re.match(r"\s*P\.\s?S", said):
            continue
        if head := re.match(r"[^\W_][\w'’-]*(?: [\w'’-]+){0,2}", said):
            places.append((start, start + head.end()))
    if len(places) < missing:
        free = re.sub(r"\*+[^*\n]+\*+|<<[^\n]*>>", lambda m: " " * len(m.group()), text)
        places = [(m.start(), m.end()) for m in re.finditer(r"(?<![\w'’])[^\W\d_]{5,}(?![\w'’])", free)]
    for start, end in sorted(places[:missing], reverse=True):
        text = f"{text[:start]}*{text[start:end]}*{text[end:]}"
    return text


def _capital_words(text: str, limit: Limit) -> str:
    found = capitals(text)
    if limit.relation == "most":
        extra = [w for w in found if len(w) > 1][::-1][: max(0, len(found) - limit.count)]
        for word in extra:
            at = text.rfind(word)
            text = text[:at] + word.capitalize() + text[at + len(word) :]
        return text
    missing = limit.count - len([w for w in found if len(w) > 1])
    long = [m for m in re.finditer(r"(?<![\w'’])[A-Za-z]{5,}(?![\w'’])", text) if not m.group().isupper()]
    chosen = sorted(sorted(long, key=lambda m: -len(m.group()))[: max(0, missing)], key=lambda m: -m.start())
    for m in chosen:
        text = text[: m.start()] + m.group().upper() + text[m.end() :]
    return text


def _cased(change: Callable[[str], str]) -> Callable[[str, Limit], str]:
    def cased(text: str, _: Limit) -> str:
        """Addresses stay as they are."""
        parts = LINK.split(text)
        links = [*LINK.findall(text), ""]
        return "".join(change(part) + link for part, link in zip(parts, links, strict=True))

    return cased


def _postscript(text: str, limit: Limit) -> str:
    held = spans.sentences(text)
    if len(held) < 3:
        return text
    start, end = held[-1]
    return f"{spans.without(text, [held[-1]])}\n\n{limit.text} {text[start:end].strip()}"


def _placeholders(text: str, limit: Limit) -> str:
    have = re.findall(r"\[([^\[\]\n]+)\]", text)
    free = [blank for blank in (*_BLANKS, *(f"detail {n}" for n in range(1, 30))) if blank not in have]
    return f"{text}\n\n" + " · ".join(f"[{blank}]" for blank in free[: limit.count - len(have)])


def _ending(text: str, limit: Limit) -> str:
    at = text.lower().rfind(limit.text.lower())
    if at >= 0 and len(text) - at - len(limit.text) <= max(200, len(text) // 4):
        return text[: at + len(limit.text)]
    return f"{text.rstrip()}\n\n{limit.text}"


def _repeat(text: str, limit: Limit) -> str:
    head, rest = text.partition("\n\n")[::2]
    if difflib.SequenceMatcher(None, head.lower(), limit.text.lower()).ratio() > 0.7 and rest.strip():
        text = rest.strip()
    return f"{limit.text}\n\n{text}"


def _quoted(text: str, _: Limit) -> str:
    return '"' + text.strip().strip('"“”').strip() + '"'


def _one_of(text: str, limit: Limit) -> str:
    said = [option for option in limit.options if option.lower().rstrip(".") in text.lower()]
    return said[0] if len(said) == 1 else text


def _two(text: str, _: Limit) -> str:
    parts = [p.strip() for p in re.split(r"\n\s*(?:\*{3,}|-{3,}|_{3,})\s*\n|\*{6}", text) if p.strip()]
    if len(parts) == 2:
        return f"{parts[0]}\n\n******\n\n{parts[1]}"
    if len(parts) > 2:
        first, second = ("\n\n".join(group) for group in _regrouped(parts, 2))
        return f"{first}\n\n******\n\n{second}"
    return text


def _cut(text: str, limit: Limit, bad: Callable[[str], bool]) -> str:
    """Without sentences that are bad, from the end, until the limit is met; the whole text where little would stay."""
    rest = text
    while wrong(limit, rest):
        found = [(s, e) for s, e in spans.sentences(rest) if bad(rest[s:e])]
        if not found or len(spans.sentences(rest)) < 2:
            break
        rest = spans.without(rest, [found[-1]])
    return rest if len(rest) >= _STAYS * len(text) and not wrong(limit, rest) else text


def _without_words(text: str, limit: Limit) -> str:
    return _cut(text, limit, lambda said: bool(wrong(limit, said)))


def _fewer(text: str, limit: Limit) -> str:
    if limit.relation == "least":
        return text
    rest = text
    while wrong(limit, rest) and len(held := spans.sentences(rest)) > 1:
        shorter = spans.without(rest, [held[-1]])
        if limit.relation == "about" and len(spans.words(shorter)) < limit.count * 0.85:
            break
        rest = shorter
    return text if wrong(limit, rest) else rest


def _fewer_of(text: str, limit: Limit) -> str:
    if limit.relation != "most":
        return text
    return _cut(text, limit, lambda said: limit.text.lower() in said.lower())


_SAFE: Final[Mapping[str, Callable[[str, Limit], str]]] = {
    "json": _json,
    "one_of": _one_of,
    "two": _two,
    "no_commas": _no_commas,
    "no_emoji": lambda text, _: without_emoji(text),
    "paragraphs": _paragraphs,
    "sections": _sections,
    "highlights": _highlights,
    "title": _title,
    "capital_words": _capital_words,
    "lowercase": _cased(str.lower),
    "uppercase": _cased(str.upper),
    "ending": _ending,
    "repeat": _repeat,
    "quoted": _quoted,
}
_LAST: Final[Mapping[str, Callable[[str, Limit], str]]] = {
    "forbidden": _without_words,
    "letter": _fewer_of,
    "keyword": _fewer_of,
    "words": _fewer,
    "characters": _fewer,
    "sentences": _fewer,
    "bullets": _bullets,
    "first_word": _first_word,
    "placeholders": _placeholders,
    "postscript": _postscript,
    "opening": lambda text, limit: f"{limit.text} {text}",
}
#: What is repaired before what: text first, then what stands around it.
_ORDER: Final = (
    "json", "one_of", "two", "forbidden", "letter", "keyword", "sentences", "words", "characters", "no_commas",
    "no_emoji", "bullets", "postscript", "paragraphs", "first_word", "sections", "highlights", "placeholders", "title",
    "opening", "capital_words", "lowercase", "uppercase", "ending", "repeat", "quoted",
)  # fmt: skip
