"""What a passage claims, in a form that can be compared: the numbers and the yes or no of a clause, and its frame.

The frame is what is left of a clause without its numbers and without words that change nothing.  Two clauses with the
same frame say something about the same thing; nothing else is compared, since plans, offices and versions differ in
one word (``Basic costs 10``, ``Pro costs 20``), and a false alarm costs more than one that is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engine.knowledge.quantities import Quantity, read
from engine.sentences import Kind, sentences
from engine.terms import terms
from engine.types import Passage

_LONGEST = 300  # characters of a sentence
_MOST = 4  # numbers in a clause: more are a table in words
#: A frame with less says too little to be about one thing.
_TERMS, _CHARACTERS = 2, 3

_FENCE_OR_MARKUP = re.compile(r"<[^>\n]*>|!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"^\s*(?:[-*+>]|\d{1,3}[.)、])\s+")
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|such as|suppose|imagine|example|assume|say,)"
    r"|例如|比如|譬如|假设|假如|示例|举例"
)
#: A clause that holds only under a condition is compared whole.
_CONDITION = re.compile(
    r"\b(?:if|when|unless|whenever|except|in case|provided|depending|otherwise)\b"
    r"|^(?:for|in|on|at|during|since|from|under|with|as of|until|by|after|before|to|among)\b[^,]*,"
    r"|如果|若|当.{1,20}时|[的时后者],|对于|除非|除外|情况下|的话|否则|期间"
)
_VERB = r"(?:is|are|was|were|has|have|must|can|may|will|should|costs?|takes?|lasts?|expires?|needs?|gets?|do|does)"
_JOINT = re.compile(
    rf"(?:,\s*|\s)(?:and|but)\s+(?=(?:{_VERB}|the|it|they|we|you|all|no)\b)|;\s*|(?<=[\u4e00-\u9fff]{{5}}),(?=[\u4e00-\u9fff])"
)

#: Bounds and directions: they stay in the frame under one name each.
_MARKERS = tuple(
    (name, re.compile(rf"\b(?:{english})\b" + (f"|{chinese}" if chinese else "")))
    for name, english, chinese in (
        ("~least", "at least|minimum|min|not? (?:less|fewer) than|or more|more than|over|above",
         "至少|不少于|最少|以上|超过|不低于"),
        ("~most", "at most|up to|maximum|max|not? more than|or (?:less|fewer)|(?:less|fewer) than|under|below",
         "不超过|最多|最长|以下|不高于|最大"),
        ("~within", "within", "[以之]?内(?!容|部|存|网|置)"),
        ("~before", "before|prior to|in advance|ahead|beforehand", "提前|[之以]前"),
        ("~after", "after|following|later", "[之以]后"),
        ("~up", "up(?:wards)?", "向上|上行"),
        ("~down", "down(?:wards)?", "向下|下行"),
        ("~off", "off|out", ""),
        ("~other", "other", "其他|其它"),
        ("~until", "no later than|until|till", "截[止至]|直到"),
        ("~without", "without|except|unless|other than", "除非|除了|除外"),
        ("~only", "only", "仅限|只能|仅"),
    )
)  # fmt: skip
#: Yes and no: the words of a pair become one name, and their sign the claim's.
_PAIRS = tuple(
    (name, re.compile(rf"\b(?:{no})\b|{chinese_no}"), re.compile(rf"\b(?:{yes})\b" + chinese))
    for name, no, chinese_no, yes, chinese in (
        ("~allowed", "forbidden|prohibited|banned|disallowed", "禁止|不允许|不可以|不得|不准|严禁",
         "allowed|permitted", "|允许|可以|准许"),
        ("~required", "optional|voluntary", "可选", "required|mandatory|compulsory|obligatory", "|必需|必填"),
        ("~enabled", "disabled", "禁用|未启用", "enabled", "|启用"),
        ("~supported", "unsupported|not supported", "不支持", "supported", "|支持"),
        ("~possible", "impossible", "不可能", "possible", ""),
        ("~included", "excluded", "不包括|不包含|不含", "included", "|包括|包含"),
    )
)  # fmt: skip
_NOT = re.compile(
    r"\b(?:not|never|cannot|no longer|no)\b|n['’]t\b"
    r"|(?<![分])不(?!同|过|断|但|仅|论|管|少|超)|没有|无需|(?<!并)未(?!来)"
)
#: Words that change nothing, and words for the same thing.
_SAME = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\b(?:(?:is|are|remains?|stays?) (?:currently )?valid(?: for)?|expires? after)\b", " valid "),
        (r"\b(?:lasts|last for)\b", " "),
        (r"\b(?:must|have to|has to|needs? to|should|shall|can|may|will|is to|are to)\b", " "),
        (r"\b(?:please|currently|now|always|usually|generally|normally|also|note that|new|our|company)\b", " "),
        (r"\b(?:total|exactly|every|each|all)\b", " "),
        (r"\b(?:costs?|prices?|priced)\b", " cost "),
        (r"\b(?:employees?|staff|workers?|colleagues?|team members?)\b", " staff "),
        (r"\b(?:customers?|clients?)\b", " customer "),
        (r"\b(?:submit(?:ted|s)?|hand(?:ed)? in|filed?)\b", " submit "),
        (r"\b(?:buy|bought|purchased?)\b", " buy "),
        (r"\b(?:(?:annual|paid) leave|vacations?|holidays? entitlement)\b", " vacation "),
        (r"\b(?:entitled to|gets?|receives?|have|has)\b", " "),
        (r"\b(?:sign(?:ed)? in|log(?:ged)? in|login)\b", " login "),
        (r"有效期(?:为|是|至)?|有效", "有效"),
        (r"员工|职工|雇员|职员", "员"),
        (r"享有|享受|拥有|享", "有"),
        (r"提交|递交|提出|呈交", "提交"),
        (r"必须|需要|应当|应该|须|需|应|总共|一共|合计|共计|目前|现在|一般|通常|公司|我们|本", ""),
        (r"[的了在于是为将并也都均其该共到至由从向对可能要]", ""),
    )
)  # fmt: skip
_WIDE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Claim:
    """``frame``: what it is about; ``values``: what it says of that; ``yes``: its sign; ``said``: the sentence."""

    passage: Passage
    said: str
    frame: frozenset[str]
    kinds: tuple[str, ...]
    values: tuple[Quantity, ...]
    yes: bool


def claims(passage: Passage) -> tuple[Claim, ...]:
    """What the prose of a passage claims; code, tables, questions and examples claim nothing."""
    found: list[Claim | None] = []
    for sentence in _prose(passage.text):
        plain = unicodedata.normalize("NFKC", sentence).lower()
        if len(plain) > _LONGEST or _EXAMPLE.search(plain) or plain.rstrip("\"'”’*_ ").endswith("?"):
            continue
        clauses = [plain] if _CONDITION.search(plain) else _JOINT.split(plain)
        found.extend(_claim(passage, sentence, clause) for clause in clauses)
    return tuple(filter(None, found))


def _prose(text: str) -> Iterator[str]:
    for unit in sentences(text):
        if unit.kind is not Kind.SENTENCE or "|" in unit.text or unit.text.lstrip().startswith("#"):
            continue
        plain = _LINK.sub(r"\1", _FENCE_OR_MARKUP.sub(" ", _BULLET.sub("", unit.text)))
        if said := " ".join(plain.replace("**", "").split()):
            yield said


def _claim(passage: Passage, sentence: str, clause: str) -> Claim | None:
    quantities, rest = read(clause)
    if len(quantities) > _MOST:
        return None
    frame, yes = _frame(rest)
    wide = sum(bool(_WIDE.fullmatch(token)) for token in frame)
    if wide < _CHARACTERS + (not quantities) and len(frame) - wide < _TERMS:
        return None
    return Claim(passage, sentence, frame, tuple(q.kind for q in quantities), tuple(quantities), yes)


def _frame(rest: str) -> tuple[frozenset[str], bool]:
    """What is left without numbers, and whether it is affirmed."""
    tokens, yes = set[str](), True
    for name, no, affirmed in _PAIRS:
        if no.search(rest):
            rest, yes = no.sub(" ", rest), not yes
            tokens.add(name)
        elif affirmed.search(rest):
            rest = affirmed.sub(" ", rest)
            tokens.add(name)
    for name, pattern in _MARKERS:
        if pattern.search(rest):
            rest = pattern.sub(" ", rest)
            tokens.add(name)
    if len(_NOT.findall(rest)) % 2:
        yes = not yes
    rest = _NOT.sub(" ", rest)
    return frozenset(tokens | words(rest)), yes


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """The words of a text (lower case) without those that change nothing: English stems, single Chinese characters."""
    for pattern, name in _SAME:
        text = pattern.sub(name, text)
    wide = _WIDE.findall(text)
    return frozenset([*wide, *terms(_WIDE.sub(" ", text))])
